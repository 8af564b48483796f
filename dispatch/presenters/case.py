"""One case as the desk and its own page show it: who, why, what was tried, what to do now."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Role
from dispatch import forms, plan
from dispatch.models import (
    CallKind,
    Case,
    HandoverState,
    StepKind,
    StepState,
)
from dispatch.neighbours import panel as neighbours
from dispatch.presenters import (
    call_codes,
    case_log,
    earlier,
    people,
    reports,
    staff,
    steps,
    timeline,
    why,
)
from dispatch.presenters import contacts as phone_book
from dispatch.presenters import visits as visit_parts
from dispatch.presenters.case_log import Log
from dispatch.presenters.case_view import Can, CaseView, Page
from dispatch.presenters.steps import Facts
from dispatch.rules import CALL_URGENT, CallResult, CaseDo, CaseState, EventKind, case_events
from monitoring import standing
from ui.words import ago, clock_time, moment, span, weekday


def view(case: Case, user: Any, roles: frozenset[str], *, now: datetime, page: Page) -> CaseView:
    """Everything the templates `_case.html` and `_act.html` need."""
    log = case_log.of(case)
    state = standing.of(case.household_id)
    can = _can(case, user, roles)
    rows = phone_book.rows(case, user, revealed=page.revealed, now=now) if can.call else []
    facts = case_log.facts(case, log, state, contacts=len(rows))
    working = Role.CONTROL_OPERATOR.value in roles or people.is_owner(case, user)
    notes = _may_read_notes(case, user, roles)
    shown = CaseView(
        case=case,
        page=page,
        uid=str(case.uid),
        number=case.number,
        light=case.light,
        name=people.name_for(case, user),
        who=people.who(case.household, now=now, long=True),
        risk_group=_risk_group(case, now=now),
        version=log.version,
        can=can,
        now=steps.now_box(case, facts, user) if working else None,
        ladder=steps.ladder(case, facts),
        why=why.of(case, state, notes=notes),
        timeline=timeline.columns(case, user, notes=notes, now=now),
        earlier=earlier.of(case, user, now=now),
        outcome=_outcome(case, user, roles),
        owner_words=_owner_words(case, user),
        owner_detail=_owner_detail(case, now=now),
        privacy_words=_privacy_words(case, user),
        read_only_words=_read_only_words(case, user, working=working),
        lease_minutes=plan.number(case, "lease_minutes"),
    )
    shown.contacts = rows
    if facts.visit is not None:
        shown.visit = visit_parts.progress(facts.visit, log=log.results, to_desk=working, now=now)
    _add_actions(shown, user, log, facts, now=now)
    return shown


def _can(case: Case, user: Any, roles: frozenset[str]) -> Can:
    doable = frozenset(case_events(case.state, roles))
    mine = people.is_owner(case, user)
    operator = Role.CONTROL_OPERATOR.value in roles
    return Can(
        claim=CaseDo.CLAIM.value in doable
        and (case.owner_id is None or (case.visit_stalled and not mine)),
        call=mine and CaseDo.RECORD_CALL.value in doable,
        send=mine and CaseDo.SEND.value in doable,
        note=(operator or mine) and case.is_open,
        hand_over=mine and CaseDo.HAND_OVER.value in doable,
        close=mine and CaseDo.CLOSE.value in doable,
        call_back=mine and case.state == CaseState.VISITING,
        confirm=operator and _unconfirmed(case),
        stop_ai=CaseDo.STOP_AI.value in doable and _ai_goes_on(case),
        emergency=mine and CaseDo.RECORD_CALL.value in doable and not case.drill,
    )


def _ai_goes_on(case: Case) -> bool:
    """A call rings, or one is still to come."""
    if not case.is_open:
        return False
    moving = case.steps.filter(
        kind=StepKind.AI_CALL, state__in=(StepState.PENDING, StepState.RUNNING)
    )
    return moving.exists() or case.calls.filter(kind=CallKind.AI, ended_at=None).exists()


def _unconfirmed(case: Case) -> bool:
    """Closed by the resident's own key, and no operator has looked at it yet."""
    if case.is_open or case.closed_by_id is not None:
        return False
    return not case.events.filter(kind=EventKind.CONFIRMED).exists()


def _add_actions(shown: CaseView, user: Any, log: Log, facts: Facts, *, now: datetime) -> None:
    case, bound = shown.case, shown.page.forms
    shown.reports = reports.rows(case, user, revealed=shown.page.revealed)
    shown.ask = neighbours.of(case, user, now=now)
    if shown.can.call:
        shown.call_codes = call_codes.of_resident(log.results)
        shown.contact_codes = call_codes.of_contact()
        bound.setdefault("reveal", forms.RevealForm())
        bound.setdefault("call", forms.CallForm())
        bound.setdefault("absence", forms.AbsenceForm(initial=_away_since(shown)))
    if shown.can.emergency:
        bound.setdefault("emergency", forms.EmergencyForm())
    if shown.can.send:
        shown.responders = staff.responders(case, now=now)
        shown.warnings = visit_parts.warnings(
            case.household, now=now, log=log.results, answer=case.answer
        )
    if shown.can.note:
        bound.setdefault("note", forms.NoteForm())
    if shown.can.hand_over:
        others = staff.operators(user, now=now)
        shown.operators = list(others)
        bound.setdefault("hand", forms.HandOverForm(operators=others))
        shown.offer = (
            case.handovers.filter(state=HandoverState.OFFERED, giver=user)
            .select_related("taker")
            .first()
        )
    if shown.can.close:
        bound.setdefault("close", forms.CloseForm(initial=_evidence_known(facts, now=now)))


def _away_since(shown: CaseView) -> dict[str, Any]:
    """An absence most often begins with the last sign of life."""
    at = shown.why.last_sign_at or shown.case.opened_at
    return {"starts_at": timezone.localtime(at), "source": "family"}


def _evidence_known(facts: Facts, *, now: datetime) -> dict[str, Any]:
    """What the log already proves, so that nobody types it twice."""
    if facts.last_result == CallResult.SAFE or facts.last_result in CALL_URGENT:
        at = timezone.localtime(now).time().replace(second=0, microsecond=0)
        return {"evidence_kind": "spoke", "seen_by": _("관제 본인"), "seen_at": at}
    if facts.contact_saw:
        return {"evidence_kind": "contact"}
    visit = facts.visit
    if visit is not None and visit.found_state.startswith("met"):
        at = timezone.localtime(visit.ended_at or now).time().replace(second=0, microsecond=0)
        return {"evidence_kind": "seen", "seen_by": visit.responder.name, "seen_at": at}
    return {}


def _risk_group(case: Case, *, now: datetime) -> str:
    on = timezone.localdate(now)
    latest = case.household.risk_assessments.filter(from_date__lte=on).first()
    return latest.group if latest else ""


def _outcome(case: Case, user: Any, roles: frozenset[str]) -> list[tuple[str, Any]]:
    if case.is_open or case.closed_at is None:
        return []
    lines: list[tuple[str, Any]] = [
        (_("사유"), case.get_close_reason_display()),
        (_("근거"), case.get_evidence_kind_display()),
    ]
    if case.evidence_note and _may_read_notes(case, user, roles):
        lines.append((_("확인한 내용"), case.household.unseal(bytes(case.evidence_note))))
    by = case.closed_by.name if case.closed_by else _("본인 대답으로 자동 종결")
    lines.append((_("종결"), f"{moment(case.closed_at)} · {by}"))
    lines.append((_("걸린 시간"), span(case.closed_at - case.opened_at)))
    return lines


def _may_read_notes(case: Case, user: Any, roles: frozenset[str]) -> bool:
    """Words about a person: the operators, the clerk of the township, and the county's duty
    official whose case it is."""
    reads = bool(roles & people.READERS)
    return reads or people.is_owner(case, user)


def _owner_words(case: Case, user: Any) -> str:
    if not case.is_open:
        return _("종결")
    if case.owner is None:
        return _("담당 없음")
    if case.owner_id == user.pk:
        return _("내가 담당")
    return _("%(who)s 담당") % {"who": case.owner.name}


def _owner_detail(case: Case, *, now: datetime) -> str:
    """Times of the clock: what stands here does not tick."""
    opened = _("%(at)s에 열림") % {"at": _clock(case.opened_at, now=now)}
    if not case.is_open and case.closed_at:
        return f"{moment(case.closed_at)}"
    if case.lease_until and case.lease_until > now:
        mine = _("담당 %(at)s까지") % {"at": _clock(case.lease_until, now=now)}
        return f"{mine} · {opened}"
    return opened


def _clock(at: datetime, *, now: datetime) -> str:
    """The time of day; the date as well when it is another day."""
    if timezone.localdate(at) == timezone.localdate(now):
        return clock_time(at)
    return f"{weekday(at)} {clock_time(at)}"


def _privacy_words(case: Case, user: Any) -> str:
    if people.is_owner(case, user):
        return _("맡은 건이라 이름이 보입니다. 열람이 기록됩니다.")
    return _("이름을 가렸습니다. 열람이 기록됩니다.")


def _read_only_words(case: Case, user: Any, *, working: bool) -> str:
    if not case.is_open:
        return _("종결된 건은 다시 열거나 고칠 수 없습니다. 새 신호가 오면 새 건이 열립니다.")
    if not working:
        return _("읽기만 할 수 있습니다. 확인과 출동은 관제요원이 합니다.")
    if case.owner_id and case.owner_id != user.pk:
        assert case.owner is not None
        return _("%(who)s 님이 맡고 있습니다. 메모를 남기면 담당자가 바로 봅니다.") % {
            "who": case.owner.name
        }
    return ""


def closed_words(case: Case, *, now: datetime) -> str:
    """One line of a list: when, and how it ended or where it stands."""
    if case.is_open:
        return f"{moment(case.opened_at)} · {ago(case.opened_at, now)}"
    return f"{moment(case.opened_at)} · {case.get_close_reason_display()}"
