"""What is kept of every home between two hours: the detector's accumulators and a little beside.

One structured array all the way: from the table by binary COPY, through the detector, and back.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from monitoring import copying, hours
from monitoring.detection.features import FEATURES_VERSION
from monitoring.detection.hot import HOT, fresh
from monitoring.models import Checkpoint, HotState, Rescore

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WARM_UP_DAYS = 14  # a home of which nothing is kept is judged from so many days back
UNKNOWN = -1  # no such hour

KEPT = np.dtype(
    [
        ("hot", HOT),
        ("beside", "<f4", 24),  # evidence of the rule in the shadow; slot = hour of the day
        ("last_sign", "<i4"),  # hour number of the last sign of life, UNKNOWN for none
        ("received", "<u4"),  # bit k: something came for the hour k + 1 hours ago
        ("lit", "u1"),  # 0 green, 1 yellow, 2 red, by silence alone
        ("days", "u1"),  # learned by the habits of the last judged hour
        ("format", "<u2"),
    ]
)
FORMAT = zlib.crc32(f"{KEPT.descr}{FEATURES_VERSION}".encode()) & 0xFFFF
"""Accumulators of another program version are not these: such homes begin again."""

_HOT_ROW = copying.row(("household", ">i8"), ("until", ">i8"), ("kept", (KEPT, ())))
_CHECKPOINT_ROW = copying.row(("day", ">i4"), ("household", ">i8"), ("kept", (KEPT, ())))


def blank(homes: int) -> np.ndarray:
    """KEPT (H,) of homes whose first hour is still to come."""
    kept = np.zeros(homes, KEPT)
    kept["hot"] = fresh(homes)
    kept["beside"] = np.nan
    kept["last_sign"] = UNKNOWN
    kept["format"] = FORMAT
    return kept


@dataclass
class Memory:
    """`ids` (H,) rising; `until` (H,) the hour that comes next, UNKNOWN where nothing is kept.

    `again` (H,): hour from which a home must be judged anew, or the largest number. `stored`:
    which homes have a row.
    """

    ids: Ints
    kept: np.ndarray
    until: Ints
    again: Ints
    stored: Flags


NOT_AGAIN = np.iinfo(np.int64).max


def nothing(ids: Ints) -> Memory:
    """Of homes that begin: two weeks before the time they are judged at."""
    return Memory(
        ids=ids,
        kept=blank(len(ids)),
        until=np.full(len(ids), UNKNOWN, np.int64),
        again=np.full(len(ids), NOT_AGAIN, np.int64),
        stored=np.zeros(len(ids), bool),
    )


def load(ids: Ints) -> Memory:
    """What is kept of these homes (rising ids), and from where some must be judged again."""
    memory = nothing(ids)
    if not len(ids):
        return memory
    known = copying.read(
        f"COPY (SELECT household_id, until, hot FROM monitoring_hotstate"  # noqa: S608
        f" WHERE {copying.among(ids)} AND octet_length(hot) = {KEPT.itemsize})"
        f" TO STDOUT (FORMAT binary)",
        _HOT_ROW,
    )
    usable = known["kept"]["format"] == FORMAT
    if len(known) == len(ids) and usable.all() and (known["household"] == ids).all():
        memory.kept = known["kept"].copy()  # the common case, in one piece
        memory.until = _hours(known["until"])
        memory.stored[:] = True
    else:
        place, ours = _places(ids, known["household"][usable])
        memory.kept[place] = known["kept"][usable][ours]
        memory.until[place] = _hours(known["until"][usable][ours])
        memory.stored[place] = True
        _load_others(memory)
    _load_rescores(memory)
    return memory


def _load_others(memory: Memory) -> None:
    """Rows of another program version: they say nothing, but are overwritten, not inserted."""
    others = copying.read(
        f"COPY (SELECT household_id FROM monitoring_hotstate"  # noqa: S608
        f" WHERE {copying.among(memory.ids)}) TO STDOUT (FORMAT binary)",
        copying.row(("household", ">i8")),
    )
    memory.stored[_places(memory.ids, others["household"])[0]] = True


def _load_rescores(memory: Memory) -> None:
    rows = copying.read(
        f"COPY (SELECT household_id, since FROM monitoring_rescore"  # noqa: S608
        f" WHERE {copying.among(memory.ids)}) TO STDOUT (FORMAT binary)",
        copying.row(("household", ">i8"), ("since", ">i8")),
    )
    place, ours = _places(memory.ids, rows["household"])
    memory.again[place] = _hours(rows["since"][ours])


def _places(ids: Ints, found: Ints) -> tuple[Ints, Flags]:
    """Where in `ids` the found ones are, and which of them are among them at all."""
    place = np.searchsorted(ids, found).clip(max=len(ids) - 1)
    ours = ids[place] == found
    return place[ours], ours


def as_slice(places: Ints) -> Ints | slice:
    """Rising places that follow one another as a slice: a look at an array instead of a copy."""
    if len(places) and places[-1] - places[0] == len(places) - 1:
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


_MICROSECONDS = 3_600_000_000
_OFFSET = hours.hour_of(copying.EPOCH)


def _hours(instants: NDArray[np.int64]) -> Ints:
    """Hour numbers of PostgreSQL's instants."""
    return np.asarray(instants, np.int64) // _MICROSECONDS + _OFFSET


def instants(numbers: Ints) -> Ints:
    """PostgreSQL's numbers of the beginnings of these hours."""
    return (numbers - _OFFSET) * _MICROSECONDS


def go_back(memory: Memory) -> Flags:
    """Put homes whose past has changed to where they stood before the change; returns which.

    To the checkpoint of that day; where there is none, to a fresh beginning (`until` UNKNOWN).
    """
    back = (memory.again < memory.until) & (memory.until != UNKNOWN)
    at = np.flatnonzero(back)
    if not len(at):
        return back
    day = memory.again[at] // hours.DAY
    memory.kept[at] = blank(len(at))
    memory.until[at] = UNKNOWN
    rows = copying.read(
        f"COPY (SELECT day, household_id, hot FROM monitoring_checkpoint"  # noqa: S608
        f" WHERE {copying.among(memory.ids[at])} AND octet_length(hot) = {KEPT.itemsize}"
        f" AND day BETWEEN '{hours.day_of(day.min())}' AND '{hours.day_of(day.max())}')"
        f" TO STDOUT (FORMAT binary)",
        _CHECKPOINT_ROW,
    )
    rows = rows[rows["kept"]["format"] == FORMAT]
    place, ours = _places(memory.ids[at], rows["household"])
    number = rows["day"][ours].astype(np.int64) + _OFFSET // hours.DAY
    right = number == day[place]
    memory.kept[at[place[right]]] = rows["kept"][ours][right]
    memory.until[at[place[right]]] = number[right] * hours.DAY
    return back


# ── writing ──────────────────────────────────────────────────────────────────
_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS monitoring_staged_hot (
        household_id bigint, until timestamptz, hot bytea
    )
"""
_UPDATE = """
    UPDATE monitoring_hotstate AS known SET until = staged.until, hot = staged.hot
    FROM monitoring_staged_hot AS staged
    WHERE known.household_id = staged.household_id
        AND known.household_id BETWEEN %s AND %s
"""


def save(memory: Memory, moved: Flags) -> None:
    """Write the homes that moved, and forget that any was to be judged again."""
    _write_hot(memory, np.flatnonzero(moved & memory.stored & (memory.until != UNKNOWN)))
    new = np.flatnonzero(moved & ~memory.stored & (memory.until != UNKNOWN))
    copying.write("monitoring_hotstate", ("household_id", "until", "hot"), _rows(memory, new))
    gone = moved & memory.stored & (memory.until == UNKNOWN)
    if gone.any():
        HotState.objects.filter(pk__in=memory.ids[gone].tolist()).delete()
    asked = memory.again != NOT_AGAIN
    if asked.any():
        Rescore.objects.filter(pk__in=memory.ids[asked].tolist()).delete()


def _rows(memory: Memory, which: Ints) -> np.ndarray:
    filled = copying.rows(_HOT_ROW, len(which))
    filled["household"] = memory.ids[which]
    filled["until"] = instants(memory.until[which])
    filled["kept"] = memory.kept[as_slice(which)]
    return filled


def _write_hot(memory: Memory, which: Ints) -> None:
    if not len(which):
        return
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute("TRUNCATE monitoring_staged_hot")
        copying.write(
            "monitoring_staged_hot", ("household_id", "until", "hot"), _rows(memory, which)
        )
        cursor.execute(_UPDATE, [int(memory.ids[which[0]]), int(memory.ids[which[-1]])])


@dataclass(frozen=True)
class DayRow:
    """Rows of one day to be written: homes (N,) and their blobs (N,) of any one dtype."""

    day: int
    ids: Ints
    blobs: np.ndarray


def write_checkpoints(rows: Sequence[DayRow]) -> None:
    for part in rows:
        filled = copying.rows(_CHECKPOINT_ROW, len(part.ids))
        filled["day"] = part.day - _OFFSET // hours.DAY
        filled["household"], filled["kept"] = part.ids, part.blobs
        copying.replace(
            "monitoring_checkpoint",
            ("day", "household_id", "hot"),
            filled,
            day=hours.day_of(part.day),
            ids=part.ids,
        )


def write_evidence(rows: Sequence[DayRow], rule: str) -> None:
    """`blobs` (N, 24) float32, NaN = nothing received."""
    name = rule.encode()
    kind = copying.row(
        ("day", ">i4"), ("household", ">i8"), ("rule", f"S{len(name)}"), ("evidence", ("<f4", 24))
    )
    for part in rows:
        filled = copying.rows(kind, len(part.ids))
        filled["day"] = part.day - _OFFSET // hours.DAY
        filled["household"], filled["rule"], filled["evidence"] = part.ids, name, part.blobs
        copying.replace(
            "monitoring_evidenceday",
            ("day", "household_id", "rule", "evidence"),
            filled,
            day=hours.day_of(part.day),
            ids=part.ids,
            rule=rule,
        )


def forget(household_id: int) -> None:
    """Everything kept of a home whose readings are deleted, so that nothing of them remains."""
    from monitoring.models import EvidenceDay, HabitsDay

    for model in (HotState, Checkpoint, HabitsDay, EvidenceDay, Rescore):
        model.objects.filter(household_id=household_id).delete()
