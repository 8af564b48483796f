"""The county's pages when there is a county: what is still counted, what they cost, on paper."""

import pytest
from django.urls import reverse

from tests.cast import sign_in

pytestmark = pytest.mark.django_db

BOARD = reverse("reports:dashboard")
YEAR = reverse("reports:year", args=[2026])


@pytest.fixture
def county(one_county, later):
    """The same for every test of this file."""
    return one_county


def test_the_running_year_is_counted_by_the_portal(client, official, county, card):
    """200 were promised; 15 is what the portal counts, and it says so."""
    sign_in(client, official)
    answer = client.get(BOARD)
    bars = {bar["year"]: bar for bar in answer.context["bars"]}
    assert (bars[2026]["running"], bars[2026]["actual"]) == (15, None)
    assert bars[2025]["running"] is None
    assert bars[2025]["bar"] is None
    assert "오늘 · 집계 중" in answer.content.decode()


@pytest.mark.parametrize("homes", [3, 12])
def test_the_dashboard_costs_the_same_for_any_county(
    client, official, card, county, later, django_assert_max_num_queries, homes
):
    for _ in range(homes):
        county.home("청산면", "green", now=later)
    sign_in(client, official)
    with django_assert_max_num_queries(36):
        assert client.get(BOARD).status_code == 200


@pytest.mark.parametrize("path", [BOARD, YEAR, reverse("reports:pledge")])
def test_a_page_can_be_handed_on(client, official, county, card, path):
    """On paper: what it is, as of when, who printed it."""
    sign_in(client, official)
    text = client.get(path).content.decode()
    head = text.split('class="print-head"')[1].split("</p>")[0]
    assert "2026. 7. 20. 12:00 기준" in head
    assert "군수아" in head
