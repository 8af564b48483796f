"""Pages round the visit in a real browser: a neighbour's link, the rota, the replay, afterwards."""

from datetime import time, timedelta
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from dispatch import actions
from dispatch.follow_up.actions import note_need, set_follow_up
from dispatch.models import ResponderRule
from dispatch.neighbours.actions import ask_neighbour
from households.days import local_day
from monitoring.models import Delivery, Metric, SignalDay
from monitoring.partitions import ensure_partitions
from tests.browser.test_visit import DESK, PHONE, no_barriers, phone, shot  # noqa: F401
from tests.dispatch_pages.conftest import NAME, claimed, home, red  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_neighbour_answers_from_the_link(phone, settings, claimed, operator, outsider, now):  # noqa: F811
    settings.TWILIO = {
        **settings.TWILIO,
        "ACCOUNT_SID": "AC1",
        "AUTH_TOKEN": "t",
        "FROM_NUMBER": "+82316000000",
    }
    contact = claimed.household.contacts.get()
    link = ask_neighbour(case=claimed, contact=contact, by=operator, now=now)
    page = phone(outsider, "/me/")
    page.context.clear_cookies()
    page.goto(link.url.removeprefix(settings.PUBLIC_BASE_URL))
    expect(page.locator("h1")).to_have_text("영수 님을 보셨나요?")
    expect(page.locator("body")).not_to_contain_text(NAME)
    shot(page, "neighbour-390")
    page.set_viewport_size(DESK)
    shot(page, "neighbour-1440")
    page.set_viewport_size(PHONE)
    no_barriers(page)
    page.get_by_role("button", name="잘 있는 것을 봤어요").dblclick()
    expect(page.locator("h1")).to_have_text("알려 주셔서 고맙습니다")
    shot(page, "neighbour-thanks-390")
    no_barriers(page)
    log = claimed.events.filter(kind__startswith="neighbour").order_by("id")
    kinds = list(log.values_list("kind", flat=True))
    assert kinds[0] == "neighbour_asked"
    assert kinds.count("neighbour_said") == 1
    assert kinds.count("neighbour_opened") == 1


def write_rota(*, by: Any, at_night: Any, now: Any) -> None:
    """The township's office by day on working days, one person at night."""
    common = {"valid_from": local_day(now), "created_at": now, "created_by": by}
    day, night = time(9), time(18)
    office = {"days": "working", "from_time": day, "until_time": night, "whom": "office"}
    single = {"days": "any", "from_time": night, "until_time": day, "whom": "person"}
    ResponderRule.objects.create(rank=1, **office, **common)
    ResponderRule.objects.create(rank=2, person=at_night, **single, **common)


def write_readings(household: Any, *, now: Any) -> None:
    """Electricity until ten in the morning, told at eleven."""
    today, hours = local_day(now), np.full(24, np.nan, np.float32)
    hours[:10] = 0.11
    ensure_partitions(today, today)
    SignalDay.objects.create(
        household_id=household.pk, day=today, metric=Metric.POWER, values=hours.tobytes()
    )
    Delivery.objects.create(
        feed="power",
        source="api",
        state="accepted",
        received_at=now - timedelta(hours=1),
        data_until=now - timedelta(hours=2),
        seconds=0.0,
    )


@pytest.mark.parametrize(("size", "name"), [(DESK, "1440"), (PHONE, "390")])
def test_afterwards(phone, claimed, operator, official, responder, now, size: Any, name):  # noqa: F811
    household = claimed.household
    set_follow_up(
        household=household,
        how="visit",
        due_on=local_day(now),
        by=operator,
        now=now,
        note="약을 드시는지",
    )
    note_need(household=household, kind="care", note="끼니를 거름", by=operator, now=now)
    later = now + timedelta(minutes=17)
    write_rota(by=official, at_night=responder, now=now)
    write_readings(household, now=now)
    actions.close(
        case=claimed, by=operator, reason="fine", evidence_kind="spoke", note="본인", now=later
    )
    page = phone(official, "/follow-ups/", size)
    shot(page, f"follow-ups-{name}")
    no_barriers(page)
    page.goto(f"/households/{household.uid}/")
    expect(page.locator("#hh-follow")).to_be_visible()
    no_barriers(page)
    page.goto("/rota/")
    expect(page.locator("main")).to_contain_text("출도윤")
    shot(page, f"rota-{name}")
    no_barriers(page)
    page.goto(f"/cases/{claimed.uid}/replay/")
    expect(page.locator("#replay")).to_be_visible()
    before = page.locator("[data-clock]").inner_text()
    page.locator("#replay-at").press("ArrowRight")
    expect(page.locator("[data-clock]")).not_to_have_text(before)
    expect(page.locator("table")).to_contain_text("0.11 kWh (그때는 아직 안 옴)")
    page.get_by_role("button", name="다음 일").click()
    expect(page.locator("[data-title]")).to_have_text("종결")
    shot(page, f"replay-{name}")
    no_barriers(page)
