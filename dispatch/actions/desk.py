"""What the owner of a case also does from the desk: enter an absence, ask 119 or 112."""

from datetime import datetime

from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.models import User
from dispatch import machine
from dispatch.actions.common import require_owner, require_role
from dispatch.models import Case, CaseEvent
from dispatch.rules import CaseDo, CaseState, EventKind, Refused
from households import actions as household_verbs
from households import rules as household_rules


class Service(models.TextChoices):
    """Whom the request to check on a person is for."""

    FIRE = "119", gettext_lazy("119 (소방)")
    POLICE = "112", gettext_lazy("112 (경찰)")
    BOTH = "both", gettext_lazy("119와 112 함께")


@transaction.atomic
def note_absence(
    *,
    case: Case,
    by: User,
    kind: str,
    source: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    note: str = "",
) -> CaseEvent:
    """Record that the person is away, in place. The case stays: somebody heard it, and closing
    it with that evidence is a step of its own."""
    require_role(by, CaseDo.RECORD_CALL, now=now)
    case = machine.lock(case.pk)
    require_owner(case, by)
    try:
        absence = household_verbs.plan_absence(
            household=case.household,
            starts_at=starts_at,
            ends_at=ends_at,
            kind=kind,
            source=source,
            by=by,
            now=now,
            note=note.strip(),
        )
    except household_rules.Refused as error:
        raise Refused(str(error)) from error
    _renew(case, now=now)
    data = {"absence": str(absence.uid), "away": kind, "until": ends_at.isoformat()}
    return machine.log(case, EventKind.ABSENCE_NOTED, now=now, by=by, data=data)


@transaction.atomic
def ask_emergency(
    *,
    case: Case,
    by: User,
    service: str,
    now: datetime,
    key: str = "",
    request: HttpRequest | None = None,
) -> CaseEvent:
    """Write that 119 or 112 is asked to check on the person; the sheet may then be shown.

    A drill is refused: no test ever reaches the emergency services. What is disclosed to them is
    written to the access log with its reason.
    """
    require_role(by, CaseDo.RECORD_CALL, now=now)
    if service not in Service.values:
        raise Refused(_("119와 112 가운데 어디에 요청하는지 골라 주세요."))
    case = machine.lock(case.pk)
    if key and (seen := case.events.filter(key=key).first()) is not None:
        return seen
    require_owner(case, by)
    if case.drill:
        raise Refused(
            _("훈련 건입니다. 119·112에는 요청하지 않습니다. 여기까지 온 것을 메모로 남겨 주세요.")
        )
    _renew(case, now=now)
    audit.record(
        actor=by,
        action="revealed",
        subject_kind="household",
        subject_uid=str(case.household.uid),
        now=now,
        request=request,
        reason=str(_("119·112 신변확인 요청")),
        detail={"case": case.number, "fields": ["name", "birth_date", "phone", "address", "notes"]},
    )
    data = {"service": service}
    return machine.log(case, EventKind.EMERGENCY_ASKED, now=now, by=by, data=data, key=key)


def _renew(case: Case, *, now: datetime) -> None:
    if case.state == CaseState.CLAIMED:
        machine.renew_lease(case, now=now)
        case.save()
