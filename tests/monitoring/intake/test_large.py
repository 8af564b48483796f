"""A file of many blocks, as a 3 GB one is: the same result, and memory of a block."""

import gzip
import subprocess
import sys
from datetime import date, timedelta

import pytest

from monitoring.intake import gather, reading, spool
from monitoring.models import Delivery
from tests.households.factories import make_household
from tests.monitoring.files import HEADER, csv, day_rows, deliver, table

pytestmark = pytest.mark.django_db
METERS = [f"M-{n}" for n in range(7)]


@pytest.fixture
def homes():
    return [make_household(meter=meter) for meter in METERS[:5]]  # two stay unknown


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(spool, "BLOCK", 900)
    for module in (spool, reading, gather):
        monkeypatch.setattr(module, "ONE_BLOCK", 1800)


def rows() -> list:
    days = [date(2026, 6, 20) + timedelta(days=n) for n in range(3)]
    every = [row for day in days for meter in METERS for row in day_rows(meter, day)]
    every.sort(key=lambda row: row[1])  # by hour: every block touches every meter
    every[100] = (every[100][0], "gestern", 1)
    every[300] = (every[300][0], every[300][1], -1)
    every[400:400] = [every[10], (every[40][0], every[40][1], 7.5)]  # a repeat, a contradiction
    return every


def summary(delivery: Delivery) -> dict:
    names = ("rows", "accepted", "unchanged", "corrected", "rejected", "unknown", "errors")
    return {name: getattr(delivery, name) for name in names} | {"until": delivery.data_until}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_many_blocks_end_as_one_does(homes, request, tmp_path, pack):
    path = tmp_path / "large.csv"
    path.write_bytes(pack(csv(rows())))
    from django.db import transaction

    with transaction.atomic():
        whole, stored = summary(deliver(path)), table()
        transaction.set_rollback(True)
    assert whole["rejected"] == 4
    request.getfixturevalue("small_blocks")
    assert summary(deliver(path)) == whole
    assert table() == stored


def test_refusals_of_a_large_file(homes, small_blocks):
    text = csv(rows())
    assert deliver(gzip.compress(text)[:-30]).refusal == "bad_gzip"
    assert deliver(HEADER.encode() + b"\n" * 5000).refusal == "empty"
    assert deliver(HEADER.encode() + b"\n" + b"x" * 5000).refusal == "not_text"
    assert deliver(text[:5000] + b"\0" + text[5000:]).refusal == "not_text"


def test_memory_is_that_of_a_block_and_not_of_the_file(tmp_path):
    """A third of a gigabyte of readings, read and judged in a process of its own."""
    script = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
import django
django.setup()
from monitoring import feeds
from monitoring.intake.reading import Reading
from monitoring.intake.spool import Spool
begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Spool(Path(sys.argv[1])) as spool:
    with Reading(spool, feeds.connector("power"), now=datetime(2026, 7, 1, tzinfo=UTC)) as reading:
        reading.read()
        rows = sum(len(share) for share in reading.shares())
print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begin) // 1024)
"""
    path = tmp_path / "large.csv"
    hours = [f"2026-06-{1 + n // 24:02d}T{n % 24:02d}:00" for n in range(240)]
    lines = "".join(f"power-%07d,{at},0.213\n" for at in hours)
    with path.open("w") as file:
        file.write(f"{HEADER}\n")
        for first in range(0, 42_000, 240):
            file.write("".join(lines % tuple([first + n] * 240) for n in range(240)))
    size = path.stat().st_size // 2**20
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    read, megabytes = map(int, done.stdout.split())
    assert read == 42_000 * 240
    assert size > 340
    assert megabytes < 330
