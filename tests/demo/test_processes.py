"""The demo's processes: one demo per folder, one clear line when it cannot start, no orphans."""

import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.demo.family import wait_until_dead
from yeoncheon_portal.demo import supervisor
from yeoncheon_portal.demo.processes import Nursery
from yeoncheon_portal.demo.supervisor import CannotStart

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print('up', flush=True)\n"
    "time.sleep(600)",
]


@pytest.fixture
def nursery(tmp_path: Path) -> Nursery:
    return Nursery(tmp_path, dict(os.environ))


def never(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def wait_for(text: str, log: Path) -> None:
    end = time.monotonic() + 60
    while text not in log.read_text() and time.monotonic() < end:
        time.sleep(0.02)


def test_stopping_ends_children_and_their_children(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yeoncheon_portal.demo.processes.GRACE_S", 0.3)
    stubborn = nursery.start("stubborn", STUBBORN)
    polite = nursery.start("polite", SLEEP)
    wait_for("up", stubborn.log)
    family = psutil.Process(stubborn.process.pid).children() + [
        psutil.Process(child.process.pid) for child in (stubborn, polite)
    ]
    nursery.stop()
    assert len(family) == 3
    wait_until_dead(family)
    assert not nursery.list_file.exists()


def test_a_step_gives_its_exit_code_and_its_last_line(nursery: Nursery) -> None:
    step = nursery.start("step", [sys.executable, "-c", "print('why'); raise SystemExit(3)"])
    code = nursery.finish(step, stopped=never)
    assert code == 3
    assert supervisor.last_line(nursery.folder / "logs/step.log") == "why"
    assert json.loads(nursery.list_file.read_text()) == []


def test_a_step_ends_when_the_demo_is_stopped(nursery: Nursery) -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    assert nursery.finish(nursery.start("step", SLEEP), stopped=stop.wait) is None
    nursery.stop()


def test_a_child_that_ends_is_noticed(nursery: Nursery) -> None:
    child = nursery.start("short", [sys.executable, "-c", ""])
    child.process.wait()
    assert nursery.ended() is child
    nursery.stop()


def test_the_next_start_ends_what_a_killed_one_left(nursery: Nursery) -> None:
    child = nursery.start("orphan", SLEEP)
    assert Nursery(nursery.folder, {}).end_stale() == 1
    child.process.wait(60)
    assert not psutil.pid_exists(child.process.pid)
    assert Nursery(nursery.folder, {}).end_stale() == 0


def test_a_recycled_process_id_is_left_alone(nursery: Nursery) -> None:
    child = nursery.start("stranger", SLEEP)
    nursery.list_file.write_text(json.dumps([[child.process.pid, 1.0]]))
    assert Nursery(nursery.folder, {}).end_stale() == 0
    assert child.process.poll() is None
    nursery.stop()


def test_a_torn_list_of_children_is_no_obstacle(nursery: Nursery) -> None:
    nursery.list_file.write_text("[[1")
    assert nursery.end_stale() == 0


def test_a_second_demo_in_one_folder_is_refused_with_the_address_of_the_first(
    tmp_path: Path,
) -> None:
    first = supervisor.lock_folder(tmp_path, 8123)
    with pytest.raises(CannotStart, match=r"running already .*127\.0\.0\.1:8123"):
        supervisor.lock_folder(tmp_path, 8124)
    first.close()
    supervisor.lock_folder(tmp_path, 8124).close()


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port} cannot be used.*PORT={port + 1}"):
            supervisor.check_port(port)


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({}, False),
        (
            {"TWILIO_ACCOUNT_SID": "a", "TWILIO_AUTH_TOKEN": "b", "TWILIO_FROM_NUMBER": "c"},
            True,
        ),
    ],
)
def test_a_telephone_company_of_the_environment_is_honoured(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], answer: bool
) -> None:
    _forget_telephone(monkeypatch)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert supervisor.telephone_is_given() is answer


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "TWILIO_API_BASE_URL"])
def test_half_a_telephone_company_is_a_mistake(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _forget_telephone(monkeypatch)
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    with pytest.raises(CannotStart, match=name):
        supervisor.telephone_is_given()


def _forget_telephone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TWILIO_")]:
        monkeypatch.delenv(name)


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    made = supervisor.keys(tmp_path)
    assert supervisor.keys(tmp_path) == made
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_reset_forgets_the_folder_and_needs_none(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    assert supervisor.reset(folder) == 0
    (folder / "logs").mkdir(parents=True)
    supervisor.reset(folder)
    assert not folder.exists()


def test_reset_refuses_while_a_demo_runs(tmp_path: Path) -> None:
    lock = supervisor.lock_folder(tmp_path, 8123)
    with pytest.raises(CannotStart):
        supervisor.reset(tmp_path)
    lock.close()
