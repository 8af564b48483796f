"""The shift plan: one shift, a year of them, holes, telephones, and who is on duty."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Message
from accounts.roles import Role
from dispatch import duty
from dispatch.models import Shift
from dispatch.rules import Refused
from dispatch.shifts import actions, days, watch
from dispatch.shifts.gaps import gaps, unreachable

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def put(user, kind, begin, end, *, by, now):
    return actions.plan_shift(user=user, duty=kind, starts_at=begin, ends_at=end, by=by, now=now)


def test_who_is_on_shift_is_on_duty(operator, operator2, official, now):
    put(operator2, "operator", now - HOUR, now + HOUR, by=official, now=now)
    assert duty.on_duty("operator", now=now) == [operator2]
    assert duty.on_duty("operator", now=now + HOUR - timedelta(seconds=1)) == [operator2]
    assert duty.on_shift("operator", now=now + HOUR) == []


def test_a_hole_in_the_plan_still_rings_everybody_who_holds_the_role(operator, operator2, now):
    assert set(duty.on_duty("operator", now=now)) == {operator, operator2}
    assert duty.on_shift("operator", now=now) == []


def test_a_verified_telephone_is_rung_before_one_that_is_not(person, official, now):
    silent = person("a-silent", Role.CONTROL_OPERATOR, phone_verified_at=None)
    loud = person("b-loud", Role.CONTROL_OPERATOR)
    put(silent, "operator", now - 2 * HOUR, now + HOUR, by=official, now=now)
    put(loud, "operator", now - HOUR, now + HOUR, by=official, now=now)
    assert duty.on_duty("operator", now=now) == [loud, silent]


def test_whoever_lost_the_role_is_not_on_duty(person, operator, official, now):
    put(operator, "shift_lead", now - HOUR, now + HOUR, by=official, now=now)
    operator.grants.update(ends_at=now, ended_at=now, ended_by=official, end_reason="전출")
    assert duty.on_shift("shift_lead", now=now) == []


def test_an_unknown_duty_is_an_error(db, now):
    with pytest.raises(ValueError, match="night_watch"):
        duty.on_duty("night_watch", now=now)


def test_nobody_stands_in_two_places_at_once(operator, official, now):
    first = put(operator, "operator", now, now + 9 * HOUR, by=official, now=now)
    assert put(operator, "operator", now, now + 9 * HOUR, by=official, now=now) == first
    with pytest.raises(Refused, match="이미 다른 근무"):
        put(operator, "shift_lead", now + HOUR, now + 2 * HOUR, by=official, now=now)
    row = Shift(
        user=operator,
        duty="shift_lead",
        starts_at=now + HOUR,
        ends_at=now + 2 * HOUR,
        planned_at=now,
        planned_by=official,
    )
    with pytest.raises(IntegrityError, match="shift_nobody_twice_at_once"), transaction.atomic():
        row.save()


def test_only_the_county_and_the_lead_on_shift_plan(operator, operator2, official, now):
    with pytest.raises(Refused, match="권한"):
        put(operator, "operator", now, now + HOUR, by=operator, now=now)
    put(operator2, "shift_lead", now - HOUR, now + HOUR, by=official, now=now)
    put(operator, "operator", now, now + HOUR, by=operator2, now=now)
    with pytest.raises(Refused, match="역할이 없습니다"):
        put(operator, "county_official", now + HOUR, now + 2 * HOUR, by=official, now=now)


def test_a_year_of_nights_and_holidays(operator, operator2, official, now):
    """Two people take the nights of 365 days in turn; a second click writes nothing more."""
    first = date(2026, 7, 2)
    nights = actions.Pattern(
        duty="operator",
        people=(operator, operator2),
        kind="any",
        since=time(18),
        until=time(9),
        first=first,
        last=first + timedelta(days=364),
    )
    assert actions.plan_pattern(pattern=nights, by=official, now=now).made == 365
    again = actions.plan_pattern(pattern=nights, by=official, now=now)
    assert (again.made, again.left_out) == (0, [])
    assert Shift.objects.filter(user=operator).count() == 183
    holidays = actions.Pattern(
        duty="operator",
        people=(operator,),
        kind="free",
        since=time(9),
        until=time(18),
        first=date(2026, 9, 21),
        last=date(2026, 9, 27),
    )
    done = actions.plan_pattern(pattern=holidays, by=official, now=now)
    assert done.made == 4  # 추석 24, 25, 26 and the Sunday after it
    assert days.holiday_name(date(2026, 9, 25)) == "추석"


def test_holes_are_found_to_the_minute(operator, official, now):
    put(operator, "operator", now, now + 9 * HOUR, by=official, now=now)
    put(operator, "operator", now + 10 * HOUR, now + 12 * HOUR, by=official, now=now)
    found = [g for g in gaps(now - HOUR, now + 12 * HOUR) if g.duty == "operator"]
    assert [(g.starts_at, g.ends_at) for g in found] == [
        (now - HOUR, now),
        (now + 9 * HOUR, now + 10 * HOUR),
    ]


def test_a_day_ahead_holes_and_silent_telephones_are_told_once(person, official, now):
    silent = person("silent", Role.CONTROL_OPERATOR, phone_verified_at=None)
    tomorrow = datetime(2026, 7, 2, 0, 0, tzinfo=UTC)
    put(silent, "operator", tomorrow, tomorrow + 9 * HOUR, by=official, now=now)
    assert [s.user for s in unreachable(now, now + timedelta(days=2))] == [silent]
    assert watch.tell(now=now) == 3
    kinds = {
        (m.recipient, m.kind) for m in Message.objects.filter(kind__startswith="dispatch.shift")
    }
    assert kinds == {
        (official, "dispatch.shift_gap"),
        (official, "dispatch.shift_phones"),
        (silent, "dispatch.shift_phone"),
    }
    assert watch.tell(now=now + HOUR) == 0
    put(silent, "operator", now, now + 2 * HOUR, by=official, now=now)
    assert watch.tell(now=now + HOUR) == 3  # the finding is another one now


def test_a_shift_that_has_begun_ends_when_it_is_taken_out(operator, official, now):
    shift = put(operator, "operator", now - HOUR, now + HOUR, by=official, now=now)
    later = put(operator, "operator", now + HOUR, now + 2 * HOUR, by=official, now=now)
    actions.cancel_shift(shift=shift, by=official, now=now)
    for _click in range(2):
        actions.cancel_shift(shift=later, by=official, now=now)
    assert duty.on_shift("operator", now=now - timedelta(minutes=1)) == [operator]
    assert duty.on_shift("operator", now=now) == []
    assert duty.on_shift("operator", now=now + HOUR) == []


def test_a_hole_that_was_mended_and_torn_open_again_is_told_again(operator, official, now):
    watch.tell(now=now)
    told = Message.objects.filter(kind="dispatch.shift_gap", recipient=official).values(
        "notice_uid"
    )
    assert told.distinct().count() == 1
    # Only what is ahead of a whole day can be mended so that the very same hole comes back.
    first, last = now + 2 * HOUR, now + 12 * HOUR
    shift = put(operator, "operator", first, last, by=official, now=now + HOUR)
    watch.tell(now=now + HOUR)
    assert told.distinct().count() == 2, "another hole"
    actions.cancel_shift(shift=shift, by=official, now=now + HOUR)
    assert watch.tell(now=now + HOUR) >= 1
    assert told.distinct().count() == 3
    assert watch.tell(now=now + 2 * HOUR) == 0, "once"
