"""Ids and single rows of receipts: few, masked, and not for ever."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Message
from monitoring import retention
from monitoring.intake import unknown
from monitoring.models import Delivery, UnknownId
from monitoring.models.deliveries import DETAILS_KEPT
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows, deliver

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
STRANGER, REFUSED_ID = "STRANGER-0001", "NOBODYS-METER-9999"


@pytest.fixture
def receipt(frozen_clock):
    """Of a file with a stranger, a person without consent and an id that is none."""
    make_household(meter="WITHDRAWN-7777", consents=["collection"])
    rows = [
        *day_rows(STRANGER)[:1],
        *day_rows("WITHDRAWN-7777")[:1],
        *day_rows(f"{REFUSED_ID}\x07")[:1],
        (REFUSED_ID, "2026-06-30T03:00"),
    ]
    return deliver(csv(rows))


def waiting():
    return set(UnknownId.objects.values_list("partner_id", flat=True))


def test_ids_of_people_without_consent_are_counted_and_not_kept(receipt):
    assert (receipt.rows, receipt.no_consent, receipt.unknown) == (4, 1, 1)
    assert "7777" not in str([receipt.set_aside, receipt.errors])


def test_a_page_and_its_csv_show_ids_masked(receipt, client, official):
    sign_in(client, official)
    for name in ("delivery", "delivery_rejected"):
        page = client.get(reverse(f"monitoring:{name}", args=[receipt.uid])).content.decode()
        assert STRANGER not in page
        assert REFUSED_ID not in page
        assert "METER" not in page
    assert receipt.rejected == 2


def test_rows_and_ids_of_a_receipt_go_and_its_counts_stay(receipt, now, client, official):
    page = reverse("monitoring:delivery", args=[receipt.uid])
    retention.tidy(now=receipt.received_at + DETAILS_KEPT)
    receipt.refresh_from_db()
    assert receipt.errors
    assert receipt.set_aside
    assert "지우고 수만" not in sign_in(client, official).get(page).content.decode()
    retention.tidy(now=receipt.received_at + DETAILS_KEPT + SECOND)
    receipt.refresh_from_db()
    assert (receipt.errors, receipt.set_aside) == ([], {})
    assert (receipt.rejected, receipt.unknown, receipt.no_consent) == (2, 1, 1)
    assert "지우고 수만" in client.get(page).content.decode()


def test_an_unknown_id_goes_when_no_file_names_it_any_more(now, official):
    deliver(day_rows("GONE-1") + day_rows("STAYS-1"))
    UnknownId.objects.create(
        feed="power",
        partner_id="DISCARDED-1",
        first_seen_at=now,
        last_seen_at=now,
        discarded_at=now,
        discarded_by=official,
    )
    later = now + unknown.KEPT
    deliver(day_rows("STAYS-1"), now=later)
    retention.tidy(now=later + SECOND)
    assert waiting() == {"STAYS-1", "DISCARDED-1"}
    retention.tidy(now=now + unknown.DISCARDED_KEPT + SECOND)
    assert waiting() == set()


def test_unknown_ids_have_a_ceiling_and_the_officials_hear_of_it_once(now, official, monkeypatch):
    monkeypatch.setattr(unknown, "MOST_OF_A_FILE", 3)
    monkeypatch.setattr(unknown, "MOST_WAITING", 5)
    files = [[(f"X-{file}{n}", "2026-06-30T01:00", 1) for n in range(4)] for file in range(3)]
    for rows in files:
        delivery = deliver(rows)
        assert (delivery.unknown, len(delivery.set_aside["unknown"])) == (4, 4)
    assert waiting() == {"X-00", "X-01", "X-02", "X-10", "X-11"}
    (told,) = Message.objects.filter(kind=unknown.KIND, recipient=official)
    assert (told.link_path, told.count) == ("/feeds/unknown/", 1)
    deliver(files[0], now=now + unknown.KEPT)
    assert UnknownId.objects.get(partner_id="X-00").last_seen_at == now + unknown.KEPT
    assert Delivery.objects.count() == 4
