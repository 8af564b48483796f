"""Setting the points again from the county's own curve: an offer, until a person takes it over.

The curve of the month tells how often this county's homes really ring where the card promises a
number. Few alarms say little, so they are mixed with the card's word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.notify import notify, register_kind
from accounts.roles import Role
from accounts.scope import holders
from dispatch.tuning.budgets import LIGHTS, Budgets
from monitoring import own_points
from monitoring.models import TuningCurve
from monitoring.own_points import LEAST, MOST, Fit

REFERENCE = (0.1, 0.32, 1.0)
"""Budgets at which the county is measured; between them the logarithm decides."""
CARDS_WORD = 10.0
"""The card counts as much as so many alarms of the county."""
NEAR = 1.25
"""Less than this apart, up or down, is no reason to move anything: it is chance and season."""
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
    """A light: alarms per household-month that were chosen, and that ring by the points now."""

    light: str
    chosen: float
    rings: float

    @property
    def is_off(self) -> bool:
        return not 1 / NEAR <= self.rings / self.chosen <= NEAR


@dataclass(frozen=True)
class Offer:
    """`fit` as the curve `row` measured it; `lines` by what is in force."""

    row: TuningCurve
    fit: Fit
    lines: tuple[Line, ...]

    @property
    def is_off(self) -> bool:
        return any(line.is_off for line in self.lines)


def measured(rows: Sequence[Mapping[str, Any]]) -> Fit | None:
    """From the stored points of a curve; None where it does not tell of how many months."""
    by_budget = {float(row["budget"]): row for row in rows}
    rings = []
    for budget in REFERENCE:
        row = by_budget.get(budget)
        if row is None or "household_months" not in row:
            return None
        months = float(row["household_months"])
        alarms = float(row["alarms_per_month"]) * months
        times = (alarms + CARDS_WORD) / (budget * months + CARDS_WORD)
        rings.append((budget, min(max(times, LEAST), MOST)))
    return Fit(tuple(rings))


def offer(version: str, *, now: datetime) -> Offer | None:
    """What the newest finished curve of this rule says; None where there is none of it."""
    row = (
        TuningCurve.objects.filter(rule=version, points__isnull=False, asked_at__lte=now)
        .order_by("-asked_at", "-id")
        .first()
    )
    fit = None if row is None else measured(row.points or ())
    if row is None or fit is None:
        return None
    budgets, standing = Budgets.at(now), own_points.in_force(version, now=now)
    lines = (
        Line(light, budgets.of(light), fit.rang(standing.on_card(budgets.of(light))))
        for light in LIGHTS
    )
    return Offer(row, fit, tuple(lines))


def tell(version: str, *, now: datetime) -> int:
    """The officials hear of points that do not keep what was chosen. Returns how many did."""
    found = offer(version, now=now)
    if found is None or not found.is_off:
        return 0
    officials = holders(Role.COUNTY_OFFICIAL, now=now)
    for one in officials:
        notify(to=one, kind=KIND, link_path=PATH, now=now)
    return len(officials)
