"""The county's goals fit together, whoever sets them in whatever order."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.county_settings import change
from dispatch import goals
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


def aim(name, value, official, now):
    change(
        name=f"dispatch.goal_{name}",
        value=value,
        valid_from=now,
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


def test_the_settings_page_says_why_and_keeps_what_was_typed(administrator, now, frozen_clock):
    client = sign_in(Client(), administrator)
    url = "/settings/dispatch.goal_on_site_all_minutes/"
    answer = client.post(url, {"value": "44", "reason": "빨리", "valid_from": ""})
    page = answer.content.decode()
    assert "보다 이를 수 없습니다" in page
    assert goals.in_force(now)["on_site"][1].seconds == 3600
