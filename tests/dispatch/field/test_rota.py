"""Who is asked: by township, hour and holiday, as the county writes it; and who is asked next."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Organisation
from accounts.roles import Role
from dispatch import actions, rota
from dispatch.engine.on_road import pass_on
from dispatch.field import rota_actions
from dispatch.models import DayKind, ResponderRule, Visit, Whom
from dispatch.rules import EventKind, Refused
from tests.cast import grant
from tests.dispatch_pages.conftest import home, red  # noqa: F401

pytestmark = pytest.mark.django_db
SEOUL = ZoneInfo("Asia/Seoul")


def at(day: int, hour: int, minute: int = 0, month: int = 7) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SEOUL)


@pytest.fixture
def by_day(official, person, jeongok, now):
    """The office by day on working days, the control centre at night and on free days."""
    centre = Organisation.objects.get(code="happyconnect-centre")
    common = {"valid_from": date(2024, 1, 1), "created_at": now, "created_by": official}
    office = {"whom": Whom.TOWNSHIP_OFFICE}
    staff = {"whom": Whom.ORGANISATION, "organisation": centre}
    lines = (
        (DayKind.WORKING, time(9), time(18), office),
        (DayKind.WORKING, time(18), time(9), staff),
        (DayKind.FREE, time(0), time(0), staff),
    )
    for rank, (days, begin, end, whom) in enumerate(lines, start=1):
        ResponderRule.objects.create(
            days=days, from_time=begin, until_time=end, rank=rank, **whom, **common
        )
    clerk = person("clerk-goes", Role.TOWNSHIP_CLERK, township=jeongok, name="읍직원")
    grant(clerk, Role.RESPONDER, township=jeongok)
    return clerk


def names(household, when, now=None):
    return [p.name for p in rota.order_in(household.township_id, at=when, now=now or when)]


def test_the_clerk_by_day_the_centre_at_night_and_on_holidays(home, by_day, responder, now):  # noqa: F811
    assert names(home, at(1, 12), now) == ["읍직원"]  # Wednesday
    assert names(home, at(1, 18), now) == ["출도윤"]
    assert names(home, at(2, 8, 59), now) == ["출도윤"]  # Wednesday's night
    assert names(home, at(2, 9), now) == ["읍직원"]
    assert names(home, at(4, 12), now) == ["출도윤"]  # Saturday
    assert names(home, at(17, 12), now) == ["출도윤"]  # 제헌절, a holiday again since 2026
    assert names(home, at(15, 12, month=8), now) == ["출도윤"]  # 광복절
    # Monday before nine: no line fits, and a gap in the rota must never mean nobody.
    assert names(home, at(13, 8, 30), now) == ["읍직원", "출도윤"]


def test_what_the_county_changed_stays_readable(home, by_day, responder, official, now):  # noqa: F811
    ResponderRule.objects.create(
        days=DayKind.ANY,
        from_time=time(0),
        until_time=time(0),
        rank=0,
        whom=Whom.TOWNSHIP_OFFICE,
        valid_from=date(2023, 7, 1),
        valid_until=date(2023, 12, 31),
        created_at=now,
        created_by=official,
    )
    night = datetime(2023, 10, 4, 23, 0, tzinfo=SEOUL)
    assert names(home, night, now) == ["읍직원"]
    assert names(home, night.replace(year=2024), now) == ["출도윤"]


def test_without_a_rota_the_own_office_comes_first(home, responder, person, jeongok, now):  # noqa: F811
    clerk = person("zz-clerk", Role.TOWNSHIP_CLERK, township=jeongok, name="하직원")
    grant(clerk, Role.RESPONDER, township=jeongok)
    assert names(home, now) == ["하직원", "출도윤"]


@pytest.fixture
def sent(red, operator, responder, responder2, now):  # noqa: F811
    case = actions.claim(case=red, by=operator, now=now)
    return actions.send_responder(case=case, responder=responder, by=operator, now=now)


MINUTE = timedelta(minutes=1)


def test_nobody_accepts_the_next_is_asked_then_the_operator(sent, responder2, operator, now):
    case = sent.case
    assert pass_on(now + 4 * MINUTE).count == 0
    assert pass_on(now + 6 * MINUTE).count == 1
    assert pass_on(now + 6 * MINUTE).count == 0
    sent.refresh_from_db()
    second = Visit.objects.open().get(case=case)
    assert (sent.state, second.responder) == ("passed", responder2)
    # The clock of 45 minutes runs on from the decision.
    assert (second.assigned_at, second.offered_at) == (sent.assigned_at, now + 6 * MINUTE)
    assert responder2.messages.filter(kind="dispatch.assigned").exists()
    assert pass_on(now + 12 * MINUTE).count == 1
    assert pass_on(now + 60 * MINUTE).count == 0
    second.refresh_from_db()
    told = list(case.events.filter(kind=EventKind.VISIT_PASSED).values_list("data", flat=True))
    assert [one["to"] for one in told] == [str(responder2.uid), "operator"]
    assert operator.messages.filter(kind="dispatch.visit_late").exists()
    # A late yes still counts.
    actions.accept_visit(visit=second, by=responder2, now=now + 13 * MINUTE)
    case.refresh_from_db()
    assert case.state == "visiting"


def test_a_no_goes_to_the_next_but_not_when_it_is_unsafe(sent, responder, responder2, now):
    actions.decline_visit(visit=sent, by=responder, reason="vehicle", now=now)
    second = Visit.objects.open().get(case=sent.case)
    assert second.responder == responder2
    actions.decline_visit(visit=second, by=responder2, reason="unsafe", now=now)
    sent.case.refresh_from_db()
    assert sent.case.state == "claimed"


def test_a_line_that_is_gone_is_told_and_not_a_fault(by_day, official, now):
    line = ResponderRule.objects.order_by("rank").last()
    ResponderRule.objects.filter(pk=line.pk).delete()
    with pytest.raises(Refused, match="그 사이 없어졌습니다"):
        rota_actions.move_line(line=line, up=True, by=official, now=now)
    assert rota_actions.end_line(line=line, by=official, now=now) == line
