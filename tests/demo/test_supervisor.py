"""`manage.py demo` for real: a small county starts, a phone rings, SIGTERM ends every process."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from tests.demo.family import wait_until_dead
from yeoncheon_portal.demo.supervisor import free_port

READY_S, FIRST_CALL_S, STOP_S = 300.0, 240.0, 90.0


class Demo:
    """A running `manage.py demo`; its output line by line in a file."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.output = folder / "output.txt"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATABASE_", "REDIS_", "TWILIO_", "PORTAL_", "PYTEST_"))
        }
        place = {"PORT": str(self.port), "PORTAL_DEMO_DIR": str(folder / "demo")}
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--households", "20", "--days", "64"],
                cwd=settings.BASE_DIR,
                env=kept | place,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, pattern: str, seconds: float) -> str:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := re.search(pattern, self.output.read_text()):
                return found[0]
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.2)
        raise AssertionError(f"no {pattern!r} after {seconds} s:\n{self.output.read_text()}")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not tmp_path: another run of pytest closes its parent (0700) to PostgreSQL's own user."""
    with tempfile.TemporaryDirectory(prefix="portal-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def demo_in(folder: Path) -> Iterator[Demo]:
    demo = Demo(folder)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.process.send_signal(signal.SIGTERM)
            demo.process.wait(60)


def ask(url: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    connection.request("GET", path)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content


def first_call(phones: str) -> dict[str, object]:
    end = time.monotonic() + FIRST_CALL_S
    while time.monotonic() < end:
        state = json.loads(ask(phones, "/_control/state")[1])
        assert state["notices"] == []
        if calls := state["live"] + state["past"]:
            return dict(calls[-1])
        time.sleep(0.3)
    raise AssertionError(f"no call within {FIRST_CALL_S} s")


def stops(demo: Demo, number: signal.Signals) -> None:
    """All of its processes end, and without an error."""
    family = psutil.Process(demo.process.pid).children(recursive=True)
    assert family
    demo.process.send_signal(number)
    assert demo.process.wait(STOP_S) == 0
    wait_until_dead(family)


def test_stopped_while_it_makes_its_county_it_goes_on_the_next_time(folder: Path) -> None:
    """One folder for both: what a new database costs is paid once."""
    with demo_in(folder) as demo:
        demo.wait_for("demo county", READY_S)
        time.sleep(1.5)
        stops(demo, signal.SIGINT)
    with demo_in(folder) as demo:
        starts_calls_and_stops(demo, folder)


def starts_calls_and_stops(demo: Demo, folder: Path) -> None:
    demo.wait_for("The demo county is ready", READY_S)
    portal = f"http://127.0.0.1:{demo.port}"
    assert ask(portal, "/readyz")[0] == 200
    assert ask(portal, "/accounts/login/")[0] == 200

    phones = demo.wait_for(r"telephones +http://127\.0\.0\.1:\d+", STOP_S).split()[1]
    assert first_call(phones)["status"] in (
        "queued",
        "ringing",
        "no-answer",
        "in-progress",
        "completed",
    )

    second = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"PORT": "1", "PORTAL_DEMO_DIR": str(folder / "demo")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert "running already" in second.stderr

    assert len(psutil.Process(demo.process.pid).children(recursive=True)) >= 5
    stops(demo, signal.SIGTERM)
    servers = [p for p in psutil.process_iter(["cmdline"]) if str(folder) in str(p.info["cmdline"])]
    assert servers == []
