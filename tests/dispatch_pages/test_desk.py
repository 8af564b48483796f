"""The control board: order, live part, claiming, conflicts."""

import re
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessLog
from dispatch import actions, calls, machine
from dispatch.closing import close_now
from dispatch.models import CallAttempt, Case
from dispatch.presenters import queue_rows, queue_shared
from dispatch.rules import CaseDo, EventKind
from monitoring.models import FeedIncident
from tests.dispatch_pages.conftest import (
    MASKED,
    NAME,
    make_home,
    open_case,
    post,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(jeongok, baekhak, now, frozen_clock):
    """A yellow, a claimed red and a fresh red, opened in this order."""
    names = ("가나다", "라마바", "사아자")
    homes = [
        make_home(township=jeongok, now=now, name=name, phone=f"0105555000{n}")
        for n, name in enumerate(names)
    ]
    lights = ("yellow", "red", "red")
    return [
        open_case(home, now=now - timedelta(minutes=10 - n), light=light)
        for n, (home, light) in enumerate(zip(homes, lights, strict=True))
    ]


def order(page: str, cases: list[Case]) -> list[int]:
    at = {page.index(f'data-case="{case.uid}"'): n for n, case in enumerate(cases)}
    return [at[place] for place in sorted(at)]


def test_reds_that_nobody_has_come_first(as_user, operator2, operator, many, now):
    actions.claim(case=many[1], by=operator2, now=now)
    page = text_of(as_user(operator).get("/desk/"))
    assert order(page, many) == [2, 1, 0]
    assert "(긴급 2)" in page


def test_nothing_to_do_says_so_and_offers_other_work(as_user, operator, home):
    page = text_of(as_user(operator).get("/desk/"))
    assert "기다리는 건이 없습니다" in page
    assert "조용한 시간에 할 일" in page


def test_what_a_key_closed_stays_in_the_list_until_somebody_looks(as_user, operator, home, now):
    case = open_case(home, now=now - timedelta(days=3), light="yellow")
    machine.fire(case, CaseDo.ANSWER_OK)
    close_now(
        case,
        by=None,
        reason="fine",
        evidence_kind="resident_key",
        note="",
        at=case.opened_at,
        now=case.opened_at,
    )
    address = "/cases/?closed_how=unconfirmed"
    assert address in text_of(as_user(operator).get("/desk/"))
    assert case.number in text_of(as_user(operator).get(address))
    actions.confirm_auto_close(case=case, by=operator, now=now)
    assert address not in text_of(as_user(operator).get("/desk/"))
    assert case.number not in text_of(as_user(operator).get(address))


def test_an_unchanged_queue_answers_304_with_few_queries(
    as_user, operator, many, django_assert_max_num_queries
):
    client = as_user(operator)
    first = client.get("/desk/queue/")
    assert first["X-Desk-Queue"] == "1"
    with django_assert_max_num_queries(7):
        again = client.get("/desk/queue/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_change_makes_a_new_queue(as_user, operator, operator2, many, now):
    client = as_user(operator)
    first = client.get("/desk/queue/")
    actions.claim(case=many[2], by=operator2, now=now)
    again = client.get("/desk/queue/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert "관민재" in text_of(again)


def test_the_number_of_queries_does_not_grow_with_the_queue(as_user, operator, jeongok, now, many):
    client = as_user(operator)
    client.get("/desk/queue/")
    few = queries_of(client)
    for n in range(5):
        home = make_home(township=jeongok, now=now, phone=f"0107777000{n}")
        open_case(home, now=now)
    assert queries_of(client) == few


def queries_of(client) -> int:
    """Of one poll that has to read everything."""
    queue_shared.forget()
    with CaptureQueriesContext(connection) as queries:
        client.get("/desk/queue/")
    return len(queries)


def test_a_change_is_read_once_for_everybody_and_only_the_owner_sees_the_name(
    as_user, operator, operator2, red, now
):
    first, second = as_user(operator), as_user(operator2)
    first.get("/desk/queue/")
    actions.claim(case=red, by=operator, now=now)
    assert NAME in text_of(first.get("/desk/queue/"))
    with CaptureQueriesContext(connection) as queries:
        seen = text_of(second.get("/desk/queue/"))
    assert MASKED in seen
    assert NAME not in seen
    assert not [q for q in queries if "monitoring_householdstate" in q["sql"]]
    assert NAME in text_of(first.get("/desk/queue/"))


def test_the_clock_of_a_desk_does_not_wait_for_anothers_reading(
    as_user, operator, operator2, red, now
):
    client = as_user(operator)
    known = what_a_desk_knows(client)
    actions.claim(case=red, by=operator2, now=now)
    with lock_of_the_queue():  # somebody reads at this moment
        assert client.get("/desk/queue/", headers=known).status_code == 304
    assert client.get("/desk/queue/", headers=known).status_code == 200


@pytest.mark.parametrize("seen", ["", "999999", "x"])
def test_who_has_done_or_seen_something_waits_for_it(as_user, operator, operator2, red, now, seen):
    """The page has shown the answer of another process already, or its operator did something."""
    client = as_user(operator)
    known = what_a_desk_knows(client) | {"X-Desk-Seen": seen}
    lock = lock_of_the_queue()
    lock.acquire()
    threading.Timer(0.3, lock.release).start()
    asked = time.monotonic()
    actions.claim(case=red, by=operator2, now=now)
    assert client.get("/desk/queue/", headers=known).status_code == 200
    assert time.monotonic() - asked >= 0.2


def what_a_desk_knows(client):
    first = client.get("/desk/queue/")
    return {"If-None-Match": first["ETag"], "X-Desk-Seen": first["X-Desk-Seen"]}


def lock_of_the_queue():
    (key,) = queue_shared._kept
    return queue_shared._locks[key]


def test_a_desk_learns_whose_the_news_of_its_case_are(as_user, operator, operator2, claimed, now):
    """What somebody did in another window is no news of others."""
    client, shown = as_user(operator), claimed.events.latest("id").pk
    asked = {"case": str(claimed.uid), "shown": str(shown)}
    assert "X-News-By" not in client.get("/desk/queue/", asked)
    actions.add_note(case=claimed, by=operator, note="다른 창에서", now=now)
    assert client.get("/desk/queue/", asked)["X-News-By"] == "me"
    for odd in ("x", "9" * 19):
        assert "X-News-By" not in client.get("/desk/queue/", {**asked, "shown": odd})
    actions.add_note(case=claimed, by=operator2, note="옆자리에서", now=now)
    assert client.get("/desk/queue/", asked)["X-News-By"] == "others"


def test_what_follows_from_ones_own_act_is_no_news_of_others(as_user, operator, home, now):
    """Whoever claims in the other window cuts a telephone of the AI that rings; what the resident
    said to it before is news all the same."""
    case = open_case(home, now=now)
    attempt = calls.prepare(case, case.steps.filter(kind="ai_call").first(), now=now)
    client, shown = as_user(operator), case.events.latest("id").pk
    asked = {"case": str(case.uid), "shown": str(shown)}
    machine.log(case, EventKind.CALL_FOUND, now=now)
    assert client.get("/desk/queue/", asked)["X-News-By"] == "others"
    actions.claim(case=case, by=operator, now=now)
    with transaction.atomic():
        calls.rise(*calls.lock_attempt(attempt.pk), "canceled", now=now)
    assert case.events.get(kind="call_ended").actor is None
    assert client.get("/desk/queue/", asked)["X-News-By"] == "me"
    machine.log(case, EventKind.ANSWERED, now=now, data={"outcome": "help"})
    assert client.get("/desk/queue/", asked)["X-News-By"] == "others"


def test_only_the_row_of_a_case_that_moved_is_drawn_again(
    as_user, operator, operator2, many, now, monkeypatch
):
    client = as_user(operator)
    client.get("/desk/queue/")
    drawn = []
    real = queue_rows.row_of
    monkeypatch.setattr(
        queue_rows, "row_of", lambda case, *a, **k: drawn.append(case.pk) or real(case, *a, **k)
    )
    actions.claim(case=many[0], by=operator2, now=now)
    client.get("/desk/queue/")
    assert drawn == [many[0].pk]


def test_the_row_tells_that_a_finding_waits_for_a_decision(
    as_user, operator, responder, visit, now
):
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        verb(visit=visit, by=responder, now=now)
    client = as_user(operator)
    assert "결정할 차례" not in text_of(client.get("/desk/queue/"))
    actions.record_found(visit=visit, by=responder, found_state="absent_revisit", note="", now=now)
    assert "현장 부재-재방문 · 결정할 차례" in text_of(client.get("/desk/queue/"))


def test_the_row_asks_who_goes_along_where_one_goes_and_two_must(
    as_user, operator, responder, claimed, visit, now, frozen_clock
):
    """No line of the log tells that the hours of the night have begun."""
    actions.accept_visit(visit=visit, by=responder, now=now)
    actions.say_company(visit=visit, by=responder, company="alone", now=now)
    client, asked = as_user(operator), []
    told = "현장 수락 · 출도윤 · 동행 확인"
    assert told not in words_of(client, asked)
    frozen_clock.tick(timedelta(hours=9))
    client = as_user(operator)  # the old session has gone idle
    assert told in words_of(client, asked)
    actions.say_company(visit=visit, by=responder, company="rescue", now=now)
    assert told not in words_of(client, asked)


def test_risky_words_on_the_telephone_ask_it_by_day_too(
    as_user, operator, operator2, responder, claimed, now, jeongok
):
    actions.record_call(case=claimed, by=operator, result="risk", callee="x", now=now)
    visit = actions.send_responder(case=claimed, responder=responder, by=operator, now=now)
    actions.accept_visit(visit=visit, by=responder, now=now)
    actions.say_company(visit=visit, by=responder, company="alone", now=now)
    client, asked = as_user(operator2), []
    assert "동행 확인" not in words_of(client, asked)  # it was a contact who said so
    actions.record_call(case=claimed, by=operator, result="risk", now=now)
    assert "동행 확인" in words_of(client, asked)
    few = queries_of(client)
    second = open_case(make_home(township=jeongok, now=now, phone="01077770000"), now=now)
    actions.claim(case=second, by=operator, now=now)
    visit = actions.send_responder(case=second, responder=responder, by=operator, now=now)
    actions.accept_visit(visit=visit, by=responder, now=now)
    actions.say_company(visit=visit, by=responder, company="alone", now=now)
    assert queries_of(client) == few


def test_the_row_follows_the_telephone_of_the_ai(as_user, operator, home, now):
    """No line of the log tells that somebody has taken the receiver off; the clock stands still
    while the telephone is busy."""
    case = open_case(home, now=now, light="yellow")
    client = as_user(operator)
    asked, steps = [], case.steps.filter(kind="ai_call")
    assert "AI까지" in words_of(client, asked)
    attempt = calls.prepare(case, steps.first(), now=now)
    said = words_of(client, asked)
    assert "AI가 전화를 거는 중" in said
    assert "AI까지" not in said
    assert "다음 12:" not in said
    for status, told in (
        ("unknown", "AI 전화가 걸렸는지 확인하는 중"),
        ("ringing", "AI 전화가 울리는 중"),
        ("in-progress", "AI가 통화하는 중"),
    ):
        CallAttempt.objects.filter(pk=attempt.pk).update(status=status)
        assert told in words_of(client, asked)
    calls.ended_by_company(attempt.pk, now=now)
    assert "AI까지" in words_of(client, asked)


def test_a_red_that_nobody_has_tells_that_the_ai_is_on_the_line(as_user, operator, home, now):
    """Beside its clock: it waits for a person all the same, whose claim ends a telephone that
    rings."""
    case = open_case(home, now=now)
    client = as_user(operator)
    asked = []
    assert "AI" not in only_row(words_of(client, asked))
    attempt = calls.prepare(case, case.steps.filter(kind="ai_call").first(), now=now)
    CallAttempt.objects.filter(pk=attempt.pk).update(status="in-progress")
    said = only_row(words_of(client, asked))
    for told in ("담당 없음", "안에 맡기", "AI가 통화하는 중"):
        assert told in said
    calls.ended_by_company(attempt.pk, now=now)
    assert "AI" not in only_row(words_of(client, asked))


def only_row(page):
    """The link of the one case in the queue."""
    (row,) = re.findall(r"<a id=\"q-.*?</a>", page, re.DOTALL)
    return row


def words_of(client, asked):
    """The queue as a desk that polls sees it a little later; it is new each time."""
    for key, found in list(queue_shared._kept.items()):
        queue_shared._kept[key] = replace(found, found_at=queue_shared.NEVER)
    answer = client.get("/desk/queue/", headers={"If-None-Match": asked[-1]} if asked else {})
    assert answer.status_code == 200
    asked.append(answer["ETag"])
    return text_of(answer)


def test_polling_is_no_second_look_at_a_person(as_user, operator, red):
    client = as_user(operator)
    url = f"/desk/?case={red.uid}"
    client.get(url, headers={"HX-Request": "true"})
    client.get(url, headers={"HX-Request": "true", "X-Background": "1"})
    viewed = AccessLog.objects.filter(action="viewed", subject_uid=str(red.household.uid))
    assert viewed.count() == 1


def test_choosing_a_case_brings_its_two_columns_only(as_user, operator, red):
    page = text_of(as_user(operator).get(f"/desk/?case={red.uid}", headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert 'id="case"' in page
    assert 'id="act"' in page
    assert MASKED in page


def test_claim_by_htmx_shows_the_name_and_refreshes_the_queue(as_user, operator, red):
    answer = post(as_user(operator), f"/cases/{red.uid}/claim/", {"from": "desk"}, htmx=True)
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "queue-changed"
    assert NAME in text_of(answer)
    red.refresh_from_db()
    assert red.owner == operator


def test_claim_without_htmx_returns_to_the_desk(as_user, operator, red):
    answer = post(as_user(operator), f"/cases/{red.uid}/claim/", {"from": "desk"})
    assert (answer.status_code, answer.url) == (302, f"/desk/?case={red.uid}")


def test_claiming_twice_is_claiming_once(as_user, operator, red):
    client = as_user(operator)
    for _click in range(2):
        assert post(client, f"/cases/{red.uid}/claim/", htmx=True).status_code == 200
    assert red.events.filter(kind="claimed").count() == 1


def test_the_slower_operator_reads_who_has_it(as_user, operator, operator2, red):
    post(as_user(operator), f"/cases/{red.uid}/claim/", htmx=True)
    page = text_of(post(as_user(operator2), f"/cases/{red.uid}/claim/", htmx=True))
    assert "이미 관지우 님이 맡은 건입니다." in page
    assert NAME not in page


def test_what_the_slower_one_typed_is_still_there(as_user, operator, operator2, claimed):
    words = "집주인이 어제 보았다고 함"
    client = as_user(operator2)
    page = text_of(
        post(
            client,
            f"/cases/{claimed.uid}/close/",
            {
                "reason": "phone",
                "evidence_kind": "contact",
                "seen_by": "집주인",
                "seen_at": "11:00",
                "note": words,
            },
            htmx=True,
        )
    )
    assert "관지우 님이 맡은 건입니다." in page
    claimed.refresh_from_db()
    assert claimed.is_open


def test_the_newest_red_is_taken_with_one_key(as_user, operator, many):
    client = as_user(operator)
    answer = post(client, "/desk/claim/", {"from": "desk"}, htmx=True)
    many[2].refresh_from_db()
    assert many[2].owner == operator
    assert answer["HX-Push-Url"] == f"/desk/?case={many[2].uid}"
    post(client, "/desk/claim/", {"from": "desk"}, htmx=True)
    many[1].refresh_from_db()
    assert many[1].owner == operator
    page = text_of(post(client, "/desk/claim/", {"from": "desk"}, htmx=True))
    assert "담당 없는 긴급 건이 없습니다." in page


def test_an_incident_reaches_a_board_on_which_no_case_moved(as_user, operator, many, now):
    client = as_user(operator)
    first = client.get("/desk/queue/")
    FeedIncident.objects.create(
        feed="power", kind="late", first_hour=now, opened_at=now, households=7
    )
    again = client.get("/desk/queue/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert "전력 계량기 자료 사고" in text_of(again)
