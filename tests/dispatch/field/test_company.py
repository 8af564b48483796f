"""Who comes along on a visit: said with one tap, once, and missed where two must go."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from dispatch import actions
from dispatch.models import Case, FieldAction
from dispatch.presenters import visit_card
from dispatch.rules import Refused
from tests.cast import sign_in
from tests.dispatch.field.test_dead_spot import Phone
from tests.dispatch_pages.conftest import (  # noqa: F401 - the fixtures of one open case
    claimed,
    home,
    post,
    red,
    text_of,
    visit,
)

pytestmark = pytest.mark.django_db
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ASKED = "2명이 함께 들어가야 합니다."
HINT = "data-company-hint"


@pytest.fixture
def night(visit, responder, now, frozen_clock):  # noqa: F811
    """The responder has accepted, at nine in the evening."""
    at = frozen_clock.move_to(now + timedelta(hours=9))
    return actions.accept_visit(visit=visit, by=responder, now=at)


def said(visit):  # noqa: F811
    visit.refresh_from_db()
    return visit.company


def test_a_tap_is_a_code_on_the_visit_and_one_line_of_the_log(night, responder, operator):
    phone, url = sign_in(Client(), responder), f"/visits/{night.uid}/"
    for _tap in range(2):
        assert post(phone, f"{url}company/", {"company": "village_head"}).status_code == 302
    assert said(night) == "village_head"
    line = night.case.events.get(kind="visit_company")
    assert line.data == {"visit": str(night.uid), "company": "village_head"}
    assert (line.actor, bytes(line.note)) == (responder, b"")
    assert 'value="village_head" aria-pressed="true"' in " ".join(text_of(phone.get(url)).split())
    desk = sign_in(Client(), operator)
    page = text_of(desk.get(f"/cases/{night.case.uid}/"))
    assert "함께 가는 사람: <b>이장·통장</b>" in page
    for words in (page, text_of(desk.get(f"/cases/{night.case.uid}/replay/"))):
        assert "이장·통장 · 출도윤" in words
    assert "함께 가는 사람: <b>이장·통장</b>" in text_of(desk.get(url))


def test_nobody_else_no_other_code_and_not_before_the_acceptance(visit, responder, responder2, now):  # noqa: F811
    say = {"visit": visit, "company": "colleague", "now": now}
    with pytest.raises(Refused, match="요청함"):
        actions.say_company(by=responder, **say)
    actions.accept_visit(visit=visit, by=responder, now=now)
    with pytest.raises(Refused):
        actions.say_company(by=responder2, **say)
    with pytest.raises(Refused, match="골라"):
        actions.say_company(by=responder, **{**say, "company": "김철수"})
    assert said(visit) == ""
    assert not visit.case.events.filter(kind="visit_company").exists()
    for nonsense in ({"company": "김철수"}, {"company": "alone", "company_at_door": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(visit).objects.filter(pk=visit.pk).update(**nonsense)


def test_out_of_a_dead_spot_it_arrives_once_with_its_time(visit, responder, now, frozen_clock):  # noqa: F811
    phone = Phone(responder, visit)
    items = [
        phone.item("accept", now + MINUTE),
        phone.item("company", now + 2 * MINUTE, company="alone"),
        phone.item("depart", now + 3 * MINUTE),
        phone.item("company", now + 9 * MINUTE, company="rescue"),
    ]
    frozen_clock.move_to(now + 30 * MINUTE)
    phone.client.logout()
    sign_in(phone.client, responder)  # half an hour without a network is half an hour idle
    for _twice in range(2):
        told = phone.send(*items).json()
        assert [one["status"] for one in told["receipts"]] == ["done"] * 4
    assert said(visit) == "rescue"
    lines = visit.case.events.filter(kind="visit_company").order_by("at")
    assert [line.data["company"] for line in lines] == ["alone", "rescue"]
    assert [line.at for line in lines] == [now + 2 * MINUTE, now + 9 * MINUTE]
    assert all(line.data["received_at"] for line in lines)
    assert FieldAction.objects.filter(verb="company").last().data == {"company": "rescue"}
    refused = phone.send(phone.item("company", now, company="김철수")).json()["receipts"][0]
    assert (refused["status"], list(refused["errors"])) == ("invalid", ["company"])


@pytest.mark.parametrize("answer", ["", "alone"])
def test_two_must_go_and_one_is_there(answer, night, responder, operator, frozen_clock):
    phone, url = sign_in(Client(), responder), f"/visits/{night.uid}/"
    desk, case = sign_in(Client(), operator), f"/cases/{night.case.uid}/"
    assert HINT not in text_of(desk.get(case))
    if answer:
        post(phone, f"{url}company/", {"company": answer})
        assert "야간 2인 출동: 혼자라고 했습니다." in text_of(desk.get(case))
    post(phone, f"{url}depart/")
    frozen_clock.tick(MINUTE)
    assert ASKED not in text_of(phone.get(url))
    # The question is in the screen of the door before the door, for a phone without a network.
    kit = phone.post(f"{url}kit/", {"knows": "2"}).json()["kit"]["stages"]
    assert ASKED in kit["found"]
    assert ASKED not in kit["en_route"]
    post(phone, f"{url}arrive/")
    page = text_of(phone.get(url))
    assert ASKED in page
    assert "저장하고 끝내기" in page, "asked, never held up"
    assert HINT in text_of(desk.get(case))
    frozen_clock.tick(MINUTE)
    post(phone, f"{url}company/", {"company": "alone"})
    assert ASKED not in text_of(phone.get(url)), "asked twice"
    assert HINT in text_of(desk.get(case))
    frozen_clock.tick(timedelta(hours=11))
    assert HINT in text_of(sign_in(Client(), operator).get(case)), "it was night when they went in"
    phone = sign_in(Client(), responder)
    post(phone, f"{url}company/", {"company": "rescue"})  # the police came
    page = " ".join(text_of(phone.get(url)).split())
    assert 'value="rescue" aria-pressed="true"' in page
    assert HINT not in text_of(sign_in(Client(), operator).get(case))


def test_who_promised_to_come_and_did_not(night, responder, operator):
    phone, url = sign_in(Client(), responder), f"/visits/{night.uid}/"
    post(phone, f"{url}company/", {"company": "colleague"})
    for verb in ("depart", "arrive"):
        post(phone, f"{url}{verb}/")
    page = text_of(phone.get(url))
    assert ASKED not in page
    assert "누가 함께 왔나요?" in page
    post(phone, f"{url}company/", {"company": "alone"})
    assert ASKED not in text_of(phone.get(url)), "they have just said it"
    assert HINT in text_of(sign_in(Client(), operator).get(f"/cases/{night.case.uid}/"))


@pytest.mark.parametrize("clocks", ["heard late", "both ahead"])
def test_what_was_said_on_the_way_was_not_said_at_the_door(
    clocks, night, responder, now, frozen_clock
):
    """Whatever the clocks say: the portal's, which heard of the tap, or the phone's."""
    phone = Phone(responder, night)
    actions.depart(visit=night, by=responder, now=frozen_clock.tick(MINUTE))
    at = frozen_clock.tick(MINUTE)
    if clocks == "heard late":
        say = phone.item("company", at - 9 * SECOND, company="alone")
        phone.send(say, live=say["key"])
        frozen_clock.tick(MINUTE)
        phone.send(phone.item("arrive", at - 5 * SECOND))
    else:
        say = phone.item("company", at + MINUTE, company="alone")
        phone.send(say, phone.item("arrive", at + 2 * MINUTE))
    assert said(night) == "alone"
    assert ASKED in text_of(phone.client.get(f"/visits/{night.uid}/"))


def test_a_phone_of_before_gets_no_buttons_that_it_cannot_serve(night, responder):
    """Its page has stood open since before the release: the script there sends a tap without what
    was tapped."""
    phone = Phone(responder, night)
    form = 'data-field-form="company"'
    assert not any(form in page for page in phone.kit["stages"].values())
    after = phone.send(phone.item("depart", night.accepted_at)).json()["kit"]["stages"]
    assert not any(form in page for page in after.values())
    url = f"/visits/{night.uid}/kit/"
    for knows, gets in (("2", True), ("1", False), ("two", False)):
        kit = phone.client.post(url, {"known": phone.key, "knows": knows}).json()["kit"]["stages"]
        assert (form in kit["en_route"], form in kit["found"]) == (gets, gets), knows
        assert 'data-step="arrive"' in kit["en_route"]


def test_a_tap_without_a_choice_is_told(night, responder):
    phone, url = sign_in(Client(), responder), f"/visits/{night.uid}/"
    assert 'data-err="company" hidden' in " ".join(text_of(phone.get(url)).split())
    page = " ".join(text_of(post(phone, f"{url}company/")).split())
    assert "누가 함께 가는지 골라 주세요." in page
    assert 'data-err="company" hidden' not in page


@pytest.mark.parametrize(("arrives", "looks", "two"), [(7.8, 8.3, False), (17.8, 18.3, True)])
def test_the_card_keeps_to_the_hour_of_the_arrival_as_the_door_does(
    arrives,
    looks,
    two,
    visit,  # noqa: F811
    responder,
    operator,
    now,
    frozen_clock,
):
    """It becomes night at 20:00 and day at 06:00."""
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        verb(visit=visit, by=responder, now=now + timedelta(hours=arrives))
    frozen_clock.move_to(now + timedelta(hours=looks))
    desk = sign_in(Client(), operator)
    assert ("야간 2인 출동" in text_of(desk.get(f"/visits/{visit.uid}/"))) is two
    assert (HINT in text_of(desk.get(f"/cases/{visit.case.uid}/"))) is two


def test_the_hint_is_for_who_can_send_somebody_more(
    night, responder, operator, operator2, clerk_jeongok
):
    actions.say_company(visit=night, by=responder, company="alone", now=night.accepted_at)
    for reader, told in ((operator, True), (operator2, True), (clerk_jeongok, False)):
        page = text_of(sign_in(Client(), reader).get(f"/cases/{night.case.uid}/"))
        assert (HINT in page) is told, reader.name
        assert "함께 가는 사람: <b>동행 없음(혼자)</b>" in page


def test_who_is_not_alone_or_goes_by_day_is_not_asked(visit, responder, operator, now):  # noqa: F811
    phone, url = sign_in(Client(), responder), f"/visits/{visit.uid}/"
    desk, case = sign_in(Client(), operator), f"/cases/{visit.case.uid}/"
    for verb in ("accept", "depart", "arrive"):
        post(phone, f"{url}{verb}/")
    assert ASKED not in text_of(phone.get(url))
    assert HINT not in text_of(desk.get(case))
    Case.objects.filter(pk=visit.case_id).update(answer="risk", answered_at=now)
    assert ASKED in text_of(phone.get(url)), "risky words ask for two by day as well"
    assert "반드시 2명이 함께: 누구와 왔는지" in text_of(desk.get(case))
    post(phone, f"{url}company/", {"company": "family"})
    assert ASKED not in text_of(phone.get(url))
    assert HINT not in text_of(desk.get(case))


def test_the_hint_follows_the_rule_of_the_card(night, responder, operator, monkeypatch):
    """One rule: where the card stops asking for two, nobody else asks."""
    monkeypatch.setattr(visit_card, "_is_night", lambda at: False)
    at = night.accepted_at
    for verb in (actions.depart, actions.arrive):
        verb(visit=night, by=responder, now=at)
    assert ASKED not in text_of(sign_in(Client(), responder).get(f"/visits/{night.uid}/"))
    assert HINT not in text_of(sign_in(Client(), operator).get(f"/cases/{night.case.uid}/"))


def test_nobody_goes_along_on_a_visit_that_nobody_makes(night, responder, operator):
    at = night.accepted_at
    actions.say_company(visit=night, by=responder, company="alone", now=at)
    actions.decline_visit(visit=night, by=responder, reason="unsafe", now=at)
    for path in (f"/cases/{night.case.uid}/", f"/visits/{night.uid}/"):
        page = text_of(sign_in(Client(), operator).get(path))
        assert "함께 가는 사람:" not in page
        assert "함께 간 사람" not in page


def test_after_the_end_it_stays_on_the_summary(night, responder, operator):
    at = night.accepted_at
    phone = sign_in(Client(), responder)
    actions.say_company(visit=night, by=responder, company="colleague", now=at)
    for verb in (actions.depart, actions.arrive):
        verb(visit=night, by=responder, now=at)
    actions.record_found(visit=night, by=responder, found_state="refused", note="", now=at)
    page = text_of(phone.get(f"/visits/{night.uid}/"))
    assert "함께 간 사람" in page
    assert "동료 직원" in page
    assert "data-field-form" not in page
    assert "함께 간 사람: <b>동료 직원</b>" in text_of(
        sign_in(Client(), operator).get(f"/cases/{night.case.uid}/")
    )
