"""Sixteen homes share a row of accumulators, and none of them notices the others."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from monitoring import hot_blocks, hours, runs
from monitoring.models import HotBlock
from monitoring.scoring import memory

pytestmark = pytest.mark.django_db
UNTIL = 495_000


def ids(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def put(*homes: int, evidence: float = 1.0, until: int = UNTIL) -> None:
    kept = memory.blank(len(homes))
    kept["hot"]["evidence"] = evidence
    memory.put(ids(*homes), kept, np.full(len(homes), until))


def evidence(*homes: int) -> list[float]:
    mind = memory.load(ids(*homes))
    return np.where(mind.until == memory.UNKNOWN, -1, mind.kept["hot"]["evidence"]).tolist()


def test_neighbours_stay_as_they_are():
    put(3, 5, 40)
    put(5, 17, evidence=2.0, until=UNTIL + 1)
    assert evidence(3, 4, 5, 17, 40) == [1, -1, 2, 2, 1]
    assert hot_blocks.until(ids(3, 4, 5, 17, 40, 99)).tolist() == [
        UNTIL, -1, UNTIL + 1, UNTIL + 1, UNTIL, -1,
    ]  # fmt: skip


def test_a_home_is_forgotten_and_with_the_last_one_the_row():
    put(3, 5)
    memory.drop(3)
    assert evidence(3, 5) == [-1, 1]
    memory.drop(5)
    assert not HotBlock.objects.exists()


@pytest.mark.parametrize("size", [2, 20, runs.CHUNK])
def test_no_block_reaches_into_another_range(size, monkeypatch):
    """Two workers hold two ranges and must never rewrite the same row."""
    monkeypatch.setattr(runs, "CHUNK", size)
    homes = np.arange(3 * size + 60)
    firsts = hot_blocks.first_of(homes)
    assert (firsts // size == homes // size).all()
    assert (homes - firsts < hot_blocks.HOMES).all()
    put(*homes[:60].tolist())
    assert evidence(*homes[:60].tolist()) == [1] * 60


def test_blocks_of_another_version_say_nothing_and_are_overwritten():
    put(3, 5)
    HotBlock.objects.update(hot=bytes(160))
    assert evidence(3, 5) == [-1, -1]
    put(5)
    assert evidence(3, 5) == [-1, 1]


def test_a_block_lies_in_its_page():
    """Out of line it would be a table and an index more for every read."""
    put(*range(160))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_size(reltoastrelid) FROM pg_class"
            " WHERE relname = 'monitoring_hotblock'"
        )
        assert cursor.fetchone() == (0,)


def test_a_change_of_the_past_names_those_who_were_judged_beyond_it():
    put(3, 5)
    put(17, until=UNTIL - 5)
    at = hours.begin_of(UNTIL - 4)
    assert runs.touch([3, 4, 17], at) == 1
    assert runs.touch([3, 5, 17], at - timedelta(minutes=90)) == 3
    assert hot_blocks.any_beyond(at)
    assert not hot_blocks.any_beyond(hours.begin_of(UNTIL))
