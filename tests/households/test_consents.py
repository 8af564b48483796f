"""Consent is a valve: what the intake may keep follows it at once."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AccessLog, User
from households import actions, signals, valve
from households.actions import ConsentInput
from households.consent_texts import CONSENT_TEXTS, VERSION
from households.models import Consent, Enrolment, Purpose
from households.rules import Refused
from tests.households.conftest import ClientOf
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db

TODAY = date(2026, 7, 1)
ENTERED = date(2026, 3, 23)


@pytest.fixture
def heard() -> Any:
    """What `consent_withdrawn` announced, as (household, purpose)."""
    said: list[tuple[int, str]] = []

    def hear(household: Any, purpose: str, **_: Any) -> None:
        said.append((household.pk, purpose))

    signals.consent_withdrawn.connect(hear)
    yield said
    signals.consent_withdrawn.disconnect(hear)


def link(partner_id: str = "M-1", feed: str = "power") -> valve.LinkRow:
    (row,) = valve.links_for(feed, [partner_id])
    return row


def test_standing_consent_opens_the_valve() -> None:
    home = make_household(meter="M-1")
    assert link() == ("M-1", home.pk, ENTERED, None, ENTERED, None)


def test_withdrawal_closes_it_at_once_and_is_announced(
    clerk_jeongok: User, now: datetime, heard: list[tuple[int, str]]
) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")
    actions.withdraw_consent(household=home, purpose="kepco", by=clerk_jeongok, now=now)
    assert (link().consent_from, link().consent_to) == (None, TODAY)
    assert heard == [(home.pk, "kepco")]
    assert Enrolment.objects.get(household=home).state == "active"


def test_a_failing_listener_keeps_the_consent(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")

    def fail(**_: Any) -> None:
        raise RuntimeError("the purge could not be written down")

    signals.consent_withdrawn.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            actions.withdraw_consent(household=home, purpose="kepco", by=clerk_jeongok, now=now)
    finally:
        signals.consent_withdrawn.disconnect(fail)
    assert link().consent_from == ENTERED


def test_consent_given_again_opens_from_its_own_day(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")
    actions.withdraw_consent(household=home, purpose="kepco", by=clerk_jeongok, now=now)
    later = now + timedelta(days=5)
    again = ConsentInput(purpose="kepco", method="phone", on=date(2026, 7, 6))
    actions.give_consent(household=home, consent=again, by=clerk_jeongok, now=later)
    assert link().consent_from == date(2026, 7, 6)
    assert home.consents.filter(purpose="kepco").count() == 2


def test_withdrawing_one_partner_leaves_the_others(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1", line="L-1")
    actions.withdraw_consent(household=home, purpose="skt", by=clerk_jeongok, now=now)
    assert link().consent_from == ENTERED
    assert link("L-1", "telecom").consent_from is None


def test_second_withdrawal_changes_nothing(
    clerk_jeongok: User, now: datetime, heard: list[tuple[int, str]]
) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")
    actions.withdraw_consent(household=home, purpose="kepco", by=clerk_jeongok, now=now)
    with pytest.raises(Refused, match="이미 거두었거나"):
        actions.withdraw_consent(household=home, purpose="kepco", by=clerk_jeongok, now=now)
    assert len(heard) == 1


def test_withdrawing_health_empties_the_health_notes(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(
        clerk=clerk_jeongok, consents=["collection", "kepco", "health"], illness="당뇨"
    )
    actions.withdraw_consent(household=home, purpose="health", by=clerk_jeongok, now=now)
    home.refresh_from_db()
    assert home.illness == ""


def test_withdrawing_collection_ends_everything(
    clerk_jeongok: User, now: datetime, heard: list[tuple[int, str]]
) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1", line="L-1")
    actions.withdraw_consent(household=home, purpose="collection", by=clerk_jeongok, now=now)
    enrolment = Enrolment.objects.get(household=home)
    assert (enrolment.state, enrolment.end_reason) == ("ended", "withdrew")
    assert not home.consents.standing().exists()
    assert {purpose for _, purpose in heard} == {"collection", "kepco", "skt"}


def test_consent_remembers_text_method_and_day(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok)
    row = actions.give_consent(
        household=home,
        consent=ConsentInput(purpose="skt", method="mobile", on=date(2026, 6, 30)),
        by=clerk_jeongok,
        now=now,
    )
    assert (row.recipient, row.text_version, row.method) == ("SKT", VERSION, "mobile")
    assert row.given_at.isoformat() == "2026-06-30T00:00:00+09:00"


@pytest.mark.parametrize(
    ("purpose", "on", "words"),
    [
        ("kepco", TODAY, "이미 동의한"),
        ("skt", date(2026, 7, 2), "오늘보다 뒤"),
        ("pension", TODAY, "골라 주세요"),
    ],
)
def test_wrong_consents_are_refused(
    purpose: str, on: date, words: str, clerk_jeongok: User, now: datetime
) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")
    with pytest.raises(Refused, match=words):
        actions.give_consent(
            household=home,
            consent=ConsentInput(purpose=purpose, method="paper", on=on),
            by=clerk_jeongok,
            now=now,
        )


def test_every_purpose_has_a_text_and_one_is_required() -> None:
    assert set(CONSENT_TEXTS) == set(Purpose.values)
    assert [p for p, text in CONSENT_TEXTS.items() if text.required] == ["collection"]


def test_the_database_keeps_one_standing_consent_per_purpose() -> None:
    home = make_household(meter="M-1")
    row = home.consents.get(purpose="kepco")
    row.pk = None
    with pytest.raises(IntegrityError, match="one_standing"), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    "nonsense",
    [
        {"withdrawn_at": datetime.fromisoformat("2026-07-01T00:00+00:00")},
        {"purpose": "pension"},
    ],
)
def test_the_database_refuses_half_a_withdrawal(nonsense: dict[str, Any]) -> None:
    home = make_household(meter="M-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(household=home, purpose="kepco").update(**nonsense)


def test_clerk_withdraws_on_the_page_and_clicks_twice(
    client_of: ClientOf, clerk_jeongok: User
) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")
    client = client_of(clerk_jeongok)
    address = f"{home.get_absolute_url()}consents/kepco/withdraw/"
    assert "알아차리는 시간이 늦어질" in client.get(address).content.decode()
    assert home.consents.standing().count() == 2
    assert client.post(address).headers["Location"] == home.get_absolute_url()
    again = client.post(address)
    assert "이미 거두었거나" in again.content.decode()
    assert home.consents.filter(purpose="kepco").count() == 1


def test_clerk_records_a_consent_on_the_page(client_of: ClientOf, clerk_jeongok: User) -> None:
    home = make_household(clerk=clerk_jeongok)
    client = client_of(clerk_jeongok)
    address = f"{home.get_absolute_url()}consents/skt/give/"
    page = client.get(address).content.decode()
    assert "checked" not in page
    client.post(address, {"method": "phone", "on": "2026-07-01"})
    assert home.consents.get(purpose="skt").method == "phone"
    log = AccessLog.objects.filter(detail__what="consent_given").get()
    assert (log.actor_id, log.ip) == (clerk_jeongok.pk, "127.0.0.1")


def test_unknown_purposes_are_not_found(client_of: ClientOf, clerk_jeongok: User) -> None:
    home = make_household(clerk=clerk_jeongok)
    address = f"{home.get_absolute_url()}consents/pension/give/"
    assert client_of(clerk_jeongok).get(address).status_code == 404


def test_the_paper_form_shows_every_text(client_of: ClientOf, clerk_jeongok: User) -> None:
    page = client_of(clerk_jeongok).get("/households/consent-form/").content.decode()
    assert all(str(text.spoken) in page for text in CONSENT_TEXTS.values())
