"""Child processes of the demo: each in a group of its own, each in a list on disk.

The list is what the next start needs after a crash: a supervisor that was killed cannot stop its
children, so the next one does, and makes sure by the time of birth that a process id still means
the same process.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

GRACE_S = 9.0  # for a clean end; the whole stop must take less than twenty seconds


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass
class Nursery:
    """Starts and stops the children. `folder` holds their logs and the list."""

    folder: Path
    environment: Mapping[str, str]
    children: list[Child] = field(default_factory=list)

    @property
    def list_file(self) -> Path:
        return self.folder / "children.json"

    def start(self, name: str, command: list[str], *, show: bool = False) -> Child:
        """A child whose output goes to `logs/<name>.log`; show: only its errors go there."""
        log = self.folder / "logs" / f"{name}.log"
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(log, "wb") as out:
            return self._spawn(name, command, log, None if show else out.fileno(), out.fileno())

    def finish(self, child: Child, *, stopped: Callable[[float], bool]) -> int | None:
        """Waits for a child that does one thing: its exit code, None when `stopped` was first."""
        while child.process.poll() is None:
            if stopped(0.05):
                return None
        self.children.remove(child)
        self._write_list()
        return child.process.returncode

    def _spawn(self, name: str, command: list[str], log: Path, out: int | None, err: int) -> Child:
        process = subprocess.Popen(
            command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops all in order
        )
        child = Child(name, process, log)
        self.children.append(child)
        self._write_list()
        return child

    def ended(self) -> Child | None:
        """A child that should be running and is not."""
        return next((c for c in self.children if c.process.poll() is not None), None)

    def stop(self) -> None:
        """Asks all groups to end, then kills what is left of them."""
        groups = [child.process.pid for child in self.children]
        _signal_groups(groups, signal.SIGTERM)
        end = time.monotonic() + GRACE_S
        while time.monotonic() < end and any(c.process.poll() is None for c in self.children):
            time.sleep(0.05)
        _signal_groups(groups, signal.SIGKILL)
        for child in self.children:
            child.process.wait()
        self.children.clear()
        self.list_file.unlink(missing_ok=True)

    def end_stale(self) -> int:
        """Ends what a killed supervisor left running; returns how many groups that were."""
        groups = []
        for pid, born in _read_list(self.list_file):
            with contextlib.suppress(psutil.Error):
                if abs(psutil.Process(pid).create_time() - born) < 1.0:
                    groups.append(pid)
        _signal_groups(groups, signal.SIGTERM)
        stale = []
        for pid in groups:
            with contextlib.suppress(psutil.Error):
                stale.append(psutil.Process(pid))
        psutil.wait_procs(stale, timeout=GRACE_S)
        _signal_groups(groups, signal.SIGKILL)
        self.list_file.unlink(missing_ok=True)
        return len(groups)

    def _write_list(self) -> None:
        rows = []
        for child in self.children:
            with contextlib.suppress(psutil.Error):
                rows.append([child.process.pid, psutil.Process(child.process.pid).create_time()])
        staged = self.list_file.with_suffix(".new")
        staged.write_text(json.dumps(rows))
        os.replace(staged, self.list_file)


def _signal_groups(groups: list[int], number: int) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _read_list(file: Path) -> list[tuple[int, float]]:
    try:
        return [(int(pid), float(born)) for pid, born in json.loads(file.read_text())]
    except (FileNotFoundError, ValueError, TypeError):
        return []
