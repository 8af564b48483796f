"""Which rule decides: the live model, and the candidate that runs in its shadow."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitoring.detection.model import Model, UnusableModel, between, shipped
from monitoring.models import DetectionRule, RuleState

log = logging.getLogger(__name__)

# Where no model can be used at all, the fused sum decides: (alarms per household-month, sum).
_FALLBACK = ((0.03, 80.0), (0.1, 60.0), (0.32, 38.0), (1.0, 20.0), (2.7, 10.0))
FALLBACK = "fused-1"


@dataclass(frozen=True)
class Rule:
    """A named way to turn accumulators into evidence; `model` None: the fused sum itself."""

    version: str
    model: Model | None

    def point(self, alarms: float, *, power_only: bool = False) -> float:
        """Evidence above which there are that many false alarms per household-month.

        `power_only`: of homes of which nothing but electricity comes. A card that does not know
        them gives them the point of all.
        """
        if self.model is None:
            return between(_FALLBACK, alarms)
        return self.model.point(alarms, power_only=power_only and self._knows_alone(self.model))

    def span(self, *, power_only: bool = False) -> tuple[float, float]:
        """Alarms per household-month between which `point` moves; beyond, the end's point holds."""
        if self.model is None:
            return _FALLBACK[0][0], _FALLBACK[-1][0]
        return self.model.span(power_only=power_only and self._knows_alone(self.model))

    @staticmethod
    def _knows_alone(model: Model) -> bool:
        return "power_only" in model.card.get("figures", {})

    def fused_point(self, alarms: float) -> float:
        return between(_FALLBACK, alarms) if self.model is None else self.model.fused_point(alarms)


@dataclass(frozen=True)
class Rules:
    live: Rule
    beside: Rule | None


def rules() -> Rules:
    """The rules of this moment; models are loaded once per process."""
    known = dict(
        DetectionRule.objects.filter(state__in=(RuleState.LIVE, RuleState.SHADOW)).values_list(
            "state", "version"
        )
    )
    live, shadow = known.get(RuleState.LIVE), known.get(RuleState.SHADOW)
    return Rules(live=_usable(live) or at_first(), beside=_usable(shadow))


def _usable(version: str | None) -> Rule | None:
    """One row that cannot be read must not put out every light: the shipped rule decides then."""
    if version is None:
        return None
    try:
        return named(version)
    except UnusableModel as error:
        log.error("the detection rule %s cannot be used: %s", version, error)
        return None


def unusable() -> str | None:
    """The live rule of the table when this program cannot use it."""
    live = DetectionRule.objects.filter(state=RuleState.LIVE).values_list("version", flat=True)
    version = live.first()
    return version if version is not None and _usable(version) is None else None


def at_first() -> Rule:
    """The rule that comes with the program."""
    try:
        model = shipped()
    except UnusableModel:
        log.exception("the shipped model cannot be used: the fused sum decides")
        return Rule(FALLBACK, None)
    return Rule(model.version, _alone(model))


def _alone(model: Model) -> Model:
    """With one thread: two workers of one thread do more than one of two, and a worker that was
    forked from a process with threads of OpenMP would wait for them for ever."""
    model.booster.set_param({"nthread": 1})
    return model


@lru_cache(maxsize=4)
def named(version: str) -> Rule:
    """A rule of the table, in whatever state. DetectionRule.DoesNotExist; UnusableModel."""
    row = DetectionRule.objects.get(version=version)
    return Rule(version, _alone(Model.load(bytes(row.model), row.card, threads=1)))


def of_version(version: str) -> Rule | None:
    """The rule that once decided, if it is still kept."""
    first = at_first()
    if version == first.version:
        return first
    if version == FALLBACK:
        return Rule(FALLBACK, None)
    try:
        return named(version)
    except (DetectionRule.DoesNotExist, UnusableModel):
        return None


__all__: Sequence[str] = ("Rule", "Rules", "at_first", "named", "of_version", "rules", "unusable")
