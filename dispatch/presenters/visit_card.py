"""What the responder needs at the door: address, way in, dangers, what was tried, whom to call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.county_settings import setting
from dispatch.models import CallKind, Case, Visit
from dispatch.presenters import people, reports
from dispatch.presenters.contacts import may_ring
from dispatch.rules import CallOutcome, CallResult, EventKind, VisitState
from households.models import Household, Purpose
from monitoring import standing
from ui.words import clock_time, moment


@dataclass(frozen=True)
class Warning:
    icon: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Call:
    """Somebody the responder may ring from the door."""

    who: str
    words: str
    number: str


@dataclass(frozen=True)
class Card:
    """Shown only while the visit is open, to who goes and to who sent."""

    address: str
    who: str
    access_note: str
    warnings: list[Warning]
    facts: list[tuple[str, str]]
    calls: list[Call]


def warnings(
    household: Household, *, now: datetime, log: Mapping[str, int], answer: str = ""
) -> list[Warning]:
    """Whether two must go; a dog; illness only with the health consent."""
    two = two_together(at=now, log=log, answer=answer)
    found = [two] if two is not None else []
    if household.dog:
        found.append(Warning("dog", _("개가 있음"), household.dog))
    if household.illness and household.consents.standing().filter(purpose=Purpose.HEALTH).exists():
        found.append(Warning("pill", _("질병·복약"), household.illness))
    return found


def two_together(*, at: datetime, log: Mapping[str, int], answer: str) -> Warning | None:
    """Two people at night or after risky words, to us (`log`: results of the calls) or to the AI
    call (`answer` of the case). `at`: when they go in. None: one is enough."""
    if log.get(CallResult.RISK) or answer == CallOutcome.RISK:
        return Warning("people", _("반드시 2명이 함께"), _("통화에서 위험한 말이 있었습니다."))
    if _is_night(at):
        return Warning("people", _("야간 2인 출동"), _("함께 들어갈 사람을 정하고 갑니다."))
    return None


def two_of(visit: Visit, *, now: datetime) -> Warning | None:
    """The same of one visit, as it is now or was at the arrival."""
    results = _results(visit.case).of_resident
    return two_together(at=visit.arrived_at or now, log=results, answer=visit.case.answer)


def _is_night(now: datetime) -> bool:
    """Within the county's hours of the night, which go over midnight or not; equal is never."""
    hour = timezone.localtime(now).hour
    begins = int(setting("dispatch.two_people_from", at=now))
    ends = int(setting("dispatch.two_people_until", at=now))
    return begins <= hour < ends if begins <= ends else hour >= begins or hour < ends


def card(visit: Visit, *, now: datetime) -> Card:
    """The card of an open visit."""
    case, household = visit.case, visit.case.household
    alone = _("혼자 삶") if household.lives_alone else ""
    name = household.name
    at, results = visit.arrived_at or now, _results(case).of_resident
    return Card(
        address=household.address,
        who=" · ".join(p for p in (name, people.who(household, now=now, long=True), alone) if p),
        access_note=household.access_note,
        warnings=warnings(household, now=at, log=results, answer=case.answer),
        facts=_facts(visit),
        calls=_calls(household, now=now),
    )


@dataclass(frozen=True)
class _Results:
    """How often each result of a call was written down: {code: times}."""

    of_resident: dict[str, int]
    of_contacts: dict[str, int]


def _results(case: Case) -> _Results:
    counted = _Results({}, {})
    for data in case.events.filter(kind=EventKind.CALL_RECORDED).values_list("data", flat=True):
        resident = data.get("callee", "resident") == "resident"
        into = counted.of_resident if resident else counted.of_contacts
        result = str(data.get("result", ""))
        into[result] = into.get(result, 0) + 1
    return counted


def _facts(visit: Visit) -> list[tuple[str, str]]:
    """지금까지: the last sign of life and what was tried, a line each."""
    case = visit.case
    state = standing.of(case.household_id)
    ai = case.calls.filter(kind=CallKind.AI, ended_at__isnull=False).count()
    results = _results(case)
    sign = moment(state.last_sign_at) if state and state.last_sign_at else _("알 수 없음")
    desk = sum(results.of_resident.values())
    lines = [
        (_("마지막 신호"), sign),
        (_("전화"), _("AI %(ai)d번, 관제 %(desk)d번") % {"ai": ai, "desk": desk}),
        (_("통화 결과"), _counted(results.of_resident)),
        (_("본인 대답"), str(case.get_answer_display())),
        (_("연락처"), _counted(results.of_contacts)),
        (_("이웃 대답"), ", ".join(_neighbours(case))),
        (_("주민 신고"), " / ".join(reports.lines(case))),
        (_("앞선 방문"), ", ".join(_earlier(visit))),
    ]
    return [(label, words) for label, words in lines if words]


def _counted(results: Mapping[str, int]) -> str:
    known = [(CallResult(code), times) for code, times in results.items() if code in CallResult]
    return ", ".join(
        _("%(result)s %(times)d번") % {"result": result.label, "times": times}
        for result, times in known
    )


def _neighbours(case: Case) -> list[str]:
    """What neighbours answered by a link, with the time; never who the neighbour is."""
    asks = case.neighbour_asks.order_by("answered_at")
    return [
        f"{ask.get_answer_display()} {clock_time(ask.answered_at)}"
        for ask in asks
        if ask.answered_at is not None
    ]


def _earlier(visit: Visit) -> list[str]:
    """What was found when somebody stood at this door before, in this case."""
    done = visit.case.visits.filter(state=VisitState.DONE).exclude(pk=visit.pk).order_by("ended_at")
    return [
        f"{one.get_found_state_display()} {moment(one.ended_at)}"
        for one in done
        if one.ended_at is not None
    ]


def _calls(household: Household, *, now: datetime) -> list[Call]:
    """The person first, then the contacts who may be rung at this hour, then the others."""
    hour = timezone.localtime(now).hour
    calls = [Call(_("본인"), "", household.phone)]
    late: list[Call] = []
    for contact in household.contacts.current():
        allowed = may_ring(contact, hour)
        words = str(contact.get_may_be_told_display())
        if not allowed:
            words = _("%(words)s · 07~22시에만") % {"words": words}
        who = f"{contact.get_relation_display()} {contact.masked_name}"
        (calls if allowed else late).append(Call(who, words, contact.phone))
    return [*calls, *late]
