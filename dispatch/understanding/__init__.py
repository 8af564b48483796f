"""Understanding the spoken answer to a wellbeing call. Pure: no Django, no database.

`understand(text, confidence=…)` gives one of eight labels with its reasons; only `ok` may close a
case. The worst error is to take somebody in trouble for fine, so hand-written rules and a learned
model must both say ok. Method, figures and limits: docs/understanding.md.
"""

from dispatch.understanding.engine import MIN_CONFIDENCE, understand
from dispatch.understanding.labels import URGENT, Label, Understood
from dispatch.understanding.model import RULES_VERSION, warm_up

__all__ = [
    "MIN_CONFIDENCE",
    "RULES_VERSION",
    "URGENT",
    "Label",
    "Understood",
    "understand",
    "warm_up",
]
