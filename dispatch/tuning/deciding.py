"""The rule that decides now, and others by their version, as scoring knows them."""

from collections.abc import Mapping
from typing import Any

from monitoring.detection.model import UnusableModel
from monitoring.scoring.rule import Rule, named, rules


def live() -> Rule:
    """The rule that decides. Raises UnusableModel when the county's own cannot be read."""
    return rules().live


def card(rule: Rule | None) -> Mapping[str, Any] | None:
    """What is written on the model's card; None where no model decides."""
    return None if rule is None or rule.model is None else rule.model.card


__all__ = ["Rule", "UnusableModel", "card", "live", "named"]
