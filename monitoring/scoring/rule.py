"""Which rule decides: the live model, and the candidate that runs in its shadow."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from monitoring.detection.model import Model, UnusableModel, shipped
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

    def point(self, alarms: float) -> float:
        """Evidence above which there are that many false alarms per household-month."""
        return _between(alarms) if self.model is None else self.model.point(alarms)

    def fused_point(self, alarms: float) -> float:
        return _between(alarms) if self.model is None else self.model.fused_point(alarms)


def _between(alarms: float) -> float:
    rates, values = np.array(_FALLBACK).T
    return float(np.interp(np.log(max(alarms, 1e-6)), np.log(rates), values))


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
    return Rules(live=named(live) if live else at_first(), beside=named(shadow) if shadow else None)


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


__all__: Sequence[str] = ("Rule", "Rules", "at_first", "named", "of_version", "rules")
