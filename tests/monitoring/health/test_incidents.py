"""A feed in trouble is one incident, told once, and closes when the feed is back."""

import threading
from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connections

from accounts.models import Message
from households.models import Household
from households.rules import Refused
from monitoring import incidents
from monitoring.detection.inputs import INPUTS
from monitoring.models import FeedIncident
from tests.monitoring.health.world import arrived, homes, living, seoul, slot, store

FIRST = date(2026, 6, 27)  # stored days begin; the last is 2026-07-01
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("touched")


def told(kind: str) -> list[str]:
    """To whom an inbox message of this kind went."""
    rows = Message.objects.filter(kind=f"monitoring.{kind}", channel="inbox")
    return list(rows.order_by("id").values_list("recipient__username", flat=True))


# ── late as a whole ──────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_late_feed_opens_one_incident_and_tells_once(now, operator, partner_reviewer):
    homes(3)
    arrived("power", now - 3 * HOUR)
    assert incidents.check(now=now).opened == 0  # a punctual feed may be so far behind
    later = now + 2 * HOUR
    assert incidents.check(now=later).opened == 1
    assert incidents.check(now=later + HOUR) == incidents.Checked()
    incident = FeedIncident.objects.get()
    assert (incident.feed, incident.kind, incident.township) == ("power", "late", None)
    assert (incident.first_hour, incident.last_hour) == (now - 3 * HOUR, None)
    assert (incident.opened_at, incident.households) == (later, 3)
    assert told("power_late_desk") == [operator.username]
    assert told("power_late_partner") == [partner_reviewer.username]


@pytest.mark.django_db
def test_the_partner_of_another_feed_hears_nothing(now, operator, partner_reviewer):
    homes(1, feed="telecom")
    arrived("telecom", now - timedelta(days=3))
    incidents.check(now=now)
    assert told("telecom_late_desk") == [operator.username]
    assert told("telecom_late_partner") == []  # the reviewer works for KEPCO


@pytest.mark.django_db
def test_without_operators_the_county_hears(now, official):
    homes(1)
    arrived("power", now - 9 * HOUR)
    incidents.check(now=now)
    assert official.username in told("power_late_desk")


@pytest.mark.django_db
def test_it_closes_when_the_feed_is_back(now, operator):
    homes(1)
    arrived("power", now - 9 * HOUR)
    incidents.check(now=now)
    arrived("power", now, at=now + HOUR)
    assert incidents.check(now=now + HOUR).closed == 1
    incident = FeedIncident.objects.get()
    assert (incident.closed_at, incident.closed_by) == (now + HOUR, None)
    assert incident.last_hour == now - HOUR
    assert told("power_back_desk") == [operator.username]


@pytest.mark.django_db
def test_a_part_of_what_is_missing_does_not_close_it(now):
    homes(1)
    arrived("power", now - 9 * HOUR)
    incidents.check(now=now)
    arrived("power", now - 7 * HOUR)
    assert incidents.check(now=now).closed == 0


@pytest.mark.django_db
def test_trouble_that_comes_back_at_once_is_the_same_trouble(now, operator):
    homes(1)
    arrived("power", now - 9 * HOUR)
    incidents.check(now=now)
    arrived("power", now - 3 * HOUR)
    incidents.check(now=now)
    incidents.check(now=now + 2 * HOUR)
    incident = FeedIncident.objects.get()
    assert incident.closed_at is None
    assert len(told("power_late_desk")) == 1
    arrived("power", now + 2 * HOUR)
    incidents.check(now=now + 2 * HOUR)
    incidents.check(now=now + 12 * HOUR)
    assert FeedIncident.objects.count() == 2


@pytest.mark.django_db
def test_a_clock_that_is_set_back_closes_what_has_not_happened_yet(now):
    homes(1)
    arrived("power", now)
    incidents.check(now=now + timedelta(days=3))
    assert FeedIncident.objects.get().closed_at is None
    incidents.check(now=now)
    assert FeedIncident.objects.get().closed_at == now


@pytest.mark.django_db(transaction=True)
def test_two_checks_at_once_open_one_incident(now, operator):
    homes(1)
    arrived("power", now - 9 * HOUR)
    faults: list[Exception] = []

    def check() -> None:
        try:
            incidents.check(now=now)
        except Exception as error:  # the thread's own failure must fail the test
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert FeedIncident.objects.count() == 1
    assert told("power_late_desk") == [operator.username]


# ── an area at once ──────────────────────────────────────────────────────────
@pytest.fixture
def street(db, jeongok):
    """Six homes of one township at home for five days, up to noon of 2026-07-01."""
    found = homes(6, township=jeongok)
    for home in found:
        store(home, "power", living(5), first=FIRST)
    return found


def cut(some: list[Household], begin, end, value: float = 0.0) -> None:
    """These homes draw `value` from `begin` to `end`."""
    for home in some:
        values = living(5)
        at = begin
        while at < end:
            values[slot(at, FIRST)] = value
            at += HOUR
        store(home, "power", values, first=FIRST)


@pytest.mark.django_db
def test_a_power_cut_becomes_one_incident(street, baekhak, now, operator, touched):
    elsewhere = homes(6, township=baekhak)
    for home in elsewhere:
        store(home, "power", living(5), first=FIRST)
    cut(street[:3], now - 2 * HOUR, now)
    arrived("power", now)
    assert incidents.check(now=now).opened == 1
    incident = FeedIncident.objects.get()
    assert (incident.kind, incident.township_id) == ("outage", street[0].township_id)
    assert (incident.first_hour, incident.last_hour) == (now - 2 * HOUR, None)
    assert incident.households == 6
    assert told("power_outage_desk") == [operator.username]
    assert touched == {home.pk: now - 2 * HOUR for home in street}
    assert incidents.check(now=now) == incidents.Checked()


@pytest.mark.django_db
def test_one_dark_home_is_a_person_and_no_incident(street, now):
    cut(street[:1], now - 20 * HOUR, now)
    arrived("power", now)
    assert incidents.check(now=now).opened == 0


@pytest.mark.django_db
def test_it_closes_with_its_last_hour_and_its_homes_are_judged_anew(street, now, operator, touched):
    cut(street, now - 2 * HOUR, now)
    arrived("power", now)
    incidents.check(now=now)
    touched.clear()
    later = now + 3 * HOUR
    arrived("power", later)
    assert incidents.check(now=later).closed == 1
    incident = FeedIncident.objects.get()
    assert (incident.first_hour, incident.last_hour) == (now - 2 * HOUR, now - HOUR)
    assert set(touched) == {home.pk for home in street}
    assert told("power_back_desk") == [operator.username]


@pytest.mark.django_db
def test_a_cut_that_was_over_before_we_heard_rings_nobody(street, now, operator, touched):
    cut(street, now - 9 * HOUR, now - 6 * HOUR)
    arrived("power", now)
    incidents.check(now=now)
    incident = FeedIncident.objects.get()
    assert (incident.last_hour, incident.closed_at) == (now - 7 * HOUR, now)
    assert not Message.objects.filter(kind__startswith="monitoring.").exists()
    assert touched


@pytest.mark.django_db
def test_hours_that_are_on_their_way_are_no_outage(street, now):
    cut(street[2:], now - 2 * HOUR, now, value=np.nan)
    arrived("power", now)  # the rest of the street follows with the next file
    assert incidents.check(now=now).opened == 0


@pytest.mark.django_db
def test_hours_that_should_be_here_are_one_and_late_data_take_it_back(street, now, touched):
    cut(street[2:], now - 9 * HOUR, now, value=np.nan)
    arrived("power", now)
    assert incidents.check(now=now).opened == 1
    cut(street[2:], now, now)  # all of it came after all
    touched.clear()
    assert incidents.check(now=now + HOUR).closed == 1
    incident = FeedIncident.objects.get()
    assert incident.last_hour == incident.first_hour
    assert touched


@pytest.mark.django_db
def test_a_cut_of_days_keeps_its_beginning(street, now):
    cut(street, seoul(28, 9, month=6), now)
    arrived("power", seoul(28, 12, month=6))
    incidents.check(now=seoul(28, 12, month=6))
    incident = FeedIncident.objects.get()
    assert incident.first_hour == seoul(28, 9, month=6)
    arrived("power", now)
    incidents.check(now=now)
    incident.refresh_from_db()
    assert (incident.first_hour, incident.closed_at) == (seoul(28, 9, month=6), None)


@pytest.mark.django_db
def test_late_data_that_join_an_older_cut_to_an_open_one_are_one_trouble(street, now):
    cut(street, now - 3 * HOUR, now)
    arrived("power", now)
    incidents.check(now=now)
    standing = FeedIncident.objects.get()
    both = living(5)
    for home in street:
        for at in (*range(-12, -9), *range(-3, 0)):
            both[slot(now + at * HOUR, FIRST)] = 0.0
        store(home, "power", both, first=FIRST)
    incidents.check(now=now)  # a cut of the morning, that was over before we heard
    assert FeedIncident.objects.count() == 2
    cut(street, now - 12 * HOUR, now)
    incidents.check(now=now)
    standing.refresh_from_db()
    assert (standing.closed_at, standing.first_hour) == (None, now - 12 * HOUR)


@pytest.mark.django_db
def test_trouble_that_goes_on_again_has_its_homes_judged_anew(street, now, touched):
    cut(street, now - 5 * HOUR, now - 3 * HOUR)
    arrived("power", now - 2 * HOUR)
    incidents.check(now=now - 2 * HOUR)
    incident = FeedIncident.objects.get()
    assert incident.last_hour == now - 4 * HOUR
    touched.clear()
    both = living(5)
    for home in street:
        for at in (-5, -4, -1):
            both[slot(now + at * HOUR, FIRST)] = 0.0
        store(home, "power", both, first=FIRST)
    arrived("power", now)
    incidents.check(now=now)
    incident.refresh_from_db()
    assert incident.closed_at is None
    assert set(touched.values()) == {now - 4 * HOUR}  # what lay between is unknown from now on


@pytest.mark.django_db
def test_a_telephone_network_that_is_down_is_noticed(now, jeongok):
    first = date(2026, 6, 1)
    found = homes(40, feed="telecom", township=jeongok)
    draw = np.random.default_rng(3)
    for home in found:
        hour = np.arange(24)
        usual = np.where((hour >= 7) & (hour < 23), 0.6, 0.05)
        calls = (draw.random((31, 24)) < usual).astype(np.float32)
        calls[29, 10:16] = 0  # 2026-06-30, ten to four: nobody's telephone speaks
        for metric in ("calls_out", "calls_in", "sms_out", "data_mb"):
            store(home, metric, calls if metric == "data_mb" else 0 * calls, first=first)
    arrived("telecom", seoul(1))
    assert incidents.check(now=now).opened == 1
    incident = FeedIncident.objects.get()
    assert incident.feed == "telecom"
    assert seoul(30, 10, month=6) <= incident.first_hour <= seoul(30, 12, month=6)
    assert incident.last_hour == seoul(30, 15, month=6)


@pytest.mark.django_db
def test_an_outage_after_which_nothing_comes_stays_masked(jeongok):
    """Their telephones die on 29 June at nine, and from 1 July on the partner sends nothing."""
    found = homes(20, feed="telecom", township=jeongok)
    first = date(2026, 6, 1)
    calls = np.zeros((30, 24), np.float32)
    calls[:, 8:22] = 2
    calls[28, 9:] = calls[29:] = 0
    for home in found:
        store(home, "calls_out", calls, first=first)
    arrived("telecom", seoul(1))
    incidents.check(now=seoul(1, 9))
    outage = FeedIncident.objects.get(kind="outage")
    ids = [home.pk for home in found]
    for now in (seoul(5, 9), seoul(9, 9), seoul(10, 9), seoul(20, 9)):
        incidents.check(now=now)
        masked = incidents.masks(ids, outage.first_hour, 24)
        assert masked[INPUTS.index("line")].all(), now


# ── by hand ──────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_an_operator_closes_it_with_a_note_and_it_stays_closed(now, operator, operator2):
    homes(1)
    arrived("power", now - 9 * HOUR)
    incidents.check(now=now)
    incident = FeedIncident.objects.get()
    with pytest.raises(Refused):
        incidents.close(incident=incident, by=operator, now=now, note=" ")
    closed = incidents.close(incident=incident, by=operator, now=now, note="검침 중단 공지")
    assert (closed.closed_by, closed.note) == (operator, "검침 중단 공지")
    again = incidents.close(incident=incident, by=operator, now=now + HOUR, note="두 번")
    assert again.closed_at == now
    with pytest.raises(Refused):
        incidents.close(incident=incident, by=operator2, now=now, note="저도")
    assert incidents.check(now=now + HOUR).opened == 0
    arrived("power", now - 5 * HOUR)  # something new came, and it is late again
    assert incidents.check(now=now + HOUR).opened == 1


@pytest.mark.django_db
def test_an_outage_closed_by_hand_is_not_opened_for_the_same_stretch(street, now, operator):
    cut(street, now - 5 * HOUR, now)
    arrived("power", now)
    incidents.check(now=now)
    incidents.close(incident=FeedIncident.objects.get(), by=operator, now=now, note="한전 확인")
    assert incidents.check(now=now) == incidents.Checked()


@pytest.mark.django_db
def test_a_clerk_closes_nothing(now, clerk_jeongok, outsider):
    homes(1)
    arrived("power", now - 9 * HOUR)
    incidents.check(now=now)
    for person in (clerk_jeongok, outsider):
        with pytest.raises(Refused):
            incidents.close(incident=FeedIncident.objects.get(), by=person, now=now, note="끝")


# ── what it makes unknown ────────────────────────────────────────────────────
@pytest.mark.django_db
def test_masks_cover_the_homes_and_inputs_of_an_outage(street, baekhak, now):
    other = homes(1, township=baekhak)[0]
    ids = [street[0].pk, other.pk]
    assert not incidents.masks(ids, now - 6 * HOUR, 6).any()
    FeedIncident.objects.create(
        feed="app",
        kind="outage",
        township=street[0].township,
        first_hour=now - 5 * HOUR,
        last_hour=now - 4 * HOUR,
        opened_at=now,
        closed_at=now,
    )
    masked = incidents.masks(ids, now - 6 * HOUR, 6)
    assert masked.shape == (5, 2, 6)
    for name in INPUTS:
        hours = np.flatnonzero(masked[INPUTS.index(name), 0]).tolist()
        assert hours == ([1, 2] if name in ("phone", "app", "steps") else [])
    assert not masked[:, 1].any()
    assert incidents.masks([ids[0]], now - 4 * HOUR, 3)[INPUTS.index("app"), 0].tolist() == [
        True,
        False,
        False,
    ]


@pytest.mark.django_db
def test_a_late_feed_masks_nothing_for_what_comes_is_real(now):
    home = homes(1)[0]
    arrived("power", now - 9 * HOUR)
    incidents.check(now=now)
    assert not incidents.masks([home.pk], now - 9 * HOUR, 9).any()
    assert list(incidents.still_open().values_list("feed", flat=True)) == ["power"]
