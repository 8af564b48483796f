"""Set a follow-up, finish it, tell the township what is needed, say that it was met."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.scope import holders, roles_of
from dispatch import machine, telling
from dispatch.models import (
    Case,
    FollowUp,
    FollowUpHow,
    FollowUpResult,
    NeedKind,
    NeedNote,
)
from dispatch.rules import EventKind, Refused
from households.days import local_day
from households.models import Household

LATEST = timedelta(days=366)
WRITERS = frozenset(
    {
        Role.CONTROL_OPERATOR.value,
        Role.COUNTY_OFFICIAL.value,
        Role.TOWNSHIP_CLERK.value,
    }
)


def _reach(household: Household, by: User, *, now: datetime) -> None:
    seen = Household.objects.visible_to(by, now=now).filter(pk=household.pk)
    if not (roles_of(by, now=now) & WRITERS and seen.exists()):
        raise Refused(_("이 대상자의 사후 확인을 적을 권한이 없습니다."))


def _latest_case(household: Household) -> Case | None:
    """The case a follow-up belongs to: the newest, open or closed."""
    return Case.objects.filter(household=household).order_by("-opened_at", "-id").first()


@transaction.atomic
def set_follow_up(
    *, household: Household, how: str, due_on: date, by: User, now: datetime, note: str = ""
) -> FollowUp:
    """Somebody shall look again by `due_on` (a local day, today at the earliest). The same way on
    the same day twice is one follow-up."""
    _reach(household, by, now=now)
    if how not in FollowUpHow.values:
        raise Refused(_("방문과 전화 가운데 골라 주세요."))
    if not local_day(now) <= due_on <= local_day(now) + LATEST:
        raise Refused(_("오늘부터 1년 안의 날짜를 적어 주세요."))
    Household.objects.select_for_update(no_key=True).only("pk").get(pk=household.pk)
    standing = FollowUp.objects.filter(
        household=household, how=how, due_on=due_on, done_at__isnull=True
    ).first()
    if standing is not None:
        return standing
    case = _latest_case(household)
    row = FollowUp.objects.create(
        household=household,
        case=case,
        how=how,
        due_on=due_on,
        note=household.seal(note.strip()) if note.strip() else b"",
        created_at=now,
        created_by=by,
    )
    if case is not None:
        data = {"follow_up": str(row.uid), "how": how, "due_on": due_on.isoformat()}
        machine.log(case, EventKind.FOLLOW_UP_SET, now=now, by=by, data=data)
    return row


@transaction.atomic
def finish_follow_up(
    *, follow_up: FollowUp, result: str, by: User, now: datetime, note: str = ""
) -> FollowUp:
    """How it went. The first result stands: a second click gives the row as it is."""
    _reach(follow_up.household, by, now=now)
    if result not in FollowUpResult.values:
        raise Refused(_("어떻게 되었는지 골라 주세요."))
    FollowUp.objects.select_for_update().only("pk").get(pk=follow_up.pk)
    row = FollowUp.objects.select_related("household", "case").get(pk=follow_up.pk)
    if row.done_at is not None:
        return row
    row.result, row.done_at, row.done_by = result, now, by
    row.result_note = row.household.seal(note.strip()) if note.strip() else b""
    row.save()
    if row.case is not None:
        row.case.household = row.household
        data = {"follow_up": str(row.uid), "how": row.how, "result_code": result}
        machine.log(row.case, EventKind.FOLLOW_UP_DONE, now=now, by=by, data=data)
    return row


@transaction.atomic
def note_need(
    *, household: Household, kind: str, note: str, by: User, now: datetime, key: str = ""
) -> NeedNote:
    """Tell the township what this person needs. `key` is the form's own: sent twice is one note."""
    _reach(household, by, now=now)
    if kind not in NeedKind.values:
        raise Refused(_("무엇이 필요한지 골라 주세요."))
    if not note.strip():
        raise Refused(_("무엇이 필요한지 적어 주세요."))
    Household.objects.select_for_update(no_key=True).only("pk").get(pk=household.pk)
    standing = NeedNote.objects.filter(household=household, key=key).first() if key else None
    if standing is not None:
        return standing
    case = _latest_case(household)
    row = NeedNote.objects.create(
        household=household,
        case=case,
        kind=kind,
        note=household.seal(note.strip()),
        noted_at=now,
        noted_by=by,
        key=key,
    )
    if case is not None:
        data = {"need": str(row.uid), "kind": kind}
        machine.log(case, EventKind.NEED_NOTED, now=now, by=by, data=data)
    clerks = holders(Role.TOWNSHIP_CLERK, now=now, township=household.township_id)
    for person in clerks or holders(Role.COUNTY_OFFICIAL, now=now):
        if person.pk != by.pk:
            telling.tell_of_home(person, "dispatch.need_noted", household, now=now)
    return row


@transaction.atomic
def meet_need(*, need: NeedNote, by: User, now: datetime) -> NeedNote:
    """The township saw to it."""
    _reach(need.household, by, now=now)
    NeedNote.objects.select_for_update().only("pk").get(pk=need.pk)
    row = NeedNote.objects.select_related("household").get(pk=need.pk)
    if row.met_at is None:
        row.met_at, row.met_by = now, by
        row.save(update_fields=["met_at", "met_by"])
    return row
