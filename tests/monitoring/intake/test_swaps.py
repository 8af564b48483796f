"""A meter that was changed, or a person who left, some days before anybody told the portal."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from households import actions
from households.actions import LinkInput
from households.rules import Refused
from monitoring import hours
from monitoring.models import RawReading, SignalDay
from monitoring.scoring import memory
from tests.cast import sign_in
from tests.households.factories import make_household, maker
from tests.monitoring.files import csv, day_rows, deliver, slots

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]
TODAY = date(2026, 7, 1)
DAYS = [TODAY - timedelta(days=back) for back in (4, 3, 2, 1)]


@pytest.fixture
def home():
    made = make_household(meter="OLD-1", device="D-1")
    deliver([row for day in DAYS for row in day_rows("OLD-1", day)])
    return made


def swap(home, now, on=DAYS[1], partner_id="NEW-1"):
    link = LinkInput(feed="power", partner_id=partner_id, valid_from=on)
    return actions.swap_feed(household=home, link=link, by=maker(), now=now)


def days_of(home):
    return sorted(SignalDay.objects.filter(household_id=home.pk).values_list("day", flat=True))


def test_a_swap_is_dated_back_and_the_new_meters_days_fill_in(home, now):
    swap(home, now)
    links = home.feed_links.filter(feed="power").values_list("partner_id", "valid_from", "valid_to")
    assert list(links)[1:] == [("NEW-1", DAYS[1], None)]
    assert links[0][2] == DAYS[1]
    assert days_of(home) == DAYS[:1]
    receipt = deliver([row for day in DAYS for row in day_rows("NEW-1", day, kwh=0.2)])
    assert (receipt.accepted, receipt.unknown) == (72, 24)
    assert deliver(day_rows("OLD-1", DAYS[2])).unknown == 24
    assert slots(home.pk, DAYS[0])[0] == 0.5
    assert slots(home.pk, DAYS[2])[0] == 0.2


def test_a_link_that_ended_in_the_past_leaves_nothing_of_the_next_tenant(home, now):
    events = [("D-1", f"{day}T08:00:00", "unlock", "") for day in DAYS]
    deliver(csv(events, "device_id,at,event,value"), feed="app")
    actions.unlink_feed(household=home, feed="power", by=maker(), now=now, on=DAYS[2])
    power = SignalDay.objects.filter(household_id=home.pk, metric__startswith="power")
    assert sorted(power.values_list("day", flat=True)) == DAYS[:2]
    assert RawReading.objects.count() == 4
    actions.unlink_feed(household=home, feed="app", by=maker(), now=now, on=DAYS[2])
    assert RawReading.objects.count() == 2
    assert sorted(set(days_of(home))) == DAYS[:2]


def test_what_was_concluded_from_it_is_judged_again(home, now, monkeypatch):
    seen = []
    monkeypatch.setattr("monitoring.scoring.score", lambda **given: seen.append(given))
    memory.put(np.array([home.pk]), memory.blank(1), np.array([hours.hour_of(now)]))
    swap(home, now)
    assert seen == [{"now": now, "household_ids": [home.pk]}]
    from monitoring.models import Rescore

    assert Rescore.objects.get().since == datetime(2026, 6, 27, 15, tzinfo=UTC)


def test_a_link_that_ends_today_keeps_the_morning(home, now):
    deliver(day_rows("OLD-1", TODAY)[:10])
    actions.unlink_feed(household=home, feed="power", by=maker(), now=now)
    assert slots(home.pk, TODAY)[0] == 0.5


@pytest.mark.parametrize(
    ("on", "partner_id", "why"),
    [
        (TODAY + timedelta(days=1), "NEW-1", "오늘보다 뒤"),
        (date(2026, 1, 1), "NEW-1", "앞섭니다"),
        (TODAY, "OLD-1", "같습니다"),
        (TODAY, "no way", "숫자와 영문"),
    ],
)
def test_a_swap_that_cannot_be_right_changes_nothing(home, now, on, partner_id, why):
    with pytest.raises(Refused, match=why):
        swap(home, now, on, partner_id)
    assert home.feed_links.get(feed="power").valid_to is None
    assert days_of(home) == DAYS


def test_without_a_link_there_is_nothing_to_swap(now):
    with pytest.raises(Refused, match="연결된 번호가 없습니다"):
        swap(make_household(device="D-2"), now)


def test_a_clerk_swaps_and_ends_with_a_date_on_the_page(home, client):
    sign_in(client, maker())
    page = f"{home.get_absolute_url()}feeds/power/"
    assert "번호 바꾸기" in client.get(home.get_absolute_url()).content.decode()
    assert "옛 번호로 온 자료를 지웁니다" in client.get(f"{page}swap/").content.decode()
    client.post(f"{page}swap/", {"partner_id": "NEW-1", "valid_from": f"{DAYS[1]}"})
    assert days_of(home) == DAYS[:1]
    client.post(f"{page}unlink/", {"on": f"{DAYS[0]}"})
    link = home.feed_links.get(partner_id="NEW-1")
    assert link.valid_to == link.valid_from == DAYS[1]
