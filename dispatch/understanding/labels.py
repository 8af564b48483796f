"""The eight answers a wellbeing call can get, and what `understand` hands back."""

from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """What the person's words amount to. Only OK may close a case."""

    OK = "ok"
    HELP = "help"
    RISK = "risk"
    UNCLEAR = "unclear"
    NOT_PERSON = "not_person"
    LATER = "later"
    REFUSE = "refuse"
    AWAY = "away"


URGENT = frozenset({Label.HELP, Label.RISK})


@dataclass(frozen=True, slots=True)
class Understood:
    """A label, how sure the rules are of it (0..1), and the codes of the rules that decided.

    The codes never hold a word the person said: they may be logged. `reasons.words(code)` puts
    them into Korean for the operator.
    """

    label: Label
    confidence: float
    because: tuple[str, ...]

    @property
    def urgent(self) -> bool:
        return self.label in URGENT

    @property
    def may_close(self) -> bool:
        return self.label is Label.OK
