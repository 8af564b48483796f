"""What is kept of every home between two hours: the detector's accumulators and a little beside.

One structured array all the way: from the table by binary COPY, through the detector, and back.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring import copying, hot_blocks, hours
from monitoring.copying import as_slice
from monitoring.detection.features import FEATURES_VERSION
from monitoring.detection.hot import HOT, fresh
from monitoring.hot_blocks import Blocks
from monitoring.models import Checkpoint, Rescore

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WARM_UP_DAYS = 14  # a home of which nothing is kept is judged from so many days back
UNKNOWN = hot_blocks.NOBODY  # no such hour

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

    `again` (H,): hour from which a home must be judged anew, or the largest number. `blocks`: the
    rows in which they stand, with what is kept of their neighbours.
    """

    ids: Ints
    kept: np.ndarray
    until: Ints
    again: Ints
    blocks: Blocks


NOT_AGAIN = np.iinfo(np.int64).max


def nothing(ids: Ints) -> Memory:
    """Of homes that begin: two weeks before the time they are judged at."""
    return Memory(
        ids=ids,
        kept=blank(len(ids)),
        until=np.full(len(ids), UNKNOWN, np.int64),
        again=np.full(len(ids), NOT_AGAIN, np.int64),
        blocks=Blocks.none(KEPT.itemsize),
    )


def load(ids: Ints) -> Memory:
    """What is kept of these homes (rising ids), and from where some must be judged again."""
    if not len(ids):
        return nothing(ids)
    blocks = hot_blocks.load(ids, KEPT.itemsize)
    place, ours = blocks.find(ids)
    where = as_slice(place)
    kept = blocks.kept.reshape(-1)[where].copy().view(KEPT)
    until = blocks.until.reshape(-1)[where]
    usable = (until != UNKNOWN) & (kept["format"] == FORMAT)
    if ours.all() and usable.all():  # the common case, in one piece
        memory = Memory(ids, kept, until.copy(), np.full(len(ids), NOT_AGAIN), blocks)
    else:
        memory = nothing(ids)
        at = np.flatnonzero(ours)[usable]
        memory.kept[at], memory.until[at] = kept[usable], until[usable]
        memory.blocks = blocks
    _load_rescores(memory)
    return memory


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
def save(memory: Memory, moved: Flags) -> None:
    """Write the homes that moved, and forget that any was to be judged again."""
    which = np.flatnonzero(moved)
    memory.blocks.write(
        memory.ids[which],
        memory.until[which],
        np.ascontiguousarray(memory.kept[as_slice(which)]).view(f"V{KEPT.itemsize}"),
    )
    asked = memory.again != NOT_AGAIN
    if asked.any():
        Rescore.objects.filter(pk__in=memory.ids[asked].tolist()).delete()


def put(ids: Ints, kept: np.ndarray, until: Ints) -> None:
    """Write `kept` (H,) of these homes (rising) as if they had been judged up to the hours
    `until` (H,), UNKNOWN to forget them. Hold their ranges."""
    blocks = hot_blocks.load(ids, KEPT.itemsize)
    now = nothing(ids)
    save(Memory(ids, kept, until, now.again, blocks), np.ones(len(ids), bool))


def drop(household_id: int) -> None:
    """Nothing is kept any more of a home whose range is held: it begins again."""
    put(np.array([household_id], np.int64), blank(1), np.array([UNKNOWN], np.int64))


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
    """Everything kept of a home whose readings are deleted, so that nothing of them remains. Hold
    its range."""
    from monitoring.models import EvidenceDay, HabitsDay

    drop(household_id)
    for model in (Checkpoint, HabitsDay, EvidenceDay, Rescore):
        model.objects.filter(household_id=household_id).delete()
