"""Homes hour by hour from where they stood to the newest hour that has come.

Day by day, because habits change at midnight; within a day all homes that have the same hours to
go are one call of the detector.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from monitoring import calendar, circumstances, hours, learning, store
from monitoring.circumstances import Absences, LifeSigns
from monitoring.copying import as_slice
from monitoring.detection import whole
from monitoring.detection.advance import Advanced, advance
from monitoring.detection.hot import UNKNOWN_GAP, fresh
from monitoring.detection.inputs import STEPS
from monitoring.scoring.frame import Frame
from monitoring.scoring.memory import UNKNOWN, WARM_UP_DAYS, DayRow, Memory
from monitoring.scoring.points import Scale, alone

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

HABITS_KEPT = 4  # days; older ones are learned again when an old day is judged again
BLOCK = 2000
"""Homes of one call of the detector: their accumulators fit the processor's cache."""
_BITS = np.uint64(0xFFFFFFFF)
_FEW_HOURS = 3
_MOST_HOURS = 25  # numbers of hours of one day, 0 to 24


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
    known_at: datetime | None = None  # outages as they were known then (a replay)

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
    near = memory.until >= (context.today - 1) * hours.DAY
    for which, first in ((near, None), (~near, oldest)):
        homes = np.flatnonzero(which)
        if not len(homes):
            continue
        begin = int(memory.until[homes].min()) if first is None else _first(memory, homes, oldest)
        begin = max(begin, oldest)
        if begin < context.end:
            _Part(memory, homes, begin, context, gone).go()
    return gone


def _first(memory: Memory, homes: Ints, oldest: int) -> int:
    known = memory.until[homes]
    return oldest if (known == UNKNOWN).any() else int(known.min())


def seen_since(memory: Memory, *known: Mapping[int, datetime]) -> Flags:
    """(H,) for whom one of `known` {household: when} lies after everything that was judged."""
    found = np.zeros(len(memory.ids), bool)
    for household, at in (row for one in known for row in one.items()):
        place = int(np.searchsorted(memory.ids, household))
        found[place] |= hours.hour_of(at) >= memory.until[place]
    return found


class _Part:
    """Some homes of the chunk that are moved together."""

    def __init__(
        self, memory: Memory, homes: Ints, begin: int, context: Context, gone: Gone
    ) -> None:
        self.memory, self.homes, self.context, self.gone = memory, homes, context, gone
        self.ids = memory.ids[homes]
        self.first_day = begin // hours.DAY
        midnight = self.first_day * hours.DAY
        last = (context.end - 1) // hours.DAY
        one_day = last == self.first_day
        self.zero = begin if one_day else midnight  # the hour of column 0
        inputs = store.read_inputs(
            self.ids,
            hours.day_of(self.first_day),
            hours.day_of(last),
            slots=(begin - midnight, context.end - midnight) if one_day else (0, hours.DAY),
        ).reshape(5, len(homes), -1)
        inputs[:, :, context.end - self.zero :] = np.nan  # the running hour is not over
        self.came: Flags = np.asarray(np.isfinite(inputs).any(axis=0), bool)
        self.inputs = circumstances.without_outages(
            inputs, self.ids, self.zero, known_at=context.known_at
        )
        count = inputs.shape[2]
        self.held = context.absences.held(self.ids, self.zero, count)
        self.again = context.absences.watched_again(self.ids, self.zero, count)
        self.seen = _either(context.signs.seen(self.ids, self.zero, count), self.again)
        self.start, self.stop = self._spans()

    def _spans(self) -> tuple[Ints, Ints]:
        """Hours from which and up to which each home goes (equal: it stays)."""
        known = self.memory.until[self.homes]
        any_came = self.came.any(axis=1)
        newest = self.zero + self.came.shape[1] - self.came[:, ::-1].argmax(axis=1)
        oldest_day = (self.zero + self.came.argmax(axis=1)) // hours.DAY
        start = np.where(known == UNKNOWN, oldest_day * hours.DAY, np.maximum(known, self.zero))
        return start, np.where(any_came, np.maximum(newest, start), start)

    def go(self) -> None:
        moving = self.stop > self.start
        if not moving.any():
            return
        self.gone.moved[self.homes[moving]] = True
        self._begin_anew(self.homes[moving])
        first, last = int(self.start[moving].min()), int(self.stop[moving].max()) - 1
        for day in range(first // hours.DAY, last // hours.DAY + 1):
            self._day(day)
        self.memory.until[self.homes[moving]] = self.stop[moving]

    def _begin_anew(self, homes: Ints) -> None:
        """Of which nothing came for longer than the warm-up, until now: what was lit stays lit,
        unless somebody was seen meanwhile."""
        until = self.memory.until[homes]
        late = homes[(until != UNKNOWN) & (until < self.zero)]
        if len(late):
            known = (self.context.signs.latest(), self.context.absences.resumed())
            seen = seen_since(self.memory, *known)[late]
            kept = self.memory.kept
            kept["lit"][late] = np.where(seen, 0, kept["lit"][late])
            kept["hot"][late] = fresh(len(late))
            kept["received"][late] = 0

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
            self.ids,
            active,
            day,
            keep_from=self.context.habits_from,
            slots=(
                int(begin[active].min()) - day * hours.DAY,
                int(end[active].max()) - day * hours.DAY,
            ),
        )
        self.memory.kept["days"][self.homes[active]] = days[active]
        for which, first, last in _spans_of(begin[active], end[active]):
            for homes in _blocks(active[which], last - first):
                self._hours(homes, habits, first, last)
        over = active[end[active] == (day + 1) * hours.DAY]
        self._keep_evidence(day, self.homes[over])

    def _hours(self, part: Ints, habits: np.ndarray, first: int, last: int) -> None:
        """Homes `part` (places in this part) through the hours first..last-1 of one day."""
        # A few homes between them that do not go along cost less than to copy those that do.
        where = _around(part)
        homes = as_slice(self.homes[where])
        kept = self.memory.kept[homes].copy()
        columns = slice(first - self.zero, last - self.zero)
        held = None if self.held is None else self.held[where, columns]
        seen = None if self.seen is None else self.seen[where, columns]
        rules = self.context.frame.rules
        done = advance(
            kept["hot"],
            habits[where],
            self.inputs[:, where, columns],
            first_hour=first % hours.DAY,
            free=np.full(last - first, calendar.is_free(hours.day_of(first // hours.DAY))),
            held=held,
            seen=seen,
            model=rules.live.model,
            beside=rules.beside.model if rules.beside else None,
        )
        came = self.came[where, columns]
        lamp = _Lamp(self.context.frame, self.context.group[homes], kept)
        kept["lit"] = lamp.after(done, self.inputs[:, where, columns], seen)
        # To be watched again is no sign of life.
        signs = came if self.again is None else came & ~self.again[where, columns]
        _signs(kept, done, signs, held, first)
        count = np.uint64(last - first)
        weights = np.uint64(1) << np.arange(int(count), dtype=np.uint64)[::-1]
        recent = (kept["received"].astype(np.uint64) << count) | (came * weights).sum(
            axis=1, dtype=np.uint64
        )
        kept["received"] = (recent & _BITS).astype(np.uint32)
        slots = np.arange(first, last) % hours.DAY
        kept["beside"][:, slots] = np.nan if done.beside is None else done.beside
        kept["hot"] = done.hot
        if isinstance(where, slice):
            kept = kept[as_slice(part - where.start)]
        self.memory.kept[as_slice(self.homes[part])] = kept

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
    first = int(begin.min())
    spans = (begin - first) * _MOST_HOURS + end - first
    for span in np.unique(spans).tolist():
        later, length = divmod(span, _MOST_HOURS)
        yield np.flatnonzero(spans == span), first + later, first + length


def _blocks(places: Ints, count: int) -> Iterator[Ints]:
    """Rising places cut into blocks of the detector. Of a few hours (`count`) the call itself is
    a large part of the work."""
    size = BLOCK if count > _FEW_HOURS else 3 * BLOCK
    return (places[nth : nth + size] for nth in range(0, len(places), size))


def _around(places: Ints) -> Ints | slice:
    """The stretch from the first to the last of rising places, if nearly all in it are among them;
    else the places."""
    if 10 * len(places) < 9 * (places[-1] - places[0] + 1):
        return places
    return slice(int(places[0]), int(places[-1]) + 1)


def _either(one: Flags | None, other: Flags | None) -> Flags | None:
    if one is None or other is None:
        return other if one is None else one
    return one | other


class _Lamp:
    """What is lit in homes `kept` (H,), hour by hour."""

    def __init__(self, frame: Frame, group: NDArray[np.intp], kept: np.ndarray) -> None:
        self.frame, self.group, self.days = frame, group, kept["days"]
        self.lit: NDArray[np.uint8] = kept["lit"]
        self.gap: Floats = kept["hot"]["gap"].copy()
        self.alone = alone(self.gap)
        self.scale = Scale.of(frame.points, group, self.days, self.alone)

    def after(self, done: Advanced, inputs: Floats, seen: Flags | None) -> NDArray[np.uint8]:
        """After the hours of `done`, of which `inputs` (5, H, T) came."""
        steps = np.isfinite(inputs[STEPS : STEPS + 1])
        came = np.concatenate([whole.received(inputs), steps]).transpose(2, 1, 0)
        for hour in range(done.evidence.shape[1]):
            self._hear(came[hour])
            silent = done.silent[:, hour]
            value = self.scale.value(done.evidence[:, hour], done.fused[:, hour], silent)
            self.lit = self.scale.next(self.lit, value, silent, self._may_redden())
            if seen is not None:
                self.lit = np.where(seen[:, hour], 0, self.lit).astype(np.uint8)
        return self.lit

    def _hear(self, came: Flags) -> None:
        """Another scale for homes that begin or cease to be known by electricity alone."""
        self.gap = np.where(came, 0, np.minimum(self.gap + 1, UNKNOWN_GAP))
        lonely = alone(self.gap)
        if (lonely != self.alone).any():
            self.alone = lonely
            self.scale = Scale.of(self.frame.points, self.group, self.days, lonely)

    def _may_redden(self) -> Flags:
        return whole.whole(self.gap[:, : len(whole.SOURCES)].T, self.frame.patience)


def _signs(kept: np.ndarray, done: Advanced, came: Flags, held: Flags | None, first: int) -> None:
    """The latest hour in which life showed."""
    sign = (done.silent == 0) & came
    if held is not None:
        # In an absence silence does not grow: no silence tells of no sign there, but a silence that
        # ends does (somebody was seen), and an hour that is judged although it is held.
        before = np.concatenate([kept["hot"]["silent"][:, -1:], done.silent[:, :-1]], axis=1)
        sign &= ~held | (before > 0) | done.judged
    found = sign.any(axis=1)
    latest = first + sign.shape[1] - 1 - sign[:, ::-1].argmax(axis=1)
    kept["last_sign"] = np.where(found, latest, kept["last_sign"])
