"""The county's own history judged again, once as it was and once with collapses put into it.

Pure: arrays in, arrays out. Habits are learned every night, as the nightly run does: from sixty
days that end with the day before yesterday, because a daily feed brings yesterday only by day. A
collapse is judged from the accumulators of its day, so that only the days after it are computed
twice. A feed that delivers once a day is not known before its delivery, and is not here either.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.tuning.alarms import Flags, Floats, begins
from dispatch.tuning.budgets import DAYS_OF_MONTH
from dispatch.tuning.curve import HORIZON_HOURS
from monitoring.detection import evaluation
from monitoring.detection.advance import Advanced, advance
from monitoring.detection.habits import learn
from monitoring.detection.hot import fresh
from monitoring.detection.inject import HELD_OUT, KINDS, Collapse, inject
from monitoring.detection.inputs import LEARN_DAYS, POWER
from monitoring.detection.model import Model

FOLLOWED_DAYS = HORIZON_HOURS // 24 + 1  # a collapse late in the day is followed for four days
LAG = 1  # as monitoring.runs.LEARN_LAG
WARM_UP_DAYS = 7  # judged but not counted, so that the first sums have a past
ALL_KINDS = (*KINDS, HELD_OUT)


@dataclass(frozen=True)
class State:
    """Accumulators HOT (H,) at a midnight: `whole` from everything that ever came for the days
    before, `known` from what had come by then."""

    whole: np.ndarray
    known: np.ndarray

    @classmethod
    def fresh(cls, homes: int) -> "State":
        return cls(fresh(homes), fresh(homes))

    def of(self, homes: np.ndarray) -> "State":
        return State(self.whole[homes], self.known[homes])


@dataclass(frozen=True)
class Lag:
    """Which inputs come once a day, and the hour by which the day before is there."""

    inputs: tuple[int, ...] = ()
    due: int = 0


@dataclass(frozen=True)
class History:
    """H homes x D days: `inputs` (5, H, D, 24) raw, NaN = not received; `free` (D,) weekend or
    holiday; `held` (H, D, 24) planned absence."""

    inputs: Floats
    free: Flags
    held: Flags
    lag: Lag = Lag()

    @property
    def homes(self) -> int:
        return int(self.inputs.shape[1])

    @property
    def days(self) -> int:
        return int(self.inputs.shape[2])

    @property
    def power_only(self) -> Flags:
        """(H,) homes of which nothing but electricity came in the judged days."""
        others = [place for place in range(len(self.inputs)) if place != POWER]
        judged = self.inputs[others][:, :, LEARN_DAYS:]
        return np.asarray(~np.isfinite(judged).any(axis=(0, 2, 3)), bool)

    def habits(
        self, day: int, homes: slice | np.ndarray, inputs: Floats | None = None
    ) -> np.ndarray:
        """HABITS by which `day` is judged; absences are not learned as habits."""
        span = slice(max(0, day - LAG - LEARN_DAYS), day - LAG)
        past = (self.inputs[:, homes] if inputs is None else inputs)[:, :, span]
        usual = np.where(self.held[homes, span], np.float32(np.nan), past)
        return learn(usual, self.free[span])

    def judge(
        self,
        day: int,
        state: State,
        habits: np.ndarray,
        model: Model | None,
        homes: slice | np.ndarray,
        inputs: Floats | None = None,
    ) -> tuple[Floats, State]:
        """Evidence (H, 24) of a day as it stood in each hour, NaN where nothing was received, and
        the accumulators of the next midnight."""
        hours = (self.inputs[:, homes] if inputs is None else inputs)[:, :, day]

        def go(hot: np.ndarray, hours: Floats) -> Advanced:
            return advance(
                hot,
                habits,
                hours,
                first_hour=0,
                free=np.full(hours.shape[2], self.free[day]),
                held=self.held[homes, day, : hours.shape[2]],
                model=model,
            )

        whole = go(state.whole, hours)
        if not self.lag.inputs:
            return _received(hours, whole.evidence), State(whole.hot, whole.hot)
        known = hours.copy()
        known[list(self.lag.inputs)] = np.nan
        # Until the delivery the day before is not known either; from then on it is.
        early = go(state.known, known[:, :, : self.lag.due])
        late = go(state.whole, known)
        shown = np.concatenate([early.evidence, late.evidence[:, self.lag.due :]], axis=1)
        return _received(known, shown), State(whole.hot, late.hot)


def _received(hours: Floats, evidence: Floats) -> Floats:
    return np.where(np.isfinite(hours).any(axis=0), evidence, np.float32(np.nan))


@dataclass(frozen=True)
class Trace:
    """One collapse: the evidence around it (hours from the midnight before it and a day of past),
    and the hour of the collapse in it."""

    evidence: Floats
    onset: int
    home: int = 0


@dataclass(frozen=True)
class Replayed:
    """`clean` (H, judged hours) evidence of what really was; `traces` of the collapses."""

    clean: Floats
    traces: list[Trace]

    def row(self, budget: float, point: Floats | float, *, homes: int) -> dict[str, float | int]:
        """One stored point of the curve, at an evidence `point` (of all, or (H,) of each);
        `homes`: all that are watched."""
        counted = self.clean[:, WARM_UP_DAYS * 24 :]
        alarms = int(begins(self.clean, point)[:, WARM_UP_DAYS * 24 :].sum())
        months = np.isfinite(counted).sum() / (DAYS_OF_MONTH * 24)
        rate = float(alarms / months) if months else 0.0
        level = np.broadcast_to(np.asarray(point, np.float32), (len(self.clean),))
        late = np.array([delay(trace, float(level[trace.home])) for trace in self.traces], float)
        return {
            "budget": budget,
            "alarms_per_day": round(rate * homes / DAYS_OF_MONTH, 3),
            "alarms_per_month": round(rate, 4),
            "household_months": round(float(months), 2),
            **evaluation.figures(late),
        }


def delay(trace: Trace, point: float) -> int:
    """Hours until a new episode begins; HORIZON_HOURS where none does."""
    began = begins(trace.evidence[None], point)[0, trace.onset : trace.onset + HORIZON_HOURS]
    hours = np.flatnonzero(began)
    return int(hours[0]) + 1 if len(hours) else HORIZON_HOURS


def run(
    history: History,
    model: Model | None,
    *,
    per_home: int,
    seed: int,
    unseen: int = 0,
    tell: Callable[[float], None] = lambda share: None,
) -> Replayed:
    """Judge every day after the learning days; without a model by the fused sum.

    `unseen`: the first day that the model has not learned from; nothing before it counts.

    `tell` hears the share that is done, 0..1. The same `seed` gives the same collapses.
    """
    rng = np.random.default_rng(seed)
    first = max(LEARN_DAYS, unseen - WARM_UP_DAYS)
    planned = _plan(history, first + WARM_UP_DAYS, per_home, rng)
    state, everybody = State.fresh(history.homes), slice(None)
    clean: list[Floats] = []
    traces: list[Trace] = []
    for day in range(first, history.days):
        habits = history.habits(day, everybody)
        for batch in planned.get(day, []):
            traces += _collapse(history, model, batch, (day, state, habits), clean, rng)
        evidence, state = history.judge(day, state, habits, model, everybody)
        clean.append(evidence)
        tell((day + 1 - first) / (history.days - first))
    return Replayed(np.concatenate(clean, axis=1), traces)


Batch = list[tuple[int, Collapse]]  # (home, collapse in hours of the whole history)


def _plan(
    history: History, first: int, per_home: int, rng: np.random.Generator
) -> dict[int, list[Batch]]:
    """{day: batches of collapses}, a home at most once in a batch. A collapse needs somebody at
    home and a reading in its hour, and days after it in which it could be noticed."""
    last = history.days - FOLLOWED_DAYS
    there = np.isfinite(history.inputs).any(axis=0) & ~history.held
    planned: dict[int, list[Batch]] = {}
    for turn in range(per_home):
        for home in range(history.homes):
            hours = np.flatnonzero(there[home, first : last + 1]) + first * 24
            if not len(hours):
                continue
            onset = int(rng.choice(hours))
            collapse = Collapse(ALL_KINDS[(home + turn) % len(ALL_KINDS)], onset)
            batches = planned.setdefault(onset // 24, [])
            for batch in batches:
                if all(other != home for other, _collapse in batch):
                    batch.append((home, collapse))
                    break
            else:
                batches.append([(home, collapse)])
    return planned


def _collapse(
    history: History,
    model: Model | None,
    batch: Batch,
    start: tuple[int, State, np.ndarray],
    clean: Sequence[Floats],
    rng: np.random.Generator,
) -> Iterator[Trace]:
    """Traces of the collapses of one day, judged from that day's accumulators on."""
    day, begun, habits = start
    homes = np.array([home for home, _collapse in batch])
    before = history.inputs[:, homes]
    flat = before.reshape(*before.shape[:2], -1)
    changed = inject(
        flat, [collapse for _home, collapse in batch], rng, hours=FOLLOWED_DAYS * 24
    ).reshape(before.shape)
    # What came before the day is needed to know whether an alarm was already running.
    parts = [clean[-1][homes]] if clean else []
    past = 24 * len(parts)
    state, known = begun.of(homes), habits[homes]
    for later in range(day, min(day + FOLLOWED_DAYS, history.days)):
        if later > day:
            known = history.habits(later, homes, changed)
        evidence, state = history.judge(later, state, known, model, homes, changed)
        parts.append(evidence)
    together = np.concatenate(parts, axis=1)
    for i, (home, collapse) in enumerate(batch):
        yield Trace(together[i], past + collapse.onset - day * 24, home)
