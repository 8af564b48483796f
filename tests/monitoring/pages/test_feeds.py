"""The pages of the feeds: what came, how fresh it is, what was wrong, what waits."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessLog, Township
from households.models import Household
from monitoring import feeds, freshness, intake_days
from monitoring.models import IntakeDay
from monitoring.presenters import calendar, feed_homes
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.pages import rows
from tests.monitoring.pages.conftest import text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FEED_PAGES = (
    "/feeds/",
    "/feeds/deliveries/",
    "/feeds/calendar/",
    "/feeds/homes/",
)
ERRORS = [
    {"row": 3, "column": "kwh", "value": "-1", "expected": "0 or more"},
    {
        "row": 4,
        "column": "meter_id",
        "value": "M-123456789",
        "expected": "a meter number of 1 to 64 characters",
    },
    {"row": 5, "column": "kwh", "value": "=HYPERLINK(1)", "expected": "a number"},
]


# ── who may ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", FEED_PAGES)
def test_pages_of_feeds_are_for_the_county_and_the_control_desk(client, cast, path):
    for who, user in cast.items():
        allowed = who in {"official", "operator", "operator2"}
        status = sign_in(client, user).get(path).status_code
        assert status == (200 if allowed else 403), who


def test_incidents_may_be_read_by_clerks_too(client, cast, now):
    found = rows.incident(first_hour=now - DAY)
    readers = {"official", "operator", "operator2", "clerk_jeongok", "clerk_baekhak"}
    readers |= {"clerk_and_responder"}
    for path in ("/feeds/incidents/", f"/feeds/incidents/{found.uid}/"):
        for who, user in cast.items():
            status = sign_in(client, user).get(path).status_code
            assert status == (200 if who in readers else 403), (path, who)


# ── the overview ─────────────────────────────────────────────────────────────
def test_without_any_file_the_page_says_what_will_come(client, official):
    page = text(sign_in(client, official).get("/feeds/"))
    assert "받은 파일이 없습니다" in page
    assert "지금 열린 자료 사고가 없습니다." in page
    assert "모든 번호가 가구와 이어져 있습니다." in page


def test_cards_tell_the_agreement_and_what_came(client, official, now):
    rows.delivery(now - timedelta(minutes=5))
    page = text(sign_in(client, official).get("/feeds/"))
    assert "매시간" in page
    assert "5분 전" in page


def test_freshness_is_told_per_township_and_opens_its_homes(
    client, official, home, now, clerk_baekhak
):
    late = make_household(clerk=clerk_baekhak, meter="M-2", now=now)
    old = rows.usual()
    old[-1, :] = np.nan
    old[-2, 14:] = np.nan
    rows.fill(late, old, now)
    page = text(sign_in(client, official).get("/feeds/"))
    assert "7. 1.(수) 12시까지" in page  # 전곡읍
    assert "6. 30.(화) 14시까지" in page  # 백학면
    assert "늦은 곳 3" in page  # with line and app of the first home, of which nothing came
    assert f"feed=power&amp;day=2026-06-30&amp;township={late.township_id}" in page
    assert "연결된 가구 없음" in page


def test_the_overview_reads_no_more_for_more_data(client, official, home, now):
    sign_in(client, official)
    rows.delivery(now)
    rows.incident(first_hour=now - DAY)
    client.get("/feeds/")
    with CaptureQueriesContext(connection) as few:
        client.get("/feeds/")
    for n in range(8):
        rows.delivery(now - n * rows.HOUR)
        make_household(meter=f"N-{n}", now=now)
    rows.incident("app", first_hour=now - DAY)
    with CaptureQueriesContext(connection) as many:
        client.get("/feeds/")
    assert len(many) == len(few)


# ── deliveries ───────────────────────────────────────────────────────────────
def test_the_filters_find_the_files_to_look_at(client, official, now):
    rows.delivery(now, rejected=2)
    refused = rows.delivery(now - DAY, state="refused", refusal="wrong_header", source="folder")
    sign_in(client, official)

    def found(**asked: str) -> str:
        return text(client.get("/feeds/deliveries/", asked))

    assert "오류 2행" in found(result="rejected")
    assert "첫 줄의 열 이름이 약속과 다릅니다." in found(result="refused")
    assert refused.number in found(source="folder")
    assert refused.number in found(day="2026-06-30")
    assert refused.number not in found(day="2026-07-01")
    assert "고른 조건에 맞는 파일이 없습니다" in found(feed="app")


def test_rejected_rows_are_told_in_korean_with_the_partners_own_headings(client, official, now):
    found = rows.delivery(now, rejected=3, errors=ERRORS)
    page = text(sign_in(client, official).get(reverse("monitoring:delivery", args=[found.uid])))
    assert "고객번호" in page
    for error in ERRORS:
        assert error["expected"] not in page, "English on a Korean page"


def test_every_feed_has_korean_headings():
    for connector in feeds.all():
        for column in connector.columns:
            assert column.alias


def test_rejected_rows_as_csv_are_masked_logged_and_no_formula(client, operator, now):
    found = rows.delivery(now, rejected=3, errors=ERRORS)
    answer = sign_in(client, operator).get(
        reverse("monitoring:delivery_rejected", args=[found.uid])
    )
    lines = answer.content.decode().splitlines()
    assert answer["Content-Disposition"].startswith("attachment")
    assert lines[0] == "\ufeff줄,열,온 값,까닭,expected"
    assert lines[1] == "3,사용량,'-1,음수입니다.,0 or more"
    assert "*******6789" in lines[2]
    assert "M-123456789" not in answer.content.decode()
    assert "'=HYPERLINK(1)" in lines[3]
    logged = AccessLog.objects.get(action="exported")
    assert (logged.subject_kind, logged.subject_uid) == ("delivery", str(found.uid))


def test_a_receipt_that_does_not_exist_is_404(client, official):
    sign_in(client, official)
    nobody = "00000000-0000-4000-8000-000000000000"
    assert client.get(f"/feeds/{nobody}/").status_code == 404
    assert client.get(f"/feeds/{nobody}/rejected.csv").status_code == 404


# ── the calendar ─────────────────────────────────────────────────────────────
def test_a_month_of_days_with_a_table_that_says_the_same(client, official, now, jeongok, baekhak):
    for place, received in ((jeongok, 90), (baekhak, 96)):
        rows.intake_day(place, date(2026, 6, 29), now, hours_received=received)
    rows.intake_day(jeongok, date(2026, 6, 30), now, complete=4, hours_received=96)
    rows.intake_day(jeongok, date(2026, 6, 28), now, complete=0, hours_received=0)
    sign_in(client, official)
    page = text(client.get("/feeds/calendar/", {"feed": "power", "month": "2026-06"}))
    assert "2026년 6월" in page
    assert "6. 29.(월) 96퍼센트, 8가구 가운데 6가구 모두 옴" in page
    assert '<td class="n">186</td>' in page
    assert "cal__day--full" in page
    assert "cal__day--none" in page
    one = text(client.get("/feeds/calendar/", {"month": "2026-06", "township": jeongok.code}))
    assert "6. 29.(월) 93퍼센트" in one
    assert "feed=power&amp;day=2026-06-29&amp;township=" + jeongok.code in one


def test_a_hundred_percent_is_never_rounded_up():
    day = calendar.Day(date(2026, 6, 1), True, calendar.Sum(100, 99, 2400, 2399), "/")
    assert (day.percent, day.kind) == (99, "most")


def test_a_month_without_reports_says_why(client, official):
    sign_in(client, official)
    for month in ("2026-01", "nonsense", "", "0001-01", "9999-12"):
        page = text(client.get("/feeds/calendar/", {"month": month}))
        assert "이 달의 수신 보고가 없습니다" in page


def test_a_day_opens_its_homes_the_emptiest_first(client, official, home, now):
    empty = make_household(meter="M-2", now=now)
    sign_in(client, official)
    asked = {"feed": "power", "day": "2026-06-30"}
    page = text(client.get("/feeds/homes/", asked))
    assert page.index(empty.label) < page.index(home.label)
    assert "24시간" in page
    missing = text(client.get("/feeds/homes/", {**asked, "only": "missing"}))
    assert empty.label in missing
    assert home.label not in missing
    none = text(client.get("/feeds/homes/", {**asked, "township": Township.objects.last().pk}))
    assert "여기에 맞는 가구가 없습니다" in none


def test_days_without_a_day_before_or_after_them_are_no_error(client, official, home):
    sign_in(client, official)
    for day in ("0001-01-01", "9999-12-31", "nonsense"):
        assert "2026. 7. 1." in text(client.get("/feeds/homes/", {"day": day}))
        assert client.get("/feeds/deliveries/", {"day": day}).status_code == 200


def test_the_number_of_the_calendar_is_the_length_of_its_list(client, official, home, now):
    """Consent withdrawn, paused, or linked only later: nothing is expected of them."""
    withdrawn = make_household(meter="M-2", consents=["collection"], now=now)
    paused = make_household(meter="M-3", state="paused", now=now)
    day = date(2026, 6, 30)
    intake_days.compute(day, now=now)
    listed = feed_homes.of(Household.objects.all(), "power", day, only_missing=False, now=now)
    counted = IntakeDay.objects.filter(day=day, feed="power").aggregate(n=Sum("households"))
    assert [one.household_id for one in listed[:9]] == [home.pk]
    assert counted == {"n": len(listed)}
    sign_in(client, official)
    page = text(client.get("/feeds/homes/", {"feed": "power", "day": f"{day}"}))
    for other in (withdrawn, paused):
        assert other.label not in page


def test_a_township_whose_people_all_withdrew_has_no_freshness(now, clerk_baekhak):
    made = make_household(clerk=clerk_baekhak, meter="M-2", consents=["collection"], now=now)
    today = date(2026, 7, 1)
    assert (made.township_id, "power") not in freshness.newest(["power"], today=today)
    kept = make_household(clerk=clerk_baekhak, meter="M-3", now=now)
    assert freshness.newest(["power"], today=today) == {(kept.township_id, "power"): None}


@pytest.mark.parametrize("path", ["feeds/incidents", "households/quieter", "feeds/deliveries"])
def test_empty_fields_are_no_filter(client, cast, path):
    sign_in(client, cast["clerk_jeongok" if path == "households/quieter" else "official"])
    path = f"/{path}/"
    empty = client.get(path, {"state": "", "feed": "", "township": "", "list": "visit"})
    assert empty.context["filtered"] is False
    assert client.get(path, {"feed": "app", "state": "done"}).context["filtered"] is True


# ── incidents ────────────────────────────────────────────────────────────────
@pytest.fixture
def outage(now, jeongok):
    return rows.incident(kind="outage", township=jeongok, first_hour=now - 5 * rows.HOUR)


def test_an_open_incident_stands_on_the_overview_and_opens_its_page(client, operator, outage):
    page = text(sign_in(client, operator).get("/feeds/"))
    address = reverse("monitoring:incident", args=[outage.uid])
    assert address in page
    assert "14가구" in page
    detail = text(client.get(address))
    assert "전곡읍" in detail
    assert "7. 1.(수) 7시부터" in detail
    assert "사람의 침묵으로 세지 않습니다." in detail
    assert "사고 끝내기" in detail


def test_an_operator_closes_it_by_hand_with_a_note(client, operator, outage, now):
    address = reverse("monitoring:incident", args=[outage.uid])
    sign_in(client, operator)
    without = client.post(address, {"note": ""})
    assert without.status_code == 422
    assert "이 칸을 채워 주세요." in without.content.decode()
    assert client.put(address).status_code == 405
    closed = text(client.post(address, {"note": "한전이 고쳤다고 함"}, follow=True))
    assert "사고를 끝냈습니다." in closed
    assert "한전이 고쳤다고 함" in closed
    assert "사고 끝내기" not in closed
    outage.refresh_from_db()
    assert (outage.closed_by, outage.closed_at) == (operator, now)
    assert "한전이 고쳤다고 함" in text(client.post(address, {"note": "또"}, follow=True))


def test_a_clerk_reads_it_and_cannot_close_it(client, clerk_jeongok, outage):
    address = reverse("monitoring:incident", args=[outage.uid])
    assert "사고 끝내기" not in text(sign_in(client, clerk_jeongok).get(address))
    client.post(address, {"note": "끝"})
    outage.refresh_from_db()
    assert outage.closed_at is None


def test_closed_incidents_are_listed_when_asked_for(client, official, outage, now):
    over = rows.incident(
        "app", first_hour=now - 3 * DAY, last_hour=now - 2 * DAY, closed_at=now - DAY
    )
    sign_in(client, official)
    standing = text(client.get("/feeds/incidents/"))
    assert str(outage.uid) in standing
    assert str(over.uid) not in standing
    closed = text(client.get("/feeds/incidents/", {"state": "closed"}))
    assert str(over.uid) in closed
    assert str(outage.uid) not in closed
    both = text(client.get("/feeds/incidents/", {"state": "all", "feed": "app"}))
    assert str(over.uid) in both
    assert str(outage.uid) not in both


def test_what_waits_for_the_feed_is_counted_on_its_page(client, operator, outage):
    page = text(sign_in(client, operator).get(reverse("monitoring:incident", args=[outage.uid])))
    assert "지금 보류한 건 0건" in page
