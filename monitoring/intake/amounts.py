"""Merges rows of amounts, hourly or every quarter of an hour, into the days that are kept.

Quarters are kept as they came, in four rows of 24 slots a day, and their hour is computed from all
four, never added to. A row at the full hour may be either: the file itself tells, and where it
cannot, what came before does.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection

from monitoring import copying
from monitoring.feeds import Connector
from monitoring.feeds.contract import HOUR, QUARTER
from monitoring.intake import days
from monitoring.intake.days import HOURS, Days, Matrix
from monitoring.intake.judge import Flags, Ints, Rows, is_off_hour
from monitoring.intake.links import as_date, local_days
from monitoring.intake.merged import Merged, changed_since
from monitoring.intake.times import SEOUL_OFFSET


def merge(connector: Connector, rows: Rows, owner: Ints, repeats: Ints | None) -> Merged:
    """Stores rows that may be kept, one per home and instant; `repeats` further equal ones."""
    if not len(rows):
        return Merged()
    quarter = _is_quarter(connector, rows, owner)
    if quarter is None:
        return _merge_hours(connector, rows, owner, repeats)
    whole = np.flatnonzero(~quarter)
    part = np.flatnonzero(quarter)
    return _merge_hours(
        connector, rows.only(whole), owner[whole], None if repeats is None else repeats[whole]
    ) + _merge_quarters(
        connector, rows.only(part), owner[part], None if repeats is None else repeats[part]
    )


@dataclass
class Grid:
    """Rows laid out by day: `place` of a row among `days`, and the hour it belongs to."""

    days: Days
    place: Ints
    hour: Ints


def lay_out(owner: Ints, times: Ints, when: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> Grid:
    """Households and distinct instants to household-days in the order of the table's key."""
    homes, home = _distinct(owner)
    local = local_days(times)
    first = int(local.min()) if len(local) else 0
    span = int(local.max()) - first + 1 if len(local) else 1
    hour = ((times + SEOUL_OFFSET) // HOUR % HOURS)[when]
    cell = (local - first)[when] * len(homes) + home
    if span * len(homes) <= 2 * len(owner) + 1024:
        filled = np.zeros(span * len(homes), bool)
        filled[cell] = True
        cells = np.flatnonzero(filled)
        place = cell if filled.all() else (np.cumsum(filled) - 1)[cell]
    else:
        cells, place = np.unique(cell, return_inverse=True)
    return Grid(Days(cells // len(homes) + first, homes[cells % len(homes)]), place, hour)


def _distinct(owner: Ints) -> tuple[Ints, Ints]:
    """np.unique with inverse; where ids are dense, without sorting."""
    first = int(owner.min())
    span = int(owner.max()) - first + 1
    if span > 4 * len(owner) + 1024:
        homes, home = np.unique(owner, return_inverse=True)
        return homes, home
    there = np.zeros(span, bool)
    there[owner - first] = True
    return np.flatnonzero(there) + first, (np.cumsum(there) - 1)[owner - first]


def _merge_hours(connector: Connector, rows: Rows, owner: Ints, repeats: Ints | None) -> Merged:
    if not len(rows):
        return Merged()
    grid = lay_out(owner, rows.times, rows.when)
    cell = grid.place * HOURS + grid.hour
    given = np.full((len(grid.days), len(connector.metrics), HOURS), np.nan, np.float32)
    for number, values in enumerate(rows.values):
        _put(given, number, cell, values)
    before, exists = days.read(connector.metrics, grid.days)
    new, corrected = _compare(given, before)
    _store(connector.metrics, grid.days, given, before, exists)
    return _count(new, corrected, len(rows), repeats, grid.days)


def _put(given: Matrix, number: int, cell: Ints, values: Matrix) -> None:
    """Values into metric `number` of (days, metrics, 24); cell = day * 24 + hour."""
    if given.shape[1] == 1:
        given.reshape(-1)[cell] = values
    else:
        given[cell // HOURS, number, cell % HOURS] = values


def _compare(given: Matrix, before: Matrix) -> tuple[Flags, Flags]:
    """(days, 24): hours that are new, hours of which any metric is corrected."""
    there = given[:, 0] == given[:, 0]
    known = (before == before).any(axis=1)
    differs = (given != before).any(axis=1)
    return there & ~known, there & known & differs


def _store(
    metrics: tuple[str, ...], at: Days, given: Matrix, before: Matrix, exists: Flags
) -> Matrix:
    """Writes what is given over what was there and returns all of it."""
    there = given == given
    after = np.where(there, given, before)
    changed = (there & (given != before)).any(axis=2)
    days.write(metrics, at, after, changed, exists)
    return after


def _count(new: Flags, corrected: Flags, rows: int, repeats: Ints | None, at: Days) -> Merged:
    accepted, again = int(new.sum()), int(corrected.sum())
    households, since = changed_since(at, new | corrected)
    return Merged(
        accepted=accepted,
        unchanged=rows - accepted - again + (0 if repeats is None else int(repeats.sum())),
        corrected=again,
        households=households,
        since=since,
    )


# ── quarters of an hour ──────────────────────────────────────────────────────
def _is_quarter(connector: Connector, rows: Rows, owner: Ints) -> Flags | None:
    """Which rows are quarters of an hour; None when none is.

    Off the full hour: always. On it: when the same home has quarters on that day of the file; or,
    where the file has no other instant of the home (a partner who delivers every quarter), when
    the home had quarters in the day before.
    """
    if not connector.quarter_metrics:
        return None
    off = is_off_hour(rows.times)
    homes, home = _distinct(owner)
    quarter = np.zeros(len(rows), bool)
    if off.any():
        local = local_days(rows.times)
        first = int(local.min())
        day = home * (int(local.max()) - first + 1) + (local - first)[rows.when]
        off_hour = off[rows.when]
        quarter = off_hour | np.isin(day, np.unique(day[off_hour]), kind=None)
    alone = np.flatnonzero(np.bincount(home, minlength=len(homes)) == 1)
    if len(alone):
        by_quarters = np.zeros(len(homes), bool)
        known = _known_by_quarters(connector, homes[alone], int(rows.times[rows.when].min()))
        by_quarters[alone] = np.isin(homes[alone], known)
        quarter |= by_quarters[home]
    return quarter if quarter.any() else None


def _known_by_quarters(connector: Connector, homes: Ints, at: int) -> Ints:
    """Those of the homes that had quarters on the day of `at` or the day before."""
    day = int(local_days(np.array([at]))[0])
    names = ", ".join(f"'{name}'" for name in connector.quarter_metrics[1:])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT household_id FROM monitoring_signalday"  # noqa: S608
            f" WHERE metric IN ({names}) AND day BETWEEN %s AND %s AND {copying.among(homes)}",
            [as_date(day - 1), as_date(day)],
        )
        return np.array([home for (home,) in cursor.fetchall()], dtype=np.int64)


def _merge_quarters(connector: Connector, rows: Rows, owner: Ints, repeats: Ints | None) -> Merged:
    names = connector.quarter_metrics
    grid = lay_out(owner, rows.times, rows.when)
    given = np.full((len(grid.days), len(names), HOURS), np.nan, np.float32)
    which = (rows.times % HOUR // QUARTER)[rows.when]
    given.reshape(-1)[(grid.place * len(names) + which) * HOURS + grid.hour] = rows.values[0]
    before, exists = days.read(names, grid.days)
    there, known = given == given, before == before
    new, corrected = there & ~known, there & known & (given != before)
    after = _store(names, grid.days, given, before, exists)
    changed = (new | corrected).any(axis=1)
    # NaN in one quarter makes the sum NaN: a part of an hour is not its consumption, and the hour
    # stays what it was.
    hours = np.where(changed, after.sum(axis=1, dtype=np.float32), np.nan).astype(np.float32)
    whole = hours[:, None, :]
    old, there_before = days.read(connector.metrics, grid.days)
    _store(connector.metrics, grid.days, whole, old, there_before)
    moved = (whole == whole) & (whole != old)
    accepted, again = int(new.sum()), int(corrected.sum())
    households, since = changed_since(grid.days, moved[:, 0])
    return Merged(
        accepted=accepted,
        unchanged=len(rows) - accepted - again + (0 if repeats is None else int(repeats.sum())),
        corrected=again,
        households=households,
        since=since,
    )
