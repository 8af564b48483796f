"""Puts a file's readings into the store and counts exactly what was new, same or corrected.

Hours and quarters of an hour. A row at the full hour may be either; the file itself tells, and
where it cannot, what came before does (see `_is_quarter`). Quarters are kept as they came and
their hour is recomputed from all four, never added to.
"""

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from django.db import connection

from monitoring.intake.days import Counts, compare, put_hours
from monitoring.intake.links import local_days
from monitoring.intake.times import SEOUL_OFFSET
from monitoring.intake.validate import HOUR, QUARTER, Flags, Ints
from monitoring.models import Metric, RawReading

_STAGE = """
    CREATE TEMPORARY TABLE monitoring_staged_raw (
        household_id bigint, metric varchar(12), at bigint, value float8
    ) ON COMMIT DROP
"""
_MERGE = """
    INSERT INTO monitoring_rawreading (household_id, metric, at, value)
    SELECT household_id, metric, to_timestamp(at), value FROM monitoring_staged_raw ORDER BY 1, 3
    ON CONFLICT (household_id, metric, at) DO UPDATE SET value = excluded.value
"""
Values = npt.NDArray[np.float32]


def merge_power(household: Ints, at: Ints, kwh: Values, repeats: Ints) -> Counts:
    """Stores one reading per (household, instant). `at`: interval starts in UTC seconds."""
    quarter = _is_quarter(household, at)
    hourly = ~quarter
    before = put_hours(
        Metric.POWER, household[hourly], (at[hourly] + SEOUL_OFFSET) // HOUR, kwh[hourly]
    )
    counts = compare(kwh[hourly], before, repeats[hourly])
    if quarter.any():
        counts += _merge_quarters(household[quarter], at[quarter], kwh[quarter], repeats[quarter])
    return counts


def _is_quarter(household: Ints, at: Ints) -> Flags:
    """Which rows are quarters of an hour.

    Off the full hour: always. On it: when the same home has quarters on that day of the file; or,
    where the file has no other instant of the home (a partner who delivers every quarter), when
    the home had quarters in the day before.
    """
    off_hour = at % HOUR != 0
    day = household * (1 << 20) + local_days(at)
    quarter = off_hour | np.isin(day, np.unique(day[off_hour]))
    owners, first, rows = np.unique(household, return_index=True, return_counts=True)
    alone = owners[(rows == 1) & ~quarter[first]]
    if len(alone):
        since = datetime.fromtimestamp(int(at.min()), UTC) - timedelta(days=1)
        known = RawReading.objects.filter(
            household_id__in=alone.tolist(), metric=Metric.POWER, at__gte=since
        )
        by_quarters = list(known.order_by().values_list("household_id", flat=True).distinct())
        quarter |= np.isin(household, by_quarters)
    return quarter


def _merge_quarters(household: Ints, at: Ints, kwh: Values, repeats: Ints) -> Counts:
    """Keeps the quarters, then sets the hours they touched: all four, or not received."""
    hours, row = np.unique(_hour_keys(household, at), return_inverse=True)
    quarters = _read(hours)
    column = at % HOUR // QUARTER
    before = quarters[row, column]
    quarters[row, column] = kwh
    changed = before != kwh  # NaN differs from everything
    _write(household[changed], at[changed], kwh[changed])
    touched = np.unique(row[changed])
    owner, slot = _split(hours[touched])
    # NaN in one quarter makes the hour NaN: a part of an hour is not its consumption.
    put_hours(Metric.POWER, owner, slot, quarters[touched].sum(axis=1, dtype=np.float32))
    return compare(kwh, before, repeats)


def _hour_keys(household: Ints, at: Ints) -> Ints:
    """Household and hour since 1970 in Seoul (twenty-one bits last until 2209)."""
    return household * (1 << 21) + (at + SEOUL_OFFSET) // HOUR


def _split(keys: Ints) -> tuple[Ints, Ints]:
    return keys >> 21, keys & ((1 << 21) - 1)


def _read(hours: Ints) -> Values:
    """hours × 4 quarters as kept, NaN where there is none."""
    owner, slot = _split(hours)
    matrix = np.full((len(hours), 4), np.nan, dtype=np.float32)
    first, last = slot.min() * HOUR - SEOUL_OFFSET, (slot.max() + 1) * HOUR - SEOUL_OFFSET
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT household_id, extract(epoch FROM at)::bigint, value FROM monitoring_rawreading"
            " WHERE metric = %s AND household_id = ANY(%s)"
            " AND at >= to_timestamp(%s) AND at < to_timestamp(%s)",
            [Metric.POWER.value, np.unique(owner).tolist(), int(first), int(last)],
        )
        rows = cursor.fetchall()
    if not rows:
        return matrix
    household, at = (np.array([row[i] for row in rows], dtype=np.int64) for i in (0, 1))
    keys = _hour_keys(household, at)
    place = np.searchsorted(hours, keys).clip(max=len(hours) - 1)
    wanted = hours[place] == keys
    values = np.array([row[2] for row in rows], dtype=np.float32)
    matrix[place[wanted], at[wanted] % HOUR // QUARTER] = values[wanted]
    return matrix


def _write(household: Ints, at: Ints, kwh: Values) -> None:
    if not len(at):
        return
    lines = [
        f"{owner}\t{Metric.POWER.value}\t{instant}\t{value!r}\n"
        for owner, instant, value in zip(
            household.tolist(), at.tolist(), kwh.astype(np.float64).tolist(), strict=True
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.copy_expert("COPY monitoring_staged_raw FROM STDIN", io.StringIO("".join(lines)))
        cursor.execute(_MERGE)
        cursor.execute("DROP TABLE monitoring_staged_raw")
