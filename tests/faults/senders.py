"""Processes of their own that deliver until their database dies, and look at what it kept."""

import importlib
import os
import signal
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from households.models import FeedLink
from monitoring.models import Delivery, SignalDay
from tests.cast import NOON
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows, deliver

door: Any = importlib.import_module("monitoring.intake.door")
METERS = [f"M-{n}" for n in range(20)]
FILES = 280
FIRST = date(2025, 9, 10)


def file(number: int) -> bytes:
    """A day of all meters."""
    day = FIRST + timedelta(days=number)
    return csv([row for meter in METERS for row in day_rows(meter, day)])


def kill_with_children(pid: int) -> None:
    """SIGKILL, the parent first so that it starts no other."""
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in (pid, *map(int, tasks)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def send(postmaster: str) -> None:
    """Prints the receipt number of each delivery as soon as it has one. With a postmaster, kills
    it when the third delivery has written its readings and not yet its receipt."""
    kill_before = Delivery.objects.count() + 2 if postmaster else None
    write_receipt = door.write_receipt

    def dying(*args: Any, **counts: Any) -> Delivery:
        if Delivery.objects.count() == kill_before:
            kill_with_children(int(postmaster))
        return write_receipt(*args, **counts)

    door.write_receipt = dying
    if not FeedLink.objects.exists():
        for meter in METERS:
            make_household(meter=meter, since=timedelta(days=300), now=NOON)
    for number in range(Delivery.objects.count(), FILES):
        print(deliver(file(number)).uid, flush=True)  # noqa: T201


def check(receipted: str) -> None:
    """Every receipt that was given is there; the days are those of the receipts; a redelivery of
    all changes nothing; the delivery that broke off is then taken in as if it came first."""
    uids = set(map(str, Delivery.objects.values_list("uid", flat=True)))
    assert set(receipted.split(",")) <= uids, "a receipt is lost"
    assert SignalDay.objects.count() == Delivery.objects.count() * len(METERS)
    for number in range(Delivery.objects.count()):
        found = deliver(file(number))
        assert found.unchanged == len(METERS) * 24, found.receipt()
        found.delete()
    assert deliver(file(Delivery.objects.count())).accepted == len(METERS) * 24
    print("whole")  # noqa: T201
