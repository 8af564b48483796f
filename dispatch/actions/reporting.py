"""Somebody tells the desk that a person is not seen."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.crypto import normal_phone
from accounts.models import User
from dispatch import machine, reported, telling
from dispatch.actions.cases import open_case
from dispatch.actions.common import require_role
from dispatch.models import Case, CaseEvent
from dispatch.reported import Report
from dispatch.rules import CaseDo, EventKind, Light, Refused, Reporter
from households.models import Household
from households.rules import State

LONGEST_UNSEEN = timedelta(days=400)
PHONE_DIGITS = range(8, 12)  # of a Korean number: 02-123-4567 to 010-1234-5678; 1588-0000 is eight


@transaction.atomic
def report_unseen(
    *, household: Household, report: Report, by: User, now: datetime, key: str = ""
) -> Case:
    """Write a report into the person's open case, or open a red one for it. The desk begins where
    the plan's jump for a report says. `key`: the form's own once-only value; the same form twice
    gives the same case.

    Raises Refused for a report without words, an impossible time, or a person who has left.
    """
    require_role(by, CaseDo.OPEN_RED, now=now)
    home = Household.objects.select_for_update(of=("self",), no_key=True).get(pk=household.pk)
    seen = CaseEvent.objects.filter(case__household=home, key=key).first() if key else None
    if seen is not None:
        return machine.lock(seen.case_id)
    _check(report, now=now)
    _check_home(home)
    before = Case.objects.open().filter(household=home).values_list("light", flat=True).first()
    case = open_case(household=home, by=by, now=now)
    data = {"report": str(uuid.uuid4()), "reporter": report.reporter}
    if report.last_well_at is not None:
        data["last_well_at"] = report.last_well_at.isoformat()
    words = report.words.strip()
    event = machine.log(case, EventKind.REPORTED, now=now, by=by, data=data, note=words, key=key)
    reported.keep_number(event, report.phone)
    if before is not None:
        _tell(case, by, was_red=before == Light.RED, now=now)
    return case


def _check(report: Report, *, now: datetime) -> None:
    if report.reporter not in Reporter.values:
        raise Refused(_("누가 알렸는지 골라 주세요."))
    if not report.words.strip():
        raise Refused(_("무엇을 보았는지 적어 주세요."))
    if report.phone and len(normal_phone(report.phone)) not in PHONE_DIGITS:
        raise Refused(_("알린 사람의 전화번호를 다시 봐 주세요."))
    well = report.last_well_at
    if well is not None and not now - LONGEST_UNSEEN <= well <= now:
        raise Refused(_("마지막으로 본 때를 다시 봐 주세요. 앞날이거나 너무 오래전입니다."))


def _check_home(home: Household) -> None:
    """Whoever has left is not watched and not visited; an emergency is for 119 and 112."""
    if home.enrolment.state == State.ENDED or not home.wrapped_key:
        raise Refused(
            _(
                "서비스가 끝난 가구라 건을 열 수 없습니다. 위급하면 119·112에 알리고, "
                "아니면 읍·면에서 살피게 해 주세요."
            )
        )


def _tell(case: Case, by: User, *, was_red: bool, now: datetime) -> None:
    """The report joined an open case: its owner hears of it, or those on duty while nobody has it.
    A case that was raised just now has told the operators already."""
    if case.owner is not None:
        people = [case.owner]
    else:
        people = telling.operators_now(now) if was_red else []
    for person in people:
        if person.pk != by.pk:
            telling.tell_person(person, "dispatch.reported", case, now=now)
