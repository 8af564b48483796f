"""The one-time link in a browser, which sends the Origin that the CSRF check reads."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from accounts import actions, clock
from accounts.models import Organisation

PASSWORD = "신호등-시험-1234"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def link(live_server, settings):
    settings.PUBLIC_BASE_URL = live_server.url
    now = datetime.now(UTC)  # noqa: TID251 - a browser's own clock runs here
    with clock.freeze(now):
        county = Organisation.objects.get(code="yeoncheon-welfare")
        made = actions.create_administrator(
            username="first.admin", name="나한결", email="", organisation=county, now=now
        )
        yield made.link.url


def test_an_invited_person_sets_a_password_in_the_browser(browser: Browser, link: str):
    page = browser.new_page()
    page.goto(link)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=again]").fill(PASSWORD)
    page.get_by_role("button", name="비밀번호 저장").click()
    expect(page.locator("body")).to_contain_text("비밀번호를 정했습니다")
    page.close()
