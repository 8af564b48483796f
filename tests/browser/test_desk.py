"""A shift at the desk in a real browser; its pictures are those of the operator's guide.

`GUIDE=docs/guides/operator` writes them there, `SHOTS=<folder>` writes every look.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from dispatch.handover import actions as handover
from dispatch.shifts import actions as planning
from tests.browser import desk_world
from tests.dispatch_pages.conftest import NAME, claimed, home, open_case, red
from tests.dispatch_pages.test_browser import (
    DESK,
    PHONE,
    no_barriers,
    no_sideways_scroll,
    open_as,
    press_in_hangul,
    shot,
)

__all__ = ["claimed", "home", "open_as", "red"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GUIDE = os.environ.get("GUIDE")
HOUR = timedelta(hours=1)


def picture(page: Page, name: str) -> None:
    """One picture of the guide, of what the window shows."""
    if GUIDE:
        Path(GUIDE).mkdir(parents=True, exist_ok=True)
        page.mouse.move(720, 600)  # no row lights up under the pointer
        path = Path(GUIDE) / f"{name}.png"
        page.screenshot(path=str(path))
        with Image.open(path) as drawn:  # 256 colours are enough, and half as many bytes
            drawn.convert("RGB").quantize(256).save(path, optimize=True)
    shot(page, f"guide-{name}")


@pytest.fixture
def duty(official: Any, operator: Any, operator2: Any, now: Any) -> None:
    for kind, who in (
        ("operator", operator),
        ("shift_lead", operator2),
        ("county_official", official),
    ):
        planning.plan_shift(
            user=who, duty=kind, starts_at=now - HOUR, ends_at=now + 8 * HOUR, by=official, now=now
        )


@pytest.fixture
def busy(duty: None, operator2: Any, red: Any, now: Any) -> Any:
    """Four cases, one of them a cry for help, and a feed out of order."""
    desk_world.put_work_on_the_desk(red, operator2, now=now)
    return red


def test_a_shift_at_the_desk(open_as, operator, operator2, responder, busy, now):
    page = open_as(operator, "/desk/", DESK)
    expect(page.locator("#desk-strips")).to_contain_text("통신 회선 자료 사고")
    picture(page, "desk")
    page.get_by_text("정*은").click()
    expect(page.locator(".heard")).to_contain_text("다리가 아파서 못 일어나겠어")
    expect(page.locator(".heard")).to_contain_text("이렇게 이해한 까닭")
    no_barriers(page)
    shot(page, "desk-heard-1440")
    press_in_hangul(page, "KeyG", "ㅎ")
    expect(page.locator("#ch")).to_contain_text(NAME)
    picture(page, "claimed")
    no_barriers(page)
    press_in_hangul(page, "KeyP", "ㅔ")
    expect(page.locator("#act-number")).to_be_visible()
    press_in_hangul(page, "Digit4", "4")
    expect(page.locator("#act")).to_contain_text("통화 결과를 기록했습니다")
    page.locator(".contacts__codes").get_by_role("button", name="무응답").click()
    expect(page.locator("#case")).to_contain_text("비상연락처")
    press_in_hangul(page, "KeyB", "ㅠ")
    expect(page.locator("#absence-kind")).to_be_visible()
    picture(page, "absence")
    page.keyboard.press("Escape")
    press_in_hangul(page, "KeyE", "ㄷ")
    expect(page.locator("#emergency-service")).to_be_visible()
    no_barriers(page)
    page.locator("#act-emergency-go").click()
    expect(page.locator("h1")).to_contain_text("신변확인 요청서")
    picture(page, "emergency")
    no_barriers(page)
    page.goto(f"/desk/?case={busy.uid}")
    expect(page.locator("#case")).to_contain_text("119·112 확인 요청")
    handed_over_by_name(page, open_as, operator2)
    busy.refresh_from_db()
    assert busy.owner == operator2


def handed_over_by_name(page: Page, open_as: Any, operator2: Any) -> None:
    """Offered here, accepted on the other's own page."""
    press_in_hangul(page, "KeyH", "ㅗ")
    page.get_by_role("button", name="이 사람에게 인계 요청").click()
    expect(page.locator("#act")).to_contain_text("받을 때까지는 내 건입니다")
    other = open_as(operator2, "/desk/", DESK)
    expect(other.locator("#desk-strips")).to_contain_text("관지우 님이 건 1개를 넘기려 합니다.")
    press_in_hangul(other, "KeyO", "ㅐ")
    expect(other.locator("h1")).to_contain_text("인수인계")
    picture(other, "handover")
    no_barriers(other)
    other.get_by_role("button", name="제가 맡겠습니다").click()
    expect(other.locator("#ch")).to_contain_text(NAME)


def test_nobody_signs_out_with_a_case(open_as, operator, operator2, claimed, duty, now):
    page = open_as(operator, "/desk/", DESK)
    page.locator(".viewer .viewer__box summary").click()
    page.get_by_role("button", name="로그아웃").click()
    expect(page.locator("h1")).to_contain_text("인수인계")
    expect(page.locator("main")).to_contain_text("맡은 건이 1건 있습니다")
    picture(page, "sign-out")
    made = handover.offer(case=claimed, to=operator2, by=operator, now=now)
    handover.accept(handover=made, by=operator2, now=now)
    page.reload()
    expect(page.locator("main")).to_contain_text("이제 로그아웃해도 됩니다")


def test_the_sound_asks_for_a_touch_and_then_rings_on_a_new_red(
    open_as, operator, home, jeongok, now
):
    page = open_as(operator, "/desk/", DESK)
    switch = page.locator("#desk-sound")
    expect(switch).to_contain_text("눌러서 소리 켜기")
    switch.click()
    expect(switch).to_contain_text("소리 켬")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(switch).to_have_attribute("data-beeps", "1")  # the trial
    open_case(home, now=now)
    expect(page).to_have_title("(긴급 1) 관제 현황판 · 연천군 신호등")
    expect(switch).to_have_attribute("data-beeps", "2")
    switch.click()
    expect(switch).to_contain_text("소리 끔")


PAGES = (
    ("shifts", "/shifts/?month=2026-07"),
    ("handover-page", "/handover/"),
    ("drills", "/drills/"),
    ("wall", "/wall/"),
    ("times", "/times/"),
    ("cases", "/cases/"),
    ("plans", "/plans/"),
)


@pytest.fixture
def month(
    person: Any, jeongok: Any, official: Any, operator: Any, operator2: Any, now: Any
) -> None:
    desk_world.plan_a_month(person, official, now=now)
    desk_world.hold_a_drill(official, operator, operator2, jeongok, now=now)


def test_the_other_pages_by_day_and_at_night(open_as, official, operator, busy, month):
    page = open_as(official, "/shifts/", DESK)
    for name, path in PAGES:
        page.goto(path)
        no_sideways_scroll(page)
        no_barriers(page)
        shot(page, f"{name}-1440")
        if name in ("shifts", "wall", "drills", "times"):
            picture(page, name)
        page.evaluate("document.documentElement.dataset.theme = 'night'")
        no_barriers(page, only="color-contrast")
        shot(page, f"{name}-night-1440")


def test_the_other_pages_on_a_telephone(open_as, official, operator, busy, month):
    page = open_as(official, "/shifts/", PHONE)
    for name, path in PAGES:
        page.goto(path)
        no_sideways_scroll(page)
        no_barriers(page)
        shot(page, f"{name}-390")


def test_a_neighbour_reports_on_the_telephone(open_as, operator, home, now):
    """By keys alone from the desk, with the 한글 input on; then on a narrow screen."""
    page = open_as(operator, "/desk/", DESK)
    press_in_hangul(page, "KeyS", "ㄴ")
    expect(page.locator("h1")).to_have_text("주민 신고")
    no_barriers(page)
    shot(page, "report-find-1440")
    page.locator("#id_q").fill(str(home.number))
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("김*수")
    page.locator("#id_reporter").select_option("village_head")
    picture(page, "report")
    page.locator("#id_phone").fill("12")
    page.get_by_role("button", name="긴급 건 열기").click()
    expect(page.locator(".problems")).to_contain_text("무엇을 보았나")
    no_barriers(page)
    shot(page, "report-errors-1440")
    page.set_viewport_size(PHONE)
    no_sideways_scroll(page)
    no_barriers(page)
    shot(page, "report-390")
    page.set_viewport_size(DESK)
    page.locator("#id_phone").fill("010-8888-7777")
    page.locator("#id_words").fill("커튼이 사흘째 닫혀 있음")
    page.get_by_role("button", name="긴급 건 열기").dblclick()
    expect(page.locator("#case")).to_contain_text("주민 신고")
    press_in_hangul(page, "KeyC", "ㅊ")
    expect(page.locator("#act")).to_contain_text("커튼이 사흘째 닫혀 있음")
    no_barriers(page)
    shot(page, "report-on-the-case-1440")
    page.locator("[id^=act-report-]").click()
    expect(page.locator("#act")).to_contain_text("010-8888-7777")
    page.goto(f"/households/{home.uid}/")
    expect(page.get_by_role("link", name="주민 신고 적기")).to_be_visible()
    shot(page, "household-report-1440")
    assert home.cases.get().events.filter(kind="reported").count() == 1


def test_a_long_menu_opens_by_headings_and_as_a_drawer(open_as, official, home):
    page = open_as(official, "/cases/", DESK)
    menu = page.locator("#menu")
    heading = menu.locator("summary", has_text="기준·자료")
    entry = menu.get_by_role("link", name="대응 계획")
    expect(entry).to_be_hidden()
    heading.click()
    expect(entry).to_be_visible()
    no_barriers(page)
    shot(page, "menu-1440")
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent.trim()") == "기준·자료"
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="메뉴", exact=True).click()
    expect(entry).to_be_visible()
    no_sideways_scroll(page)
    no_barriers(page)
    shot(page, "menu-390")
    entry.click()
    expect(page.locator("h1")).to_contain_text("대응 계획")
