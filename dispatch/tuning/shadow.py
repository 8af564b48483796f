"""A candidate beside the rule that decides: what each would have called, and how much sooner."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from dispatch.tuning import deciding, evidence
from dispatch.tuning.alarms import Flags, begins
from dispatch.tuning.budgets import LABELS, LIGHTS, Budgets, Home, Rule
from dispatch.tuning.last_month import WARM_UP_DAYS
from households.models import Household, RiskGroup
from monitoring import own_points
from monitoring.models import DetectionRule, RuleState

TOGETHER_HOURS = 24
"""Two alarms of one home within a day are the same silence."""
MOST_DAYS = 60


@dataclass(frozen=True)
class LightRow:
    """One light: alarms of each rule, of both, and hours by which the candidate was sooner
    (median over the alarms of both; negative: later; None: there were none)."""

    light: str
    label: str
    live: int
    shadow: int
    both: int
    live_homes: int
    shadow_homes: int
    sooner: float | None

    @property
    def sooner_words(self) -> str:
        """`5시간 빨리`, `같음`, `3시간 늦게`; a dash where both called nobody together."""
        if self.sooner is None:
            return "-"
        if abs(self.sooner) < 0.5:
            return str(_("같음"))
        said = _("%(n)s시간 빨리") if self.sooner > 0 else _("%(n)s시간 늦게")
        return said % {"n": f"{abs(self.sooner):g}"}


@dataclass(frozen=True)
class HomeRow:
    """A home that only one of the rules called: signals (yellow) by each."""

    household: Household
    live: int
    shadow: int


@dataclass(frozen=True)
class Comparison:
    """Whole days `first` to `last` in which both rules have evidence of `homes` homes."""

    first: date
    last: date
    homes: int
    rows: list[LightRow]
    differing: list[HomeRow]

    @property
    def days(self) -> int:
        return max((self.last - self.first).days + 1, 0)


@dataclass(frozen=True)
class Candidate:
    """The rule that runs beside the live one; `comparison` None while one of them is unreadable."""

    rule: DetectionRule
    comparison: Comparison | None


def candidate(user: Any, live: Rule | None, *, budgets: Budgets, now: datetime) -> Candidate | None:
    """The one in the shadow with what it would have called; None where none runs."""
    rule = DetectionRule.objects.filter(state=RuleState.SHADOW).select_related("by").first()
    if rule is None:
        return None
    try:
        beside = deciding.named(rule.version)
    except deciding.UnusableModel:
        return Candidate(rule, None)
    if live is None:
        return Candidate(rule, None)
    found = compare(
        user, live=live, candidate=beside, since=rule.shadow_since, budgets=budgets, now=now
    )
    return Candidate(rule, found)


def compare(
    user: Any, *, live: Rule, candidate: Rule, since: datetime, budgets: Budgets, now: datetime
) -> Comparison:
    """From the day after the candidate began (at most sixty days back) to yesterday, for the
    homes `user` may see. Hours that only one of the rules has judged count for neither."""
    last = timezone.localdate(now) - timedelta(days=1)
    begun = timezone.localdate(since) + timedelta(days=1)
    first = max(begun, last - timedelta(days=MOST_DAYS - 1))
    homes = list(
        Household.objects.visible_to(user, now=now)
        .watched()
        .with_risk_group(on=timezone.localdate(now))
        .select_related("township")
        .order_by("number")
    )
    if last < first:
        return Comparison(first, last, len(homes), [], [])
    start = max(first - timedelta(days=WARM_UP_DAYS), begun)
    skip = (first - start).days * 24
    ids = [home.pk for home in homes]
    both = [evidence.read(ids, start, last, rule=rule.version) for rule in (live, candidate)]
    known = np.isfinite(both[0]) & np.isfinite(both[1])
    values = [np.where(known, one, np.float32(np.nan)) for one in both]
    kinds = _kinds(homes, evidence.power_only(ids, start, last))
    points = [
        budgets.points(rule, kinds, fit=own_points.in_force(rule.version, now=now))
        for rule in (live, candidate)
    ]
    alarms: dict[str, list[Flags]] = {
        light: [begins(values[i], np.array(points[i][light]))[:, skip:] for i in range(2)]
        for light in LIGHTS
    }
    return Comparison(
        first=first,
        last=last,
        homes=int(known.any(axis=1).sum()),
        rows=[_row(light, *alarms[light]) for light in LIGHTS],
        differing=_differing(homes, *alarms["yellow"]),
    )


def _kinds(homes: list[Household], power_only: Iterable[Any]) -> list[Home]:
    """What the points of each home hang on; `power_only`: whether only electricity comes of it."""
    return [
        Home(getattr(home, "risk_group", None) or RiskGroup.GENERAL.value, bool(one))
        for home, one in zip(homes, power_only, strict=True)
    ]


def _row(light: str, live: Flags, shadow: Flags) -> LightRow:
    sooner = [
        gap
        for was, would in zip(live, shadow, strict=True)
        for gap in matched(np.flatnonzero(was), np.flatnonzero(would))
    ]
    return LightRow(
        light=light,
        label=str(LABELS[light]),
        live=int(live.sum()),
        shadow=int(shadow.sum()),
        both=len(sooner),
        live_homes=int(live.any(axis=1).sum()),
        shadow_homes=int(shadow.any(axis=1).sum()),
        sooner=float(np.median(sooner)) if sooner else None,
    )


def matched(live: np.ndarray, shadow: np.ndarray) -> list[int]:
    """Hours by which the candidate's alarm came before the live one's, for each pair that lies
    within a day; an alarm has at most one partner, the nearest that is still free."""
    free = list(shadow)
    found = []
    for hour in live:
        near = min(free, key=lambda other: abs(int(other) - int(hour)), default=None)
        if near is not None and abs(int(near) - int(hour)) <= TOGETHER_HOURS:
            free.remove(near)
            found.append(int(hour) - int(near))
    return found


def _differing(homes: list[Household], live: Flags, shadow: Flags) -> list[HomeRow]:
    was, would = live.sum(axis=1), shadow.sum(axis=1)
    return [HomeRow(homes[i], int(was[i]), int(would[i])) for i in np.flatnonzero(was != would)]
