"""Which rows at the full hour are quarters of an hour, and which are the whole hour.

A meter that is read every quarter of an hour sends 10:00, 10:15, 10:30 and 10:45; one that is read
hourly sends 10:00. What stands nearest to a row at 10:00 tells, the first that says anything:

1. the same hour has a row off the full hour in the file, also one that was rejected: a quarter;
2. it is one of RUN hours in a row of which that is true of none: an hour;
3. the same hour has kept quarters off the full hour: a quarter;
4. the hour is kept as an hour: it is told again;
5. the meter has rows off the full hour nearby, in the file or kept: a quarter that *waits* for the
   others of its hour;
6. otherwise it is an hour.

A quarter that waits beside an hour, with no row off the full hour between them, was an hour too:
the meter has changed, or a single odd row misled us. And an hour whose three other quarters come
later was a quarter (monitoring.intake.quarters), so that any order of files ends right.
"""

from dataclasses import dataclass

import numpy as np

from monitoring.intake.days import HOURS, Days, Matrix
from monitoring.intake.judge import Flags, Ints

IN_FILE = 24
"""Hours around a row in which the file itself tells what kind of meter it is."""
KEPT = 6
"""And in which kept quarters tell it: a meter that was changed must not wait for long."""
RUN = 6
"""Nobody sends the first quarters of so many hours and none of the others."""
_FAR = 1 << 40
_HOME = 1 << 24  # hours; more than a thousand years between two homes of one axis


@dataclass(frozen=True)
class Cells:
    """Hours of household-days, all (days, 24). `asked`: the file has a row at the full hour and
    none off it. `off`: it has one off it, perhaps rejected. `since`: per day, the first day of the
    link that the file's rows of this home came by; what was kept before is another meter's."""

    days: Days
    before: Matrix
    asked: Flags
    off: Flags
    since: Ints

    @property
    def known(self) -> Flags:
        """(days, 4, 24) quarters that are kept."""
        return self.before[:, 1:] == self.before[:, 1:]

    @property
    def plain(self) -> Flags:
        """Hours that are kept as such."""
        return (self.before[:, 0] == self.before[:, 0]) & ~self.known.any(axis=1)


def whole_hours(cells: Cells) -> tuple[Flags, Flags]:
    """((days, 24) hours of `asked` that are whole; kept quarters that waited and are hours)."""
    known, plain = cells.known, cells.plain
    kept_off = known[:, 1:].any(axis=1)
    axis = _Axis(cells.days)
    run = axis.runs(cells.asked & ~cells.off, RUN)
    quarter = (kept_off & ~run) | cells.off
    tells = kept_off & (cells.days.day >= cells.since)[:, None]
    near = axis.near(cells.off, IN_FILE) | axis.near(tells, KEPT)
    hour = run | (cells.asked & ~quarter & (plain | ~near))
    waits = ((cells.asked & ~hour) | known[:, 0]) & ~quarter & ~hour
    freed = waits & axis.beside(hour | (plain & ~quarter), quarter)
    return hour | (freed & cells.asked), freed & ~cells.asked


class _Axis:
    """Hours of days on one line, home after home, so that neighbours are found all at once."""

    def __init__(self, days: Days) -> None:
        _homes, home = np.unique(days.household, return_inverse=True)
        self._order = np.lexsort((days.day, home))
        first = home * _HOME + (days.day - days.day.min()) * HOURS
        self._at = (first[self._order][:, None] + np.arange(HOURS)).reshape(-1)

    def near(self, flags: Flags, hours: int) -> Flags:
        """Which hours have a flagged one within so many hours, before or after them."""
        if not flags.any():
            return np.zeros_like(flags)
        before, after = self._neighbours(flags)
        return self._back((self._at - before <= hours) | (after - self._at <= hours))

    def beside(self, wanted: Flags, others: Flags) -> Flags:
        """Which hours have a wanted one nearer than any of the others, on one side, within
        IN_FILE hours."""
        if not wanted.any():
            return np.zeros_like(wanted)
        before, after = self._neighbours(wanted)
        other_before, other_after = self._neighbours(others)
        left = (before > other_before) & (self._at - before <= IN_FILE)
        right = (after < other_after) & (after - self._at <= IN_FILE)
        return self._back(left | right)

    def runs(self, flags: Flags, least: int) -> Flags:
        """Which flagged hours stand in at least so many without a gap."""
        if np.count_nonzero(flags) < least:
            return np.zeros_like(flags)
        flagged = flags[self._order].reshape(-1)
        at = self._at[flagged]
        begins = np.r_[True, at[1:] != at[:-1] + 1]
        number = np.cumsum(begins) - 1
        long = np.zeros(len(flagged), bool)
        long[flagged] = (np.bincount(number) >= least)[number]
        return self._back(long)

    def _neighbours(self, flags: Flags) -> tuple[Ints, Ints]:
        """(the nearest flagged hour at or before each; at or after each)."""
        flagged = flags[self._order].reshape(-1)
        before = np.maximum.accumulate(np.where(flagged, self._at, -_FAR))
        after = np.minimum.accumulate(np.where(flagged, self._at, _FAR)[::-1])[::-1]
        return before, after

    def _back(self, found: Flags) -> Flags:
        placed = np.empty((len(self._order), HOURS), bool)
        placed[self._order] = found.reshape(-1, HOURS)
        return placed


def around(days: Days, offsets: tuple[int, ...] = (-1, 0, 1)) -> tuple[Days, Ints]:
    """(the days with those before and after them, the place of each of `days` among them)."""
    homes, home = np.unique(days.household, return_inverse=True)
    key = days.day * len(homes) + home
    every = np.unique(np.concatenate([key + offset * len(homes) for offset in offsets]))
    return Days(every // len(homes), homes[every % len(homes)]), np.searchsorted(every, key)
