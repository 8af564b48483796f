"""Setting the points again from the county's own curve: an offer, until a person takes it over.

The curve of the month tells how often this county's homes really ring where the card promises a
number. Few alarms say little, so for the offer they are mixed with the card's word. What is said
to ring is what was counted, unmixed: else the page would hold the points to be right that its own
caution has left wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from accounts.notify import notify, register_kind
from accounts.roles import Role
from accounts.scope import holders
from dispatch.tuning.budgets import LIGHTS, Budgets, Rule
from monitoring import own_points
from monitoring.models import TuningCurve
from monitoring.own_points import LEAST, MOST, Fit

REFERENCE = (0.1, 0.32, 1.0)
"""Budgets at which the county is measured; between them the logarithm decides."""
CARDS_WORD = 10.0
"""The card counts as much as so many alarms of the county."""
NEAR = 1.25
"""Less than this apart, up or down, is no reason to move anything: it is the season."""
CHANCE = 2.0
"""Standard deviations of a count (its square root) that chance alone may be off by."""
KIND = "dispatch.points_off"
PATH = "/tuning/#h-fit"

register_kind(
    KIND,
    subject_ko="고른 수와 실제로 울리는 수가 다릅니다. 기준점을 다시 맞출지 정해 주세요.",
    sms_ko="[연천군 신호등] 감지 기준점을 살펴봐 주세요. {link}",
    channels=("inbox",),
)


@dataclass(frozen=True)
class Line:
    """A light: alarms per household-month that were chosen, that ring by the points now, and that
    would ring by the points of the offer. `counted`: alarms of the curve that `rings` rests on;
    `expected`: as many as the choice would have rung in the same months.

    `alone`: (budget at which the card's table of homes with nothing but electricity ends, what
    rings there) where the points now or the offer ask for more; None where they do not.
    """

    light: str
    chosen: float
    rings: float
    after: float
    counted: int
    expected: float
    alone: tuple[float, float] | None = None

    @property
    def is_off(self) -> bool:
        is_far = not 1 / NEAR <= self.rings / self.chosen <= NEAR
        return is_far and abs(self.counted - self.expected) >= CHANCE * self.expected**0.5


@dataclass(frozen=True)
class Offer:
    """`fit` as the curve `row` measured it; `lines` by what is in force. `is_clipped`: the county
    is further from its card than points are set again for."""

    row: TuningCurve
    fit: Fit
    lines: tuple[Line, ...]
    is_clipped: bool

    @property
    def is_off(self) -> bool:
        return any(line.is_off for line in self.lines)


@dataclass(frozen=True)
class Measured:
    """What was counted at the card's points: `rows` of (alarms promised per household-month,
    alarms counted, household-months), rarest first; REFERENCE is among them."""

    rows: tuple[tuple[float, float, float], ...]

    @property
    def fit(self) -> Fit:
        """What may be taken over: mixed with the card's word, and never more than is believed."""
        return Fit(tuple((at, min(max(times, LEAST), MOST)) for at, times in self._mixed()))

    @property
    def is_clipped(self) -> bool:
        return any(not LEAST <= times <= MOST for _at, times in self._mixed())

    def rings(self, asked: float) -> float:
        """Alarms per household-month where the card is asked for `asked`, as they were counted;
        beyond the rows as many times the promise as at their end."""
        times = [alarms / (budget * months) for budget, alarms, months in self.rows]
        return asked * self._between(asked, times)

    def counted(self, asked: float) -> int:
        """Alarms, about: between the rows."""
        return round(self._between(asked, [alarms for _budget, alarms, _months in self.rows]))

    def months(self, asked: float) -> float:
        """Household-months those alarms were counted in: between the rows."""
        return self._between(asked, [months for _budget, _alarms, months in self.rows])

    def _mixed(self) -> list[tuple[float, float]]:
        return [
            (budget, (alarms + CARDS_WORD) / (budget * months + CARDS_WORD))
            for budget, alarms, months in self.rows
            if budget in REFERENCE
        ]

    def _between(self, asked: float, values: Sequence[float]) -> float:
        return float(np.interp(np.log(asked), np.log([row[0] for row in self.rows]), values))


def measured(rows: Sequence[Mapping[str, Any]]) -> Measured | None:
    """From the stored points of a curve; None where it does not tell of how many months."""
    found = []
    for row in rows:
        months = float(row.get("household_months", 0))
        if months > 0:
            alarms = float(row["alarms_per_month"]) * months
            found.append((float(row["budget"]), alarms, months))
    whole = set(REFERENCE) <= {budget for budget, _alarms, _months in found}
    return Measured(tuple(sorted(found))) if whole else None


def offer(rule: Rule, *, now: datetime) -> Offer | None:
    """What the newest finished curve of this rule says; None where there is none of it."""
    row = (
        TuningCurve.objects.filter(rule=rule.version, points__isnull=False, asked_at__lte=now)
        .order_by("-asked_at", "-id")
        .first()
    )
    found = None if row is None else measured(row.points or ())
    if row is None or found is None:
        return None
    budgets, standing = Budgets.at(now), own_points.in_force(rule.version, now=now)
    lines = tuple(
        _line(light, budgets.of(light), found, standing, found.fit, rule) for light in LIGHTS
    )
    return Offer(row, found.fit, lines, found.is_clipped)


def _line(light: str, chosen: float, found: Measured, standing: Fit, fit: Fit, rule: Rule) -> Line:
    span = rule.span()
    asked = standing.on_card(chosen, span=span)
    then = fit.on_card(chosen, span=span)
    least, most = rule.span(power_only=True)
    beyond = [one for one in (asked, then) if not least <= one <= most]
    edge = min(max(beyond[0], least), most) if beyond else None
    return Line(
        light=light,
        chosen=chosen,
        rings=found.rings(asked),
        after=found.rings(then),
        counted=found.counted(asked),
        expected=chosen * found.months(asked),
        alone=None if edge is None else (edge, found.rings(edge)),
    )


def tell(rule: Rule, *, now: datetime) -> int:
    """The officials hear of points that do not keep what was chosen. Returns how many did."""
    found = offer(rule, now=now)
    if found is None or not found.is_off:
        return 0
    officials = holders(Role.COUNTY_OFFICIAL, now=now)
    for one in officials:
        notify(to=one, kind=KIND, link_path=PATH, now=now)
    return len(officials)
