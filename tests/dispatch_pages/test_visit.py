"""The responder's phone: every step, every second tap, what is shown and what is not."""

import re
from datetime import timedelta

import pytest

from dispatch import actions
from dispatch.models import Case
from households.actions import ConsentInput, give_consent
from households.days import local_day
from tests.dispatch_pages.conftest import ADDRESS, NAME, post, text_of
from tests.households.factories import maker

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(as_user, responder):
    return as_user(responder)


@pytest.fixture
def on_site(visit, responder, now):
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        verb(visit=visit, by=responder, now=now)
    visit.refresh_from_db()
    return visit


def test_the_whole_way_with_every_tap_doubled(phone, visit):
    url = f"/visits/{visit.uid}/"
    for verb, button in (
        ("accept", "출발합니다"),
        ("depart", "도착했습니다"),
        ("arrive", "저장하고 끝내기"),
    ):
        for _tap in range(2):
            assert post(phone, f"{url}{verb}/").status_code == 302
        assert button in text_of(phone.get(url))
    data = {"found_state": "met_safe", "close_reason": "phone", "note": "전화기가 꺼져 있었음"}
    for _tap in range(2):
        assert post(phone, f"{url}found/", data).status_code == 302
    visit.refresh_from_db()
    visit.case.refresh_from_db()
    assert (visit.state, visit.case.state) == ("done", "closed")
    assert visit.case.close_reason == "phone"
    assert visit.case.events.filter(kind="visit_found").count() == 1


def test_the_card_shows_what_is_needed_at_the_door(phone, visit):
    page = text_of(phone.get(f"/visits/{visit.uid}/"))
    for words in (NAME, ADDRESS, "건물 뒤 철제 계단", "마당에 개 1마리", "tel:119"):
        assert words in page


def test_the_card_tells_what_was_tried_and_when_two_must_go(
    phone, claimed, operator, responder, now
):
    contact = claimed.household.contacts.get()
    common = {"case": claimed, "by": operator, "now": now}
    actions.record_call(result="no_answer", **common)
    actions.record_call(result="safe", callee=str(contact.uid), **common)
    ask = {"contact": contact, "asked_at": now, "asked_by": operator, "token_hash": "x"}
    later = now + timedelta(hours=1)
    claimed.neighbour_asks.create(
        expires_at=later, answer="could_not", answered_at=now, sms_state="sent", **ask
    )
    visit = actions.send_responder(responder=responder, **common)
    url = f"/visits/{visit.uid}/"
    page = text_of(phone.get(url))
    for words in ("무응답 1번", "통화-안전 1번", "만나지 못했어요 12:00", "관제 1번"):
        assert words in page
    assert "반드시 2명이 함께" not in page
    Case.objects.filter(pk=claimed.pk).update(answer="risk", answered_at=now)
    assert "반드시 2명이 함께" in text_of(phone.get(url))
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        verb(visit=visit, by=responder, now=now)
    actions.record_found(visit=visit, by=responder, found_state="absent_revisit", note="", now=now)
    again = actions.send_responder(responder=responder, **common)
    assert "부재-재방문 2026. 7. 1. 12:00" in text_of(phone.get(f"/visits/{again.uid}/"))


def test_trouble_told_at_the_door_is_decided_at_the_desk(
    phone, as_user, operator, operator2, official, on_site
):
    url, case = f"/visits/{on_site.uid}/", on_site.case
    said = {"found_state": "met_safe", "close_reason": "death", "note": "약봉지가 흩어져 있음"}
    assert "“사망 확인”을 골라" in text_of(post(phone, f"{url}found/", said))
    page = text_of(phone.post(f"{url}found/", {**said, "close_reason": "self_harm"}, follow=True))
    assert "관제가 이어서" in page
    case.refresh_from_db()
    assert case.is_open
    for user, reads in ((operator, True), (operator2, False), (official, False)):
        told = text_of(as_user(user).get(f"/cases/{case.uid}/")).split("해 본 일")[0]
        assert ("“대면-안전 · 자해·자살 위험”" in told) is reads
        assert ("약봉지가 흩어져 있음" in told) is reads
        assert ("119·112 확인 요청(E)" in told) is reads


def test_a_hurt_person_is_not_closed_as_fine_with_one_choice(phone, as_user, operator, on_site):
    case = on_site.case
    post(phone, f"/visits/{on_site.uid}/found/", {"found_state": "met_needs_help"})
    form = {"reason": "fine", "evidence_kind": "seen", "seen_by": "출동", "seen_at": "12:00"}
    client = as_user(operator)
    page = text_of(client.post(f"/cases/{case.uid}/close/", form, follow=True))
    assert "현장 확인 결과가 “대면-도움 필요”이었습니다" in page
    case.refresh_from_db()
    assert case.is_open
    client.post(f"/cases/{case.uid}/close/", {**form, "note": "접질렸으나 걷는다"})
    case.refresh_from_db()
    assert case.close_reason == "fine"


def test_illness_only_with_the_health_consent(phone, visit, now):
    home = visit.case.household
    home.illness = "당뇨약 복용"
    home.save()
    url = f"/visits/{visit.uid}/"
    assert "당뇨약 복용" not in text_of(phone.get(url))
    consent = ConsentInput(purpose="health", method="paper", on=local_day(now))
    give_consent(household=home, consent=consent, by=maker(), now=now)
    home.refresh_from_db()
    home.illness = "당뇨약 복용"
    home.save()
    assert "당뇨약 복용" in text_of(phone.get(url))


def test_after_the_end_no_name_and_no_address_stay(phone, on_site):
    url = f"/visits/{on_site.uid}/"
    post(phone, f"{url}found/", {"found_state": "absent_revisit", "note": "불 꺼짐"})
    page = text_of(phone.get(url))
    assert "방문을 마쳤습니다" in page
    assert "부재-재방문" in page
    for words in (NAME, "은대리", "철제"):
        assert words not in page
    on_site.case.refresh_from_db()
    assert on_site.case.state == "claimed"


def test_declining_needs_a_reason(phone, visit):
    url = f"/visits/{visit.uid}/decline/"
    assert "못 가는 이유를 골라 주세요." in text_of(post(phone, url))
    for _tap in range(2):
        assert post(phone, url, {"reason": "vehicle"}).status_code == 302
    visit.refresh_from_db()
    assert visit.state == "declined"


def test_a_result_without_a_choice_keeps_the_words(phone, on_site):
    url = f"/visits/{on_site.uid}/found/"
    page = text_of(post(phone, url, {"note": "문은 잠겨 있음"}))
    assert "지금 상태를 하나 골라 주세요." in page
    assert "문은 잠겨 있음" in page
    page = text_of(post(phone, url, {"found_state": "met_safe", "note": "만남"}))
    assert "왜 조용했는지 골라 주세요." in page
    assert re.search(r'value="met_safe"\s+checked', page)
    on_site.refresh_from_db()
    assert on_site.is_open


def test_steps_out_of_order_are_told(phone, visit):
    page = text_of(post(phone, f"/visits/{visit.uid}/arrive/"))
    assert "할 수 없습니다" in page
    assert post(phone, f"/visits/{visit.uid}/fly/").status_code == 404


def test_a_cancelled_visit_is_told_when_the_responder_goes_on(phone, visit, operator, now):
    actions.cancel_visit(visit=visit, by=operator, now=now)
    url = f"/visits/{visit.uid}/"
    page = text_of(post(phone, f"{url}depart/"))
    assert "할 수 없습니다" in page
    assert "출동이 취소되었습니다" in page
    assert NAME not in page


def test_the_list_shows_open_ones_first_without_names(phone, visit):
    page = text_of(phone.get("/visits/"))
    assert f"/visits/{visit.uid}/" in page
    assert NAME not in page


def test_no_visit_says_what_will_happen(as_user, responder2):
    assert "지금 맡은 방문이 없습니다" in text_of(as_user(responder2).get("/visits/"))


def test_the_operator_reads_the_visit_without_buttons(as_user, operator, visit):
    page = text_of(as_user(operator).get(f"/visits/{visit.uid}/"))
    assert "읽기만 할 수 있습니다." in page
    assert "/accept/" not in page


def test_a_drill_says_so_and_has_no_way_to_119(phone, visit, responder, now):
    Case.objects.filter(pk=visit.case_id).update(drill=True)
    url = f"/visits/{visit.uid}/"
    pages = [text_of(phone.get(url))]
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        verb(visit=visit, by=responder, now=now)
        pages.append(text_of(phone.get(url)))
    pages.append(phone.post(f"{url}kit/").content.decode("unicode_escape"))
    for page in pages:
        assert "tel:119" not in page
    assert all("훈련 건입니다." in page for page in pages[:-1])
