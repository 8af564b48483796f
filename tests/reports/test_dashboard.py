"""The county's pages count what is in the log, and every number opens the list that it counts."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from dispatch import actions as dispatch
from dispatch.models import Case
from reports import brief, dashboard, indicators, timings
from reports.indicators import Period
from tests.cast import sign_in
from tests.dispatch.world import set_light, sweep
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed_case(now, operator):
    """A red case that an operator closed forty minutes later after speaking with the person."""
    return closed_as("phone", now=now, operator=operator)


def closed_as(reason, *, now, operator):
    set_light(make_household(now=now), "red", now=now)
    sweep(now)
    case = Case.objects.get()
    dispatch.claim(case=case, by=operator, now=now + timedelta(minutes=1))
    dispatch.close(
        case=case,
        by=operator,
        reason=reason,
        evidence_kind="spoke",
        note="본인과 통화",
        now=now + timedelta(minutes=40),
    )
    return case


def test_the_dashboard_counts_a_closed_case(client, official, closed_case, frozen_clock):
    sign_in(client, official)
    text = client.get(reverse("reports:dashboard")).content.decode()
    assert "신호 발생" in text
    assert re.search(r"40분", text)


def test_a_figure_and_its_list_count_the_same(client, official, closed_case, frozen_clock):
    sign_in(client, official)
    for row in dashboard.path_rows(_scope(official, frozen_clock.at), Period.year(2026)):
        answer = client.get(row["url"])
        assert answer.context["page"].paginator.count == row["count"], row["figure"].key


def test_the_year_page_counts_it_and_months_add_up(client, official, closed_case, frozen_clock):
    cases = indicators.cases_of(_scope(official, frozen_clock.at), Period.year(2026))
    assert sum(row["signals"] for row in indicators.by_month(cases, 2026)) == cases.count() == 1
    sign_in(client, official)
    assert client.get(reverse("reports:year", args=[2026])).status_code == 200


def test_a_year_that_has_not_come_is_not_found(client, official, frozen_clock):
    sign_in(client, official)
    assert client.get(reverse("reports:year", args=[2031])).status_code == 404


def test_time_to_safety_is_median_and_ninety_percent(closed_case):
    times = timings.by_light(Case.objects.all())["all"]
    assert (times.cases, times.median, times.ninety) == (
        1,
        timedelta(minutes=40),
        timedelta(minutes=40),
    )


def test_a_test_of_the_portal_is_in_no_time(now, operator):
    closed_as("test", now=now, operator=operator)
    assert timings.by_light(Case.objects.all())["all"].cases == 0


def test_red_cases_whose_light_is_not_red_are_told_as_such(official, now, operator):
    """A neighbour's report opens a red case in a home whose light is green."""
    home = make_household(now=now)
    set_light(home, "red", now=now)
    sweep(now)
    dispatch.claim(case=Case.objects.get(), by=operator, now=now)
    (first, *_others) = brief.items(_scope(official, now), [], None, now=now)
    assert (first.before, first.after) == ("끝나지 않은 긴급 건 1건 모두", "")
    set_light(home, "green", now=now)
    (first, *_others) = brief.items(_scope(official, now), [], None, now=now)
    assert first.strong == "담당자 있음"
    assert first.after == "(1건은 지금 집의 신호등이 긴급이 아님)"


def test_a_home_never_scored_counts_as_grey(official, now):
    make_household(now=now)
    rows = dashboard.lights(_scope(official, now))
    assert sum(row.counts["grey"] for row in rows) == 1
    assert sum(row.total for row in rows) == 1


def _scope(user, at):
    from accounts.scope import scope_of

    return scope_of(user, now=at)
