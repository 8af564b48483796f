"""The same due steps shared by one process or by two, each as the worker runs it.

Both ways are timed alike: every process has made its connection and done an idle pass, all begin
at the same word, and the time ends when the last one says that nothing is due. Beside the seconds
stands the processor time of the workers and of their database sessions. It tells what a busy
machine hides: two workers that hinder each other need more of it than one; two that only wait for
a core do not.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection

from dispatch.engine import steps
from dispatch.engine.tally import Tally
from yeoncheon_portal.bench.frame import verify

PROGRAM = (
    "import django; django.setup(); from yeoncheon_portal.bench.sweep_workers import work; work()"
)


@dataclass(frozen=True)
class Shared:
    """Seconds by the clock, and of processor time in Python and in the server (None where the
    server cannot be seen from here)."""

    seconds: float
    python_cpu: float
    server_cpu: float | None

    @property
    def cpu(self) -> float:
        return self.python_cpu + (self.server_cpu or 0.0)

    @property
    def cores(self) -> float:
        """How many cores it had, on average."""
        return self.cpu / self.seconds


def share(workers: int, now: datetime) -> Shared:
    """Let so many processes do everything that is due."""
    started = [_start(now) for _ in range(workers)]
    for one in started:
        verify(_line(one) == "ready", "a worker did not start")
    begun = time.perf_counter()
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [_line(one).split() for one in started]
    seconds = time.perf_counter() - begun
    for one in started:
        _end(one)
    verify(all(len(words) == 3 and words[0] == "done" for words in said), "a worker failed")
    server = [float(words[2]) for words in said]
    return Shared(
        seconds,
        sum(float(words[1]) for words in said),
        None if min(server) < 0 else sum(server),
    )


def _start(now: datetime) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "BENCH_NOW": now.isoformat()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(worker: "subprocess.Popen[str]") -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


def _end(worker: "subprocess.Popen[str]") -> None:
    code = worker.wait(120)
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            pipe.close()
    verify(code == 0, "a worker failed")


# ── in the worker ────────────────────────────────────────────────────────────
def sweep_desk(now: datetime) -> Tally:
    """The engine's part until nothing is left; NotVerified when a row failed."""
    while True:
        tally = steps.to_desk(now)
        verify(not tally.fault, f"the sweep failed: {tally.fault}")
        if not tally.count:
            return tally


def work() -> None:
    """Waits for the word, sweeps, and says what it took."""
    now = datetime.fromisoformat(os.environ["BENCH_NOW"])
    steps.to_desk(now - timedelta(days=365))  # nothing was due then: only what a first pass loads
    _say("ready")
    sys.stdin.readline()
    python, server = time.process_time(), _server_cpu()
    sweep_desk(now)
    python = time.process_time() - python
    server = -1.0 if server is None else (_server_cpu() or 0.0) - server
    _say(f"done {python:.3f} {server:.3f}")


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _server_cpu() -> float | None:
    """Processor seconds of our session's process; None unless it runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    process = Path(f"/proc/{pid}")
    try:
        if b"postgres" not in (process / "cmdline").read_bytes():
            return None
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return None
