"""What only a browser can show: focus, second clicks, idle warning, widths, the policy."""

import threading
from datetime import timedelta
from wsgiref.simple_server import make_server

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.ui.site import IDLE_S, Quiet, Server, Site
from ui import words

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site():
    site = Site()
    server = make_server("127.0.0.1", 0, site, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(browser, site):
    """A page at 1440 px that fails the test for an error, a policy breach or a foreign request."""
    site.posted.clear()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((site.url, "data:"))
            else wrong.append(f"foreign: {request.url}")
        ),
    )
    yield page
    context.close()
    assert wrong == []


def is_answer_to_post(response):
    return response.request.method == "POST"


def test_errors_take_the_focus_and_their_links_lead_to_the_answers(page):
    page.goto("/form?wrong")
    assert page.title().startswith("(확인 3) ")
    assert page.evaluate("document.activeElement.matches('[data-problems]')")
    page.click("text=성별: ")
    assert page.evaluate("document.activeElement.id") == "id_sex_0"


def test_a_second_click_sends_nothing(page, site):
    page.goto("/form")
    page.fill("#id_name", "김철수")
    with page.expect_response(is_answer_to_post):
        page.dblclick("#go")
        page.click("#go")
    page.wait_for_timeout(200)
    assert site.posted == ["/form"]


def test_a_grave_deed_is_asked_about_first_and_then_done_once(page, site):
    page.goto("/form")
    page.click("#ask")
    assert page.inner_text("#confirm h2") == "정말 끝낼까요?"
    page.click("[data-confirm-no]")
    assert site.posted == []
    page.click("#ask")
    with page.expect_response(is_answer_to_post):
        page.click("text=끝내기 >> visible=true >> nth=-1")
    page.wait_for_timeout(200)
    assert site.posted == ["/form"]


def test_an_idle_viewer_is_warned_and_can_stay(page, site):
    page.clock.install()
    page.goto("/form")
    page.clock.fast_forward((IDLE_S - 110) * 1000)  # idle.js ends 20 s early and warns 120 s before
    page.wait_for_selector("#idle[open]")
    assert site.posted == []
    page.clock.fast_forward(60_000)
    assert "초 남음" in page.inner_text("[data-idle-left]")
    with page.expect_response(is_answer_to_post):
        page.click("[data-idle-stay]")
    assert not page.is_visible("#idle")
    # On a slow machine the click itself may have told it before the button did.
    assert set(site.posted) == {page.get_attribute("#idle", "data-ping")}


@pytest.mark.parametrize("path", ["/form?wrong", "/field", "/desk", "/error"])
def test_no_page_scrolls_sideways(page, path):
    page.goto(path)
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_the_menu_opens_and_closes(page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/form")
    assert not page.is_visible("#menu")
    page.click("[data-menu]")
    assert page.get_attribute("[data-menu]", "aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert page.get_attribute("[data-menu]", "aria-expanded") == "false"


def test_the_night_theme_is_kept(page):
    page.goto("/desk")
    page.click(".bar__tools > [data-theme-toggle]")
    page.goto("/form")
    assert page.get_attribute("html", "data-theme") == "night"


def test_script_and_server_tell_a_span_in_the_same_words(page):
    page.goto("/error")
    spans = [0, 59, 60, 3599, 3600, 111900, 259199, 259200, 273600]
    told = page.evaluate("(spans) => spans.map(portal.spanInWords)", spans)
    assert told == [words.span(timedelta(seconds=seconds)) for seconds in spans]


@pytest.mark.parametrize("path", ["/form?wrong", "/field", "/error"])
def test_a_scan_finds_no_barrier(page, path):
    page.goto(path)
    report = Axe().run(page)
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in report.response["violations"]] == []
