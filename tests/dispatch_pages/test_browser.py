"""The desk and the responder's phone in a real browser."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Page, Route, expect

from dispatch import actions
from dispatch.models import Case
from tests.cast import sign_in
from tests.dispatch_pages.conftest import MASKED, NAME, make_home, open_case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("SHOTS")  # a folder: every page is also photographed
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """open_as(operator, "/desk/", DESK) opens a page in a window of its own. No page
    of the test may do what its own security policy refuses."""
    contexts = []
    refused: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            refused.append(f"{message.text} {message.location}")

    def go(user: Any, path: str, size: dict[str, int]) -> Page:
        cookie = sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME]
        context = browser.new_context(
            viewport=size, base_url=live_server.url, locale="ko-KR", reduced_motion="reduce"
        )
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30000)
        page.on("console", hear)
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not refused, refused


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def no_barriers(page: Page, *, only: str = "") -> None:
    """axe finds nothing; `only`: one of its rules, where the rest was looked at already."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    found = Axe().run(page, options=options | ({"runOnly": [only]} if only else {}))
    told = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found.response["violations"]]
    assert not told, told


def no_sideways_scroll(page: Page) -> None:
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]


def press_in_hangul(page: Page, code: str, key: str) -> None:
    """A key as it arrives with the Hangul input on: the code is the key cap, the letter is not."""
    page.evaluate(
        """([code, key]) => (document.activeElement || document.body).dispatchEvent(
            new KeyboardEvent("keydown", {code, key, bubbles: true, cancelable: true}))""",
        [code, key],
    )


def test_a_shift_by_keyboard_with_the_hangul_input_on(open_as, operator, responder, red, now):
    page = open_as(operator, "/desk/", DESK)
    expect(page).to_have_title("(긴급 1) 관제 현황판 · 연천군 신호등")
    shot(page, "desk-open-1440")
    press_in_hangul(page, "KeyG", "ㅎ")
    expect(page.locator("#ch")).to_contain_text(NAME)
    expect(page).to_have_url(f"{page.url.split('/desk/')[0]}/desk/?case={red.uid}")
    red.refresh_from_db()
    assert red.owner == operator
    shot(page, "desk-claimed-1440")
    no_barriers(page)
    press_in_hangul(page, "Digit4", "4")
    expect(page.locator("#act")).to_contain_text("통화 결과를 기록했습니다: 무응답")
    press_in_hangul(page, "KeyN", "ㅜ")
    page.keyboard.type("jck")  # letters in a text field are letters
    expect(page.locator("#note-text")).to_have_value("jck")
    page.locator("#case").click(position={"x": 5, "y": 5})
    press_in_hangul(page, "KeyD", "ㅇ")
    page.get_by_text("출도윤").click()
    shot(page, "desk-send-1440")
    page.get_by_role("button", name="이 사람을 보냅니다").click()
    expect(page.locator("#act")).to_contain_text("출도윤 님에게 출동을 보냈습니다.")
    expect(page.locator("#note-text")).to_have_value("jck")
    assert red.visits.get().responder == responder
    shot(page, "desk-visiting-1440")


def test_keys_can_be_switched_off(open_as, operator, red):
    page = open_as(operator, "/desk/", DESK)
    page.keyboard.press("Shift+Slash")
    expect(page.locator("#desk-keys")).to_be_visible()
    shot(page, "desk-keys-1440")
    no_barriers(page)
    page.get_by_label("한 글자 단축키 쓰기").uncheck()
    page.get_by_role("button", name="닫기").click()
    press_in_hangul(page, "KeyG", "ㅎ")
    page.wait_for_timeout(300)
    red.refresh_from_db()
    assert red.owner is None


@pytest.fixture
def three(jeongok: Any, now: Any, frozen_clock: Any) -> list[Case]:
    return _cases_of(3, jeongok, now)


@pytest.fixture
def thirty(jeongok: Any, now: Any, frozen_clock: Any) -> list[Case]:
    return _cases_of(30, jeongok, now)


def _cases_of(count: int, township: Any, now: Any) -> list[Case]:
    homes = [make_home(township=township, now=now, phone=f"010555500{n:02}") for n in range(count)]
    return [open_case(home, now=now - timedelta(minutes=40 - n)) for n, home in enumerate(homes)]


def test_a_live_update_keeps_the_focus_and_the_row_in_its_place(
    open_as, operator, thirty, jeongok, now
):
    page = open_as(operator, "/desk/", DESK)
    row = page.locator(f"#q-{thirty[15].uid}")
    row.click()
    expect(page.locator("#ch")).to_contain_text(MASKED)
    row.focus()
    before = row.bounding_box()
    newcomer = open_case(
        make_home(township=jeongok, now=now, name="새로운", phone="01055559999"),
        now=now - timedelta(minutes=60),
    )
    expect(page.locator(f"#q-{newcomer.uid}")).to_be_attached()
    expect(page).to_have_title("(긴급 31) 관제 현황판 · 연천군 신호등")
    expect(page.locator("#desk-status")).to_contain_text("새 긴급 건 1건")
    assert page.evaluate("document.activeElement.id") == f"q-{thirty[15].uid}"
    assert abs(row.bounding_box()["y"] - before["y"]) < 2
    expect(row.locator("xpath=..")).to_have_class("q is-sel is-new")
    shot(page, "desk-queue-1440")


def test_in_a_short_list_nothing_hides_and_what_is_taken_is_in_sight(
    open_as, operator, jeongok, now, frozen_clock
):
    mine = open_case(make_home(township=jeongok, now=now), now=now, light="yellow")
    page = open_as(operator, "/desk/", DESK)
    page.locator(f"#q-{mine.uid}").click()
    expect(page.locator("#ch")).to_contain_text(MASKED)
    red = open_case(
        make_home(township=jeongok, now=now, name="새로운", phone="01055559999"), now=now
    )
    row = page.locator(f"#q-{red.uid}")
    expect(row).to_be_in_viewport(ratio=1)
    expect(page.locator("#queue-above")).to_be_hidden()
    shot(page, "desk-new-red-1440")
    press_in_hangul(page, "KeyG", "ㅎ")
    expect(row).to_contain_text("나")
    expect(row.locator("xpath=..")).to_have_attribute("aria-current", "true")
    expect(page.locator(".q.is-sel")).to_have_count(1)
    expect(row).to_be_in_viewport(ratio=1)
    assert page.locator(".queue").evaluate("(e) => e.scrollTop") == 0


def test_the_case_that_is_taken_comes_into_sight(open_as, operator, thirty):
    page = open_as(operator, "/desk/", DESK)
    page.locator(f"#q-{thirty[2].uid}").click()
    expect(page.locator("#ch")).to_contain_text(MASKED)
    page.locator(".queue").evaluate("(e) => { e.scrollTop = 0; }")
    press_in_hangul(page, "KeyG", "ㅎ")
    newest = page.locator(f"#q-{thirty[29].uid}")
    expect(newest).to_contain_text("나")
    expect(newest).to_be_in_viewport()


def test_what_is_typed_survives_news_of_the_case(open_as, operator, operator2, claimed, now):
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    page.locator("#note-text").fill("여동생에게 물어봄")
    actions.add_note(case=claimed, by=operator2, note="옆자리에서 적음", now=now)
    page.get_by_role("button", name="새 소식 보기").click()
    expect(page.locator("#case")).to_contain_text("옆자리에서 적음")
    expect(page.locator("#note-text")).to_have_value("여동생에게 물어봄")


def test_what_the_same_person_did_in_another_window_is_told_as_that(
    open_as, operator, operator2, claimed, now
):
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    note = page.locator("#case-news")
    actions.add_note(case=claimed, by=operator, note="다른 창에서 적음", now=now)
    expect(page.locator("#case")).to_contain_text("다른 창에서 적음")  # nothing is typed
    page.locator("#note-text").fill("여동생에게 물어봄")
    actions.add_note(case=claimed, by=operator, note="또 적음", now=now)
    expect(note).to_contain_text("다른 창에서 이 건에 적은 것이 있습니다.", use_inner_text=True)
    expect(note).not_to_contain_text("새 소식", use_inner_text=True)
    shot(page, "desk-other-window-1440")
    no_barriers(page)
    actions.add_note(case=claimed, by=operator2, note="옆자리에서 적음", now=now)
    expect(note).to_contain_text("이 건에 새 소식이 있습니다.", use_inner_text=True)
    note.get_by_role("button").click()
    expect(page.locator("#case")).to_contain_text("옆자리에서 적음")
    expect(page.locator("#note-text")).to_have_value("여동생에게 물어봄")


def test_a_queue_older_than_the_saved_answer_wipes_nothing(open_as, operator, claimed):
    """A poll that was on its way while the operator saved tells of the case as it was before."""
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    row = page.locator(f"#q-{claimed.uid}")
    older = claimed.events.latest("id").pk
    late = page.request.get("/desk/queue/", params={"case": str(claimed.uid)}).text()
    press_in_hangul(page, "Digit4", "4")
    expect(row).not_to_have_attribute("data-version", str(older))
    told = page.locator("#act").get_by_text("통화 결과를 기록했습니다: 무응답")
    expect(told).to_be_visible()
    headers = {"content-type": "text/html", "X-Desk-Queue": "1"}
    page.route("**/desk/queue/**", lambda route: route.fulfill(body=late, headers=headers))
    expect(row).to_have_attribute("data-version", str(older))
    page.wait_for_timeout(1000)
    expect(told).to_be_visible(timeout=1)


def test_news_on_their_way_while_somebody_saves_wipe_nothing(open_as, operator, claimed, now):
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    held: list[Route] = []

    def hold_news(route: Route) -> None:
        if "x-follow" in route.request.headers:
            held.append(route)
        else:
            route.continue_()

    page.route("**/desk/**", hold_news)
    actions.add_note(case=claimed, by=operator, note="다른 창에서 적음", now=now)
    while not held:
        page.wait_for_timeout(100)
    press_in_hangul(page, "Digit4", "4")
    told = page.locator("#act").get_by_text("통화 결과를 기록했습니다: 무응답")
    expect(told).to_be_visible()
    held[0].continue_()
    page.wait_for_timeout(1000)
    expect(told).to_be_visible(timeout=1)


def test_news_that_came_too_late_to_be_drawn_are_told_all_the_same(
    open_as, operator, operator2, claimed, now
):
    """A save that was drawn before a colleague wrote comes after the queue that tells of it: every
    later poll is a 304."""
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    saves: list[tuple[Route, APIResponse]] = []
    news: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            saves.append((route, route.fetch()))
        elif "x-follow" in route.request.headers and not news:
            news.append(route)
        else:
            route.continue_()

    page.route("**/desk/?case=**", hold)
    page.route("**/cases/**", hold)
    press_in_hangul(page, "Digit4", "4")
    while not saves:
        page.wait_for_timeout(50)
    actions.add_note(case=claimed, by=operator2, note="옆자리에서 적음", now=now)
    while not news:
        page.wait_for_timeout(50)
    route, answer = saves[0]
    route.fulfill(response=answer)
    expect(page.locator("#act")).to_contain_text("통화 결과를 기록했습니다: 무응답")
    news[0].continue_()
    expect(page.locator("#case")).to_contain_text("옆자리에서 적음", timeout=4000)


def test_a_key_in_the_moment_after_an_answer_does_not_leave_the_page(open_as, operator, claimed):
    """A button that is drawn already and not known to htmx yet would send its form the old way:
    the page would be loaded anew, and what was typed lost."""
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    page.locator("#note-text").fill("여동생에게 물어봄")
    page.locator("#case").click(position={"x": 5, "y": 5})
    page.evaluate(
        """() => document.body.addEventListener("htmx:afterSwap", function next(event) {
            if (event.detail.target.id !== "selected") return;
            document.body.removeEventListener("htmx:afterSwap", next);
            setTimeout(() => document.body.dispatchEvent(
                new KeyboardEvent("keydown", {code: "Digit5", bubbles: true, cancelable: true})));
        })"""
    )
    press_in_hangul(page, "Digit4", "4")
    expect(page.locator("#act")).to_contain_text("통화 결과를 기록했습니다: 통화중")
    expect(page.locator("#note-text")).to_have_value("여동생에게 물어봄")


def test_a_desk_asks_by_its_clock_and_after_what_its_operator_did(open_as, operator, red):
    page = open_as(operator, "/desk/", DESK)
    with page.expect_request("**/desk/queue/**") as by_clock:
        pass
    assert by_clock.value.headers["x-desk-seen"].isdigit()
    held: list[Route] = []  # one poll is on its way

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/desk/queue/**", hold)
    while not held:
        page.wait_for_timeout(100)
    asked: list[dict[str, str]] = []
    page.on("request", lambda r: "/desk/queue/" in r.url and asked.append(r.headers))
    press_in_hangul(page, "KeyG", "ㅎ")
    expect(page.locator("#ch")).to_contain_text(NAME)
    held[0].continue_()
    expect(page.locator(f"#q-{red.uid}")).to_contain_text("나")
    assert "x-desk-seen" not in asked[0]


def test_a_lost_link_and_a_failed_save_are_told(open_as, operator, claimed):
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    page.locator("#note-text").fill("전화 다시 하기로 함")
    page.context.set_offline(True)
    expect(page.locator("[data-lost]")).to_be_visible()
    page.locator("#act-note").click()
    expect(page.locator("#desk-failed")).to_be_visible()
    expect(page.locator("#note-text")).to_have_value("전화 다시 하기로 함")
    shot(page, "desk-lost-1440")
    page.context.set_offline(False)
    page.locator("[data-retry-save]").click()
    expect(page.locator("#act")).to_contain_text("메모를 남겼습니다.")
    assert claimed.events.filter(kind="noted").count() == 1
    expect(page.locator("[data-lost]")).to_be_hidden()


def test_an_empty_board_says_what_to_do(open_as, operator, home):
    page = open_as(operator, "/desk/", DESK)
    expect(page.locator("#queue-body")).to_contain_text("기다리는 건이 없습니다")
    shot(page, "desk-empty-1440")
    no_barriers(page)


def test_the_night_screen(open_as, operator, claimed):
    page = open_as(operator, "/desk/", DESK)
    page.locator(".bar .ib[data-theme-toggle]").click()
    shot(page, "desk-night-1440")
    no_barriers(page)


def test_the_desk_on_a_narrow_screen_is_a_list_then_a_case(open_as, operator, three):
    page = open_as(operator, "/desk/", PHONE)
    shot(page, "desk-queue-390")
    no_sideways_scroll(page)
    expect(page.locator("#case")).to_be_hidden()
    page.locator(f"#q-{three[0].uid}").click()
    expect(page.locator("#case")).to_be_visible()
    expect(page.locator("#queue-body")).to_be_hidden()
    no_sideways_scroll(page)
    no_barriers(page)
    page.locator("#act-claim").click()
    expect(page.locator("#ch")).to_contain_text(NAME)
    shot(page, "desk-case-390")
    page.get_by_role("link", name="처리할 건 목록").click()
    expect(page.locator("#queue-body")).to_be_visible()


@pytest.mark.parametrize(("size", "name"), [(DESK, "1440"), (PHONE, "390")])
def test_case_page_and_list_stand_alone(open_as, operator, clerk_jeongok, claimed, size, name):
    page = open_as(operator, f"/cases/{claimed.uid}/", size)
    shot(page, f"case-{name}")
    no_barriers(page)
    no_sideways_scroll(page)
    page.goto("/cases/")
    shot(page, f"cases-{name}")
    no_barriers(page)
    no_sideways_scroll(page)
    clerk = open_as(clerk_jeongok, f"/cases/{claimed.uid}/", size)
    shot(clerk, f"case-clerk-{name}")
    no_barriers(clerk)


def test_the_call_button_fits_at_every_width(open_as, operator, claimed, settings):
    settings.TWILIO = {
        **settings.TWILIO,
        "ACCOUNT_SID": "AC" + "0" * 32,
        "AUTH_TOKEN": "t",
        "FROM_NUMBER": "+82316000000",
        "API_BASE_URL": "http://127.0.0.1:9",
    }
    for path in (f"/cases/{claimed.uid}/", f"/desk/?case={claimed.uid}"):
        page = open_as(operator, path, DESK)
        expect(page.locator("#act-bridge .num")).to_be_visible()
        for width in (390, 1280, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            no_sideways_scroll(page)
            shot(page, f"call-button-{path[1:5]}-{width}")
            size = page.locator("#act-bridge").evaluate(
                "(e) => [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight]"
            )
            assert max(size) <= 1, (path, width, size)
            column = page.locator("#act").evaluate("(e) => e.scrollWidth - e.clientWidth")
            assert column <= 0, (path, width, column)


def test_a_field_drawn_larger_by_hand_breaks_no_rule_of_the_page(open_as, operator, claimed):
    """The browser keeps its size in a style attribute, which no swap may copy."""
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    page.locator("#note-text").evaluate("(field) => { field.style.height = '200px'; }")
    press_in_hangul(page, "Digit4", "4")
    expect(page.locator("#act")).to_contain_text("통화 결과를 기록했습니다: 무응답")


def test_closing_during_a_visit_says_why_not(open_as, operator, claimed, visit):
    page = open_as(operator, f"/desk/?case={claimed.uid}", DESK)
    press_in_hangul(page, "KeyX", "ㅌ")
    told = page.get_by_text("출동이 진행 중입니다. 먼저 출동을 취소하거나")
    expect(told).to_be_focused()
    shot(page, "close-during-visit")
    no_barriers(page)
    page.keyboard.press("Escape")
    expect(page.locator("#act-close")).to_be_focused()
    page.get_by_text("다른 화면").locator("..").click()
    expect(page.get_by_role("link", name="상황판")).to_be_visible()
    shot(page, "desk-pages")
    no_barriers(page)
