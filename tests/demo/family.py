"""A killed process and its children: dead a moment later, not at once."""

import time

import psutil

TIME_TO_DIE_S = 60


def wait_until_dead(family: list[psutil.Process]) -> None:
    """The kernel takes its time after a kill, more of it on a busy machine."""
    end = time.monotonic() + TIME_TO_DIE_S
    while left := [process for process in family if _lives(process)]:
        assert time.monotonic() < end, left
        time.sleep(0.02)


def _lives(process: psutil.Process) -> bool:
    """Nobody may reap a grandchild in a container: a zombie is dead enough."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
