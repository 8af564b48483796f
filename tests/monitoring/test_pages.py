"""What clerks and officials see of the watch: receipts, the light and its reasons, the map."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from households import actions as households
from households.days import local_day
from monitoring import scoring
from monitoring.presenters import heat
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows, deliver
from tests.monitoring.test_detection import home, silent_from
from tests.monitoring.test_scoring import DAYS, store

pytestmark = pytest.mark.django_db
FEEDS = "/feeds/"


@pytest.fixture(autouse=True)
def _at(frozen_clock):
    """At the time of the test."""


@pytest.fixture
def person_at_home(now):
    return make_household(meter="M-1", now=now)


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


# ── deliveries ───────────────────────────────────────────────────────────────
def test_the_page_of_deliveries_is_for_the_county_and_the_control_desk(client, cast):
    for name, user in cast.items():
        allowed = name in {"official", "operator", "operator2"}
        status = sign_in(client, user).get(FEEDS).status_code
        assert status == (200 if allowed else 403), name


def test_without_any_file_the_page_says_what_will_come(client, official):
    page = text(sign_in(client, official).get(FEEDS))
    assert "받은 파일이 없습니다" in page
    assert "아직 받지 않는 자료입니다." in page  # telecom and app


def test_receipts_rejected_rows_and_unknown_numbers_are_shown(client, official, person_at_home):
    bad = [("M-1", "2026-06-29T00:00", "-1"), ("M-1", "2026-09-29T00:00", "1")]
    delivery = deliver([*day_rows("M-1"), *bad, ("NEW-7", "2026-06-30T00:00", "1")])
    page = text(sign_in(client, official).get(FEEDS))
    assert "오류 2행" in page
    assert "모르는 번호 1행" in page
    assert "NEW-7" in page
    detail = text(client.get(reverse("monitoring:delivery", args=[delivery.uid])))
    assert "사용량이 음수입니다." in detail
    assert "아직 오지 않은 시각입니다." in detail
    assert "NEW-7" in detail


def test_a_number_that_was_linked_since_is_no_longer_unknown(client, official, person_at_home):
    deliver(day_rows("NEW-7"))
    make_household(meter="NEW-7")
    page = text(sign_in(client, official).get(FEEDS))
    assert "모든 번호가 가구와 이어져 있습니다." in page


def test_every_reason_for_a_bad_row_has_korean_words(client, official, person_at_home):
    rows = [
        ("M-1", "2026-06-29T00:00", "abc"),
        ("M-1", "2026-06-29T01:00", "-1"),
        ("M-1", "2026-06-29T02:00", "9000"),
        ("M-1", "2026-12-29T02:00", "1"),
        ("M-1", "2026-06-29T02:07", "1"),
        ("M-1", "yesterday", "1"),
        ("M-1", "2026-06-29T05:00", "1"),
        ("M-1", "2026-06-29T05:00", "2"),
        ("", "2026-06-29T06:00", "2"),
        ("M-1", "2026-06-29T07:00", "2,3"),
    ]
    delivery = deliver(rows)
    assert delivery.rejected == len(rows)
    sign_in(client, official)
    detail = text(client.get(reverse("monitoring:delivery", args=[delivery.uid])))
    for error in delivery.errors:
        assert error["expected"] not in detail, "English on a Korean page"


def test_a_refused_file_says_why_and_what_to_do(client, official):
    delivery = deliver(b"a,b\n1,2\n")
    page = text(sign_in(client, official).get(FEEDS + "?result=refused"))
    assert "첫 줄의 열 이름이 약속과 다릅니다." in page
    detail = text(client.get(reverse("monitoring:delivery", args=[delivery.uid])))
    assert "통째로 거절했습니다" in detail


def test_the_filters_find_the_files_to_look_at(client, official, person_at_home):
    deliver(day_rows("M-1"))
    sign_in(client, official)
    for result in ("refused", "rejected", "unknown", "no_consent"):
        assert "고른 조건에 맞는 파일이 없습니다" in text(client.get(FEEDS, {"result": result}))
    assert "새로 받음" in text(client.get(FEEDS, {"feed": "power"}))


def test_a_receipt_that_does_not_exist_is_404(client, official):
    sign_in(client, official)
    assert client.get("/feeds/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_the_page_has_a_fixed_number_of_queries(
    client, official, person_at_home, django_assert_max_num_queries
):
    for day in range(1, 9):
        deliver(day_rows("M-1", date(2026, 6, day)))
    sign_in(client, official)
    with django_assert_max_num_queries(20):
        client.get(FEEDS)


# ── the household's page ─────────────────────────────────────────────────────
def test_the_head_tells_the_light_its_reasons_and_the_last_sign(
    client, official, person_at_home, now
):
    store(person_at_home, silent_from(home(), DAYS - 5, 0)[0], now)
    scoring.score(now=now)
    page = text(sign_in(client, official).get(person_at_home.get_absolute_url()))
    assert "왜 긴급인가요?" in page or "왜 주의인가요?" in page
    assert "마지막 생활 신호" in page
    assert "사람이 쓴 흔적이 없습니다." in page
    assert 'class="sil"' in page


def test_a_watched_home_without_data_is_grey_never_green(client, official, person_at_home):
    page = text(sign_in(client, official).get(person_at_home.get_absolute_url()))
    assert "light--grey" in page
    assert "light--green" not in page
    assert "왜 자료 없음인가요?" in page


def test_a_home_that_is_not_watched_has_no_light(client, official, now):
    paused = make_household(state="paused", now=now)
    page = text(sign_in(client, official).get(paused.get_absolute_url()))
    assert "지켜보고 있지 않습니다" in page
    assert 'class="light light--' not in page


def test_a_clerk_of_another_township_sees_no_map(client, clerk_baekhak, person_at_home):
    page = sign_in(client, clerk_baekhak).get(person_at_home.get_absolute_url())
    assert page.status_code == 404


def test_the_list_shows_and_filters_by_light(client, official, person_at_home, now):
    store(person_at_home, home()[0], now)
    other = make_household(meter="M-2", now=now)
    scoring.score(now=now)
    sign_in(client, official)
    green = text(client.get("/households/", {"light": "green"}))
    assert person_at_home.label in green
    assert other.label not in green
    assert other.label in text(client.get("/households/", {"light": "grey"}))


# ── the map ──────────────────────────────────────────────────────────────────
def shown(household, now):
    household.refresh_from_db()
    state = getattr(household, "monitoring_state", None)
    return heat.of(household, state, now=now)


def cells(found):
    return [cell for day in found.days for cell in day["cells"]]


def test_four_weeks_of_24_hours_and_the_future_is_empty(person_at_home, now):
    store(person_at_home, home()[0], now)
    scoring.score(now=now)
    found = shown(person_at_home, now)
    assert len(found.days) == heat.DAYS
    assert all(len(day["cells"]) == 24 for day in found.days)
    today = found.days[-1]["cells"]
    assert all(cell is not None for cell in today[:12])
    assert today[12:] == [None] * 12
    assert sum(bool(cell and cell["last"]) for cell in cells(found)) == 1


def test_silence_is_outlined_from_the_last_sign_on(person_at_home, now):
    store(person_at_home, silent_from(home(), DAYS - 5, 0)[0], now)
    scoring.score(now=now)
    found = shown(person_at_home, now)
    silent = [bool(cell and cell["silent"]) for cell in cells(found)]
    first = silent.index(True)
    assert all(silent[first:-12]), "one unbroken silence until now"
    assert all(cell["level"] < 3 for cell in cells(found)[first:-12]), "silent hours are pale"
    assert "활동 없음" in found.label


def test_what_did_not_arrive_is_hatched_and_never_pale(person_at_home, now):
    power = home()[0]
    power[-3, 5:15] = float("nan")
    store(person_at_home, power, now)
    scoring.score(now=now)
    day = shown(person_at_home, now).days[-3]["cells"]
    assert [cell["level"] is None for cell in day] == [5 <= hour < 15 for hour in range(24)]


def test_an_absence_is_dashed(person_at_home, now, clerk_jeongok):
    store(person_at_home, home()[0], now)
    start = now - timedelta(days=2)
    households.plan_absence(
        household=person_at_home,
        starts_at=start,
        ends_at=now + timedelta(days=1),
        kind="travel",
        source="self",
        by=clerk_jeongok,
        now=start,
    )
    scoring.score(now=now)
    absent = [bool(cell and cell["absent"]) for cell in cells(shown(person_at_home, now))]
    assert absent.count(True) == 48
    assert local_day(start) == date(2026, 6, 29)


def test_a_map_without_any_reading_says_so(client, official, person_at_home, now):
    deliver(csv(day_rows("OTHER")))
    scoring.score(now=now)
    page = text(sign_in(client, official).get(person_at_home.get_absolute_url()))
    assert "아직 온 전력 자료가 없습니다." in page
