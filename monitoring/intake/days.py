"""Writes hours into SignalDay: reads the days that exist, compares, writes only what changed."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from django.db import connection

from monitoring import copying
from monitoring.intake.judge import Flags, Ints
from monitoring.intake.links import as_date
from monitoring.partitions import ensure_partitions

HOURS = 24
_BYTES = HOURS * 4
_PG_EPOCH = 10_957  # days from 1970 to PostgreSQL's 2000
_COLUMNS = ("day", "household_id", "metric", "values")
Matrix = npt.NDArray[np.float32]

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS monitoring_staged (
        day date, household_id bigint, metric varchar(12), "values" bytea
    ) ON COMMIT DROP
"""
# An UPDATE with a join would leave the choice of a plan to statistics that no temporary table has:
# this looks up one row after the other, whatever the planner believes.
_REPLACE = """
    INSERT INTO monitoring_signalday AS kept (day, household_id, metric, "values")
    SELECT day, household_id, metric, "values" FROM monitoring_staged
    ON CONFLICT (day, household_id, metric) DO UPDATE SET "values" = excluded."values"
"""


@dataclass(frozen=True)
class Days:
    """Household-days in the order of the table's key; each comes once. `day` is since 1970."""

    day: Ints
    household: Ints

    def __len__(self) -> int:
        return len(self.day)


def read(metrics: tuple[str, ...], at: Days) -> tuple[Matrix, Flags]:
    """((days, metrics, 24) as kept, NaN where there is nothing; which rows exist)."""
    matrix = np.full((len(at), len(metrics), HOURS), np.nan, np.float32)
    exists = np.zeros((len(at), len(metrics)), bool)
    if not len(at):
        return matrix, exists
    which = " ".join(f"WHEN '{name}' THEN {n}" for n, name in enumerate(metrics))
    names = ", ".join(f"'{name}'" for name in metrics)
    first, last = as_date(at.day[0]), as_date(at.day[-1])
    found = copying.read(
        f"COPY (SELECT day, household_id, (CASE metric {which} END)::smallint,"  # noqa: S608
        f' "values" FROM monitoring_signalday WHERE metric IN ({names})'
        f" AND day BETWEEN '{first}' AND '{last}'"
        f" AND {copying.among(np.unique(at.household))}) TO STDOUT (FORMAT binary)",
        _kept_row(),
    )
    if not len(found):
        return matrix, exists
    keys = _keys(at.day, at.household)
    theirs = _keys(found["day"].astype(np.int64) + _PG_EPOCH, found["household"].astype(np.int64))
    place = np.searchsorted(keys, theirs).clip(max=len(keys) - 1)
    wanted = keys[place] == theirs
    if not wanted.all():
        found, place = found[wanted], place[wanted]
    metric = found["metric"].astype(np.int64)
    matrix[place, metric] = found["values"]
    exists[place, metric] = True
    return matrix, exists


def write(metrics: tuple[str, ...], at: Days, slots: Matrix, changed: Flags, exists: Flags) -> None:
    """Stores the (days, metrics) of `changed`: new rows by COPY, others by one UPDATE."""
    if not changed.any():
        return
    ensure_partitions(as_date(at.day[0]), as_date(at.day[-1]))
    _copy("monitoring_signalday", metrics, at, slots, changed & ~exists)
    again = changed & exists
    if not again.any():
        return
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        _copy("monitoring_staged", metrics, at, slots, again)
        cursor.execute(_REPLACE)
        cursor.execute("TRUNCATE monitoring_staged")


def _copy(table: str, metrics: tuple[str, ...], at: Days, slots: Matrix, chosen: Flags) -> None:
    """Rows of one household-day together, as in the key: an index that grows at its end is written
    twice as fast as one that grows in a thousand places."""
    every = chosen.all(axis=1)
    rows = np.flatnonzero(every)
    if len(rows):
        parts = [_filled(name, at, slots, rows, n) for n, name in enumerate(metrics)]
        wide = np.empty(len(rows), np.dtype([(str(n), part.dtype) for n, part in enumerate(parts)]))
        for number, part in enumerate(parts):
            wide[str(number)] = part
        copying.write(table, _COLUMNS, wide)
    for number, metric in enumerate(metrics):
        rows = np.flatnonzero(chosen[:, number] & ~every)
        if len(rows):
            copying.write(table, _COLUMNS, _filled(metric, at, slots, rows, number))


def _filled(metric: str, at: Days, slots: Matrix, rows: Ints, number: int) -> npt.NDArray[np.void]:
    filled = copying.rows(_new_row(len(metric)), len(rows))
    filled["day"] = at.day[rows] - _PG_EPOCH
    filled["household"] = at.household[rows]
    filled["metric"] = metric.encode()
    filled["values"] = slots[rows, number]
    return filled


@cache
def _kept_row() -> np.dtype[np.void]:
    return copying.row(
        ("day", ">i4"), ("household", ">i8"), ("metric", ">i2"), ("values", ("<f4", (HOURS,)))
    )


@cache
def _new_row(width: int) -> np.dtype[np.void]:
    return copying.row(
        ("day", ">i4"), ("household", ">i8"), ("metric", f"S{width}"), ("values", ("<f4", (HOURS,)))
    )


def _keys(day: Ints, household: Ints) -> Ints:
    """Day first, as in the primary key. 2^42 households are enough for a while."""
    return day * (1 << 42) + household
