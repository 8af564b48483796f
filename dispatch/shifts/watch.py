"""Tells of holes in the plan and of unverified telephones while a day is left to mend them."""

import hashlib
from datetime import datetime, timedelta

from django.db.models import Max

from accounts.models import Message, User
from accounts.notify import notify
from accounts.roles import Role
from accounts.scope import holders
from dispatch import duty
from dispatch.models import Duty, Shift
from dispatch.shifts.gaps import Gap, gaps, unreachable
from households.days import day_start, local_day

GAP, PHONES, OWN_PHONE = "dispatch.shift_gap", "dispatch.shift_phones", "dispatch.shift_phone"
PLAN_PATH = "/shifts/"


def tell(*, now: datetime) -> int:
    """Look at today and tomorrow; returns how many people were told. Every hour is often enough:
    the same finding is told once; a hole that was mended and torn open again is another one."""
    first, last = day_start(local_day(now)), day_start(local_day(now) + timedelta(days=2))
    open_gaps = [gap for gap in gaps(first, last) if gap.ends_at > now]
    silent = [shift for shift in unreachable(first, last) if shift.ends_at > now]
    torn = _torn_open_at(open_gaps)
    told = 0
    for person in planners(now=now):
        told += _tell(person, GAP, _gap_marks(open_gaps), PLAN_PATH, now=now, since=torn)
        told += _tell(person, PHONES, [str(s.uid) for s in silent], PLAN_PATH, now=now)
    for person, shifts in _by_person(silent).items():
        told += _tell(person, OWN_PHONE, [str(s.uid) for s in shifts], "/me/", now=now)
    return told


def planners(*, now: datetime) -> list[User]:
    """Who can mend the plan: the county, and the lead on shift."""
    leads = duty.on_shift(Duty.SHIFT_LEAD, now=now)
    return list(dict.fromkeys([*holders(Role.COUNTY_OFFICIAL, now=now), *leads]))


def _gap_marks(found: list[Gap]) -> list[str]:
    return [f"{g.duty} {g.starts_at.isoformat()} {g.ends_at.isoformat()}" for g in found]


def _torn_open_at(found: list[Gap]) -> datetime | None:
    """When a shift was last taken out of one of these holes: whoever was told of the same hole
    before has mended it since, and hears of it again."""
    lately = [
        Shift.objects.filter(
            duty=gap.duty, starts_at__lt=gap.ends_at, ends_at__gt=gap.starts_at
        ).aggregate(at=Max("cancelled_at"))["at"]
        for gap in found
    ]
    return max((at for at in lately if at is not None), default=None)


def _by_person(shifts: list[Shift]) -> dict[User, list[Shift]]:
    people: dict[User, list[Shift]] = {}
    for shift in shifts:
        people.setdefault(shift.user, []).append(shift)
    return people


def _tell(
    to: User,
    kind: str,
    found: list[str],
    path: str,
    *,
    now: datetime,
    since: datetime | None = None,
) -> int:
    """One message for exactly these findings, ever; `since`: since then."""
    if not found:
        return 0
    mark = hashlib.sha256("\n".join(found).encode()).hexdigest()
    told = Message.objects.filter(recipient=to, kind=kind, subject_uid=mark)
    if (told if since is None else told.filter(created_at__gte=since)).exists():
        return 0
    notify(to=to, kind=kind, link_path=path, now=now, subject_uid=mark, count=len(found))
    return 1
