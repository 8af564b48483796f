"""The pledge card: loaded as printed, computed apart, on a page and in files."""

import json
from datetime import date

import pytest
from django.core.management import call_command
from django.urls import reverse

from reports import pledge
from reports.models import Actual, PledgeCard, PublishedValue
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


def written(tmp_path, as_of="2024-10-15", form="json") -> str:
    out = tmp_path / f"card.{form}"
    call_command("pledge_card", as_of=date.fromisoformat(as_of), format=form, out=out)
    return out.read_text(encoding="utf-8")


def test_loading_twice_changes_nothing(card):
    before = PublishedValue.objects.count()
    call_command("load_pledge_card", verbosity=0)
    assert PledgeCard.objects.count() == 1
    assert PublishedValue.objects.count() == before


def test_json_has_188_of_180_as_104_percent(card, tmp_path):
    said = json.loads(written(tmp_path))
    year = said["targets"]["2024"]
    assert (year["target"], year["actual"]) == (180, 188)
    assert year["rate_percent"] == 104.4
    assert year["rate_percent_card"] == 104
    assert year["rate_exact"] == "47/45"


def test_a_year_with_a_goal_in_words_has_text_and_no_number(card, tmp_path):
    year = json.loads(written(tmp_path))["targets"]["2023"]
    assert year["target"] is None
    assert year["rate_percent"] is None
    assert year["target_text"] == "조례제정 전수조사"


def test_published_and_computed_totals_stand_apart(card, tmp_path):
    total = json.loads(written(tmp_path))["total"]
    assert (total["target_published"], total["target_computed"]) == (380, 570)
    assert (total["rate_published"], total["rate_computed"]) == (50, 33.0)
    assert total["actual"] == 188


def test_seventy_million_won_from_the_county_alone(card, tmp_path):
    budget = json.loads(written(tmp_path))["budget"]
    assert budget["total"] == 70_000_000
    assert budget["by_year"] == {"2024": 12_000_000, "2025": 29_000_000, "2026": 29_000_000}
    assert budget["by_source"] == {
        "state": 0,
        "province": 0,
        "county": 70_000_000,
        "other": 0,
    }


def test_the_four_known_discrepancies_are_listed(card, tmp_path):
    keys = {one["key"] for one in json.loads(written(tmp_path))["discrepancies"]}
    assert {"plan-total", "summary-target-total", "rate-total", "date-ordinance-enacted"} <= keys


def test_fifty_percent_stands_against_188_of_380(card, tmp_path):
    found = {one["key"]: one for one in json.loads(written(tmp_path))["discrepancies"]}
    assert found["rate-total"]["published"] == "50%"
    assert found["rate-total"]["against"] == "49.5%"


def test_milestones_of_all_three_lists(card, tmp_path):
    kinds = {one["kind"] for one in json.loads(written(tmp_path))["milestones"]}
    assert kinds == {"procedure", "done", "planned"}


def test_before_its_date_there_is_no_card(card, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        written(tmp_path, as_of="2024-10-14")
    assert stop.value.code == 2


def test_a_result_recorded_later_does_not_change_an_earlier_card(card, tmp_path):
    indicator = card.indicators.get()
    Actual.objects.create(indicator=indicator, year=2025, as_of=date(2025, 12, 31), value=191)
    assert json.loads(written(tmp_path))["targets"]["2025"]["actual"] is None
    later = pledge.as_json(pledge.figures(code="2-6", as_of=date(2026, 1, 1)))
    assert later["targets"]["2025"]["actual"] == 191


def test_the_html_file_stands_alone(card, tmp_path):
    text = written(tmp_path, form="html")
    assert "104.4%" in text
    assert "<script" not in text


def test_a_file_that_cannot_be_written_is_a_clear_error(card, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        call_command(
            "pledge_card",
            as_of=date(2024, 10, 15),
            format="json",
            out=tmp_path / "no" / "card.json",
        )
    assert stop.value.code == 2


def test_the_page_shows_188_of_180_and_104_percent(card, client, official):
    sign_in(client, official)
    text = client.get(reverse("reports:pledge")).content.decode()
    assert "188" in text
    assert "180" in text
    assert "104.4%" in text
    assert "104%" in text
    assert "49.5%" in text


def test_a_clerk_reads_the_card_and_meets_no_closed_door(card, client, clerk_jeongok, now):
    sign_in(client, clerk_jeongok)
    answer = client.get(reverse("reports:pledge"))
    assert answer.status_code == 200
    assert reverse("reports:year", args=[2024]) not in answer.content.decode()


def test_a_card_that_nobody_loaded_is_not_found(client, official):
    sign_in(client, official)
    assert client.get(reverse("reports:pledge_json", args=["2-6"])).status_code == 404


def test_without_a_card_the_page_says_what_to_do(client, official):
    sign_in(client, official)
    answer = client.get(reverse("reports:pledge"))
    assert answer.status_code == 200
    assert "시스템 관리자에게" in answer.content.decode()
