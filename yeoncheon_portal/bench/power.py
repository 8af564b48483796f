"""Electricity alone, for as many homes as fit: whether the cost of a home depends on their number.

The county is made in pieces, so that the memory measured is the program's and not the county's.
"""

from datetime import timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from households.days import day_start
from monitoring import copying, learning, scoring
from monitoring import hours as numbers
from monitoring.detection.habits import LEARN_DAYS
from monitoring.models import HouseholdState, Metric
from monitoring.partitions import ensure_partitions
from monitoring.runs import LEARN_LAG
from monitoring.scoring import memory
from yeoncheon_portal.bench import county, lives
from yeoncheon_portal.bench.frame import peak_mb, timed, verify
from yeoncheon_portal.bench.scoring import DAY, WARM_DAYS, learned, warmed_up

PIECE = 50_000  # homes that are written at once while the county is made
_ROW = copying.row(
    ("day", ">i4"),
    ("household", ">i8"),
    ("metric", f"S{len(Metric.POWER)}"),
    ("values", ("<f4", 24)),
)


def run(*, households: int, hours: int | None = None) -> dict[str, Any]:
    """The JSON of `bench power`: one day judged once; `hours` says nothing here."""
    ids = _county(households)
    _fill(ids)
    scoring.score(now=day_start(DAY))
    seconds = timed(lambda: scoring.score(now=day_start(DAY) + timedelta(days=1)))
    verify(_all_judged(ids), "not every home was judged to its newest hour")
    verify(HouseholdState.objects.count() == households, "not every home has a light")
    return {
        "name": "power",
        "households": households,
        "rows": households * 24,
        "seconds": round(seconds, 2),
        "us_per_household_hour": round(seconds / households / 24 * 1e6, 3),
        "peak_mb": peak_mb(),
        "verified": True,
    }


def _county(households: int) -> NDArray[np.int64]:
    """Ids. The copies are right because the sample is: references and overlaps, whose checks take
    most of the time of a million, are not looked at again in this scratch database."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = 'replica'")
        cursor.execute(
            "SELECT format('ALTER TABLE households_feedlink DROP CONSTRAINT %I', conname)"
            " FROM pg_constraint"
            " WHERE contype = 'x' AND conrelid = 'households_feedlink'::regclass"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        ids = county.build(households, now=day_start(DAY), feeds=(Metric.POWER,))
        cursor.execute("SET session_replication_role = 'origin'")
    return np.array(ids, np.int64)


def _fill(ids: NDArray[np.int64]) -> None:
    """Habits, accumulators after the warm-up, and the readings of DAY."""
    found = lives.metrics(LEARN_DAYS + LEARN_LAG + WARM_DAYS + 1)
    inputs = lives.as_inputs(found)
    inputs[1:] = np.nan
    day = numbers.number_of(DAY)
    habits = learned(inputs, day)
    kept = warmed_up(inputs, habits, day)
    ensure_partitions(DAY, DAY)
    for begin in range(0, len(ids), PIECE):
        piece = ids[begin : begin + PIECE]
        home = np.arange(begin, begin + len(piece)) % lives.POOL
        learning.keep(piece, day, habits[home], np.full(len(piece), LEARN_DAYS, np.int64))
        memory.put(piece, kept[home], np.full(len(piece), day * 24))
        filled = copying.rows(_ROW, len(piece))
        filled["day"], filled["household"] = copying.as_day(DAY), piece
        filled["metric"], filled["values"] = Metric.POWER.encode(), found[0, home, -1]
        copying.write("monitoring_signalday", ("day", "household_id", "metric", "values"), filled)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _all_judged(ids: NDArray[np.int64]) -> bool:
    end = numbers.number_of(DAY) * 24 + 24
    pieces = range(0, len(ids), PIECE)
    return all(
        bool((memory.load(ids[begin : begin + PIECE]).until == end).all()) for begin in pieces
    )
