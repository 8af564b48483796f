"""docker-compose.yml starts what `make demo` starts, with the same commands."""

from pathlib import Path

import yaml

from yeoncheon_portal.demo import programs

COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
# Address, log level and file differ between a laptop and a container; the program does not.
ELSEWHERE = {"--bind", "--loglevel", "--schedule", "--pidfile"}


def words(command: list[str]) -> list[str]:
    """The command line without what depends on the place."""
    left, skip = [], False
    for word in command:
        name = word.split("=")[0]
        if not skip and name not in ELSEWHERE:
            left.append(word)
        skip = not skip and name in ELSEWHERE and "=" not in word
    return left


def test_the_five_services_are_there():
    assert set(COMPOSE["services"]) == {"postgres", "redis", "web", "worker", "beat"}


def test_web_worker_and_beat_run_the_programs_of_the_demo():
    for name, ours in (("web", programs.WEB), ("worker", programs.WORKER), ("beat", programs.BEAT)):
        assert words(COMPOSE["services"][name]["command"]) == words(ours.split())


def test_ports_are_on_loopback_only():
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
