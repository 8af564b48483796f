"""From the county's choice, alarms per household-month, to the values that light a lamp."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from accounts.county_settings import setting
from households.models import RiskGroup
from monitoring import own_points
from monitoring.detection.features import LOST_HOURS
from monitoring.detection.fixed import LIMIT_HOURS, RED_FACTOR
from monitoring.detection.hot import UNKNOWN_GAP
from monitoring.detection.inputs import LEARN_DAYS, MIN_DAYS
from monitoring.models import Basis
from monitoring.scoring.rule import Rule

Floats = NDArray[np.float32]

GROUPS: tuple[str, ...] = tuple(group.value for group in RiskGroup)
EASE_ALARMS = 4.0
"""A lit light goes out when, life having shown, evidence is below what would ring four times as
often; otherwise it would flicker around its point."""
EASE_SHARE = 0.5  # the same on the scale of the fixed limits, where 1 is an alarm
CALM_HOURS = 6.0
"""Life counts as shown for so long, which is how long evidence takes to come down."""
BACKSTOP_YELLOW, BACKSTOP_RED = 2.0, 3.0
"""Times the fixed limit of the risk group: so long a silence is an alarm whatever the habits say.
Trees take a silence of many days for a holiday, and rightly so nearly always; somebody who did
not announce one must be asked all the same."""
BASES: tuple[str, ...] = (Basis.FIXED.value, Basis.BLENDED.value, Basis.LEARNED.value)


@dataclass(frozen=True)
class Points:
    """The operating points of the four risk groups; each array (4,), in the order of GROUPS.

    Of `yellow`, `red` and `ease` (2, 4): the second row is for homes of which nothing but
    electricity comes. They are uncertain more often, and the same number of false alarms lies
    higher.
    """

    yellow: Floats
    red: Floats
    ease: Floats
    fused_yellow: Floats
    fused_red: Floats
    limit: Floats  # hours

    @classmethod
    def at(cls, now: datetime, rule: Rule) -> "Points":
        """The settings in force at `now`, in values of this rule."""
        yellow = [alarms("yellow", group, now) for group in GROUPS]
        red = [
            min(alarms("red", group, now), most) for group, most in zip(GROUPS, yellow, strict=True)
        ]
        fit = own_points.in_force(rule.version, now=now)
        return cls(
            yellow=_both(rule, [fit.on_card(budget) for budget in yellow]),
            red=_both(rule, [fit.on_card(budget) for budget in red]),
            ease=_both(rule, [fit.on_card(EASE_ALARMS * budget) for budget in yellow]),
            fused_yellow=_each(rule.fused_point, yellow),
            fused_red=_each(rule.fused_point, red),
            limit=np.array([LIMIT_HOURS[group] for group in GROUPS], np.float32),
        )


def alarms(light: str, group: str, now: datetime) -> float:
    """Alarms per household-month that the county allows this light in this risk group."""
    own = float(setting(f"monitoring.{light}_alarms_{group}", at=now))
    return own or float(setting(f"monitoring.{light}_alarms", at=now))


def _both(rule: Rule, budgets: Sequence[float]) -> Floats:
    kinds = (False, True)
    return np.stack([_each(partial(rule.point, power_only=kind), budgets) for kind in kinds])


def _each(point: Callable[[float], float], budgets: Sequence[float]) -> Floats:
    return np.array([point(budget) for budget in budgets], np.float32)


@dataclass(frozen=True)
class Scale:
    """How each of H homes is judged: by which of its values, against which points."""

    learned: NDArray[np.bool_]  # by the trees; else by hours of silence, blended with the sum
    weight: Floats  # of the habits, where not learned
    limit: Floats
    fused: Floats
    yellow: Floats
    red: Floats
    ease: Floats

    @classmethod
    def of(
        cls,
        points: Points,
        group: NDArray[np.intp],
        days: NDArray[np.integer],
        alone: NDArray[np.bool_],
    ) -> "Scale":
        """`alone` (H,): nothing but electricity comes, see `points.alone`."""
        which = alone.astype(np.intp)
        learned = days >= LEARN_DAYS
        share = (days.astype(np.float32) - MIN_DAYS) / (LEARN_DAYS - MIN_DAYS)
        weight = np.clip(share, 0, 1).astype(np.float32)
        apart = points.fused_red / points.fused_yellow
        red = weight * apart[group] + (1 - weight) * np.float32(RED_FACTOR)
        return cls(
            learned=learned,
            weight=weight,
            limit=points.limit[group],
            fused=points.fused_yellow[group],
            yellow=np.where(learned, points.yellow[which, group], np.float32(1)),
            red=np.where(learned, points.red[which, group], red),
            ease=np.where(learned, points.ease[which, group], np.float32(EASE_SHARE)),
        )

    def value(self, evidence: Floats, fused: Floats, silent: Floats) -> Floats:
        """(H,) what is compared with the points; a very long silence is at its point at least."""
        blended = (1 - self.weight) * silent / self.limit + self.weight * fused / self.fused
        value = np.where(self.learned, evidence, blended)
        long = silent >= np.float32(BACKSTOP_YELLOW) * self.limit
        value = np.where(long, np.maximum(value, self.yellow), value)
        longer = silent >= np.float32(BACKSTOP_RED) * self.limit
        return np.where(longer, np.maximum(value, self.red), value)

    def basis(self) -> NDArray[np.int8]:
        """(H,) places in BASES."""
        return np.where(self.learned, 2, np.where(self.weight > 0, 1, 0)).astype(np.int8)

    def raw(self, value: Floats) -> NDArray[np.uint8]:
        """(H,) 0 green, 1 yellow, 2 red, whatever was lit before."""
        return ((value >= self.yellow).astype(np.uint8) + (value >= self.red)).astype(np.uint8)

    def next(
        self,
        lit: NDArray[np.uint8],
        value: Floats,
        silent: Floats,
        may_redden: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        """(H,) what is lit after an hour. A light goes out only when life has shown, and becomes
        red only where nothing is missing (detection.whole)."""
        raw = held_back(self.raw(value), lit, may_redden)
        eased = np.where((lit == 2) & (value >= self.yellow), 2, value >= self.ease)
        eased = np.where(silent < CALM_HOURS, eased, lit).astype(np.uint8)
        return np.where(raw >= lit, raw, np.minimum(eased, lit)).astype(np.uint8)


def held_back(
    raw: NDArray[np.uint8], lit: NDArray[np.uint8], may_redden: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """(H,) the same, yellow where red may not begin."""
    return np.where((raw == 2) & (lit < 2) & ~may_redden, 1, raw).astype(np.uint8)


def alone(gap: Floats) -> NDArray[np.bool_]:
    """(H,) nothing but electricity has come for so long that the trees are told nothing else.
    `gap` (H, 3): hours since power, telephone and steps came, as in HOT; of somebody new nothing
    has."""
    return np.asarray((gap[:, 0] < UNKNOWN_GAP) & (gap[:, 1:].min(axis=1) > LOST_HOURS), bool)
