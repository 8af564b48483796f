"""Which clock runs for a case, in words: what must happen, until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from dispatch import plan
from dispatch.models import Case, Visit
from dispatch.plans.schema import NUMBERS
from dispatch.rules import CaseState, VisitState
from ui.words import clock_time

FAR_AWAY = timedelta(hours=1)


@dataclass(frozen=True)
class Countdown:
    """Arguments of the `timer` tag: `text` and `over` hold `{}` where the length goes."""

    due: datetime
    text: str
    over: str
    start: datetime | None = None


def of_case(case: Case, *, visit: Visit | None, now: datetime) -> Countdown | None:
    """The one clock that matters for this case now, or None."""
    if case.is_held and case.held_until:
        return Countdown(due=case.held_until, text=_("보류 {} 남음"), over=_("보류 {} 지남"))
    if case.state == CaseState.WAITING and case.queued_at:
        return Countdown(
            due=case.queued_at + plan.seconds(case, "claim_seconds"),
            text=_("{} 안에 맡기"),
            over=_("{} 기다림"),
            start=case.queued_at,
        )
    if case.state == CaseState.CLAIMED and case.lease_until:
        return Countdown(due=case.lease_until, text=_("담당 {} 남음"), over=_("담당 시간 {} 지남"))
    if case.state == CaseState.VISITING and visit is not None:
        return of_visit(visit, case)
    if case.state == CaseState.AI_CALL and case.next_action_at:
        if case.next_action_at - now > FAR_AWAY:
            at = clock_time(case.next_action_at)
            words = _("%(at)s에 AI 전화") % {"at": at}
            return Countdown(due=case.next_action_at, text=words, over=_("AI 전화 {} 늦음"))
        return Countdown(due=case.next_action_at, text=_("AI까지 {}"), over=_("AI 거는 중"))
    return None


def of_visit(visit: Visit, case: Case) -> Countdown | None:
    """Until the responder should stand at the door; None once somebody does."""
    if visit.state in (VisitState.ASSIGNED, VisitState.ACCEPTED, VisitState.EN_ROUTE):
        return Countdown(
            due=visit.assigned_at + plan.minutes(case, "visit_on_site_minutes"),
            text=_("도착까지 {}"),
            over=_("도착 {} 늦음"),
            start=visit.assigned_at,
        )
    return None


def waiting_since(queued_at: datetime | None) -> Countdown | None:
    """The clock of whoever has waited longest for an operator, by the programme's own target: cases
    of several ladders wait together."""
    if queued_at is None:
        return None
    return Countdown(
        due=queued_at + timedelta(seconds=NUMBERS["claim_seconds"].default),
        text=_("{} 안에 맡기"),
        over=_("가장 오래 기다린 건 {}"),
        start=queued_at,
    )
