"""The watch on a household's page: light, reasons, map of sixty days, curve, slip."""

import json
import re
from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse

from accounts.models import AccessLog
from households import actions as households
from monitoring.presenters import curve, heat, long_map, shares, sources
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.pages import rows
from tests.monitoring.pages.conftest import text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def shown(home, now, **options):
    home.refresh_from_db()
    return heat.of(home, getattr(home, "monitoring_state", None), now=now, **options)


def map_of(client, home, **asked):
    """The panel of the map, as it comes after the page."""
    return text(client.get(reverse("monitoring:activity", args=[home.uid]), asked))


def cells(found):
    return [cell for day in found.days for cell in day["cells"]]


# ── the head and the list ────────────────────────────────────────────────────
def test_the_head_tells_the_light_its_reasons_and_the_last_sign(client, official, home, now):
    rows.state(home, "red", now, silent_hours=31)
    page = text(sign_in(client, official).get(home.get_absolute_url()))
    assert "왜 긴급인가요?" in page
    assert "마지막 생활 신호" in page
    assert "사람이 쓴 흔적이 없습니다." in page
    assert 'class="sil"' in map_of(client, home)


def test_a_watched_home_without_data_is_grey_never_green(client, official, now):
    bare = make_household(meter="M-9", now=now)
    page = text(sign_in(client, official).get(bare.get_absolute_url()))
    assert "light--grey" in page
    assert "light--green" not in page
    assert "왜 자료 없음인가요?" in page
    assert "아직 온 전력 자료가 없습니다." in map_of(client, bare)


def test_a_home_that_is_not_watched_has_no_light(client, official, now):
    paused = make_household(state="paused", now=now)
    page = text(sign_in(client, official).get(paused.get_absolute_url()))
    assert "지켜보고 있지 않습니다" in page
    assert 'class="light light--' not in page
    assert "평소와 다른 정도" not in page


def test_the_list_shows_and_filters_by_light(client, official, home, now):
    rows.state(home, "green", now)
    other = make_household(meter="M-2", now=now)
    sign_in(client, official)
    green = text(client.get("/households/", {"light": "green"}))
    assert home.label in green
    assert other.label not in green
    assert other.label in text(client.get("/households/", {"light": "grey"}))


# ── who may ──────────────────────────────────────────────────────────────────
ADDRESSES = ("monitoring:activity", "monitoring:why")


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_parts_of_the_page_are_for_readers_of_the_home(client, cast, home, name):
    readers = {"clerk_jeongok", "operator", "operator2", "official", "privacy_officer"}
    readers |= {"clerk_and_responder"}
    for who, user in cast.items():
        status = sign_in(client, user).get(reverse(name, args=[home.uid])).status_code
        expected = 200 if who in readers else 404 if who == "clerk_baekhak" else 403
        assert status == expected, who


def test_nobody_without_signing_in(client, home):
    for name in ADDRESSES:
        assert client.get(reverse(name, args=[home.uid])).status_code == 302


# ── the map ──────────────────────────────────────────────────────────────────
def test_sixty_days_of_24_hours_and_the_future_is_empty(home, now):
    found = shown(home, now, days=heat.LONG_DAYS)
    assert len(found.days) == 60
    assert all(len(day["cells"]) == 24 for day in found.days)
    today = found.days[-1]["cells"]
    assert all(cell is not None for cell in today[:12])
    assert today[12:] == [None] * 12


def test_the_case_keeps_its_four_weeks(home, now):
    assert len(shown(home, now).days) == 28


def test_silence_is_outlined_from_the_last_sign_on(home, now):
    rows.state(home, "red", now, silent_hours=31)
    found = shown(home, now)
    silent = [bool(cell and cell["silent"]) for cell in cells(found)]
    first = silent.index(True)
    assert all(silent[first:-12]), "one unbroken silence until now"
    assert sum(silent) == 31 - 1, "from the hour after the last sign"
    assert all(cell["level"] < 3 for cell in cells(found)[first:-12]), "silent hours are pale"
    assert "활동 없음" in found.label


def test_what_did_not_arrive_is_hatched_and_never_pale(now):
    gappy = make_household(meter="M-7", now=now)
    power = rows.usual()
    power[-3, 5:15] = np.nan
    rows.fill(gappy, power, now)
    day = shown(gappy, now).days[-3]["cells"]
    assert [cell["level"] is None for cell in day] == [5 <= hour < 15 for hour in range(24)]


def test_what_may_still_come_in_time_is_not_missing(now):
    punctual = make_household(meter="M-8", now=now)
    power = rows.usual()
    power[-1, 10:] = np.nan  # the partner delivers hourly and has hours of grace
    rows.fill(punctual, power, now)
    assert shown(punctual, now).days[-1]["cells"][10:12] == [None, None]


def test_an_absence_is_dashed_and_named(client, official, home, now, clerk_jeongok):
    start = now - 2 * DAY
    households.plan_absence(
        household=home,
        starts_at=start,
        ends_at=now + DAY,
        kind="travel",
        source="self",
        by=clerk_jeongok,
        now=start,
    )
    absent = [bool(cell and cell["absent"]) for cell in cells(shown(home, now))]
    assert absent.count(True) == 48
    page = map_of(sign_in(client, official), home)
    assert 'class="absent"' in page
    assert "부재 · 여행" in page


def test_an_incident_of_the_feed_is_marked_where_it_concerns_the_home(
    client, official, home, now, jeongok, baekhak
):
    hours = {"first_hour": now - DAY, "last_hour": now - DAY + 4 * rows.HOUR}
    rows.incident(kind="outage", township=baekhak, **hours, closed_at=now)
    rows.incident("app", **hours, closed_at=now)
    assert not any(cell and cell["incident"] for cell in cells(shown(home, now)))
    rows.incident(kind="outage", township=jeongok, **hours, closed_at=now)
    marked = [bool(cell and cell["incident"]) for cell in cells(shown(home, now))]
    assert marked.count(True) == 5
    page = map_of(sign_in(client, official), home)
    assert 'class="incident"' in page
    assert "자료 사고" in page


def test_the_table_says_what_the_map_draws(home, now):
    rows.state(home, "yellow", now, silent_hours=20)
    found = shown(home, now, days=heat.LONG_DAYS)
    table = long_map.of(found).rows
    for day, (name, html) in zip(found.days, reversed(table), strict=True):
        assert name == day["name"]
        drawn = re.findall(r'<td class="[^"]+"(?: data-level="(\d)")?>([^<]*)</td>', html)
        assert len(drawn) == 24
        for cell, (level, said) in zip(day["cells"], drawn, strict=True):
            if cell is None:
                assert (level, said) == ("", "")
                continue
            assert level == ("" if cell["level"] is None else str(cell["level"]))
            assert said.startswith(cell["value"] or "안 옴")
            assert ("침묵" in said) == cell["silent"]


def test_another_source_has_its_own_map(client, official, home, now):
    calls = np.zeros((60, 24), np.float32)
    calls[:, 9], calls[:, 20] = 2, 5
    rows.fill(home, calls, now, metric="calls_out")
    rows.fill(home, calls, now, metric="unlock")
    found = shown(home, now, source=sources.PHONE)
    assert [found.days[-2]["cells"][hour]["value"] for hour in (8, 9, 20)] == ["0", "4", "10"]
    assert found.days[-2]["cells"][8]["level"] == 0
    assert found.days[-2]["cells"][20]["level"] > found.days[-2]["cells"][9]["level"] >= 1
    sign_in(client, official)
    assert "단위 번" in map_of(client, home, source="phone")
    assert "아직 온 걸음 자료가 없습니다." in map_of(client, home, source="steps")
    page = text(client.get(home.get_absolute_url(), {"source": "steps"}))
    assert reverse("monitoring:activity", args=[home.uid]) + "?source=steps" in page


def test_somebody_never_watched_has_no_map(client, official, now):
    applied = make_household(state="applied", now=now)
    page = text(sign_in(client, official).get(applied.get_absolute_url()))
    assert 'id="activity"' not in page


# ── the curve ────────────────────────────────────────────────────────────────
@pytest.fixture
def crossing(home, now):
    """Evidence that went over yellow yesterday at 6 and over red today at 2."""
    values = np.full((14, 24), -6.0)
    values[-2, 6:] = -1.0
    values[-1, :2] = -1.0
    values[-1, 2:12] = 3.0
    values[-1, 12:] = np.nan
    values[-5, 3:6] = np.nan
    rows.evidence(home, values, now)
    rows.state(home, "red", now, silent_hours=30)
    return home


def test_the_moment_it_crossed_both_lines_is_told(client, official, crossing):
    page = text(sign_in(client, official).get(crossing.get_absolute_url()))
    assert "6. 30.(화) 6시에 주의선을 넘음" in page
    assert "7. 1.(수) 2시에 긴급선을 넘음" in page


def test_the_table_of_the_curve_equals_its_data(client, official, crossing):
    page = text(sign_in(client, official).get(crossing.get_absolute_url()))
    data = json.loads(re.search(r'id="curve-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert len(data["values"]) == len(data["hours"]) == 14 * 24
    crossing.refresh_from_db()
    drawn = curve.of(crossing, crossing.monitoring_state, now=rows_now(crossing))
    for day, (_name, told) in enumerate(reversed(drawn.rows)):
        for hour, (said, kind) in enumerate(told):
            value = data["values"][day * 24 + hour]
            if day * 24 + hour > data["last"]:
                assert said == ""
            elif value is None:
                assert said == "안 옴"
            else:
                assert said == str(value)
                assert kind == ("red" if value >= 100 else "yellow" if value >= 50 else "")


def rows_now(home):
    return home.monitoring_state.computed_at


def test_a_curve_that_came_back_tells_no_crossing(home, now):
    values = np.full((14, 24), -6.0)
    values[-3, :] = 2.0
    rows.evidence(home, values, now)
    state = rows.state(home, "green", now)
    assert curve.of(home, state, now=now).crossings == []


def test_while_learning_the_page_says_so_instead_of_a_curve(client, official, home, now):
    rows.evidence(home, np.full((14, 24), -3.0), now)
    for basis in ("fixed", "blended"):
        rows.state(home, "green", now, basis=basis, days_learned=9)
        page = text(sign_in(client, official).get(home.get_absolute_url()))
        assert "습관을 배우는 중입니다(9일째)." in page
    assert "curve-data" not in page


# ── the shares ───────────────────────────────────────────────────────────────
def test_each_source_tells_its_share_and_a_missing_one_says_so(client, official, home, now):
    rows.state(home, "red", now, silent_hours=26, inputs=rows.FIGURES)
    page = text(sign_in(client, official).get(home.get_absolute_url()))
    assert "무엇 때문에 올라갔나" in page
    assert page.index("26시간 조용함") < page.index("29시간 조용함")
    assert '<b class="num">62%</b>' in page
    assert "자료가 오지 않아 알 수 없습니다." in page


def test_a_source_that_moves_is_not_called_missing(home, now):
    figures = {"share": {"power": 1.0, "phone": 0, "steps": 0}, "silent": {"power": 9}}
    state = rows.state(home, "yellow", now, inputs=figures)
    told = shares.of(state, linked=frozenset({"power", "telecom"}))
    assert [one.percent for one in told] == [100, 0, None]
    assert told[1].said == "방금까지 움직임이 있음"


def test_a_quiet_light_shows_no_shares(home, now):
    state = rows.state(home, "green", now, inputs=rows.FIGURES)
    assert shares.of(state, linked=frozenset({"power"})) == []


# ── the slip ─────────────────────────────────────────────────────────────────
def test_the_slip_says_the_reasons_in_sentences_and_is_logged(client, clerk_jeongok, home, now):
    rows.state(home, "red", now, silent_hours=31)
    page = text(sign_in(client, clerk_jeongok).get(reverse("monitoring:why", args=[home.uid])))
    for reason in rows.REASONS:
        assert reason in page
    assert "마지막 생활 신호" in page
    assert home.masked_name in page
    logged = AccessLog.objects.get(action="printed")
    assert (logged.subject_uid, logged.actor_id) == (str(home.uid), clerk_jeongok.pk)


# ── cost ─────────────────────────────────────────────────────────────────────
def test_the_page_reads_no_more_for_more_data(
    client, official, crossing, now, django_assert_max_num_queries
):
    over = {"last_hour": now - DAY, "closed_at": now}
    for number in range(6):
        rows.incident("app", first_hour=now - (number + 2) * DAY, **over)
    sign_in(client, official).get(crossing.get_absolute_url())
    with django_assert_max_num_queries(60):
        client.get(crossing.get_absolute_url())
    with django_assert_max_num_queries(20):
        map_of(client, crossing)
