"""Corrections, contacts, risk groups, looking behind the mask."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AccessLog, Township, User
from accounts.roles import Role
from households import actions
from households.actions import ContactInput, Correction
from households.models import Contact, Household
from households.rules import Refused
from tests.cast import grant
from tests.households.conftest import ClientOf
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db

TODAY = date(2026, 7, 1)


def mayor(**changes: Any) -> ContactInput:
    return ContactInput(
        **{"name": "오이장", "phone": "010-7777-8888", "relation": "village_head", **changes}
    )


def test_a_contact_is_added_once(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok)
    common: dict[str, Any] = {"household": home, "by": clerk_jeongok, "now": now}
    row = actions.add_contact(contact=mayor(), **common)
    assert (row.masked_name, row.masked_phone) == ("오*장", "010-****-8888")
    with pytest.raises(Refused, match="이미 적힌"):
        actions.add_contact(contact=mayor(phone="01077778888"), **common)
    actions.remove_contact(contact=row, by=clerk_jeongok, now=now)
    with pytest.raises(Refused, match="이미 지운"):
        actions.remove_contact(contact=row, by=clerk_jeongok, now=now)
    actions.add_contact(contact=mayor(), **common)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "이름과 관계"),
        ({"relation": "stranger"}, "이름과 관계"),
        ({"phone": "12"}, "전화번호"),
        ({"name": "750309-1234567"}, "주민등록번호"),
    ],
)
def test_wrong_contacts_are_refused(
    changes: dict[str, str], words: str, clerk_jeongok: User, now: datetime
) -> None:
    home = make_household(clerk=clerk_jeongok)
    with pytest.raises(Refused, match=words):
        actions.add_contact(household=home, contact=mayor(**changes), by=clerk_jeongok, now=now)


def test_nobody_is_their_own_contact(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, phone="01077778888")
    with pytest.raises(Refused, match="본인 전화번호"):
        actions.add_contact(household=home, contact=mayor(), by=clerk_jeongok, now=now)


def test_the_database_keeps_one_row_per_number(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, contacts=[mayor()])
    row = home.contacts.get()
    row.pk, row.uid = None, Contact._meta.get_field("uid").get_default()
    with pytest.raises(IntegrityError, match="contact_phone_once"), transaction.atomic():
        row.save(force_insert=True)


def test_a_correction_changes_only_what_is_named(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, name="나새롬", dog="마당에 큰 개")
    changed = actions.correct(
        household=home,
        correction=Correction(phone="010 9999 0000", dog=""),
        by=clerk_jeongok,
        now=now,
    )
    assert sorted(changed) == ["dog", "phone"]
    home.refresh_from_db()
    assert (home.name, home.phone, home.dog) == ("나새롬", "01099990000", "")
    log = AccessLog.objects.filter(action="changed", detail__what="corrected").get()
    assert log.detail["fields"] == "dog,phone"


def test_a_corrected_number_is_found_by_search(
    client_of: ClientOf, clerk_jeongok: User, now: datetime
) -> None:
    home = make_household(clerk=clerk_jeongok)
    client = client_of(clerk_jeongok)
    client.post(f"{home.get_absolute_url()}correct/", {"phone": "010-9999-0000"})
    found = client.post("/households/search/", {"q": "01099990000"})
    assert found.headers["Location"] == home.get_absolute_url()


@pytest.mark.parametrize(
    ("correction", "words"),
    [
        (Correction(illness="당뇨"), "동의했을 때만"),
        (Correction(address=" "), "주소"),
        (Correction(access_note="750309-1234567"), "주민등록번호"),
        (Correction(phone="1"), "전화번호"),
    ],
)
def test_wrong_corrections_are_refused(
    correction: Correction, words: str, clerk_jeongok: User, now: datetime
) -> None:
    home = make_household(clerk=clerk_jeongok)
    with pytest.raises(Refused, match=words):
        actions.correct(household=home, correction=correction, by=clerk_jeongok, now=now)


def test_somebody_elses_number_is_refused(clerk_jeongok: User, now: datetime) -> None:
    make_household(phone="01099990000")
    home = make_household(clerk=clerk_jeongok)
    with pytest.raises(Refused, match="다른 대상자"):
        actions.correct(
            household=home, correction=Correction(phone="01099990000"), by=clerk_jeongok, now=now
        )


def test_correcting_nothing_is_said(client_of: ClientOf, clerk_jeongok: User) -> None:
    home = make_household(clerk=clerk_jeongok)
    page = client_of(clerk_jeongok).post(f"{home.get_absolute_url()}correct/", {})
    assert "하나 이상" in page.content.decode()


def test_risk_groups_are_dated_and_kept(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok)
    common: dict[str, Any] = {"household": home, "by": clerk_jeongok, "now": now}
    for group, day in (("low", date(2026, 5, 1)), ("high", TODAY), ("medium", date(2026, 9, 1))):
        actions.set_risk_group(group=group, from_date=day, reason="조사", **common)
    with pytest.raises(Refused, match="이미 같은"):
        actions.set_risk_group(group="medium", from_date=date(2026, 9, 1), reason="또", **common)
    for day, group in ((date(2026, 4, 1), None), (TODAY, "high"), (date(2026, 9, 1), "medium")):
        found = Household.objects.with_risk_group(on=day).get(pk=home.pk)
        assert found.risk_group == group
    assert home.risk_assessments.count() == 3


@pytest.mark.parametrize(("group", "reason"), [("red", "조사"), ("high", " ")])
def test_wrong_risk_groups_are_refused(
    group: str, reason: str, clerk_jeongok: User, now: datetime
) -> None:
    home = make_household(clerk=clerk_jeongok)
    with pytest.raises(Refused, match="위험군과 이유"):
        actions.set_risk_group(
            household=home,
            group=group,
            from_date=TODAY,
            reason=reason,
            by=clerk_jeongok,
            now=now,
        )


def test_revealing_gives_words_and_logs_only_that(operator: User, now: datetime) -> None:
    home = make_household(name="황보라", contacts=[mayor()])
    revealed = actions.reveal(household=home, reason="emergency", by=operator, now=now)
    assert (revealed.name, revealed.contacts[0].phone) == ("황보라", "01077778888")
    log = AccessLog.objects.filter(action="revealed").get()
    assert "황보라" not in str(vars(log))
    with pytest.raises(Refused, match="까닭"):
        actions.reveal(household=home, reason="curious", by=operator, now=now)


def test_another_townships_clerk_reveals_nothing(
    clerk_jeongok: User, clerk_baekhak: User, now: datetime
) -> None:
    home = make_household(clerk=clerk_jeongok)
    with pytest.raises(Refused, match="권한"):
        actions.reveal(household=home, reason="call", by=clerk_baekhak, now=now)
    assert not AccessLog.objects.filter(action="revealed").exists()


def test_clerk_adds_and_removes_a_contact_on_the_page(
    client_of: ClientOf, clerk_jeongok: User
) -> None:
    home = make_household(clerk=clerk_jeongok)
    client = client_of(clerk_jeongok)
    answers = {
        "name": "오이장",
        "phone": "010-7777-8888",
        "relation": "village_head",
        "may_be_told": "wellbeing",
        "hours": "daytime",
    }
    address = f"{home.get_absolute_url()}contacts/new/"
    client.post(address, answers)
    assert "이미 적힌" in client.post(address, answers).content.decode()
    removing = f"{home.get_absolute_url()}contacts/{home.contacts.get().uid}/remove/"
    assert "지웠습니다" in client.post(removing, follow=True).content.decode()
    assert "이미 지운" in client.post(removing, follow=True).content.decode()


def test_clerk_sets_the_risk_group_on_the_page(client_of: ClientOf, clerk_jeongok: User) -> None:
    home = make_household(clerk=clerk_jeongok)
    client = client_of(clerk_jeongok)
    client.post(
        f"{home.get_absolute_url()}risk/",
        {"group": "high", "from_date": "2026-07-01", "reason": "전수조사 11점"},
    )
    assert "조사 고위험군" in client.get(home.get_absolute_url()).content.decode()
    assert "전수조사 11점" in client.get(f"{home.get_absolute_url()}history/").content.decode()


def test_clerk_walks_the_states_on_the_page(client_of: ClientOf, clerk_jeongok: User) -> None:
    home = make_household(
        clerk=clerk_jeongok, state="applied", consents=["collection", "kepco"], meter="M-1"
    )
    client = client_of(clerk_jeongok)
    for event, answers, state in (
        ("review", {}, "under_review"),
        ("start_learning", {}, "learning"),
        ("activate", {}, "active"),
        ("pause", {"reason": "request"}, "paused"),
        ("resume", {}, "learning"),
        ("end", {"reason": "moved"}, "ended"),
        ("reapply", {}, "applied"),
    ):
        address = f"{home.get_absolute_url()}state/{event}/"
        assert client.get(address).status_code == 200
        assert client.post(address, answers).headers["Location"] == home.get_absolute_url()
        assert "할 수 없습니다" in client.post(address, answers).content.decode()
        home.enrolment.refresh_from_db()
        assert home.enrolment.state == state
    assert client.get(f"{home.get_absolute_url()}state/apply/").status_code == 404


def test_a_clerk_who_is_also_an_operator_writes_in_one_township_only(
    client_of: ClientOf, clerk_jeongok: User, jeongok: Township, baekhak: Township, now: datetime
) -> None:
    """The operator's reach over the county is for reading, calling and absences."""
    grant(clerk_jeongok, Role.CONTROL_OPERATOR)
    own, foreign = make_household(township=jeongok), make_household(township=baekhak)
    common: dict[str, Any] = {"by": clerk_jeongok, "now": now}
    with pytest.raises(Refused, match="권한"):
        actions.add_contact(household=foreign, contact=mayor(), **common)
    with pytest.raises(Refused, match="권한"):
        actions.correct(household=foreign, correction=Correction(dog="개"), **common)
    with pytest.raises(Refused, match="권한"):
        actions.pause(household=foreign, reason="request", **common)
    actions.add_contact(household=own, contact=mayor(), **common)
    assert actions.reveal(household=foreign, reason="call", **common).name == foreign.name

    client = client_of(clerk_jeongok)
    for home, offered in ((own, True), (foreign, False)):
        page = client.get(f"/households/{home.uid}/").content.decode()
        assert (f"/households/{home.uid}/contacts/new/" in page) is offered
        assert (f"/households/{home.uid}/state/pause/" in page) is offered
        assert f"/households/{home.uid}/absences/new/" in page
    townships = client.get("/households/new/").context["form"].fields["township"].queryset
    assert list(townships) == [jeongok]
