"""Processes of their own that deliver until their database dies, and look at what it kept."""

from datetime import date, timedelta

from households.models import FeedLink
from monitoring.models import Delivery, SignalDay
from tests.cast import NOON
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows, deliver

METERS = [f"M-{n}" for n in range(20)]
FILES = 280
FIRST = date(2025, 9, 10)


def file(number: int) -> bytes:
    """A day of all meters."""
    day = FIRST + timedelta(days=number)
    return csv([row for meter in METERS for row in day_rows(meter, day)])


def send(_argument: str) -> None:
    """Prints the receipt number of each delivery as soon as it has one."""
    if not FeedLink.objects.exists():
        for meter in METERS:
            make_household(meter=meter, since=timedelta(days=300), now=NOON)
    for number in range(Delivery.objects.count(), FILES):
        print(deliver(file(number)).uid, flush=True)  # noqa: T201


def check(receipted: str) -> None:
    """Every receipt that was given is there; the days are those of the receipts; a redelivery of
    all changes nothing but what never came."""
    uids = set(map(str, Delivery.objects.values_list("uid", flat=True)))
    assert set(receipted.split(",")) <= uids, "a receipt is lost"
    assert SignalDay.objects.count() == Delivery.objects.count() * len(METERS)
    for number in range(Delivery.objects.count()):
        found = deliver(file(number))
        assert found.unchanged == len(METERS) * 24, found.receipt()
        found.delete()
    print("whole")  # noqa: T201
