"""Plan a shift, plan a pattern over a year, take a shift out again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch.duty import ROLE_OF, on_shift
from dispatch.models import Duty, Shift
from dispatch.models.shifts import LONGEST_SHIFT
from dispatch.rules import Refused
from dispatch.shifts import days

LONGEST_PATTERN = timedelta(days=366)


def may_plan(user: User, *, now: datetime) -> bool:
    """The county plans; the lead of the shift that is on may mend the plan at night."""
    if Role.COUNTY_OFFICIAL.value in roles_of(user, now=now):
        return True
    return user.pk in {person.pk for person in on_shift(Duty.SHIFT_LEAD, now=now)}


@transaction.atomic
def plan_shift(
    *,
    user: User,
    duty: str,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    now: datetime,
) -> Shift:
    """Write one shift. The same shift again is a second click; `Refused` when it cannot be."""
    _check(by, [user], duty, now=now)
    _plan_locked()
    if ends_at <= now:
        raise Refused(_("이미 지난 근무는 넣을 수 없습니다."))
    if not starts_at < ends_at <= starts_at + LONGEST_SHIFT:
        raise Refused(_("근무 시간을 다시 봐 주세요. 한 번에 26시간까지 넣을 수 있습니다."))
    standing = _standing([user], starts_at, ends_at)
    same = [s for s in standing if (s.duty, s.starts_at, s.ends_at) == (duty, starts_at, ends_at)]
    if same:
        return same[0]
    if standing:
        raise Refused(_("%(who)s 님은 그 시간에 이미 다른 근무가 있습니다.") % {"who": user.name})
    return Shift.objects.create(
        user=user,
        duty=duty,
        starts_at=starts_at,
        ends_at=ends_at,
        planned_at=now,
        planned_by=by,
    )


@dataclass(frozen=True)
class Pattern:
    """People who take turns, one per fitting day: `kind` is a `DayKind`; an `until` that is not
    after `since` lies on the next day."""

    duty: str
    people: tuple[User, ...]
    kind: str
    since: time
    until: time
    first: date
    last: date


@dataclass(frozen=True)
class Planned:
    """What came of a pattern: days written, and days left out because the person was taken."""

    made: int
    left_out: list[date]


@transaction.atomic
def plan_pattern(*, pattern: Pattern, by: User, now: datetime) -> Planned:
    """Write a pattern's shifts. What exists already is not written twice, and the turn goes on;
    a day whose person has another shift then stays a gap, and is named."""
    _check(by, pattern.people, pattern.duty, now=now)
    _plan_locked()
    if not pattern.people:
        raise Refused(_("근무할 사람을 골라 주세요."))
    if not pattern.first <= pattern.last <= pattern.first + LONGEST_PATTERN:
        raise Refused(_("기간을 다시 봐 주세요. 한 번에 1년까지 넣을 수 있습니다."))
    wanted = [shift for shift in _shifts_of(pattern, by=by, now=now) if shift.ends_at > now]
    if not wanted:
        raise Refused(_("그 기간에는 넣을 근무가 없습니다. 이미 지난 날은 넣지 않습니다."))
    taken: dict[int, list[tuple[datetime, datetime, str]]] = {}
    for shift in _standing(pattern.people, wanted[0].starts_at, wanted[-1].ends_at):
        taken.setdefault(shift.user_id, []).append((shift.starts_at, shift.ends_at, shift.duty))
    made, left_out = [], []
    for shift in wanted:
        mine = taken.setdefault(shift.user_id, [])
        span = (shift.starts_at, shift.ends_at, shift.duty)
        if span in mine:
            continue
        if any(shift.starts_at < end and begin < shift.ends_at for begin, end, _duty in mine):
            left_out.append(timezone.localtime(shift.starts_at).date())
            continue
        mine.append(span)
        made.append(shift)
    Shift.objects.bulk_create(made)
    return Planned(made=len(made), left_out=left_out)


def _shifts_of(pattern: Pattern, *, by: User, now: datetime) -> list[Shift]:
    fitting = [
        d for d in days.days_between(pattern.first, pattern.last) if days.fits(d, pattern.kind)
    ]
    over_night = timedelta(days=1) if pattern.until <= pattern.since else timedelta(0)
    return [
        Shift(
            user=pattern.people[n % len(pattern.people)],
            duty=pattern.duty,
            starts_at=days.at(day, pattern.since),
            ends_at=days.at(day + over_night, pattern.until),
            planned_at=now,
            planned_by=by,
        )
        for n, day in enumerate(fitting)
    ]


@transaction.atomic
def cancel_shift(*, shift: Shift, by: User, now: datetime) -> Shift:
    """Take a shift out of the plan; one that has begun ends now. A past one stays as it was."""
    if not may_plan(by, now=now):
        raise Refused(_("근무표를 고칠 권한이 없습니다."))
    shift = Shift.objects.select_for_update(of=("self",)).select_related("user").get(pk=shift.pk)
    if shift.cancelled_at is not None:
        return shift
    if shift.ends_at <= now:
        raise Refused(_("이미 끝난 근무는 뺄 수 없습니다."))
    if shift.starts_at < now:
        shift.ends_at = now
    else:
        shift.cancelled_at, shift.cancelled_by = now, by
    shift.save()
    return shift


def _check(by: User, people: Sequence[User], duty: str, *, now: datetime) -> None:
    if not may_plan(by, now=now):
        raise Refused(_("근무표를 고칠 권한이 없습니다."))
    if duty not in Duty.values:
        raise Refused(_("근무 구분을 골라 주세요."))
    for person in people:
        if not person.is_in_service() or ROLE_OF[duty] not in roles_of(person, now=now):
            raise Refused(
                _("%(who)s 님은 %(duty)s 근무를 할 수 있는 역할이 없습니다.")
                % {"who": person.name, "duty": Duty(duty).label}
            )


def _plan_locked() -> None:
    """One planner at a time, until the transaction ends: the check of overlaps stays true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('dispatch.shifts', 0))")


def _standing(people: Sequence[User], first: datetime, last: datetime) -> list[Shift]:
    return list(
        Shift.objects.filter(
            user__in=people, cancelled_at__isnull=True, starts_at__lt=last, ends_at__gt=first
        )
    )
