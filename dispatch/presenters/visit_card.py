"""What the responder needs at the door: address, way in, dangers, what was tried, whom to call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from dispatch.models import CallKind, Case, Visit
from dispatch.presenters import people
from dispatch.rules import CallResult, EventKind
from households.models import ContactHours, Household, Purpose
from monitoring import standing
from ui.words import moment

NIGHT_BEGINS, NIGHT_ENDS = 20, 7
CALLS_FROM, CALLS_UNTIL = 7, 22  # the hours of a contact who asked for daytime


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


def warnings(household: Household, *, now: datetime, log: Mapping[str, int]) -> list[Warning]:
    """Two people at night or after risky words; a dog; illness only with the health consent."""
    found: list[Warning] = []
    hour = timezone.localtime(now).hour
    if log.get(CallResult.RISK):
        why = _("통화에서 위험한 말이 있었습니다.")
        found.append(Warning("people", _("반드시 2명이 함께"), why))
    elif hour >= NIGHT_BEGINS or hour < NIGHT_ENDS:
        found.append(Warning("people", _("야간 2인 출동"), _("함께 들어갈 사람을 정하고 갑니다.")))
    if household.dog:
        found.append(Warning("dog", _("개가 있음"), household.dog))
    if household.illness and household.consents.standing().filter(purpose=Purpose.HEALTH).exists():
        found.append(Warning("pill", _("질병·복약"), household.illness))
    return found


def card(visit: Visit, *, now: datetime) -> Card:
    """The card of an open visit."""
    case, household = visit.case, visit.case.household
    alone = _("혼자 삶") if household.lives_alone else ""
    name = household.name
    return Card(
        address=household.address,
        who=" · ".join(p for p in (name, people.who(household, now=now, long=True), alone) if p),
        access_note=household.access_note,
        warnings=warnings(household, now=now, log=_results(case)),
        facts=_facts(case),
        calls=_calls(household, now=now),
    )


def _results(case: Case) -> dict[str, int]:
    counted: dict[str, int] = {}
    for data in case.events.filter(kind=EventKind.CALL_RECORDED).values_list("data", flat=True):
        result = str(data.get("result", ""))
        counted[result] = counted.get(result, 0) + 1
    return counted


def _facts(case: Case) -> list[tuple[str, str]]:
    """지금까지: the last sign of life and what was tried, in three lines."""
    state = standing.of(case.household_id)
    ai = case.calls.filter(kind=CallKind.AI, ended_at__isnull=False).count()
    results = _results(case)
    sign = moment(state.last_sign_at) if state and state.last_sign_at else _("알 수 없음")
    facts = [
        (_("마지막 신호"), sign),
        (
            _("전화"),
            _("AI %(ai)d번, 관제 %(desk)d번") % {"ai": ai, "desk": sum(results.values())},
        ),
    ]
    said = [
        f"{CallResult(code).label} {times}" for code, times in results.items() if code in CallResult
    ]
    if said:
        facts.append((_("통화 결과"), ", ".join(said)))
    if case.answer:
        facts.append((_("본인 대답"), str(case.get_answer_display())))
    return facts


def _calls(household: Household, *, now: datetime) -> list[Call]:
    """The person first, then the contacts who may be rung at this hour, then the others."""
    hour = timezone.localtime(now).hour
    calls = [Call(_("본인"), "", household.phone)]
    late: list[Call] = []
    for contact in household.contacts.current():
        daytime = CALLS_FROM <= hour < CALLS_UNTIL
        allowed = contact.hours == ContactHours.ANYTIME or daytime
        words = str(contact.get_may_be_told_display())
        if not allowed:
            words = _("%(words)s · 07~22시에만") % {"words": words}
        who = f"{contact.get_relation_display()} {contact.masked_name}"
        (calls if allowed else late).append(Call(who, words, contact.phone))
    return [*calls, *late]
