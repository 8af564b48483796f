"""The county's goals fit together, whoever sets them in whatever order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.test import Client

from accounts.county_settings import change
from dispatch import goals
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


def aim(name, value, official, now, valid_from=None):
    change(
        name=f"dispatch.goal_{name}",
        value=value,
        valid_from=valid_from or now,
        by=official,
        reason="시험",
        now=now,
    )


def test_the_latest_goal_is_never_before_the_one_most_keep_to(official, now):
    with pytest.raises(ValidationError) as early:
        aim("on_site_all_minutes", 44, official, now)
    assert "도착 목표(45분)보다 이를 수 없습니다" in early.value.messages[0]
    with pytest.raises(ValidationError) as late:
        aim("on_site_minutes", 61, official, now)
    assert "‘늦어도’ 목표(60분)보다 늦을 수 없습니다" in late.value.messages[0]
    aim("on_site_all_minutes", 90, official, now)
    aim("on_site_minutes", 90, official, now)
    assert [goal.seconds for goal in goals.in_force(now)["on_site"]] == [5400, 5400]


def test_what_is_planned_for_later_counts_too(official, now):
    autumn, winter = now + timedelta(days=60), now + timedelta(days=120)
    aim("on_site_all_minutes", 50, official, now, valid_from=autumn)
    with pytest.raises(ValidationError) as late:
        aim("on_site_minutes", 55, official, now)
    assert "부터 50분)보다 늦을 수 없습니다" in late.value.messages[0]
    aim("on_site_minutes", 40, official, now, valid_from=autumn)
    aim("on_site_minutes", 55, official, now)  # until autumn; from then on 40 beside 50
    with pytest.raises(ValidationError):
        aim("on_site_all_minutes", 54, official, now, valid_from=now + timedelta(days=1))
    aim("on_site_all_minutes", 45, official, now, valid_from=winter)
    seen = [[goal.seconds / 60 for goal in goals.in_force(at)["on_site"]] for at in (now, autumn)]
    assert seen == [[55, 60], [40, 50]]


def test_two_goals_that_have_to_fit_are_changed_one_at_a_time(official, now):
    """Each alone would fit what the other one has not yet written."""
    aim("on_site_minutes", 58, official, now)  # holds the lock until the test ends

    def elsewhere():
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '200ms'")
                aim("on_site_all_minutes", 50, official, now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError, match="lock timeout"):
        pool.submit(elsewhere).result()


def test_the_settings_page_says_why_and_keeps_what_was_typed(administrator, now, frozen_clock):
    client = sign_in(Client(), administrator)
    url = "/settings/dispatch.goal_on_site_all_minutes/"
    answer = client.post(url, {"value": "44", "reason": "빨리", "valid_from": ""})
    page = answer.content.decode()
    assert "보다 이를 수 없습니다" in page
    assert goals.in_force(now)["on_site"][1].seconds == 3600
