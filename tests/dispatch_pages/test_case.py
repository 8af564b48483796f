"""What an operator does on a case, first click and second."""

from datetime import timedelta

import pytest

from accounts.models import AccessLog
from accounts.roles import Role
from dispatch import actions, answers, machine
from dispatch.models import CallAttempt, Visit
from dispatch.presenters import heard as presenter
from monitoring.models import HouseholdState
from tests.dispatch_pages.conftest import NAME, PHONE, REASONS, open_case, post, text_of

pytestmark = pytest.mark.django_db

EVIDENCE = {
    "reason": "phone",
    "evidence_kind": "spoke",
    "seen_by": "관제 본인",
    "seen_at": "12:00",
    "note": "휴대폰이 꺼져 있었음",
}


def key_of(page: str) -> str:
    """The once-only key of the first form that has one."""
    return page.split('name="key" value="')[1].split('"')[0]


def test_a_number_is_shown_with_a_reason_and_logged(as_user, operator, claimed):
    client = as_user(operator)
    url = f"/cases/{claimed.uid}/"
    assert "010-****-5678" in text_of(client.get(url))
    page = text_of(post(client, f"{url}reveal/", {"reason": "call"}, htmx=True))
    assert f'href="tel:{PHONE}"' in page
    logged = AccessLog.objects.get(action="revealed")
    assert logged.subject_uid == str(claimed.household.uid)
    assert logged.reason == "안부 확인 전화를 걸기 위해"
    assert PHONE in text_of(client.get(url))


def test_a_number_stays_hidden_without_a_reason_or_the_case(as_user, operator, operator2, claimed):
    url = f"/cases/{claimed.uid}/reveal/"
    assert PHONE not in text_of(post(as_user(operator), url, htmx=True))
    page = text_of(post(as_user(operator2), url, {"reason": "call"}, htmx=True))
    assert "건을 맡은 사람만 번호를 볼 수 있습니다." in page
    assert not AccessLog.objects.filter(action="revealed").exists()


def answered(case, words, now, *, digits="", confidence=None):
    attempt = CallAttempt.objects.create(
        case=case,
        household=case.household,
        token=words or digits,
        created_at=now,
        check_at=now + timedelta(minutes=1),
    )
    heard = answers.understand(digits, words, confidence=confidence)
    answers.take(machine.lock(case.pk), attempt, heard, now=now)


def test_the_operator_reads_what_was_said_and_why_it_was_understood_so(
    as_user, operator, clerk_jeongok, official, red, now
):
    answered(red, "다리가 아파서 못 일어나겠어", now, digits="1", confidence=0.41)
    page = text_of(as_user(operator).get(f"/cases/{red.uid}/"))
    heard = page.split('class="heard"')[1].split("</dl>")[0]
    assert "도움 요청" in heard
    assert "<q>다리가 아파서 못 일어나겠어</q>" in heard
    assert "1번을 눌렀습니다" in heard
    codes = red.calls.get().understood["because"]
    why = presenter.because(codes)
    assert codes
    assert why in heard
    assert "음성 인식의 확신 41%" in heard
    assert f"이해한 까닭: {why}" in page.split('class="tl"')[1]
    official_page = text_of(as_user(official).get(f"/cases/{red.uid}/"))
    assert why in official_page
    assert "못 일어나겠어" not in official_page


def test_a_key_alone_is_told_too(as_user, operator, red, now):
    answered(red, "", now, digits="2")
    heard = text_of(as_user(operator).get(f"/cases/{red.uid}/")).split('class="heard"')[1]
    assert "2번을 눌렀습니다" in heard
    assert "음성 인식" not in heard.split("</dl>")[0]


def test_a_case_leads_to_the_ones_before_and_after_it(as_user, operator, home, now):
    client = as_user(operator)
    cases = []
    for days in (9, 7, 5, 3, 1):
        at = now - timedelta(days=days)
        case = actions.claim(case=open_case(home, now=at), by=operator, now=at)
        words = {k: EVIDENCE[k] for k in ("reason", "evidence_kind", "note")}
        cases.append(actions.close(case=case, by=operator, evidence_at=at, now=at, **words))
    last = text_of(client.get(f"/cases/{cases[-1].uid}/"))
    assert [str(case.uid) in last for case in cases] == [False, True, True, True, True]
    assert f"/cases/?household={home.uid}" in last
    first = text_of(client.get(f"/cases/{cases[0].uid}/"))
    assert "이 건 뒤에 열린 건" in first
    assert str(cases[1].uid) in first


def test_a_contact_is_shown_alone(as_user, operator, claimed):
    contact = claimed.household.contacts.get()
    page = text_of(
        post(
            as_user(operator),
            f"/cases/{claimed.uid}/reveal/",
            {"reason": "contact", "contact": str(contact.uid)},
            htmx=True,
        )
    )
    assert "tel:01099990001" in page
    assert f"tel:{PHONE}" not in page


def test_call_results_are_recorded_once_per_form(as_user, operator, claimed):
    client = as_user(operator)
    url = f"/cases/{claimed.uid}/"
    data = {"result": "no_answer", "key": key_of(text_of(client.get(url)))}
    for _click in range(2):
        page = text_of(post(client, f"{url}call/", data, htmx=True))
    assert claimed.events.filter(kind="call_recorded").count() == 1
    assert "통화 결과를 기록했습니다: 무응답" in page


def test_a_safe_call_opens_the_evidence(as_user, operator, claimed):
    page = text_of(
        post(as_user(operator), f"/cases/{claimed.uid}/call/", {"result": "safe"}, htmx=True)
    )
    assert 'id="d-close" open' in page
    claimed.refresh_from_db()
    assert claimed.is_open


def test_an_unknown_result_changes_nothing(as_user, operator, claimed):
    page = text_of(
        post(as_user(operator), f"/cases/{claimed.uid}/call/", {"result": "x"}, htmx=True)
    )
    assert "통화 결과를 골라 주세요." in page
    assert not claimed.events.filter(kind="call_recorded").exists()


def test_notes_are_kept_once_and_can_be_read(as_user, operator, claimed):
    client = as_user(operator)
    url = f"/cases/{claimed.uid}/"
    data = {"text": "여동생이 곧 간다고 함", "key": "note-1"}
    for _click in range(2):
        answer = post(client, f"{url}note/", data, htmx=True)
    assert answer["X-Saved"] == "note"
    assert claimed.events.filter(kind="noted").count() == 1
    assert "여동생이 곧 간다고 함" in text_of(client.get(url))


def test_an_empty_note_is_a_message(as_user, operator, claimed):
    page = text_of(post(as_user(operator), f"/cases/{claimed.uid}/note/", {"text": " "}))
    assert "남길 말을 적어 주세요." in page


def test_closing_needs_reason_and_evidence_and_keeps_words(as_user, operator, claimed):
    client = as_user(operator)
    url = f"/cases/{claimed.uid}/close/"
    page = text_of(post(client, url, {"note": "아직 모름"}, htmx=True))
    assert "종결 사유를 골라 주세요." in page
    assert "누가 어떻게 확인했는지 골라 주세요." in page
    assert "아직 모름" in page
    page = text_of(post(client, url, {**EVIDENCE, "seen_by": ""}, htmx=True))
    assert "누가 보거나 들었는지 적어 주세요." in page
    page = text_of(post(client, url, {**EVIDENCE, "evidence_kind": "none"}, htmx=True))
    assert "사람이 보거나 들은 확인이 있어야 종결합니다." in page
    claimed.refresh_from_db()
    assert claimed.is_open


def test_closing_seals_who_and_when(as_user, operator, claimed, now):
    client = as_user(operator)
    url = f"/cases/{claimed.uid}/"
    answer = post(client, f"{url}close/", EVIDENCE)
    assert (answer.status_code, answer.url) == (302, url)
    claimed.refresh_from_db()
    assert claimed.close_reason == "phone"
    sealed = claimed.household.unseal(bytes(claimed.evidence_note))
    assert "관제 본인" in sealed
    assert "12:00" in sealed
    again = post(client, f"{url}close/", EVIDENCE, htmx=True)
    assert again.status_code == 200
    page = text_of(client.get(url))
    assert "종결된 건은 다시 열거나 고칠 수 없습니다." in page
    assert NAME not in page


def test_a_responder_is_chosen_among_those_who_are_free(
    as_user, operator, responder, claimed, person, baekhak
):
    person("far", Role.RESPONDER, township=baekhak, name="먼사람")
    client = as_user(operator)
    page = text_of(client.get(f"/cases/{claimed.uid}/"))
    assert page.index("출도윤") < page.index("먼사람")
    url = f"/cases/{claimed.uid}/send/"
    assert "보낼 사람을 골라 주세요." in text_of(post(client, url, htmx=True))
    for _click in range(2):
        page = text_of(post(client, url, {"responder": str(responder.uid)}, htmx=True))
    assert Visit.objects.get().responder == responder
    assert "출도윤" in page


def test_without_a_free_responder_the_page_says_what_to_do(as_user, operator, claimed):
    page = text_of(as_user(operator).get(f"/cases/{claimed.uid}/"))
    assert "현장 출동을 맡은 사람이 없습니다." in page
    assert "119에 신변확인을 요청해 주세요." in page


def test_a_busy_responder_cannot_be_chosen(
    as_user, operator, responder, visit, baekhak, now, jeongok
):
    from tests.dispatch_pages.conftest import make_home

    other = open_case(make_home(township=baekhak, now=now, phone="01055556666"), now=now)
    actions.claim(case=other, by=operator, now=now)
    page = text_of(
        post(
            as_user(operator),
            f"/cases/{other.uid}/send/",
            {"responder": str(responder.uid)},
            htmx=True,
        )
    )
    assert "갈 수 있는 사람이 모두 출동 중입니다." in page
    assert Visit.objects.count() == 1


def test_a_visit_can_be_called_back(as_user, operator, claimed, visit):
    client = as_user(operator)
    for _click in range(2):
        assert post(client, f"/cases/{claimed.uid}/call-back/", htmx=True).status_code == 200
    visit.refresh_from_db()
    assert visit.state == "cancelled"


def test_handing_over_by_name_and_back_to_the_queue(
    as_user, operator, operator2, responder, claimed
):
    client = as_user(operator)
    url = f"/cases/{claimed.uid}/hand-over/"
    wrong = text_of(post(client, url, {"to": str(responder.uid)}, htmx=True))
    assert "고른 사람은 지금 관제요원이 아닙니다." in wrong
    for _click in range(2):
        page = text_of(post(client, url, {"to": str(operator2.uid)}, htmx=True))
    assert "받을 때까지는 내 건입니다" in page
    claimed.refresh_from_db()
    assert claimed.owner == operator
    taker = as_user(operator2)
    assert "관지우 님이 건 1개를 넘기려 합니다." in text_of(taker.get("/desk/queue/"))
    offer = claimed.handovers.get()
    for _click in range(2):
        assert post(taker, f"/handover/{offer.uid}/accept/").status_code == 302
    claimed.refresh_from_db()
    assert claimed.owner == operator2
    for _click in range(2):
        answer = post(taker, url, {"what": "release"}, htmx=True)
        assert answer.status_code == 200
    claimed.refresh_from_db()
    assert claimed.owner is None


def test_what_opened_the_case_and_what_is_known_now_stand_apart(as_user, operator, claimed, now):
    HouseholdState.objects.update(
        last_sign_at=now - timedelta(hours=4), reasons=["전력: 마지막 움직임 08시."]
    )
    page = text_of(as_user(operator).get(f"/cases/{claimed.uid}/"))
    present, opening = page.split('<h4 class="meta">열릴 때')
    present = present.split('<h4 class="meta">지금</h4>')[1]
    assert "4시간 전" in present
    assert "마지막 움직임 08시" in present
    assert REASONS[0] not in present
    assert "2026. 7. 1. 12:00" in opening
    assert REASONS[0] in opening


def test_a_closed_case_shows_only_what_opened_it(as_user, operator, claimed, now):
    actions.close(case=claimed, by=operator, reason="fine", evidence_kind="spoke", note="", now=now)
    page = text_of(as_user(operator).get(f"/cases/{claimed.uid}/"))
    assert REASONS[0] in page
    assert "마지막 생활 신호" not in page


def test_an_older_case_is_one_click_away(as_user, operator, claimed, now):
    actions.close(
        case=claimed,
        by=operator,
        reason="phone",
        evidence_kind="spoke",
        note="관제 본인 11:58",
        now=now,
    )
    again = open_case(claimed.household, now=now + timedelta(hours=1))
    page = text_of(as_user(operator).get(f"/cases/{again.uid}/"))
    assert f"/cases/{claimed.uid}/" in page


def test_the_list_filters_by_its_address(as_user, operator, claimed, now):
    client = as_user(operator)
    for query, shown in (
        ("", True),
        ("?state=open", True),
        ("?state=closed", False),
        ("?light=red&township=4180025300", True),
        ("?light=yellow", False),
        ("?opened_from=2026-07-01&opened_to=2026-07-01", True),
        ("?opened_from=2026-07-02", False),
        (f"?household={claimed.household.uid}", True),
        ("?path=desk", True),
        ("?path=visit", False),
    ):
        page = text_of(client.get(f"/cases/{query}"))
        assert (claimed.number in page) is shown, query


def test_a_wrong_filter_is_told(as_user, operator, claimed):
    page = text_of(as_user(operator).get("/cases/?opened_from=어제&state=x"))
    assert claimed.number not in page
    assert "맞는 건이 없습니다" in page


def test_the_households_panel_lists_its_cases(as_user, operator, claimed, rf, now):
    from dispatch.page_registrations import cases_of

    request = rf.get("/")
    request.user = operator
    shown = cases_of(request, claimed.household)
    assert [row["number"] for row in shown["cases"]] == [claimed.number]


def test_who_read_the_list_is_logged_without_a_name(as_user, official, claimed):
    as_user(official).get("/cases/")
    line = AccessLog.objects.get(action="listed", subject_kind="case")
    assert (line.actor_id, line.detail, line.subject_uid) == (official.pk, {"cases": 1}, "")
