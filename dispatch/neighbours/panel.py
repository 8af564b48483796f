"""What the case page shows of neighbours: whom one may ask, and what those said who were asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dispatch.models import Case, NeighbourAsk, SmsState
from dispatch.presenters import people
from ui.words import clock_time


@dataclass(frozen=True)
class Asked:
    who: str
    words: str
    kind: str  # of the tag: "", accent, ok, bad


@dataclass(frozen=True)
class Choice:
    uid: str
    label: str


@dataclass(frozen=True)
class AskPanel:
    """`choices` is empty where nobody may be asked (not one's own case, or no contact)."""

    case_uid: str
    choices: list[Choice]
    asked: list[Asked]


def of(case: Case, user: Any, *, now: datetime) -> AskPanel | None:
    """The panel for this viewer; None when there is nothing to show or to do."""
    asks = list(case.neighbour_asks.select_related("contact"))
    choices: list[Choice] = []
    if people.is_owner(case, user):
        waiting = {ask.contact_id for ask in asks if _waits(ask, now)}
        choices = [
            Choice(str(one.uid), f"{one.get_relation_display()} {one.masked_name}")
            for one in case.household.contacts.current()
            if one.pk not in waiting
        ]
    if not choices and not asks:
        return None
    return AskPanel(str(case.uid), choices, [_asked(case, ask, now) for ask in asks])


def _waits(ask: NeighbourAsk, now: datetime) -> bool:
    failed = ask.sms_state == SmsState.FAILED
    return ask.answered_at is None and now < ask.expires_at and not failed


def _asked(case: Case, ask: NeighbourAsk, now: datetime) -> Asked:
    """Nobody waits for the answer of a case that is closed; its link is closed too."""
    who = f"{ask.contact.get_relation_display()} {ask.contact.masked_name}"
    if ask.answered_at is not None:
        words = f"{clock_time(ask.answered_at)} {ask.get_answer_display()}"
        return Asked(who, words, "ok" if ask.answer == "saw_well" else "bad")
    if ask.sms_state == SmsState.FAILED:
        return Asked(who, _("문자를 보내지 못했습니다"), "bad")
    if not case.is_open:
        return Asked(who, _("대답 없이 건이 끝났습니다"), "")
    if now >= ask.expires_at:
        return Asked(who, _("대답 없이 기한이 지났습니다"), "")
    if ask.opened_at is not None:
        return Asked(who, _("%(at)s에 열어 봄") % {"at": clock_time(ask.opened_at)}, "accent")
    until = clock_time(ask.expires_at)
    return Asked(who, _("대답 기다림 · %(until)s까지") % {"until": until}, "accent")
