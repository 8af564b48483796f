"""Whose reading it is, and whether it may be kept: the valve of consent, applied per day."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from households import valve
from monitoring.intake.judge import Codes, Flags, Ints, Rows
from monitoring.intake.times import SEOUL_OFFSET

UNKNOWN, NO_CONSENT = -1, -2

DAY = 86400
_EPOCH = date(1970, 1, 1)
_NEVER = 1 << 40
_SPAN = 1 << 21  # days; more than five thousand years
_LARGE = 256 * 1024  # bytes of a file; of a shorter one the ids are named
_LINE = 16  # bytes of the shortest line that names one


def local_days(at: Ints) -> Ints:
    """Days since 1970 in Seoul."""
    return (at + SEOUL_OFFSET) // DAY


def as_date(day: int) -> date:
    return _EPOCH + timedelta(days=int(day))


@dataclass(frozen=True)
class Owners:
    """Whose each row is: rows are many, homes few, so what is asked of a home is asked once.

    `of`: a household's id, UNKNOWN where no link covers the day, NO_CONSENT where the link's
    household has no consent standing for that day. `who` indexes it, per row. `since`: beside
    `of`, the first day of the link (0 where there is none).
    """

    of: Ints
    who: Codes
    since: Ints

    def __len__(self) -> int:
        return len(self.who)

    def only(self, chosen: "Flags | Ints") -> "Owners":
        return Owners(self.of, self.who[chosen], self.since)

    def per_row(self) -> Ints:
        return self.of[self.who]

    @cached_property
    def used(self) -> Flags:
        """Which of `of` own a row."""
        used = np.zeros(len(self.of), bool)
        used[self.who] = True
        return used

    @cached_property
    def homes(self) -> tuple[Ints, Ints]:
        """(distinct owners of rows, rising; per `of` which of them, 0 where no row is its)."""
        homes, place = np.unique(self.of[self.used], return_inverse=True)
        home = np.zeros(len(self.of), np.int64)
        home[self.used] = place
        return homes, home


def ahead(feed: str, size: int) -> pa.Table | None:
    """All links of a feed, for a file of `size` bytes that is still being read; None where the
    file cannot name so many of them that reading all is the shorter way. Under the feed's lock,
    which holds back a withdrawal until the file is through."""
    if size < _LARGE or valve.about_links() * _LINE > size:
        return None
    return valve.link_columns(feed, None)


def owners(feed: str, rows: Rows, known: pa.Table | None = None) -> Owners:
    """`known`: the feed's links, where they are at hand."""
    if not len(rows):
        return Owners(np.empty(0, np.int64), rows.who, np.empty(0, np.int64))
    links = _Links(valve.link_columns(feed, rows.ids) if known is None else known, rows.ids)
    days = local_days(rows.seconds)
    simple, since, whole = links.simple(int(days[0]), int(days[-1]))
    if whole.all():
        return Owners(simple, rows.who, since)
    who = rows.who.copy()
    rest = np.flatnonzero(~whole[who])
    owner, begins = links.by_day(who[rest], days[rows.when[rest]])
    more, which = np.unique(owner * _SPAN + begins, return_inverse=True)
    who[rest] = len(simple) + which
    return Owners(
        np.concatenate([simple, more // _SPAN]), who, np.concatenate([since, more % _SPAN])
    )


class _Links:
    """The links of a file's ids. `who`: whose of them, rising."""

    def __init__(self, table: pa.Table, ids: pa.Array) -> None:
        partner_ids = table.column("partner_id").combine_chunks()
        place = pc.index_in(partner_ids, value_set=ids)
        wanted = np.flatnonzero(place.is_valid().to_numpy(zero_copy_only=False))
        who = place.to_numpy(zero_copy_only=False)[wanted].astype(np.int64)
        begins = _numbers(table, "valid_from", 0)[wanted]
        order = np.lexsort((begins, who))
        self.ids = len(ids)
        self.who, self.begins = who[order], begins[order]
        self.household = _numbers(table, "household_id", 0)[wanted][order]
        self.ends = _numbers(table, "valid_to", _NEVER)[wanted][order]
        self.consent = _numbers(table, "consent_from", _NEVER)[wanted][order]

    def simple(self, first: int, last: int) -> tuple[Ints, Ints, Flags]:
        """(owner per id, first day of its link, ids for which it is the same from day `first` to
        day `last`)."""
        owner, since = np.full(self.ids, UNKNOWN, np.int64), np.zeros(self.ids, np.int64)
        count = np.bincount(self.who, minlength=self.ids)
        covers = (self.begins <= first) & (self.ends > last)
        consented = self.consent <= first
        never = self.consent > last
        owner[self.who] = np.where(consented, self.household, NO_CONSENT)
        whole = count == 0
        whole[self.who] = (count[self.who] == 1) & covers & (consented | never)
        since[self.who] = self.begins
        return owner, since, whole

    def by_day(self, who: npt.NDArray[np.int32], day: Ints) -> tuple[Ints, Ints]:
        """(owner, first day of its link) per row, for ids that changed hands or whose consent
        began in between."""
        keys = self.who * _SPAN + self.begins
        place = np.searchsorted(keys, who.astype(np.int64) * _SPAN + day, side="right") - 1
        found = np.maximum(place, 0)
        owner, since = np.full(len(who), UNKNOWN, np.int64), np.zeros(len(who), np.int64)
        if not len(keys):
            return owner, since
        covered = (place >= 0) & (self.who[found] == who) & (day < self.ends[found])
        consented = self.consent[found] <= day
        owner[covered] = np.where(consented, self.household[found], NO_CONSENT)[covered]
        since[covered] = self.begins[found][covered]
        return owner, since


def _numbers(table: pa.Table, name: str, missing: int) -> Ints:
    column = pc.fill_null(table.column(name), missing)
    return column.to_numpy().astype(np.int64, copy=False)
