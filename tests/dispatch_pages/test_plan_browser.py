"""The plan's page on a desk and on a telephone: tried out, saved, without barriers."""

import pytest
from playwright.sync_api import expect

from dispatch.models import EscalationPlan
from tests.dispatch_pages.test_browser import no_barriers, no_sideways_scroll, open_as, shot

__all__ = ["open_as"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def test_tried_out_and_saved(open_as, official, frozen_clock):
    page = open_as(official, "/plans/", WIDE)
    no_barriers(page)
    page.locator("#id_l0-calls").fill("0, 10")
    page.get_by_role("button", name="미리 보기").click()
    expect(page.locator("main")).to_contain_text("지금 계획과 다릅니다")
    expect(page.locator("main")).to_contain_text("없어짐")
    no_barriers(page)
    shot(page, "plan-1440")
    page.get_by_label("변경 사유").fill("봄철 점검")
    page.get_by_role("button", name="저장").click()
    expect(page.locator("main")).to_contain_text("1판을 저장했습니다")
    assert EscalationPlan.objects.get().body["ladders"][0]["steps"][1]["minutes"] == 10


def test_on_a_telephone(open_as, official, frozen_clock):
    page = open_as(official, "/plans/", PHONE)
    no_sideways_scroll(page)
    no_barriers(page)
    shot(page, "plan-390")
