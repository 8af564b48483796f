"""A case goes to a colleague only when they take it by name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Message
from dispatch import actions, engine
from dispatch.handover import actions as handover
from dispatch.models import Case, HandoverState
from dispatch.rules import CaseState, EventKind, Refused
from tests.dispatch_pages.conftest import make_home, open_case

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def fresh(case):
    return Case.objects.select_related("owner", "household").get(pk=case.pk)


def told(kind):
    return list(
        Message.objects.filter(kind=kind, channel="inbox").values_list("recipient", flat=True)
    )


def test_the_case_stays_mine_until_it_is_accepted(claimed, operator, operator2, now):
    for _click in range(2):
        made = handover.offer(
            case=claimed, to=operator2, by=operator, now=now + MINUTE, note="통화 중"
        )
    assert fresh(claimed).owner == operator
    assert fresh(claimed).lease_until == now + 11 * MINUTE
    assert told("dispatch.handover_offered") == [operator2.pk]
    for _click in range(2):
        handover.accept(handover=made, by=operator2, now=now + 3 * MINUTE)
    case = fresh(claimed)
    assert (case.owner, case.lease_until) == (operator2, now + 13 * MINUTE)
    kinds = list(case.events.values_list("kind", flat=True))
    assert kinds.count(EventKind.HANDOVER_OFFERED) == kinds.count(EventKind.HANDED_OVER) == 1
    assert told("dispatch.handed_over") == [operator.pk]
    event = case.events.get(kind=EventKind.HANDOVER_OFFERED)
    assert case.household.unseal(bytes(event.note)) == "통화 중"


def test_a_no_leaves_the_case_and_tells_its_owner(claimed, operator, operator2, now):
    made = handover.offer(case=claimed, to=operator2, by=operator, now=now)
    for _click in range(2):
        handover.decline(handover=made, by=operator2, now=now)
    assert fresh(claimed).owner == operator
    assert told("dispatch.handover_declined") == [operator.pk]
    with pytest.raises(Refused, match="이미 답했거나"):
        handover.accept(handover=made, by=operator2, now=now)


def test_who_may_and_to_whom(claimed, operator, operator2, responder, now):
    with pytest.raises(Refused, match="관제요원에게만"):
        handover.offer(case=claimed, to=responder, by=operator, now=now)
    with pytest.raises(Refused, match="이미 본인"):
        handover.offer(case=claimed, to=operator, by=operator, now=now)
    with pytest.raises(Refused, match="님이 맡은 건"):
        handover.offer(case=claimed, to=operator2, by=operator2, now=now)
    made = handover.offer(case=claimed, to=operator2, by=operator, now=now)
    with pytest.raises(Refused, match="다른 사람에게 온"):
        handover.accept(handover=made, by=operator, now=now)
    with pytest.raises(Refused, match="다른 사람이 넘기려는"):
        handover.withdraw(handover=made, by=operator2, now=now)


def test_an_offer_whose_case_went_another_way_is_void(claimed, operator, operator2, now):
    made = handover.offer(case=claimed, to=operator2, by=operator, now=now)
    actions.release(case=claimed, by=operator, now=now)
    with pytest.raises(Refused, match="담당이 바뀌었습니다"):
        handover.accept(handover=made, by=operator2, now=now)
    assert fresh(claimed).state == CaseState.WAITING
    actions.claim(case=claimed, by=operator2, now=now)
    again = handover.offer(case=claimed, to=operator, by=operator2, now=now)
    made.refresh_from_db()
    assert (made.state, again.state) == (HandoverState.WITHDRAWN, HandoverState.OFFERED)


def test_an_offer_does_not_outlive_the_lease_of_who_made_it(claimed, operator, operator2, now):
    made = handover.offer(case=claimed, to=operator2, by=operator, now=now)
    later = now + 200 * MINUTE
    engine.sweep(now=later)
    assert fresh(claimed).owner is None
    actions.claim(case=claimed, by=operator, now=later)
    with pytest.raises(Refused, match="거두어들인"):
        handover.accept(handover=made, by=operator2, now=later)
    assert fresh(claimed).owner == operator


def test_a_visit_under_way_can_change_hands(visit, operator, operator2, now):
    made = handover.offer(case=visit.case, to=operator2, by=operator, now=now)
    handover.accept(handover=made, by=operator2, now=now)
    case = fresh(visit.case)
    assert (case.state, case.owner, case.lease_until) == (CaseState.VISITING, operator2, None)


def test_nobody_signs_out_owning_a_case(as_user, claimed, operator, operator2, now):
    client = as_user(operator)
    answer = client.post(reverse("account_logout"), follow=True)
    assert answer.redirect_chain[0][0] == "/handover/"
    assert "맡은 건이 1건 있습니다" in answer.content.decode()
    made = handover.offer(case=claimed, to=operator2, by=operator, now=now)
    handover.accept(handover=made, by=operator2, now=now)
    assert client.post(reverse("account_logout")).status_code == 302
    assert client.get("/handover/").status_code == 302


def test_the_taker_is_told_what_the_desk_tells(as_user, visit, operator, operator2, responder, now):
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        verb(visit=visit, by=responder, now=now)
    actions.record_found(visit=visit, by=responder, found_state="met_needs_help", note="", now=now)
    handover.offer(case=fresh(visit.case), to=operator2, by=operator, now=now)
    for who in (operator, operator2):
        page = as_user(who).get("/handover/").content.decode()
        assert "할 차례: 현장 결과 보고 결정" in page
        assert "할 차례: 본인에게 전화" not in page


def test_the_page_costs_the_same_for_one_case_and_for_ten(
    as_user, operator, jeongok, now, frozen_clock
):
    client = as_user(operator)

    def take(n):
        home = make_home(township=jeongok, now=now, name="가나다", phone=f"0105555{n:04d}")
        actions.claim(case=open_case(home, now=now), by=operator, now=now)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/handover/").status_code == 200
        return len(seen)

    take(0)
    queries()
    one = queries()
    for n in range(1, 6):
        take(n)
    assert queries() == one
