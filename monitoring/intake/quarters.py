"""Merges rows of homes that have quarters of an hour: quarters, hours, and which is which.

An hour is kept either as such or as its quarters: one that is told as a whole replaces its
quarters, and one whose quarters are all there is their sum, computed anew and never added to.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from monitoring.feeds import Connector
from monitoring.feeds.contract import HOUR, QUARTER
from monitoring.intake import days, kinds
from monitoring.intake.days import HOURS, Days, Matrix
from monitoring.intake.events import KEPT
from monitoring.intake.grid import Slots, lay_out
from monitoring.intake.judge import Flags, Ints, Rows, is_off_hour
from monitoring.intake.links import Owners, local_days
from monitoring.intake.merged import Merged, changed_since
from monitoring.intake.rejections import Rejections
from monitoring.intake.times import SEOUL_OFFSET


@dataclass
class _Table:
    """Household-days of the rows (and around them, where it has to be asked what kind a row is),
    as kept: (days, 5, 24), the hour first. `slot`: per row its hour among them."""

    days: Days
    slot: Slots
    before: Matrix
    exists: Flags


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
    off = is_off_hour(rows.times)[rows.when]
    grid = lay_out(rows, owner)
    with_off = _flags(grid.days, grid.slot[off])
    asked = ~off & ~with_off.reshape(-1)[grid.slot]
    table = _read(connector, grid.days, grid.slot, with_neighbours=bool(asked.any()))
    hour, freed = np.zeros(len(rows), bool), None
    if asked.any():
        cells = _cells(table, rows, owner, off, asked)
        whole, freed = kinds.whole_hours(cells)
        hour = asked & whole.reshape(-1)[table.slot]
    most = connector.amounts[0].most * QUARTER / HOUR
    wrong = ~off & ~hour & (rows.values[0] > most)
    if wrong.any():
        amount = connector.amounts[0]
        what = f"at most {amount.most:g} {amount.unit} in an hour"
        rejections.add(rows.line[wrong], amount.column, what)
    said, whole_said = _said(table, rows, hour, ~wrong)
    return _store(connector, table, said, whole_said, freed, int((~wrong).sum()), repeats, now)


def _flags(at: Days, slots: Slots) -> Flags:
    flags = np.zeros((len(at), HOURS), bool)
    flags.reshape(-1)[slots] = True
    return flags


def _read(connector: Connector, at: Days, slot: Slots, *, with_neighbours: bool) -> _Table:
    if with_neighbours:
        at, place = kinds.around(at)
        slot = place[slot // HOURS] * HOURS + slot % HOURS
    return _Table(at, slot, *days.read(connector.stored, at))


def _cells(table: _Table, rows: Rows, owner: Owners, off: Flags, asked: Flags) -> kinds.Cells:
    at = table.days
    off_hours = _flags(at, table.slot[off])
    home = owner.of[owner.who]
    if len(rows.lost[0]):
        of_id = np.full(len(rows.ids), -1, np.int64)
        of_id[rows.who] = home
        _mark(off_hours, at, of_id[rows.lost[0]], rows.times[rows.lost[1]])
    homes, place = np.unique(at.household, return_inverse=True)
    since = np.full(len(homes), np.iinfo(np.int64).min)
    np.maximum.at(since, np.searchsorted(homes, owner.of[owner.used]), owner.since[owner.used])
    return kinds.Cells(at, table.before, _flags(at, table.slot[asked]), off_hours, since[place])


def _mark(flags: Flags, at: Days, household: Ints, times: Ints) -> None:
    """Sets the hours of these instants; days that are not in the table say nothing."""
    homes = np.unique(at.household)
    day = local_days(times)
    place = np.searchsorted(homes, household).clip(max=len(homes) - 1)
    ours = homes[place] == household
    keys = at.day * len(homes) + np.searchsorted(homes, at.household)
    wanted = day * len(homes) + place
    row = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    ours &= keys[row] == wanted
    flags[row[ours], ((times + SEOUL_OFFSET) // HOUR % HOURS)[ours]] = True


def _said(table: _Table, rows: Rows, hour: Flags, good: Flags) -> tuple[Matrix, Flags]:
    """((days, 4, 24) what the file says of instants, (days, 24) where that is a whole hour)."""
    said = np.full((len(table.days), 4, HOURS), np.nan, np.float32)
    # From the slot among 24 to that among 24 * 4: both parts depend on the time alone.
    which, at = rows.times % HOUR // QUARTER, (rows.times + SEOUL_OFFSET) // HOUR % HOURS
    place = table.slot * np.int64(4) + (which * HOURS - at * 3)[rows.when]
    if good.all():
        said.reshape(-1)[place] = rows.values[0]
    else:
        said.reshape(-1)[place[good]] = rows.values[0][good]
    return said, _flags(table.days, table.slot[hour])


def _store(
    connector: Connector,
    table: _Table,
    said: Matrix,
    whole: Flags,
    freed: Flags | None,
    rows: int,
    repeats: Ints | None,
    now: datetime,
) -> Merged:
    before = table.before
    hour, old = before[:, 0], before[:, 1:]
    plain = (hour == hour) & ~(old == old).any(axis=1)
    reference = old.copy()
    # An hour that was told alone stands at the same instant as its first quarter.
    reference[:, 0] = np.where(plain, hour, old[:, 0])
    there, known = said == said, reference == reference
    new, corrected = there & ~known, there & known & (said != reference)
    after = _after(table, said, whole, freed, plain, now)
    same = (after == before) | ((after != after) & (before != before))
    days.write(connector.stored, table.days, after, ~same.all(axis=2), table.exists)
    accepted, again = int(new.sum()), int(corrected.sum())
    households, since = changed_since(table.days, ~same[:, 0])
    return Merged(
        accepted=accepted,
        unchanged=rows - accepted - again + (0 if repeats is None else int(repeats.sum())),
        corrected=again,
        households=households,
        since=since,
    )


def _after(
    table: _Table, said: Matrix, whole: Flags, freed: Flags | None, plain: Flags, now: datetime
) -> Matrix:
    """(days, 5, 24) as they are to be kept."""
    before = table.before
    there = said == said
    told = there.any(axis=1) & ~whole
    after = np.concatenate([before[:, :1], np.where(there, said, before[:, 1:])], axis=1)
    turned = plain & told
    if turned.any():
        # What was taken for an hour was its first quarter, or it is told anew by quarters. Of old
        # days the quarters are deleted and the hour is their sum: it stays what it was.
        recent = table.days.day > local_days(np.array([int((now - KEPT).timestamp())]))
        turned &= recent[:, None]
        was_first = turned & ~there[:, 0]
        after[:, 1][was_first] = before[:, 0][was_first]
        after[:, 0][turned] = np.nan
    # NaN in one quarter makes the sum NaN: a part of an hour is not its consumption.
    total = after[:, 1:].sum(axis=1, dtype=np.float32)
    np.copyto(after[:, 0], total, where=told & (total == total))
    if freed is not None:
        whole = whole | freed
        value = np.where(there[:, 0], said[:, 0], before[:, 1])
        after[:, 0][whole] = value[whole]
        np.copyto(after[:, 1:], np.nan, where=whole[:, None, :])
    return after
