"""docker-compose.yml starts what `make demo` starts, with the same commands."""

from itertools import pairwise
from pathlib import Path

import yaml

from yeoncheon_portal.demo import processes

COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())


def options(command: list[str]) -> dict[str, str]:
    """`--name value` pairs of a command line."""
    return {name: value for name, value in pairwise(command) if name.startswith("--")}


def test_the_five_services_are_there():
    assert set(COMPOSE["services"]) == {"postgres", "redis", "web", "worker", "beat"}


def test_web_worker_and_beat_run_the_programs_of_the_demo():
    for name, ours in (
        ("web", processes.WEB),
        ("worker", processes.WORKER),
        ("beat", processes.BEAT),
    ):
        theirs = COMPOSE["services"][name]["command"]
        # Address, log level and file differ between a laptop and a container; the program does not.
        skip = {"--bind", "--loglevel", "--schedule"}
        assert theirs[0] == ours[0]
        assert {k: v for k, v in options(theirs).items() if k not in skip} == {
            k: v for k, v in options(ours).items() if k not in skip
        }


def test_ports_are_on_loopback_only():
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
