"""Writing the rota: add a line, end one. Lines are never changed, so last year's stays readable."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation, Township, User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch.models import DayKind, ResponderRule, Whom
from dispatch.rules import Refused
from households.days import local_day


@dataclass(frozen=True)
class Line:
    """What a line says; `township` None is the whole county, equal times are the whole day."""

    township: Township | None
    days: str
    from_time: time
    until_time: time
    whom: str
    organisation: Organisation | None
    person: User | None
    valid_from: date


def _require(by: User, now: datetime) -> None:
    if Role.COUNTY_OFFICIAL.value not in roles_of(by, now=now):
        raise Refused(_("출동 순번은 군 담당자가 정합니다."))


def _check(line: Line, *, now: datetime) -> None:
    if line.days not in DayKind.values or line.whom not in Whom.values:
        raise Refused(_("날과 사람을 골라 주세요."))
    if (line.whom == Whom.ORGANISATION) != (line.organisation is not None):
        raise Refused(_("기관의 직원에게 맡기려면 기관을 골라 주세요."))
    if (line.whom == Whom.PERSON) != (line.person is not None):
        raise Refused(_("한 사람에게 맡기려면 사람을 골라 주세요."))
    if line.valid_from < local_day(now):
        raise Refused(_("지난 날부터는 적용할 수 없습니다."))
    if line.person and Role.RESPONDER.value not in roles_of(line.person, now=now):
        raise Refused(_("고른 사람은 현장 출동 역할이 없습니다. 먼저 역할을 받아야 합니다."))


@transaction.atomic
def add_line(*, line: Line, by: User, now: datetime) -> ResponderRule:
    """Add a line behind the others. The same line twice is one."""
    _require(by, now)
    _check(line, now=now)
    same = ResponderRule.objects.select_for_update().filter(
        township=line.township,
        days=line.days,
        from_time=line.from_time,
        until_time=line.until_time,
        whom=line.whom,
        organisation=line.organisation,
        person=line.person,
        valid_until__isnull=True,
    )
    standing = same.first()
    if standing is not None:
        return standing
    last = ResponderRule.objects.aggregate(last=Max("rank"))["last"] or 0
    row = ResponderRule.objects.create(**vars(line), rank=last + 1, created_at=now, created_by=by)
    _log(row, by=by, now=now, action="created")
    return row


@transaction.atomic
def end_line(*, line: ResponderRule, by: User, now: datetime) -> ResponderRule:
    """From tomorrow the line counts no more; one that has not begun is taken back today."""
    _require(by, now)
    row = ResponderRule.objects.select_for_update().filter(pk=line.pk).first()
    if row is None:  # taken back by a click before this one
        return line
    today = local_day(now)
    if row.valid_until is not None and row.valid_until <= max(today, row.valid_from):
        return row
    if row.valid_from > today:
        row.delete()
        _log(line, by=by, now=now, action="deleted")
        return line
    row.valid_until, row.ended_by = today, by
    row.save(update_fields=["valid_until", "ended_by"])
    _log(row, by=by, now=now, action="changed")
    return row


@transaction.atomic
def move_line(*, line: ResponderRule, up: bool, by: User, now: datetime) -> None:
    """Change places with the line before or behind it."""
    _require(by, now)
    rows = list(ResponderRule.objects.select_for_update().order_by("rank", "id"))
    place = next((index for index, row in enumerate(rows) if row.pk == line.pk), None)
    if place is None:
        raise Refused(_("이 줄은 그 사이 없어졌습니다. 순번을 다시 봐 주세요."))
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for rank, row in enumerate(rows, start=1):
        if row.rank != rank:
            row.rank = rank
            row.save(update_fields=["rank"])
    _log(line, by=by, now=now, action="changed")


def _log(row: ResponderRule, *, by: User, now: datetime, action: str) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_kind="responder_rule",
        subject_uid=str(row.uid),
        now=now,
        detail={"township": row.township_id or "", "days": row.days, "whom": row.whom},
    )
