"""Understanding the spoken answer to a wellbeing call. Pure: no Django, no database.

`understand(text, confidence=…)` gives one of eight labels with its reasons; only `ok` may close a
case. The worst error is to take somebody in trouble for fine, so ok is a closed grammar and all
else is brought to a person. Method, figures and limits: docs/understanding.md.
"""

from dispatch.understanding.engine import MIN_CONFIDENCE, understand
from dispatch.understanding.labels import URGENT, Label, Understood
from dispatch.understanding.morphemes import warm_up

RULES_VERSION = "1"
"""Kept on the attempt beside the label, so that a decision can be told from a later one."""

__all__ = [
    "MIN_CONFIDENCE",
    "RULES_VERSION",
    "URGENT",
    "Label",
    "Understood",
    "understand",
    "warm_up",
]
