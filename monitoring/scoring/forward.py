"""Homes hour by hour from where they stood to the newest hour that has come.

Day by day, because habits change at midnight; within a day all homes that have the same hours to
go are one call of the detector.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitoring import calendar, circumstances, hours, learning, store
from monitoring.circumstances import Absences, LifeSigns
from monitoring.detection.advance import Advanced, advance
from monitoring.detection.hot import fresh
from monitoring.scoring.frame import Frame
from monitoring.scoring.memory import UNKNOWN, WARM_UP_DAYS, DayRow, Memory
from monitoring.scoring.points import Scale

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

HABITS_KEPT = 4  # days; older ones are learned again when an old day is judged again
BLOCK = 2000
"""Homes of one call of the detector: their accumulators fit the processor's cache."""
_BITS = np.uint64(0xFFFFFFFF)


@dataclass
class Gone:
    """What came of moving homes forward: who moved, and the rows of the days that were passed."""

    moved: Flags
    checkpoints: list[DayRow] = field(default_factory=list)
    evidence: list[DayRow] = field(default_factory=list)
    beside: list[DayRow] = field(default_factory=list)


@dataclass(frozen=True)
class Context:
    """What is known about the homes of a chunk besides readings."""

    frame: Frame
    group: NDArray[np.intp]  # (H,) places in points.GROUPS
    signs: LifeSigns
    absences: Absences
    keeps: bool = True  # habits that had to be learned are kept (a replay writes nothing)

    @property
    def end(self) -> int:
        """The hour that is still running."""
        return hours.hour_of(self.frame.now)

    @property
    def habits_from(self) -> int | None:
        """First day of which learned habits are kept; None: of no day."""
        return self.today - HABITS_KEPT + 1 if self.keeps else None

    @property
    def today(self) -> int:
        return self.end // hours.DAY


def go(memory: Memory, context: Context) -> Gone:
    """Move every home of `memory` (in place) as far as its readings reach."""
    gone = Gone(np.zeros(len(memory.ids), bool))
    oldest = (context.today - WARM_UP_DAYS) * hours.DAY
    late = (memory.until != UNKNOWN) & (memory.until < oldest)
    _begin_anew(memory, late, oldest)
    near = memory.until >= (context.today - 1) * hours.DAY
    for which, first in ((near, None), (~near, oldest)):
        homes = np.flatnonzero(which)
        if not len(homes):
            continue
        begin = int(memory.until[homes].min()) if first is None else _first(memory, homes, oldest)
        if begin < context.end:
            _Part(memory, homes, begin, context, gone).go()
    return gone


def _first(memory: Memory, homes: Ints, oldest: int) -> int:
    known = memory.until[homes]
    return oldest if (known == UNKNOWN).any() else int(known.min())


def _begin_anew(memory: Memory, late: Flags, oldest: int) -> None:
    """Homes of which nothing came for longer than the warm-up: what was lit stays lit."""
    if late.any():
        memory.kept["hot"][late] = fresh(int(late.sum()))
        memory.until[late] = oldest


class _Part:
    """Some homes of the chunk that are moved together."""

    def __init__(
        self, memory: Memory, homes: Ints, begin: int, context: Context, gone: Gone
    ) -> None:
        self.memory, self.homes, self.context, self.gone = memory, homes, context, gone
        self.ids = memory.ids[homes]
        self.first_day = begin // hours.DAY
        self.zero = self.first_day * hours.DAY  # the hour of column 0
        last = (context.end - 1) // hours.DAY
        one_day = last == self.first_day
        inputs = store.read_inputs(
            self.ids,
            hours.day_of(self.first_day),
            hours.day_of(last),
            slots=(begin - self.zero, context.end - self.zero) if one_day else (0, hours.DAY),
        ).reshape(5, len(homes), -1)
        inputs[:, :, context.end - self.zero :] = np.nan  # the running hour is not over
        self.came: Flags = np.asarray(np.isfinite(inputs).any(axis=0), bool)
        self.inputs = circumstances.without_outages(inputs, self.ids, self.zero)
        count = inputs.shape[2]
        self.held = context.absences.held(self.ids, self.zero, count)
        self.seen = context.signs.seen(self.ids, self.zero, count)
        self.start, self.stop = self._spans()

    def _spans(self) -> tuple[Ints, Ints]:
        """Hours from which and up to which each home goes (equal: it stays)."""
        known = self.memory.until[self.homes]
        any_came = self.came.any(axis=1)
        newest = self.zero + self.came.shape[1] - self.came[:, ::-1].argmax(axis=1)
        oldest_day = (self.zero + self.came.argmax(axis=1)) // hours.DAY
        start = np.where(known == UNKNOWN, oldest_day * hours.DAY, known)
        return start, np.where(any_came, np.maximum(newest, start), start)

    def go(self) -> None:
        moving = self.stop > self.start
        if not moving.any():
            return
        self.gone.moved[self.homes[moving]] = True
        first, last = int(self.start[moving].min()), int(self.stop[moving].max()) - 1
        for day in range(first // hours.DAY, last // hours.DAY + 1):
            self._day(day)
        self.memory.until[self.homes[moving]] = self.stop[moving]

    def _day(self, day: int) -> None:
        begin = np.maximum(self.start, day * hours.DAY)
        end = np.minimum(self.stop, (day + 1) * hours.DAY)
        active = np.flatnonzero(end > begin)
        if not len(active):
            return
        midnight = active[begin[active] == day * hours.DAY]
        if len(midnight):
            homes = self.homes[midnight]
            self.gone.checkpoints.append(
                DayRow(day, self.memory.ids[homes], self.memory.kept[homes])
            )
        habits, days = learning.of_day(
            self.ids[active],
            day,
            keep_from=self.context.habits_from,
            slots=(
                int(begin[active].min()) - day * hours.DAY,
                int(end[active].max()) - day * hours.DAY,
            ),
        )
        self.memory.kept["days"][self.homes[active]] = days
        for which, first, last in _spans_of(begin[active], end[active]):
            for nth in range(0, len(which), BLOCK):
                part = which[nth : nth + BLOCK]
                self._hours(active[part], habits[part], first, last)
        over = active[end[active] == (day + 1) * hours.DAY]
        self._keep_evidence(day, self.homes[over])

    def _hours(self, part: Ints, habits: np.ndarray, first: int, last: int) -> None:
        """Homes `part` (places in this part) through the hours first..last-1 of one day."""
        homes = self.homes[part]
        kept = self.memory.kept[homes]
        columns = slice(first - self.zero, last - self.zero)
        held = None if self.held is None else self.held[part, columns]
        seen = None if self.seen is None else self.seen[part, columns]
        rules = self.context.frame.rules
        done = advance(
            kept["hot"],
            habits,
            self.inputs[:, part, columns],
            first_hour=first % hours.DAY,
            free=np.full(last - first, calendar.is_free(hours.day_of(first // hours.DAY))),
            held=held,
            seen=seen,
            model=rules.live.model,
            beside=rules.beside.model if rules.beside else None,
        )
        scale = Scale.of(self.context.frame.points, self.context.group[homes], kept["days"])
        came = self.came[part, columns]
        kept["lit"] = _lights(kept["lit"], scale, done, seen)
        _signs(kept, done, came, held, first)
        count = np.uint64(last - first)
        weights = np.uint64(1) << np.arange(int(count), dtype=np.uint64)[::-1]
        recent = (kept["received"].astype(np.uint64) << count) | (came * weights).sum(
            axis=1, dtype=np.uint64
        )
        kept["received"] = (recent & _BITS).astype(np.uint32)
        slots = np.arange(first, last) % hours.DAY
        kept["beside"][:, slots] = np.nan if done.beside is None else done.beside
        kept["hot"] = done.hot
        self.memory.kept[homes] = kept

    def _keep_evidence(self, day: int, homes: Ints) -> None:
        if not len(homes):
            return
        kept = self.memory.kept[homes]
        bits = kept["received"][:, None] >> np.arange(hours.DAY - 1, -1, -1, dtype=np.uint32)
        came = (bits & 1).astype(bool)
        ids = self.memory.ids[homes]
        ring = np.where(came, kept["hot"]["ring_evidence"], np.float32(np.nan))
        self.gone.evidence.append(DayRow(day, ids, ring))
        if self.context.frame.rules.beside is not None:
            beside = np.where(came, kept["beside"], np.float32(np.nan))
            self.gone.beside.append(DayRow(day, ids, beside))


def _spans_of(begin: Ints, end: Ints) -> Iterator[tuple[Ints, int, int]]:
    """Homes grouped by the hours they have to go: (places, first, last)."""
    keys, which = np.unique(np.stack([begin, end]), axis=1, return_inverse=True)
    which = which.reshape(-1)
    for nth in range(keys.shape[1]):
        yield np.flatnonzero(which == nth), int(keys[0, nth]), int(keys[1, nth])


def _lights(
    lit: NDArray[np.uint8], scale: Scale, done: Advanced, seen: Flags | None
) -> NDArray[np.uint8]:
    """What is lit after the hours of `done`, hour by hour."""
    for hour in range(done.evidence.shape[1]):
        silent = done.silent[:, hour]
        value = scale.value(done.evidence[:, hour], done.fused[:, hour], silent)
        lit = scale.next(lit, value, silent)
        if seen is not None:
            lit = np.where(seen[:, hour], 0, lit).astype(np.uint8)
    return lit


def _signs(kept: np.ndarray, done: Advanced, came: Flags, held: Flags | None, first: int) -> None:
    """The latest hour in which life showed."""
    sign = (done.silent == 0) & came
    if held is not None:
        # In an absence silence does not grow: only one that ends tells of a sign.
        before = np.concatenate([kept["hot"]["silent"][:, -1:], done.silent[:, :-1]], axis=1)
        sign &= ~held | (before > 0)
    found = sign.any(axis=1)
    latest = first + sign.shape[1] - 1 - sign[:, ::-1].argmax(axis=1)
    kept["last_sign"] = np.where(found, latest, kept["last_sign"])
