"""The one page that asks 119 or 112 to check on a person: all they need, nothing else."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch.actions.desk import Service
from dispatch.models import Case, CaseEvent
from dispatch.presenters import reports, timeline
from dispatch.rules import EventKind
from households.models import Purpose
from households.texts import show_phone
from monitoring import standing

TRIED = frozenset(
    {
        EventKind.CALL_ENDED.value,
        EventKind.ANSWERED.value,
        EventKind.CALL_RECORDED.value,
        EventKind.VISIT_ASSIGNED.value,
        EventKind.VISIT_ARRIVED.value,
        EventKind.VISIT_FOUND.value,
        EventKind.NEIGHBOUR_SAID.value,
    }
)


@dataclass(frozen=True)
class Tried:
    at: datetime
    words: str


@dataclass(frozen=True)
class Sheet:
    number: str
    service: str
    asked_at: datetime
    asked_by: str
    asked_phone: str
    name: str
    birth_date: date
    age: int
    sex: str
    address: str
    phone: str
    facts: list[tuple[str, str]]
    contacts: list[tuple[str, str, str]]
    last_sign_at: datetime | None
    reasons: list[str]
    tried: list[Tried]


def asked(case: Case, by: User) -> CaseEvent | None:
    """The latest request this person made for the case: only it opens the sheet."""
    return (
        case.events.filter(kind=EventKind.EMERGENCY_ASKED, actor=by).order_by("-at", "-id").first()
    )


def sheet(case: Case, event: CaseEvent, by: User, *, now: datetime) -> Sheet:
    household = case.household
    state = standing.of(household.pk)
    found = case.assessment
    reasons = (state.reasons if state else None) or (found.reasons if found else [])
    return Sheet(
        number=case.number,
        service=str(Service(event.data["service"]).label),
        asked_at=event.at,
        asked_by=f"{by.organisation.name if by.organisation else ''} {by.name}".strip(),
        asked_phone=show_phone(by.phone) if by.phone else "",
        name=household.name,
        birth_date=household.birth_date,
        age=household.age(timezone.localdate(now)),
        sex=str(household.get_sex_display()),
        address=household.address,
        phone=show_phone(household.phone),
        facts=_facts(household),
        contacts=[
            (c.name, str(c.get_relation_display()), show_phone(c.phone))
            for c in household.contacts.current()
        ],
        last_sign_at=state.last_sign_at if state else None,
        reasons=[*reports.lines(case), *(str(reason) for reason in reasons)],
        tried=_tried(case),
    )


def _facts(household: Any) -> list[tuple[str, str]]:
    """What whoever stands at the door should know; illness only where consent covers it."""
    facts = [(_("출입"), household.access_note), (_("개"), household.dog)]
    if household.consents.standing().filter(purpose=Purpose.HEALTH).exists():
        facts.append((_("질병"), household.illness))
    return [(label, words) for label, words in facts if words]


def _tried(case: Case) -> list[Tried]:
    events = case.events.filter(kind__in=TRIED).select_related("actor").order_by("at", "id")
    return [
        Tried(event.at, " · ".join([str(event.get_kind_display()), *timeline.details(event)]))
        for event in events
    ]
