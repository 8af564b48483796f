"""The tuning page: who sees it, who saves, what is written, and that the table is the chart."""

import re
from datetime import timedelta

import pytest

from accounts.county_settings import setting
from accounts.models import SettingVersion
from accounts.models.access_log import AccessLog
from monitoring.models import TuningCurve
from tests.dispatch.tuning.conftest import text_of

pytestmark = pytest.mark.django_db

SAVE = {"yellow": "0.5", "red": "0.1", "reason": "여름에 더 빨리 알기로 함"}


@pytest.mark.parametrize(
    ("who", "reads", "changes"),
    [
        ("official", 200, 302),
        ("operator", 200, 403),
        ("clerk_jeongok", 403, 403),
        ("responder", 403, 403),
        ("administrator", 403, 403),
        ("privacy_officer", 403, 403),
        ("partner_reviewer", 403, 403),
        ("outsider", 403, 403),
    ],
)
def test_county_and_operators_read_and_the_county_changes(
    request, as_user, rule, who, reads, changes
):
    client = as_user(request.getfixturevalue(who))
    for path in ("/tuning/", "/tuning/preview/", "/tuning/progress/"):
        assert client.get(path).status_code == reads, path
    assert client.post("/tuning/save/", SAVE).status_code == changes
    assert client.post("/tuning/compute/").status_code == changes
    assert SettingVersion.objects.exists() == (changes == 302)
    assert TuningCurve.objects.exists() == (changes == 302)


def test_an_operator_may_try_but_is_told_who_saves(as_user, operator, rule, three):
    page = text_of(as_user(operator).get("/tuning/?yellow=0.5"))
    assert "군 담당자만 저장할 수 있습니다" in page
    assert 'action="/tuning/save/"' not in page


def test_nothing_can_be_saved_before_something_was_tried(as_user, official, rule, three):
    assert 'action="/tuning/save/"' not in text_of(as_user(official).get("/tuning/"))
    assert 'action="/tuning/save/"' in text_of(as_user(official).get("/tuning/?yellow=0.5"))


def test_the_preview_shows_the_month_on_both_sides(as_user, official, rule, three):
    page = text_of(as_user(official).get("/tuning/preview/?yellow=0.5&red=0.1"))
    cells = re.findall(r'<td class="n num">(?:<b>)?([^<]*)', page)
    assert cells[:6] == ["3", "4", "1건 늘어남", "1", "1", "같음"]
    assert "달라지는 1가구" in page
    assert three[1].get_absolute_url() in page
    assert three[1].name not in page
    assert three[0].get_absolute_url() not in page


def test_the_address_follows_what_differs(as_user, official, rule, three):
    client = as_user(official)
    answer = client.get("/tuning/preview/?yellow=0.5&red=0.1&yellow_high=")
    assert answer["HX-Replace-Url"] == "/tuning/?yellow=0.5"
    assert client.get("/tuning/preview/?yellow=0.32")["HX-Replace-Url"] == "/tuning/"


def test_listed_homes_are_logged_as_a_number(as_user, official, rule, three):
    as_user(official).get("/tuning/preview/?yellow=0.5")
    row = AccessLog.objects.get(action="listed")
    assert (row.actor_id, row.detail) == (official.pk, {"households": 1, "for": "tuning"})


def test_saving_writes_settings_with_reason_and_date_and_is_logged(
    as_user, official, rule, three, now
):
    data = {**SAVE, "red_high": "0.3", "yellow_high": "0.6", "valid_from": "2026-07-02T09:00"}
    assert as_user(official).post("/tuning/save/", data).status_code == 302
    rows = {row.name: row for row in SettingVersion.objects.all()}
    assert {name: row.value for name, row in rows.items()} == {
        "monitoring.yellow_alarms": 0.5,
        "monitoring.yellow_alarms_high": 0.6,
        "monitoring.red_alarms_high": 0.3,
    }
    row = rows["monitoring.yellow_alarms"]
    assert (row.by, row.reason) == (official, SAVE["reason"])
    assert row.valid_from == now + timedelta(hours=21)
    assert setting("monitoring.yellow_alarms", at=now) == 0.32
    assert setting("monitoring.yellow_alarms", at=row.valid_from) == 0.5
    logged = AccessLog.objects.filter(action="changed", subject_kind="setting")
    assert set(logged.values_list("subject_uid", flat=True)) == set(rows)
    page = text_of(as_user(official).get("/tuning/"))
    assert "예정" in page
    assert SAVE["reason"] in page


def test_a_second_click_writes_nothing(as_user, official, rule, three):
    client = as_user(official)
    client.post("/tuning/save/", SAVE)
    assert "이미 같은 값이라" in text_of(client.post("/tuning/save/", SAVE, follow=True))
    assert SettingVersion.objects.count() == 1


def test_a_group_goes_back_to_the_common_number(as_user, official, rule, three, now):
    client = as_user(official)
    client.post("/tuning/save/", {**SAVE, "red_high": "0.3"})
    client.post("/tuning/save/", {**SAVE, "red_high": ""})
    assert not setting("monitoring.red_alarms_high", at=now)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({**SAVE, "reason": " "}, "변경 사유"),
        ({**SAVE, "valid_from": "2026-06-30T09:00"}, "적용 일시는 지금보다 앞설 수 없습니다."),
        ({**SAVE, "red": "0.9"}, "긴급은 주의보다 잦을 수 없습니다"),
        ({**SAVE, "red_high": "0.8"}, "긴급은 주의보다 잦을 수 없습니다"),
        ({**SAVE, "yellow": "90"}, "이하"),
        ({**SAVE, "yellow": "많이"}, "숫자"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(as_user, official, rule, three, data, words):
    answer = as_user(official).post("/tuning/save/", data)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not SettingVersion.objects.exists()


def test_the_cards_curve_says_whose_it_is(as_user, official, rule, three):
    page = text_of(as_user(official).get("/tuning/"))
    assert "영국 가구 자료, 우리 군의 값이 아님" in page
    rows = re.findall(r'<tr data-x="([\d.]+)" data-median="([\d.]+)"', page)
    # Three homes: 0.1 a month each is 0.01 a day.
    assert rows[0] == ("0.0100", "22")
    assert len(rows) == 4


def test_the_countys_own_curve_says_when_and_of_what(as_user, official, rule, three, now):
    TuningCurve.objects.create(
        asked_at=now - timedelta(days=1),
        rule="plain-0",
        finished_at=now,
        done_percent=100,
        points=[
            {"budget": 0.32, "alarms_per_day": 2.1, "median_h": 14.0, "p90_h": 40.0,
             "missed": 0.05, "homes": 180, "days": 90, "collapses": 360},
        ],
    )  # fmt: skip
    page = text_of(as_user(official).get("/tuning/"))
    assert "우리 군 180가구의 최근 90일에 쓰러짐 360번을" in page
    assert "지금 쓰는 모델과 다릅니다" in page
    assert "영국" not in page
    assert "지금 14시간 · 하루 2.1건" in page


def test_progress_is_shown_until_it_is_over(as_user, official, rule, now):
    row = TuningCurve.objects.create(asked_at=now, rule="plain-1", done_percent=40)
    client = as_user(official)
    answer = client.get("/tuning/progress/")
    assert 'value="40"' in text_of(answer)
    assert "HX-Refresh" not in answer
    row.failure, row.finished_at = "자료가 모자랍니다.", now
    row.save()
    answer = client.get("/tuning/progress/")
    assert answer["HX-Refresh"] == "true"
    assert "자료가 모자랍니다." in text_of(answer)


def test_without_evidence_of_the_month_it_says_so(as_user, official, rule):
    assert "지난달 자료가 없습니다" in text_of(as_user(official).get("/tuning/"))


def test_a_broken_model_is_told(as_user, official, rule, monkeypatch):
    from dispatch.tuning import deciding

    def broken():
        raise deciding.UnusableModel("broken")

    monkeypatch.setattr(deciding, "live", broken)
    assert "감지 모델 파일을 읽을 수 없어" in text_of(as_user(official).get("/tuning/"))
