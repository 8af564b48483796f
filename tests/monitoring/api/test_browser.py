"""The pages around the partners in a real browser, under the portal's own security policy."""

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

from accounts.models import Organisation
from households import actions as households
from monitoring import partners, unknown_ids
from monitoring.models import PartnerToken, UnknownId
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.files import day_rows, deliver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("SHOTS")  # a folder: every page is also photographed
SIZES = {"1440": {"width": 1440, "height": 900}, "390": {"width": 390, "height": 844}}
# Drawn by Swagger UI itself, whose markup is not ours; everything around it must be clean.
NOT_OURS = "#api-docs"


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """open_as(official, "/feeds/tokens/", "390"): a page that notes what the policy refused."""
    contexts = []

    def go(user: Any, path: str, width: str) -> Page:
        cookie = sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME]
        context = browser.new_context(
            viewport=SIZES[width], base_url=live_server.url, locale="ko-KR"
        )
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        context.add_init_script(
            "window.refusedByPolicy = [];"
            "addEventListener('securitypolicyviolation', (event) => window.refusedByPolicy.push("
            "`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()


def look_at(page: Page, name: str) -> None:
    """No barrier, no sideways scroll, nothing that the policy refuses; and a picture."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    found = Axe().run(page, context={"exclude": [[NOT_OURS]]})
    told = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found.response["violations"]]
    assert told == []
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
    assert page.evaluate("window.refusedByPolicy") == []


@pytest.fixture
def tokens(frozen_clock: Any, now: Any) -> list[PartnerToken]:
    """One in use, one that ends soon, one revoked."""
    kepco = Organisation.objects.get(code="kepco-yeoncheon")
    skt = Organisation.objects.get(code="skt")
    made = [
        partners.issue(
            feed="power",
            organisation=kepco,
            by=None,
            now=now,
            networks=["203.0.113.0/28", "2001:db8:12::/48"],
        )[0],
        partners.issue(
            feed="telecom", organisation=skt, by=None, now=now, valid_for=timedelta(days=6)
        )[0],
        partners.issue(feed="telecom", organisation=skt, by=None, now=now)[0],
    ]
    partners.revoke(token=made[2], by=None, now=now)
    return made


@pytest.fixture
def strangers(frozen_clock: Any, official: Any, now: Any) -> UnknownId:
    free = make_household(meter="OLD-1")
    households.unlink_feed(household=free, feed="power", by=official, now=now)
    make_household(meter="M-1")
    deliver([*day_rows("NEW-7"), *day_rows("0312345678"), *day_rows("TEST-1")])
    unknown_ids.discard_unknown(feed="power", partner_id="TEST-1", why="test", by=official, now=now)
    return UnknownId.objects.get(partner_id="NEW-7")


@pytest.mark.parametrize("width", SIZES)
def test_the_description_of_the_api_is_drawn_under_the_policy(open_as, official, width):
    page = open_as(official, "/api/docs/", width)
    assert "script-src 'self'" in page.request.get("/api/docs/").headers["content-security-policy"]
    row = page.locator("#api-docs .opblock-summary")
    expect(row).to_be_visible()
    row.click()
    expect(page.locator("#api-docs .opblock-body")).to_contain_text("Power, hourly")
    expect(page.locator("#api-docs .opblock-body")).to_contain_text("Retry-After")
    look_at(page, f"api-docs-{width}")


@pytest.mark.parametrize("width", SIZES)
def test_a_key_is_made_and_changed_in_the_browser(open_as, administrator, tokens, width):
    page = open_as(administrator, "/feeds/tokens/", width)
    look_at(page, f"tokens-{width}")
    page.get_by_role("link", name="새 열쇠").click()
    page.get_by_label("전력 계량기").check()
    page.get_by_label("기관").select_option(label="한국전력 연천지사")
    page.get_by_label("열쇠를 쓸 수 있는 네트워크").fill("203.0.113.7/24")
    page.get_by_role("button", name="열쇠 만들기").click()
    expect(page.locator("main")).to_contain_text("네트워크로 읽을 수 없습니다")
    look_at(page, f"token-form-{width}")
    page.get_by_label("열쇠를 쓸 수 있는 네트워크").fill("203.0.113.0/28")
    page.get_by_role("button", name="열쇠 만들기").dblclick()
    expect(page.get_by_label("열쇠", exact=True)).to_be_visible()
    assert len(page.get_by_label("열쇠", exact=True).input_value()) > 40
    look_at(page, f"token-secret-{width}")
    assert PartnerToken.objects.count() == 4
    page.get_by_role("link", name="전달했습니다").click()
    page.get_by_role("button", name="거두기").first.click()
    page.locator("#confirm").get_by_role("button", name="거두기").click()
    expect(page.locator("main")).to_contain_text("열쇠를 거두었습니다")
    assert PartnerToken.objects.filter(revoked_at__isnull=False).count() == 2


@pytest.mark.parametrize("width", SIZES)
def test_a_stranger_is_linked_in_the_browser(open_as, official, strangers, width):
    page = open_as(official, "/feeds/unknown/", width)
    look_at(page, f"unknown-{width}")
    row = page.get_by_role("row").filter(has_text="*EW-7")
    row.get_by_role("link", name="치우기").click()
    look_at(page, f"unknown-discard-{width}")
    page.go_back()
    row.get_by_role("link", name="번호 보기").click()
    look_at(page, f"unknown-reason-{width}")
    page.locator("label.choice").first.click()
    page.get_by_role("button", name="번호 보기").click()
    expect(page.locator("main")).to_contain_text("NEW-7")
    look_at(page, f"unknown-number-{width}")
    page.get_by_role("link", name="목록으로").click()
    row.get_by_role("link", name="가구에 연결").click()
    look_at(page, f"unknown-link-{width}")
    assert "NEW-7" not in page.url
    page.get_by_label("가구번호").fill("2")
    page.get_by_role("button", name="가구 찾기").click()
    expect(page.locator("main")).to_contain_text("다른 번호가 연결되어 있습니다")
    look_at(page, f"unknown-link-found-{width}")
    page.get_by_role("link", name="연결을 기다리는 가구 보기").click()
    page.locator("label.choice").first.click()
    page.get_by_role("button", name="연결하기").dblclick()
    expect(page.locator("main")).to_contain_text("에 연결했습니다.")
    page.goto("/feeds/unknown/?state=discarded")
    expect(page.locator("main")).to_contain_text("기관의 시험용 번호")
    look_at(page, f"unknown-discarded-{width}")
