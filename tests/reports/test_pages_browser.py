"""The county's pages in a real browser: barriers, widths, paper, shapes that are doors."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests.cast import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("SHOTS")  # a folder: every page is also photographed
PATHS = ("/dashboard/", "/years/2026/", "/pledge/")


@pytest.fixture
def page(browser: Browser, live_server: Any, official: Any, county: Any, card: Any) -> Iterator:
    """A window of the official in front of a county with cases."""
    cookie = sign_in(Client(), official).cookies[settings.SESSION_COOKIE_NAME]
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, base_url=live_server.url, locale="ko-KR"
    )
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert wrong == []


def shot(page: Page, path: str, name: object) -> None:
    if SHOTS:
        stem = path.strip("/").replace("/", "-")
        page.screenshot(path=str(Path(SHOTS) / f"{stem}-{name}.png"), full_page=True)


def barriers(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]


def test_no_page_has_a_barrier_or_scrolls_sideways(page):
    for path in PATHS:
        page.goto(path)
        for width in (1440, 390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            shot(page, path, width)
            if width != 320:
                assert barriers(page) == [], (path, width)
        page.set_viewport_size({"width": 1440, "height": 900})


def test_a_township_and_a_bar_are_doors(page):
    page.goto("/dashboard/")
    page.locator(".tmap a[aria-label^='전곡읍']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("대상자 4가구")
    page.goto("/dashboard/")
    page.locator(".hist a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("건 목록 1건")


def test_paper_has_a_head_and_no_menu(page):
    for path in PATHS:
        page.goto(path)
        expect(page.locator(".print-head")).to_be_hidden()
        page.emulate_media(media="print")
        expect(page.locator(".print-head")).to_contain_text("2026. 7. 20. 12:00 기준")
        expect(page.locator("#menu")).to_be_hidden()
        expect(page.locator("[data-print]")).to_be_hidden()
        page.set_viewport_size({"width": 703, "height": 1000})  # the text column of A4
        assert page.evaluate("document.documentElement.scrollWidth") <= 703, path
        shot(page, path, "print")
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1440, "height": 900})
