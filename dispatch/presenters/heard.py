"""What the resident said or pressed, and why it was understood so: in words, for who decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dispatch.models import CallAttempt, CallKind, Case
from dispatch.understanding import reasons

NONE, ALL = 0, 1


@dataclass(frozen=True)
class Heard:
    """The answer that stands on the case. `said` is empty for who may not read notes."""

    outcome: str
    at: datetime | None
    pressed: str = ""
    said: str = ""
    because: str = ""
    sureness: str = ""


def of(case: Case, *, notes: bool) -> Heard | None:
    """The strongest answer of the case's calls; None while nobody has answered."""
    if not case.answer:
        return None
    outcome = str(case.get_answer_display())
    call = case.calls.filter(kind=CallKind.AI, outcome=case.answer).order_by("-created_at").first()
    if call is None:  # the answer came with an earlier case's call
        return Heard(outcome, case.answered_at)
    return Heard(
        outcome=outcome,
        at=case.answered_at,
        pressed=pressed(call.digits),
        said=case.household.unseal(bytes(call.speech)) if notes and call.speech else "",
        because=because(call.understood.get("because", ())),
        sureness=_sureness(call),
    )


def pressed(digits: str) -> str:
    """`1번을 눌렀습니다`; nothing when no key was pressed."""
    return _("%(key)s번을 눌렀습니다") % {"key": digits} if digits else ""


def because(codes: Iterable[Any]) -> str:
    """The rules' codes as words, each once."""
    return ", ".join(dict.fromkeys(reasons.words(str(code)) for code in codes))


def _sureness(call: CallAttempt) -> str:
    """How sure the recogniser was of the words; it does not always say."""
    if not call.speech:
        return ""
    heard = call.understood.get("heard")
    if not isinstance(heard, int | float) or not NONE <= heard <= ALL:
        return _("음성 인식기가 얼마나 확신하는지 알리지 않았습니다")
    return _("음성 인식의 확신 %(n)d%%") % {"n": round(100 * heard)}
