"""Who may read the county's pages, and what they say when there is nothing."""

import pytest
from django.urls import reverse

from tests.cast import sign_in

pytestmark = pytest.mark.django_db

BOARD = reverse("reports:dashboard")


def year(number: int) -> str:
    return reverse("reports:year", args=[number])


@pytest.mark.parametrize("path", [BOARD, year(2026)])
def test_a_clerk_may_not_open_the_county(client, clerk_jeongok, frozen_clock, path):
    sign_in(client, clerk_jeongok)
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("path", [BOARD, year(2026), reverse("reports:pledge")])
def test_a_responder_and_a_stranger_see_nothing(client, responder, frozen_clock, path):
    assert client.get(path).status_code == 302
    sign_in(client, responder)
    assert client.get(path).status_code == 403


def test_an_empty_county_says_what_will_come(client, official, frozen_clock):
    sign_in(client, official)
    text = client.get(BOARD).content.decode()
    for words in (
        "관제 대상이 없습니다",
        "이 기간에 신호가 없습니다",
        "아직 끝난 건이 없습니다",
        "공약관리카드가 아직 없습니다",
    ):
        assert words in text


def test_an_empty_year(client, official, frozen_clock):
    sign_in(client, official)
    text = client.get(year(2025)).content.decode()
    assert "끝난 건이 없습니다" in text
    assert "한 해 전체" in text


def test_the_year_2023_has_its_goal_in_words(client, official, frozen_clock, card):
    sign_in(client, official)
    text = client.get(year(2023)).content.decode()
    assert "조례제정 전수조사" in text
    assert "조례제정" in text


def test_the_year_2024_keeps_the_published_result(client, official, frozen_clock, card):
    sign_in(client, official)
    text = client.get(year(2024)).content.decode()
    assert "188명" in text
    assert "180명" in text
