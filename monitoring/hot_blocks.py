"""Accumulators in the table: sixteen homes a row, which then fills a page of the database.

A run that moves ten thousand homes by an hour writes six hundred rows instead of ten thousand. A
block never reaches over the end of a range of ids: who holds the range (`runs.hold`) may rewrite
it, and with it what is kept of the neighbours.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from monitoring import copying, hours, runs
from monitoring.models import HotBlock

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

HOMES = HotBlock.HOMES
NOBODY = -1  # instead of an hour: nothing is kept of this home

_INTEGER = 23  # PostgreSQL's number of the type
_UNTIL = np.dtype(
    [
        *((name, ">i4") for name in ("dimensions", "nulls", "type", "count", "from")),
        ("each", [("#", ">i4"), ("hour", ">i4")], HOMES),
    ]
)
"""An array of integers in one dimension, as COPY writes it."""
_FIELDS: tuple[copying.Field, ...] = (("first", ">i8"), ("until", (_UNTIL, ())))


def first_of(ids: Ints) -> Ints:
    """The first id of the block of each home, by which a block is called."""
    return ids - ids % runs.CHUNK % HOMES


@dataclass(frozen=True)
class Blocks:
    """B blocks: `firsts` (B,) rising, `until` (B, 16) hour numbers or NOBODY, `kept` (B, 16)
    blobs of one width."""

    firsts: Ints
    until: Ints
    kept: NDArray[np.void]

    @classmethod
    def none(cls, width: int) -> "Blocks":
        return cls(
            np.zeros(0, np.int64), np.zeros((0, HOMES), np.int64), np.zeros((0, HOMES), f"V{width}")
        )

    def find(self, ids: Ints) -> tuple[Ints, Flags]:
        """(places among all homes of the blocks, of those homes that have a block; who has)."""
        firsts = first_of(ids)
        if not len(self.firsts):
            return np.zeros(0, np.int64), np.zeros(len(ids), bool)
        nth = np.searchsorted(self.firsts, firsts).clip(max=len(self.firsts) - 1)
        ours: Flags = self.firsts[nth] == firsts
        return (nth * HOMES + ids - firsts)[ours], ours

    def write(self, ids: Ints, until: Ints, kept: NDArray[np.void]) -> None:
        """Puts `kept` (H,) of these homes (rising) into their blocks; of homes that are not named
        what was loaded stays. `until` NOBODY forgets a home."""
        if not len(ids):
            return
        theirs = first_of(ids)
        firsts = np.unique(theirs)
        found = Blocks(
            firsts,
            np.full((len(firsts), HOMES), NOBODY),
            np.zeros((len(firsts), HOMES), kept.dtype),
        )
        place, ours = self.find(firsts)
        found.until[ours], found.kept[ours] = self.until[place // HOMES], self.kept[place // HOMES]
        nth, slot = np.searchsorted(firsts, theirs), ids - theirs
        found.until[nth, slot] = until
        found.kept[nth, slot] = kept
        found.kept[found.until == NOBODY] = np.zeros((), kept.dtype)
        found._replace()

    def _replace(self) -> None:
        """Appending rows costs half of changing them, and the old ones are as dead as if they had
        been changed: a block fills its page."""
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM monitoring_hotblock WHERE "  # noqa: S608
                + copying.listed(self.firsts, "first_id")
            )
        used = np.flatnonzero((self.until != NOBODY).any(axis=1))
        width = self.kept.dtype.itemsize
        filled = copying.rows(copying.row(*_FIELDS, ("hot", (f"V{width}", HOMES))), len(used))
        head = filled["until"]
        head["dimensions"], head["type"], head["count"], head["from"] = 1, _INTEGER, HOMES, 1
        head["each"]["#"], head["each"]["hour"] = 4, self.until[used]
        filled["first"], filled["hot"] = self.firsts[used], self.kept[used]
        copying.write("monitoring_hotblock", ("first_id", "until", "hot"), filled)


def load(ids: Ints, width: int) -> Blocks:
    """The blocks of these homes (rising). Blobs of another width are of another program version:
    they say nothing."""
    rows = copying.read(
        f"COPY (SELECT first_id, until, hot FROM monitoring_hotblock"  # noqa: S608
        f" WHERE {_among(ids)} AND octet_length(hot) = {HOMES * width})"
        f" TO STDOUT (FORMAT binary)",
        copying.row(*_FIELDS, ("hot", (f"V{width}", HOMES))),
    )
    firsts = rows["first"].astype(np.int64)
    order = copying.as_slice(np.argsort(firsts))
    return Blocks(firsts[order], _hours(rows)[order], np.ascontiguousarray(rows["hot"][order]))


def until(ids: Ints) -> Ints:
    """(H,) hours up to which these homes (rising) have been judged, or NOBODY."""
    found = np.full(len(ids), NOBODY)
    if not len(ids):
        return found
    rows = copying.read(
        f"COPY (SELECT first_id, until FROM monitoring_hotblock"  # noqa: S608
        f" WHERE {_among(ids)} ORDER BY first_id) TO STDOUT (FORMAT binary)",
        copying.row(*_FIELDS),
    )
    known = _hours(rows)
    blocks = Blocks(rows["first"].astype(np.int64), known, np.zeros(known.shape, "V1"))
    place, ours = blocks.find(ids)
    found[ours] = known.reshape(-1)[place]
    return found


def any_beyond(at: datetime) -> bool:
    """Whether any home has been judged beyond `at`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM monitoring_hotblock WHERE %s < ANY(until))",
            [hours.hour_of(at)],
        )
        return bool(cursor.fetchone()[0])


def _hours(rows: NDArray[np.void]) -> Ints:
    return np.asarray(rows["until"]["each"]["hour"], np.int64).reshape(-1, HOMES)


def _among(ids: Ints) -> str:
    firsts = np.unique(first_of(ids))
    if firsts[-1] - firsts[0] < 4 * HOMES * len(firsts):
        return f"first_id BETWEEN {firsts[0]} AND {firsts[-1]}"
    return copying.listed(firsts, "first_id")
