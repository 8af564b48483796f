""" "지난달이었다면": what other budgets would have done with the last whole month.

Both sides are computed from the same evidence, so that the difference is the change and nothing
else. What really happened is told beside them, never mixed in.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from dispatch.models import Case
from dispatch.rules import CLOSE_GROUPS
from dispatch.tuning import evidence
from dispatch.tuning.alarms import Flags, begins
from dispatch.tuning.budgets import GROUPS, LIGHTS, Budgets, Home, Rule
from dispatch.tuning.handling import Handling
from households.models import Household, RiskGroup
from monitoring import own_points
from monitoring.models import Basis

WARM_UP_DAYS = 3
"""Days before the month that are looked at, so that an old episode does not count as a new one."""
NIGHT = (time(22), time(7))
LOOK_BACK_HOURS = 96


@dataclass(frozen=True)
class Month:
    """Whole days, both counted."""

    first: date
    last: date

    @classmethod
    def before(cls, now: datetime) -> "Month":
        """The last month that is over."""
        last = timezone.localdate(now).replace(day=1) - timedelta(days=1)
        return cls(last.replace(day=1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Tally:
    """Signals of some homes in the month; `red` and `night` are among them."""

    signals: int
    red: int
    night: int

    @classmethod
    def of(cls, counts: NDArray[np.intp]) -> "Tally":
        """`counts` (..., 3), summed over homes."""
        return cls(*(int(n) for n in counts.reshape(-1, 3).sum(axis=0)))


@dataclass(frozen=True)
class Side:
    """One choice of budgets applied to the month: when each home's episodes begin."""

    yellow: Flags  # (H, T), from the warm-up on
    red: Flags

    def counts(self, month: slice, night: Flags) -> NDArray[np.intp]:
        """(H, 3): signals, red ones and those at night, in the hours `month`."""
        yellow, red = self.yellow[:, month], self.red[:, month]
        return np.stack(
            [
                np.maximum(yellow.sum(axis=1), red.sum(axis=1)),
                red.sum(axis=1),
                yellow[:, night].sum(axis=1),
            ],
            axis=1,
        )


@dataclass(frozen=True)
class GroupRow:
    """A risk group: its homes and both tallies."""

    group: str
    label: str
    homes: int
    now: Tally
    then: Tally


@dataclass(frozen=True)
class HomeRow:
    """A home for which the month would have gone otherwise."""

    household: Household
    group: str
    now: Tally
    then: Tally
    first_at: datetime  # the first signal that would be new, or that would be gone

    @property
    def more(self) -> bool:
        return (self.then.signals, self.then.red) > (self.now.signals, self.now.red)


@dataclass(frozen=True)
class TrueRow:
    """A case in which help was needed: hours by which its signal would have come sooner.

    `gain` is negative when it would have come later, None when there is no evidence to tell;
    `lost` when there would have been no signal before the case ended.
    """

    case: Case
    gain: int | None
    lost: bool


@dataclass(frozen=True)
class LastMonth:
    month: Month
    homes: int  # watched in the month and visible to the viewer
    judged: int  # of these, with evidence of the rule that is live
    learning: int  # left out: their limits are hours of silence, which no budget moves
    share: float  # of the hours of these, for which there is evidence
    now: Tally
    then: Tally
    groups: list[GroupRow]
    changed: list[HomeRow]
    needed_help: list[TrueRow]
    opened: int  # cases that were really opened

    @property
    def any_evidence(self) -> bool:
        return self.judged > 0


class _Looked:
    """The evidence of the month's homes, and both choices applied to it."""

    def __init__(self, user: Any, rule: Rule, month: Month, *, now: datetime) -> None:
        self.month = month
        visible = Household.objects.visible_to(user, now=now)
        watched = visible.watched_between(month.first, month.last)
        learning = watched.filter(monitoring_state__basis__in=(Basis.FIXED, Basis.BLENDED))
        self.learning = learning.count()
        self.homes: list[Household] = list(
            watched.exclude(pk__in=learning)
            .with_risk_group(on=month.last)
            .select_related("township")
            .order_by("number")
        )
        self.groups = [
            getattr(home, "risk_group", None) or RiskGroup.GENERAL.value for home in self.homes
        ]
        self.first = month.first - timedelta(days=WARM_UP_DAYS)
        ids = [home.pk for home in self.homes]
        self.values = evidence.read(ids, self.first, month.last, rule=rule.version)
        alone = evidence.power_only(ids, self.first, month.last)
        self.kinds = [Home(group, bool(one)) for group, one in zip(self.groups, alone, strict=True)]
        self.fit = own_points.in_force(rule.version, now=now)
        self.hours = slice(WARM_UP_DAYS * 24, None)
        clock = np.arange(month.days * 24) % 24
        self.night = (clock >= NIGHT[0].hour) | (clock < NIGHT[1].hour)

    def side(self, rule: Rule, budgets: Budgets) -> Side:
        points = budgets.points(rule, self.kinds, fit=self.fit)
        return Side(*(begins(self.values, np.array(points[light])) for light in LIGHTS))

    def counts(self, side: Side) -> NDArray[np.intp]:
        return side.counts(self.hours, self.night)

    def at(self, hour: int) -> datetime:
        return evidence.hour_at(self.first, hour)


def look(user: Any, *, rule: Rule, now_is: Budgets, then: Budgets, now: datetime) -> LastMonth:
    """The last whole month under the budgets of today and under other ones.

    Counts and lists only homes that `user` may see.
    """
    month = Month.before(now)
    seen = _Looked(user, rule, month, now=now)
    before, after = seen.side(rule, now_is), seen.side(rule, then)
    known = np.isfinite(seen.values[:, seen.hours])
    judged = known.any(axis=1)
    was, would = seen.counts(before), seen.counts(after)
    return LastMonth(
        month=month,
        homes=len(seen.homes),
        judged=int(judged.sum()),
        learning=seen.learning,
        share=float(known[judged].mean()) if judged.any() else 0.0,
        now=Tally.of(was),
        then=Tally.of(would),
        groups=_groups(seen, was, would),
        changed=_changed(seen, (before, after), (was, would)),
        needed_help=_needed_help(user, seen, before, after, now=now),
        opened=_cases(user, month, now=now).count(),
    )


def _groups(seen: _Looked, was: NDArray[np.intp], would: NDArray[np.intp]) -> list[GroupRow]:
    of = np.array(seen.groups)
    return [
        GroupRow(
            group=group,
            label=str(RiskGroup(group).label),
            homes=int((of == group).sum()),
            now=Tally.of(was[of == group]),
            then=Tally.of(would[of == group]),
        )
        for group in GROUPS
        if group in seen.groups
    ]


def _changed(
    seen: _Looked, sides: tuple[Side, Side], counts: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> list[HomeRow]:
    """Homes with other counts, those that change most first."""
    (before, after), (was, would) = sides, counts
    rows = []
    for i in np.flatnonzero((was[:, :2] != would[:, :2]).any(axis=1)):
        other = (before.yellow[i] != after.yellow[i]) | (before.red[i] != after.red[i])
        hour = WARM_UP_DAYS * 24 + int(np.flatnonzero(other[seen.hours])[0])
        rows.append(
            HomeRow(
                household=seen.homes[i],
                group=seen.groups[i],
                now=Tally.of(was[i]),
                then=Tally.of(would[i]),
                first_at=seen.at(hour),
            )
        )
    return sorted(
        rows,
        key=lambda row: (
            -abs(row.then.red - row.now.red),
            -abs(row.then.signals - row.now.signals),
            row.household.number,
        ),
    )


def _cases(user: Any, month: Month, *, now: datetime) -> Any:
    return Case.objects.visible_to(user, now=now).filter(
        opened_at__gte=evidence.start_of(month.first),
        opened_at__lt=evidence.start_of(month.last + timedelta(days=1)),
        drill=False,
    )


def _needed_help(
    user: Any, seen: _Looked, before: Side, after: Side, *, now: datetime
) -> list[TrueRow]:
    """The month's cases that a person closed as a true crisis, oldest first."""
    cases = (
        _cases(user, seen.month, now=now)
        .filter(close_reason__in=CLOSE_GROUPS["true"][1], closed_at__isnull=False)
        .select_related("household__township")
        .order_by("opened_at")
    )
    place = {home.pk: i for i, home in enumerate(seen.homes)}
    return [_true_row(seen, case, place.get(case.household_id), before, after) for case in cases]


def _true_row(seen: _Looked, case: Case, home: int | None, before: Side, after: Side) -> TrueRow:
    """The last signal before the case ended, on both sides, within four days of its opening."""
    opened, closed = (_hour_of(seen, at) for at in (case.opened_at, case.closed_at))
    window = slice(max(opened - LOOK_BACK_HOURS, 0), closed + 1)
    if home is None or not np.isfinite(seen.values[home, window]).any():
        return TrueRow(case, None, lost=False)
    was = np.flatnonzero(before.yellow[home, window])
    would = np.flatnonzero(after.yellow[home, window])
    if not len(would):
        return TrueRow(case, None, lost=bool(len(was)))
    came = int(was[-1]) if len(was) else opened - window.start
    return TrueRow(case, came - int(would[-1]), lost=False)


def _hour_of(seen: _Looked, at: datetime | None) -> int:
    if at is None:
        return seen.values.shape[1] - 1
    return int((at - evidence.start_of(seen.first)) // timedelta(hours=1))


@dataclass(frozen=True)
class Cost:
    """What a tally means for the desk in the month."""

    people: float
    minutes: float

    @classmethod
    def of(cls, tally: Tally, handling: Handling) -> "Cost":
        return cls(
            handling.people(signals=tally.signals, red=tally.red),
            handling.staff_minutes(signals=tally.signals, red=tally.red),
        )
