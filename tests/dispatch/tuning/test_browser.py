"""The tuning page in a real browser: the slider by keyboard, the chart and its table, barriers."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.county_settings import setting
from monitoring.models import DetectionRule, TuningCurve
from tests.cast import sign_in
from tests.dispatch.tuning.conftest import JUNE, put
from tests.dispatch.tuning.test_rules_page import trained
from tests.reports.county import County

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("SHOTS")  # a folder: every page is also photographed
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
DRAWN = """() => {
  const found = echarts.getInstanceByDom(document.getElementById("chart")).getOption().series;
  return found.slice(0, 3).map((line) => line.data);
}"""
ROWS = [
    (0.02, 0.0, 96, 96, 0.61),
    (0.05, 0.3, 41, 96, 0.3),
    (0.1, 0.7, 26, 96, 0.14),
    (0.2, 1.2, 19, 70, 0.07),
    (0.32, 2.1, 15, 44, 0.04),
    (0.5, 3.4, 12, 31, 0.02),
    (1.0, 6.9, 10, 20, 0.01),
    (2.7, 18.5, 7, 13, 0.0),
]


@pytest.fixture
def curve(now: Any) -> TuningCurve:
    names = ("budget", "alarms_per_day", "median_h", "p90_h", "missed")
    about = {"homes": 188, "days": 90, "collapses": 376}
    return TuningCurve.objects.create(
        asked_at=now - timedelta(days=1),
        rule="plain-1",
        done_percent=100,
        finished_at=now,
        points=[
            dict(zip(names, row, strict=True))
            | about
            | {"alarms_per_month": row[1] / 4, "household_months": 144.0}
            for row in ROWS
        ],
    )


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """open_as(official, "/tuning/", WIDE): a window of its own, silent on its console."""
    contexts, wrong = [], []

    def go(user: Any, path: str, size: dict[str, int]) -> Page:
        cookie = sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME]
        context = browser.new_context(
            viewport=size,
            base_url=live_server.url,
            locale="ko-KR",
            reduced_motion="reduce",  # colours are judged, not their way to another theme
        )
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def no_barriers(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found] == []


def no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_slider_by_keyboard_to_the_saved_setting(open_as, official, rule, three, curve, now):
    page = open_as(official, "/tuning/", WIDE)
    slider = page.get_by_role("slider", name="주의 (AI 전화)", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#id_yellow")).to_have_value("0.5")
    expect(slider).to_have_attribute("aria-valuetext", "한 가구에 한 달 0.5번")
    expect(page.locator("#marks")).to_contain_text("바꾸면 12시간 · 하루 3.4건")
    expect(page.locator("#preview")).to_contain_text("달라지는 1가구")
    expect(page.locator("#tune-said")).to_contain_text("바꾸면 12시간")
    expect(page).to_have_url(page.url.split("/tuning/")[0] + "/tuning/?yellow=0.5")
    expect(slider).to_be_focused()
    shot(page, "tuning-tried-1440")
    no_barriers(page)
    page.get_by_label("변경 사유").fill("여름에는 더 빨리")
    page.get_by_role("button", name="저장").click()
    page.get_by_role("button", name="바꾸기", exact=True).click()
    expect(page.locator("main")).to_contain_text("감지 기준을 저장했습니다.")
    assert setting("monitoring.yellow_alarms", at=now) == 0.5


def test_a_typed_number_moves_the_slider(open_as, official, rule, three, curve):
    page = open_as(official, "/tuning/", WIDE)
    page.locator("#id_red").fill("0.2")
    page.keyboard.press("Tab")
    expect(page.locator("#id_red_range")).to_have_js_property("value", "7")
    expect(page.locator("#marks")).to_contain_text("바꾸면 19시간 · 하루 1.2건")
    page.locator("#id_red").fill("2")
    page.keyboard.press("Tab")
    expect(page.locator("#preview")).to_contain_text("긴급은 주의보다 잦을 수 없습니다")


def test_a_group_without_a_number_follows_the_common_slider(open_as, official, rule, three):
    page = open_as(official, "/tuning/", WIDE)
    page.get_by_text("위험군마다 다르게 정하기").click()
    page.locator("#id_yellow_range").focus()
    page.keyboard.press("End")
    expect(page.locator("#id_yellow_low_range")).to_have_js_property("value", "18")
    expect(page.locator("#id_yellow_low")).to_have_value("")


def test_the_chart_draws_the_table(open_as, operator, rule, three, curve):
    page = open_as(operator, "/tuning/", WIDE)
    page.get_by_text("표로 보기").click()
    cells = page.locator("#curve-table tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => parseFloat(cell.textContent)))"
    )
    assert [row[0] for row in cells] == [row[0] for row in ROWS]
    median, p90, missed = page.evaluate(DRAWN)
    shown = [row for row in cells if row[1] > 0]  # the axis has no zero
    for column, drawn in ((2, median), (3, p90), (4, missed)):
        assert [x for x, _y in drawn] == pytest.approx([row[1] for row in shown], abs=0.05)
        assert [y for _x, y in drawn] == pytest.approx([row[column] for row in shown], abs=0.5)
    shot(page, "tuning-table-1440")


@pytest.fixture
def candidate(three: Any, official: Any, now: Any) -> DetectionRule:
    """A rule that has run beside the live one for nine days."""
    made = trained()
    for at, home in enumerate(three):
        for nth in range(20, 30):
            put(home, JUNE + timedelta(days=nth), {9: 11.0} if at == 2 and nth == 25 else {},
                rule="county-1")  # fmt: skip
    return DetectionRule.objects.create(
        version="county-1",
        model=made.model,
        card=made.card,
        state="shadow",
        shadow_since=now - timedelta(days=9),
        by=official,
        reason="여름 자료로 다시 배움",
    )


def test_both_pages_have_no_barrier(
    open_as, official, operator, responder, rule, three, curve, candidate, now
):
    county = County(operator, responder)
    county.case(three[0], "ems", at=now - timedelta(days=19, hours=1), took=90, light="red")
    for size, name in ((WIDE, "1440"), (PHONE, "390")):
        page = open_as(official, "/tuning/?yellow=0.5&red_high=0.3", size)
        expect(page.locator("#chart canvas")).to_be_visible()
        expect(page.get_by_role("button", name="우리 군 자료로 맞추기")).to_be_visible()
        shot(page, f"tuning-{name}")
        no_barriers(page)
        no_sideways_scroll(page)
        page.locator("html").evaluate("root => { root.dataset.theme = 'night'; }")
        shot(page, f"tuning-night-{name}")
        no_barriers(page)
        page = open_as(official, "/tuning/rules/", size)
        shot(page, f"rules-{name}")
        no_barriers(page)
        no_sideways_scroll(page)
    page = open_as(official, "/tuning/", {"width": 320, "height": 700})
    no_sideways_scroll(page)


def test_without_history_and_while_computing(open_as, official, operator, rule, now):
    TuningCurve.objects.create(asked_at=now, rule="plain-1", done_percent=42)
    page = open_as(official, "/tuning/", WIDE)
    expect(page.locator("#curve-bar")).to_have_js_property("value", 42)
    shot(page, "tuning-empty-1440")
    no_barriers(page)
    TuningCurve.objects.update(finished_at=now, failure="자료가 모자랍니다.")
    expect(page.locator("#curve")).to_contain_text("자료가 모자랍니다.")
    page = open_as(official, "/tuning/rules/", PHONE)
    shot(page, "rules-empty-390")
    no_barriers(page)
