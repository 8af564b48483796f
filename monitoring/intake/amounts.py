"""Merges rows of amounts into the days that are kept; homes that have quarters of an hour take a
way of their own."""

from datetime import datetime

import numpy as np
from django.db import connection

from monitoring import copying
from monitoring.feeds import Connector
from monitoring.feeds.contract import HOUR
from monitoring.intake import days, meters, quarters
from monitoring.intake.days import HOURS, Days, Matrix
from monitoring.intake.grid import Slots, lay_out
from monitoring.intake.judge import Flags, Ints, Rows, is_off_hour
from monitoring.intake.kinds import around
from monitoring.intake.links import Owners, as_date, local_days
from monitoring.intake.merged import Merged, changed_since
from monitoring.intake.rejections import Rejections
from monitoring.intake.times import SEOUL_OFFSET

LOOK_BACK = 7
"""Days. What was rejected as a running total is not kept: the first readings must stay in sight."""
_KEY = 1 << 42


def merge(
    connector: Connector,
    rows: Rows,
    owner: Owners,
    repeats: Ints | None,
    rejections: Rejections,
    *,
    now: datetime,
) -> Merged:
    """Stores rows that may be kept, one per home and instant; `repeats` further equal ones."""
    if not len(rows):
        return Merged()
    quarter = _by_quarters(connector, rows, owner)
    if quarter is None:
        return _merge_hours(connector, rows, owner, repeats, rejections)
    if quarter.all():
        return quarters.merge(connector, rows, owner, repeats, rejections, now=now)
    merged = Merged()
    for chosen in (~quarter, quarter):
        some, whose = rows.only(chosen), owner.only(chosen)
        again = None if repeats is None else repeats[chosen]
        if chosen is quarter:
            merged += quarters.merge(connector, some, whose, again, rejections, now=now)
        else:
            merged += _merge_hours(connector, some, whose, again, rejections)
    return merged


def _by_quarters(connector: Connector, rows: Rows, owner: Owners) -> Flags | None:
    """Rows of homes that have quarters of an hour, in the file or kept nearby; None: no row is."""
    if not connector.quarter_metrics:
        return None
    homes, home = owner.homes
    by_quarters = np.zeros(len(homes), bool)
    off = is_off_hour(rows.times)
    if off.any():
        by_quarters[home[owner.who[off[rows.when]]]] = True
    if len(rows.lost[0]):
        of_id = np.full(len(rows.ids), -1, np.int64)
        of_id[rows.who] = home[owner.who]
        found = of_id[rows.lost[0]]
        by_quarters[found[found >= 0]] = True
    if not by_quarters.all():
        days_told = local_days(rows.times[[rows.when.min(), rows.when.max()]])
        kept = _kept_by_quarters(connector, homes, *days_told.tolist())
        by_quarters |= np.isin(homes, kept)
    return by_quarters[home][owner.who] if by_quarters.any() else None


def _kept_by_quarters(connector: Connector, homes: Ints, first: int, last: int) -> Ints:
    """Homes (perhaps others too) of which quarters are kept on the days or just beside them."""
    prefix = connector.quarter_metrics[0].partition("@")[0] + "@"
    with connection.cursor() as cursor:
        # Not `metric IN`: as a condition on the key it would be a descent for every home and day.
        cursor.execute(
            "SELECT DISTINCT household_id FROM monitoring_signalday"  # noqa: S608
            f" WHERE day BETWEEN %s AND %s AND {copying.among(homes)} AND strpos(metric, %s) = 1",
            [as_date(first - 1), as_date(last + 1), prefix],
        )
        return np.array([home for (home,) in cursor.fetchall()], dtype=np.int64)


def _merge_hours(
    connector: Connector,
    rows: Rows,
    owner: Owners,
    repeats: Ints | None,
    rejections: Rejections,
) -> Merged:
    total = _running_on(connector, rows, owner)
    if total is not None:
        what = meters.NO_TOTAL.format(unit=connector.amounts[0].unit)
        rejections.add(rows.line[total], connector.amounts[0].column, what)
        rows, owner = rows.only(~total), owner.only(~total)
        if not len(rows):
            return Merged(unchanged=0 if repeats is None else int(repeats.sum()))
    grid = lay_out(rows, owner)
    given = np.full((len(grid.days), len(connector.metrics), HOURS), np.nan, np.float32)
    for number, values in enumerate(rows.values):
        _put(given, number, grid.slot, values)
    before, exists = days.read(connector.metrics, grid.days)
    new, corrected = _compare(given, before)
    _store(connector.metrics, grid.days, given, before, exists)
    return _count(new, corrected, len(rows), repeats, grid.days)


def _put(given: Matrix, number: int, slot: Slots, values: Matrix) -> None:
    """Values into metric `number` of (days, metrics, 24); slot = day * 24 + hour."""
    if given.shape[1] == 1:
        given.reshape(-1)[slot] = values
    else:
        given[slot // HOURS, number, slot % HOURS] = values


def _compare(given: Matrix, before: Matrix) -> tuple[Flags, Flags]:
    """(days, 24): hours that are new, hours of which any metric is corrected."""
    there = given[:, 0] == given[:, 0]
    known = (before == before).any(axis=1)
    differs = (given != before).any(axis=1)
    return there & ~known, there & known & differs


def _store(
    metrics: tuple[str, ...], at: Days, given: Matrix, before: Matrix, exists: Flags
) -> None:
    """Writes what is given over what was there."""
    there = given == given
    changed = (there & (given != before)).any(axis=2)
    days.write(metrics, at, np.where(there, given, before), changed, exists)


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


# ── running totals that come row by row ──────────────────────────────────────
def _running_on(connector: Connector, rows: Rows, owner: Owners) -> Flags | None:
    """Rows that carry a running total on whose readings of the days before were taken for usage,
    since too few came at once to tell; None where there are none."""
    if connector.register_from is None:
        return None
    count = np.bincount(rows.who, minlength=len(rows.ids))
    few = np.zeros(len(rows.ids), bool)
    # What has climbed so far stands above it: of most deliveries nobody is asked.
    few[rows.who[rows.values[0] >= connector.register_from]] = True
    few &= count < meters.LONGEST
    chosen = np.flatnonzero(few[rows.who])
    if not len(chosen):
        return None
    readings = meters.Readings.of(rows, rows.values[0], chosen)
    few[readings.ids] = meters.never_falling(readings)
    asked = np.flatnonzero(few)
    if not len(asked):
        return None
    hour = ((rows.times + SEOUL_OFFSET) // HOUR)[rows.when]
    last, home = np.zeros(len(rows.ids), np.int64), np.zeros(len(rows.ids), np.int64)
    np.maximum.at(last, rows.who, hour)
    home[rows.who] = owner.per_row()
    table = _last_hours(connector, home[asked], last[asked])
    theirs = np.flatnonzero(few[rows.who])
    back = (last[rows.who] - hour)[theirs]
    theirs, back = theirs[back < table.shape[1]], back[back < table.shape[1]]
    place = np.searchsorted(asked, rows.who[theirs])
    table[place, table.shape[1] - 1 - back] = rows.values[0][theirs]
    total = np.zeros(len(rows.ids), bool)
    total[asked] = meters.climbing(table, connector.register_from)
    return total[rows.who] if total.any() else None


def _last_hours(connector: Connector, homes: Ints, last: Ints) -> Matrix:
    """(homes, hours) kept hours of LOOK_BACK days up to the hour `last` (since 1970 in Seoul) of
    each, that one too."""
    order = np.lexsort((homes, last // HOURS))
    at = Days((last // HOURS)[order], homes[order])
    every, _place = around(at, tuple(range(-LOOK_BACK, 1)))
    hours, _exists = days.read(connector.metrics[:1], every)
    known = every.day * _KEY + every.household
    wanted = (at.day[:, None] + np.arange(-LOOK_BACK, 1)) * _KEY + at.household[:, None]
    found = hours[np.searchsorted(known, wanted), 0].reshape(len(homes), -1)
    columns = (last[order] % HOURS)[:, None] + np.arange(LOOK_BACK * HOURS + 1)
    table = np.empty(columns.shape, np.float32)
    table[order] = np.take_along_axis(found, columns, axis=1)
    return table
