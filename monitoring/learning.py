"""Habits: learned every night for the day that begins, and anew when their past has changed.

The habits of a day are a function of the readings before it and of nothing else, whoever learns
them and when; that is why lights come out the same after a late file as after a punctual one.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from households import valve
from monitoring import calendar, circumstances, copying, hours, runs, store
from monitoring.detection.habits import (
    HABITS,
    LEARN_DAYS,
    MIN_DAYS,
    learn,
    nothing_learned,
)
from monitoring.models import HabitsDay, RunKind

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

VERSION = f"{zlib.crc32(str(HABITS.descr).encode()):08x}"
"""Habits of another program version are not read but learned again."""
NEARLY = 3  # days that may be missing at the far end of a full history
_STEP = 500  # homes whose history is in memory at a time

_ROW = copying.row(
    ("day", ">i4"),
    ("household", ">i8"),
    ("learned", ">i2"),
    ("version", f"S{len(VERSION)}"),
    ("habits", (HABITS, ())),
)
_COLUMNS = ("day", "household_id", "days_learned", "version", "habits")


def days_known(history: Floats) -> Ints:
    """(H,) days over which a home (5, H, D, 24) is known, 0..60.

    Days without any reading in between count (somebody was away, a meter was dead), as long as
    enough others remain to learn from.
    """
    known = np.asarray(np.isfinite(history).any(axis=(0, 3)), bool)  # (H, D)
    count = known.sum(axis=1)
    span = np.where(np.any(known, axis=1), known.shape[1] - known.argmax(axis=1), 0)
    span = np.where(span >= LEARN_DAYS - NEARLY, LEARN_DAYS, span)
    return np.asarray(np.where(count >= MIN_DAYS, span, count), np.int64)


def learn_days(ids: Ints, first: int, last: int) -> tuple[np.ndarray, Ints]:
    """(HABITS (D, H), days known (D, H)) of the days `first`..`last` (day numbers), of homes."""
    count = last - first + 1
    found = np.zeros((count, len(ids)), HABITS)
    days = np.zeros((count, len(ids)), np.int64)
    for begin in range(0, len(ids), _STEP):
        part = slice(begin, begin + _STEP)
        history, free = _history(ids[part], first, last)
        for nth in range(count):
            window = slice(nth, nth + LEARN_DAYS)
            found[nth, part] = learn(history[:, :, window], free[window])
            days[nth, part] = days_known(history[:, :, window])
    return found, days


def _history(ids: Ints, first: int, last: int) -> tuple[Floats, NDArray[np.bool_]]:
    """(inputs (5, H, D, 24) of all days that the habits of these days rest on, free (D,))."""
    begin, end = first - runs.LEARN_LAG - LEARN_DAYS, last - runs.LEARN_LAG - 1
    inputs = store.read_inputs(ids, hours.day_of(begin), hours.day_of(end))
    shape = inputs.shape
    flat = inputs.reshape(5, len(ids), -1)
    flat = circumstances.without_outages(flat, ids, begin * hours.DAY)
    absences = circumstances.Absences(ids, begin * hours.DAY, (end + 1) * hours.DAY)
    away = absences.held(ids, begin * hours.DAY, flat.shape[2])
    if away is not None:
        # Otherwise an empty home of some weeks would become "usual", and a silence no news.
        flat[:, away] = np.nan
    free = calendar.free_days(hours.day_of(day) for day in range(begin, end + 1))
    return flat.reshape(shape), free


# ── as kept ──────────────────────────────────────────────────────────────────
def load(ids: Ints, day: int, *, slots: tuple[int, int] = (0, 24)) -> tuple[np.ndarray, Ints]:
    """(HABITS (H,), days known (H,)) of one day for rising ids; days known -1 where not kept.

    `slots`: hours that will be judged; of the tables of other hours nothing need be read.
    """
    if not len(ids):
        return np.zeros(0, HABITS), np.zeros(0, np.int64)
    if slots[1] - slots[0] > _FEW_HOURS:
        rows = _read(ids, day, "habits", HABITS)
        return _placed(ids, rows["habits"], rows)
    pieces = _pieces(calendar.is_free(hours.day_of(day)), slots)
    blob = " || ".join(f"substring(habits from {at + 1} for {size})" for at, size in pieces)
    width = sum(size for _, size in pieces)
    rows = _read(ids, day, blob, np.dtype((np.void, width)))
    whole = np.zeros((len(rows), HABITS.itemsize), np.uint8)
    flat = np.ascontiguousarray(rows["habits"]).view(np.uint8).reshape(len(rows), width)
    begin = 0
    for at, size in pieces:
        whole[:, at : at + size] = flat[:, begin : begin + size]
        begin += size
    return _placed(ids, whole.view(HABITS).reshape(-1), rows)


_FEW_HOURS = 6


def _pieces(free: bool, slots: tuple[int, int]) -> list[tuple[int, int]]:
    """(offset, bytes) of HABITS that the hours of `slots` need: theirs, and what has no hour.
    Neighbours are one piece: each costs as much as its bytes."""
    first, count = slots[0], slots[1] - slots[0]
    fields: Mapping[str, Any] = HABITS.fields or {}
    found: list[tuple[int, int]] = []
    for name in fields:
        kind, at = fields[name][:2]
        size = kind.itemsize
        if name == "idle":
            at, size = at + 4 * first, 4 * count
        elif name == "hours":
            hour = kind.base.itemsize
            at, size = at + (24 * free + first) * hour, count * hour
        if found and sum(found[-1]) == at:
            at, size = found[-1][0], found.pop()[1] + size
        found.append((at, size))
    return found


def _read(ids: Ints, day: int, column: str, kind: np.dtype) -> np.ndarray:
    """Rows with what `column` gives. Not sorted by the server, which would spill them to disk."""
    return copying.read(
        f"COPY (SELECT household_id, days_learned, {column} FROM monitoring_habitsday"  # noqa: S608
        f" WHERE day = '{hours.day_of(day)}' AND {copying.among(ids)} AND version = '{VERSION}')"
        f" TO STDOUT (FORMAT binary)",
        copying.row(("household", ">i8"), ("learned", ">i2"), ("habits", (kind, ()))),
    )


def _placed(ids: Ints, habits: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, Ints]:
    """Habits and days known in the order of `ids`."""
    if len(rows) == len(ids) and (rows["household"] == ids).all():
        return habits, rows["learned"].astype(np.int64)  # the common case, not copied
    found, days = np.zeros(len(ids), HABITS), np.full(len(ids), -1, np.int64)
    place = np.searchsorted(ids, rows["household"]).clip(max=len(ids) - 1)
    ours = ids[place] == rows["household"]
    found[place[ours]] = habits[ours]
    days[place[ours]] = rows["learned"][ours]
    return found, days


def keep(ids: Ints, day: int, habits: np.ndarray, days: Ints) -> None:
    """Store habits that are not stored yet."""
    filled = copying.rows(_ROW, len(ids))
    filled["day"] = copying.as_day(hours.day_of(day))
    filled["household"], filled["learned"] = ids, days
    filled["version"], filled["habits"] = VERSION.encode(), habits
    copying.replace("monitoring_habitsday", _COLUMNS, filled, day=hours.day_of(day), ids=ids)


def newest(ids: Ints) -> np.ndarray:
    """HABITS (H,) of the newest day that is kept of each home (rising ids), for words; blank for
    none. Day by day backwards: nearly always the newest one has them all."""
    habits, left, day = nothing_learned(len(ids)), np.arange(len(ids)), None
    kept = HabitsDay.objects.filter(version=VERSION)
    while len(left):
        earlier = kept if day is None else kept.filter(day__lt=day)
        day = earlier.aggregate(newest=Max("day"))["newest"]
        if day is None:
            break
        found, days = load(ids[left], hours.number_of(day))
        known = days >= 0
        habits[left[known]] = found[known]
        left = left[~known]
    return habits


def of_day(
    ids: Ints, wanted: Ints, day: int, *, keep_from: int | None, slots: tuple[int, int] = (0, 24)
) -> tuple[np.ndarray, Ints]:
    """The habits by which `day` is judged, of rising ids: as kept; those of the places `wanted`
    else learned now (and kept, when `day` is not before `keep_from`; None keeps nothing)."""
    if 2 * len(wanted) < len(ids):
        habits, days = np.zeros(len(ids), HABITS), np.full(len(ids), -1, np.int64)
        habits[wanted], days[wanted] = load(ids[wanted], day, slots=slots)
    else:
        habits, days = load(ids, day, slots=slots)
    missing = wanted[days[wanted] < 0]
    if len(missing):
        learned, known = learn_days(ids[missing], day, day)
        habits[missing], days[missing] = learned[0], known[0]
        if keep_from is not None and day >= keep_from:
            keep(ids[missing], day, learned[0], known[0])
    return habits, days


# ── every night ──────────────────────────────────────────────────────────────
def learn_range(part: runs.Part) -> tuple[int, int]:
    """The work of one chunk: habits of the day of the run for the homes that lack them."""
    watched = valve.watched(part.at).filter(pk__range=(part.first_id, part.last_id))
    ids = np.array(list(watched.order_by("pk").values_list("pk", flat=True)), np.int64)
    return len(ids), learn_missing(ids, hours.hour_of(part.at) // hours.DAY)


def learn_missing(ids: Ints, day: int) -> int:
    """Learns and keeps the habits of `day` where they are not kept; returns of how many homes."""
    missing = np.setdiff1d(ids, _kept(ids, day))
    if len(missing):
        habits, known = learn_days(missing, day, day)
        keep(missing, day, habits[0], known[0])
    return len(missing)


def _kept(ids: Ints, day: int) -> Ints:
    """Whose habits of that day are kept, in any order; others of their range too."""
    if not len(ids):
        return ids
    rows = copying.read(
        f"COPY (SELECT household_id FROM monitoring_habitsday"  # noqa: S608
        f" WHERE day = '{hours.day_of(day)}' AND {copying.among(ids)} AND version = '{VERSION}')"
        f" TO STDOUT (FORMAT binary)",
        copying.row(("household", ">i8")),
    )
    return np.asarray(rows["household"], np.int64)


def begin(*, now: datetime) -> int:
    """Begins tonight's run; returns its id."""
    return runs.begin(kind=RunKind.LEARNING.value, now=now).pk
