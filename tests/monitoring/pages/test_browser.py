"""The pages of the watch in a real browser: barriers, widths, the cursor of map and curve."""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from households import actions as households
from monitoring import note_actions
from monitoring.models import Decline, UnknownId
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.pages import rows
from tests.monitoring.pages.test_feeds import ERRORS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("SHOTS")  # a folder: every page is also photographed
DAY = timedelta(days=1)


@pytest.fixture
def county(home, now, jeongok, baekhak, clerk_baekhak, clerk_jeongok) -> dict[str, str]:
    """A home in trouble, a late feed, a month of reports; {name of a page: its address}."""
    _trouble(home, now, clerk_jeongok)
    other = make_household(clerk=clerk_baekhak, meter="M-2", line="L-2", now=now)
    late = rows.usual(seed=5)
    late[-2:, :] = np.nan
    rows.fill(other, late, now)
    for n in range(29):
        for place in (jeongok, baekhak):
            got = 0 if n == 9 else 80 if n == 17 else 95 if n % 7 == 0 else 96
            rows.intake_day(place, date(2026, 6, 2) + n * DAY, now, hours_received=got)
    delivery = rows.delivery(now - rows.HOUR, rows=2420, rejected=3, unknown=4, errors=ERRORS)
    rows.delivery(now - DAY, feed="app", state="refused", refusal="wrong_header", source="folder")
    UnknownId.objects.create(feed="power", partner_id="X-1", first_seen_at=now, last_seen_at=now)
    outage = rows.incident(kind="outage", township=jeongok, first_hour=now - 5 * rows.HOUR)
    quiet = ["걸음이 8주 전의 절반입니다(하루 4,100보에서 2,000보).", "거는 전화가 줄었습니다."]
    for one in (home, other):
        Decline.objects.create(household=one, found_at=now - DAY, index=2.0, reasons=quiet)
    for kind in ("absence", "phone_change", "meter_ticket"):
        note_actions.suggest(household=home, kind=kind, source=uuid.uuid4(), now=now)
    return {
        "household": home.get_absolute_url(),
        "why": reverse("monitoring:why", args=[home.uid]),
        "feeds": "/feeds/",
        "deliveries": "/feeds/deliveries/",
        "delivery": reverse("monitoring:delivery", args=[delivery.uid]),
        "calendar": "/feeds/calendar/?month=2026-06",
        "homes": "/feeds/homes/?feed=power&day=2026-06-30",
        "incidents": "/feeds/incidents/",
        "incident": reverse("monitoring:incident", args=[outage.uid]),
        "visits": "/households/quieter/",
        "mends": "/households/quieter/?list=data",
        "dashboard": "/dashboard/",
    }


def _trouble(home: Any, now: Any, clerk: Any) -> None:
    calls = np.random.default_rng(3).poisson(0.7, (60, 24)).astype(np.float32)
    calls[:, :7] = calls[-2:, 7:] = 0
    rows.fill(home, calls, now, metric="calls_out")
    gone = now - 30 * DAY
    households.plan_absence(
        household=home,
        starts_at=gone,
        ends_at=gone + 5 * DAY,
        kind="travel",
        source="self",
        by=clerk,
        now=gone,
    )
    rows.incident("power", first_hour=now - 9 * DAY, last_hour=now - 8 * DAY, closed_at=now - DAY)
    values = np.random.default_rng(4).normal(-6, 1, (14, 24)).cumsum(axis=1) / 12 - 4
    values[-2, 10:] = np.linspace(-4, 0, 14)
    values[-1, :12] = np.linspace(0, 3, 12)
    values[-1, 12:] = values[-9, 3:9] = np.nan
    rows.evidence(home, values, now)
    rows.state(home, "red", now, silent_hours=26, inputs=rows.FIGURES)


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """open_as(official) opens a window of theirs; what the console complains of fails the test."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def go(user: Any, width: int = 1440) -> Page:
        cookie = sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME]
        context = browser.new_context(
            viewport={"width": width, "height": 900}, base_url=live_server.url, locale="ko-KR"
        )
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def barriers(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]


def test_no_page_has_a_barrier_or_scrolls_sideways(open_as, official, county):
    page = open_as(official)
    for name, path in county.items():
        page.goto(path)
        for width in (1440, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_load_state("networkidle")
            shot(page, f"{name}-{width}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            if width != 320:
                assert barriers(page) == [], (name, width)


def test_the_cursor_of_the_map_says_what_the_table_says(open_as, official, county):
    page = open_as(official)
    page.goto(county["household"])
    page.locator(".longmap__box").focus()
    page.keyboard.press("ArrowLeft")  # begins at today, midnight
    said = page.locator(".longmap [data-said]")
    expect(said).to_contain_text("7. 1.(수) 0시: 0.05 kWh, 활동 없음")
    page.keyboard.press("ArrowLeft")
    for _ in range(19):
        page.keyboard.press("ArrowDown")
    at = said.text_content() or ""
    day = page.locator(".longmap [data-cells] tbody tr").nth(1)
    expect(day.locator("th")).to_have_text("6. 30.(화)")
    value = (day.locator("td").nth(19).text_content() or "").split()[0]
    assert at.startswith(f"6. 30.(화) 19시: {value} kWh")
    assert "침묵" in at
    page.keyboard.press("Home")
    expect(said).to_contain_text("5. 3.(일) 19시")
    page.keyboard.press("End")
    expect(said).to_contain_text("7. 1.(수) 19시: 아직 오지 않은 시간")
    shot(page, "cursor-1440")


def test_another_source_is_chosen_by_keyboard_and_stays_in_the_address(open_as, official, county):
    page = open_as(official)
    page.goto(county["household"])
    page.get_by_role("link", name="휴대폰", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tab-phone")).to_have_attribute("aria-current", "true")
    expect(page).to_have_url(re.compile(r"\?source=phone$"))
    page.locator(".longmap__box").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".longmap [data-said]")).to_contain_text("번, 활동")
    page.reload()
    expect(page.locator("#tab-phone")).to_have_attribute("aria-current", "true")
    shot(page, "phone-1440")


def test_the_curve_is_drawn_and_walked_by_keyboard(open_as, official, county):
    page = open_as(official)
    page.goto(county["household"])
    expect(page.locator(".curve canvas")).to_be_visible()
    page.locator(".curve [data-canvas]").focus()
    page.keyboard.press("ArrowLeft")
    said = page.locator(".curve [data-said]")
    expect(said).to_contain_text("7. 1.(수) 11시: 133")  # the newest hour first
    page.keyboard.press("ArrowLeft")
    expect(said).to_contain_text("7. 1.(수) 10시")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("7. 1.(수) 11시")
    shot(page, "curve-1440")


def test_days_of_the_calendar_are_walked_by_keyboard(open_as, official, county):
    page = open_as(official)
    page.goto(county["calendar"])
    page.get_by_role("link", name=re.compile("^6. 15")).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name=re.compile("^6. 23"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("2026. 6. 23.")


def test_the_slip_is_one_page_of_paper(open_as, official, county, tmp_path):
    page = open_as(official)
    page.goto(county["why"])
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
    if SHOTS:
        (Path(SHOTS) / "why.pdf").write_bytes(paper)
