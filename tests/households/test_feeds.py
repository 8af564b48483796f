"""Meters, lines and devices: one household each, one each per household, at any time."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import User
from households import actions, valve
from households.actions import LinkInput
from households.models import FeedLink, Household
from households.rules import Refused
from tests.households.conftest import ClientOf
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db

TODAY = date(2026, 7, 1)


def power(partner_id: str, on: date = TODAY) -> LinkInput:
    return LinkInput(feed="power", partner_id=partner_id, valid_from=on)


def test_a_meter_is_swapped_without_gap_or_overlap(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, meter="OLD-1")
    actions.unlink_feed(household=home, feed="power", by=clerk_jeongok, now=now)
    actions.link_feed(household=home, link=power("NEW-1"), by=clerk_jeongok, now=now)
    rows = valve.links_for("power", ["OLD-1", "NEW-1", "NOBODY"])
    assert [(row.partner_id, row.valid_from, row.valid_to) for row in rows] == [
        ("NEW-1", TODAY, None),
        ("OLD-1", date(2026, 3, 23), TODAY),
    ]


def test_a_meter_moves_to_the_next_household(clerk_jeongok: User, now: datetime) -> None:
    old = make_household(clerk=clerk_jeongok, meter="M-1")
    new = make_household(
        clerk=clerk_jeongok, state="under_review", consents=["collection", "kepco"]
    )
    with pytest.raises(Refused, match="다른 가구"):
        actions.link_feed(household=new, link=power("M-1"), by=clerk_jeongok, now=now)
    actions.unlink_feed(household=old, feed="power", by=clerk_jeongok, now=now)
    actions.link_feed(household=new, link=power("M-1"), by=clerk_jeongok, now=now)
    assert [row.household_id for row in valve.links_for("power", ["M-1"])] == [old.pk, new.pk]


def test_linking_twice_is_refused(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")
    for partner_id in ("M-1", "M-2"):
        with pytest.raises(Refused, match="이미 연결된"):
            actions.link_feed(household=home, link=power(partner_id), by=clerk_jeongok, now=now)


def test_linking_needs_the_partners_consent(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok)
    app = LinkInput(feed="app", partner_id="D-1", valid_from=TODAY)
    with pytest.raises(Refused, match="행복커넥트 동의"):
        actions.link_feed(household=home, link=app, by=clerk_jeongok, now=now)


@pytest.mark.parametrize("partner_id", ["", "  ", "번호", "a b", "x" * 65])
def test_a_strange_number_is_refused(partner_id: str, clerk_jeongok: User, now: datetime) -> None:
    home = make_household(
        clerk=clerk_jeongok, state="under_review", consents=["collection", "kepco"]
    )
    with pytest.raises(Refused, match="숫자와 영문"):
        actions.link_feed(household=home, link=power(partner_id), by=clerk_jeongok, now=now)


def test_second_unlinking_changes_nothing(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")
    actions.unlink_feed(household=home, feed="power", by=clerk_jeongok, now=now)
    with pytest.raises(Refused, match="이미 끊었습니다"):
        actions.unlink_feed(
            household=home, feed="power", by=clerk_jeongok, now=now + timedelta(days=1)
        )
    assert home.feed_links.get().valid_to == TODAY


def add(home: Household, **changes: Any) -> FeedLink:
    values = {"feed": "power", "partner_id": "X-1", "valid_from": TODAY, **changes}
    return FeedLink.objects.create(household=home, **values)


def test_the_database_refuses_overlapping_links() -> None:
    one, two = make_household(meter="M-1"), make_household(meter="M-2")
    with pytest.raises(IntegrityError, match="one_household_per_partner_id"), transaction.atomic():
        FeedLink.objects.filter(household=two).update(partner_id="M-1")
    with pytest.raises(IntegrityError, match="one_per_household_and_feed"), transaction.atomic():
        add(one)
    with pytest.raises(IntegrityError, match="one_per_household_and_feed"), transaction.atomic():
        add(one, valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 24))
    add(one, valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 23))
    add(one, feed="telecom", partner_id="M-1")


@pytest.mark.parametrize(
    "nonsense", [{"valid_to": date(2026, 1, 1)}, {"feed": "gas"}, {"partner_id": ""}]
)
def test_the_database_refuses_nonsense(nonsense: dict[str, Any]) -> None:
    home = make_household(meter="M-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedLink.objects.filter(household=home).update(**nonsense)


def test_links_for_many_ids_takes_two_queries(django_assert_num_queries: Any) -> None:
    ids = [f"M-{n}" for n in range(5)]
    for partner_id in ids:
        make_household(meter=partner_id)
    with django_assert_num_queries(2):
        assert len(valve.links_for("power", ids)) == 5


def test_an_unknown_feed_is_an_error() -> None:
    with pytest.raises(KeyError):
        valve.links_for("gas", ["1"])


def test_clerk_links_and_unlinks_on_the_page(client_of: ClientOf, clerk_jeongok: User) -> None:
    home = make_household(clerk=clerk_jeongok, meter="METER-123456")
    client = client_of(clerk_jeongok)
    page = client.get(home.get_absolute_url()).content.decode()
    assert "********3456" in page
    assert "METER-123456" not in page
    client.post(f"{home.get_absolute_url()}feeds/power/unlink/")
    client.post(
        f"{home.get_absolute_url()}feeds/power/link/",
        {"partner_id": "METER-777777", "valid_from": "2026-07-01"},
    )
    assert home.feed_links.get(valid_to__isnull=True).partner_id == "METER-777777"
    assert client.get(f"{home.get_absolute_url()}feeds/gas/link/").status_code == 404


@pytest.mark.parametrize("copy", [valve._links, valve._standing])
def test_a_fault_of_the_database_while_it_copies_is_one_of_django(copy: Any) -> None:
    with pytest.raises(DatabaseError):
        copy("no_such_column = 1")
