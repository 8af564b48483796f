"""Why there is a case: the facts it opened with, and those of this moment, kept apart."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from dispatch import reported
from dispatch.models import Case
from dispatch.presenters import heard
from monitoring.models import HouseholdState
from monitoring.presenters import why_words
from ui.words import clock_time


@dataclass(frozen=True)
class Why:
    """The facts the case opened with, and, while it is open, those of this moment."""

    opening: list[str]
    basis: str
    answer: heard.Heard | None = None
    is_now_shown: bool = False
    last_sign_at: datetime | None = None
    now: list[str] = field(default_factory=list)  # empty where nothing has changed since
    data: list[str] = field(default_factory=list)  # how far the data reach, feed by feed


def _reported(case: Case, *, notes: bool) -> list[str]:
    """What people told the desk, latest first; without their words for whoever may not read them.
    A number is never among it."""
    told = []
    for one in reported.of(case):
        title = _("주민 신고 · %(who)s %(at)s") % {"who": one.reporter, "at": clock_time(one.at)}
        told.append(f"{title}: {one.words}" if notes else title)
    return told


def of(case: Case, state: HouseholdState | None, *, notes: bool = False) -> Why:
    """`notes`: the reader may see the very words that were said."""
    found = case.assessment
    opening = [str(reason) for reason in found.reasons] if found else []
    answer = heard.of(case, notes=notes)
    opening = [*_reported(case, notes=notes), *opening]
    if not opening and answer is None:
        opening = [_("사람이 직접 연 건입니다.")]
    basis = _("감지 기준 %(v)s판") % {"v": found.rule_version} if found else ""
    if not case.is_open:
        return Why(opening, basis, answer)
    present = [str(reason) for reason in state.reasons] if state else []
    return Why(
        opening,
        basis,
        answer,
        is_now_shown=True,
        last_sign_at=state.last_sign_at if state else None,
        now=present if present != opening else [],
        data=why_words.data(state),
    )
