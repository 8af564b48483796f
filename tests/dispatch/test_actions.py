"""Verbs of the desk: who may, what happens, and the second click."""

from datetime import timedelta

import pytest

from accounts.models import Message
from dispatch import actions, answers, machine, opening
from dispatch.evidence import UnfitTime
from dispatch.models import CallAttempt, Case, CaseEvent, Visit
from dispatch.rules import CaseState, EventKind, Refused, VisitState
from monitoring import actions as monitoring_actions
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, set_light, sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(red, operator, now):
    return actions.claim(case=red, by=operator, now=now)


@pytest.fixture
def confirmed(monkeypatch):
    """Calls of monitoring's confirm_life, which still runs."""
    seen = []
    real = monitoring_actions.confirm_life

    def spy(**kwargs):
        seen.append(kwargs)
        return real(**kwargs)

    monkeypatch.setattr("dispatch.closing.confirm_life", spy)
    return seen


# ── claim, release, hand over ────────────────────────────────────────────────
def test_claiming_takes_the_case_and_stops_the_machine(red, operator, now):
    case = actions.claim(case=red, by=operator, now=now + MINUTE)
    assert (case.state, case.owner) == (CaseState.CLAIMED, operator)
    assert case.lease_until == case.next_action_at == now + 11 * MINUTE
    assert not case.steps.filter(state="pending").exists()
    event = case.events.get(kind=EventKind.CLAIMED)
    assert event.data == {"from": "waiting", "waited_s": 60.0}


def test_a_second_click_on_claim_changes_nothing(mine, operator, now):
    again = actions.claim(case=mine, by=operator, now=now + MINUTE)
    assert again.lease_until == mine.lease_until
    assert kinds(mine).count(EventKind.CLAIMED) == 1


def test_the_second_operator_hears_who_has_it(mine, operator2, now):
    with pytest.raises(Refused, match="관지우"):
        actions.claim(case=mine, by=operator2, now=now)


@pytest.mark.parametrize(
    "name", ["clerk_jeongok", "responder", "official", "administrator", "outsider"]
)
def test_only_operators_claim(red, cast, name, now):
    with pytest.raises(Refused, match="권한"):
        actions.claim(case=red, by=cast[name], now=now)
    assert fresh(red).state == CaseState.WAITING


def test_an_operator_whose_grant_has_ended_cannot_claim(red, operator, now):
    operator.grants.update(
        ends_at=now,
        ended_at=now,
        ended_by=red.household.enrolment.events.first().by,
        end_reason="퇴사",
    )
    with pytest.raises(Refused):
        actions.claim(case=red, by=operator, now=now)


def test_a_yellow_case_may_be_taken_early(yellow, operator, now):
    case = actions.claim(case=yellow, by=operator, now=now)
    assert case.state == CaseState.CLAIMED
    check_invariants()


def test_releasing_puts_it_back(mine, operator, now):
    actions.release(case=mine, by=operator, now=now + MINUTE)
    assert fresh(mine).state == CaseState.WAITING
    assert fresh(mine).next_action_at == now + 4 * MINUTE
    actions.release(case=mine, by=operator, now=now + MINUTE)
    assert kinds(mine).count(EventKind.RELEASED) == 1


# ── calls and notes ──────────────────────────────────────────────────────────
def test_a_form_sent_twice_records_one_call(mine, operator, now):
    for _click in range(2):
        actions.record_call(case=mine, by=operator, result="no_answer", now=now, key="form-1")
    actions.record_call(case=mine, by=operator, result="no_answer", now=now, key="form-2")
    assert kinds(mine).count(EventKind.CALL_RECORDED) == 2


def test_a_cry_for_help_on_a_call_moves_the_case_up(mine, operator, now):
    actions.record_call(case=mine, by=operator, result="help", now=now)
    assert fresh(mine).priority > mine.priority
    assert fresh(mine).answer == "help"


def test_only_the_owner_records_and_an_unknown_result_is_refused(mine, operator, operator2, now):
    with pytest.raises(Refused, match="관지우"):
        actions.record_call(case=mine, by=operator2, result="busy", now=now)
    with pytest.raises(Refused, match="통화 결과"):
        actions.record_call(case=mine, by=operator, result="whatever", now=now)


def test_notes_are_sealed_and_open_to_those_who_work_on_it(mine, clerk_jeongok, request, now):
    event = actions.add_note(case=mine, by=clerk_jeongok, note="이장님과 통화함", now=now)
    assert event.data == {}
    assert mine.household.unseal(event.note) == "이장님과 통화함"
    for stranger in map(request.getfixturevalue, ("outsider", "clerk_baekhak", "responder2")):
        with pytest.raises(Refused, match="권한"):
            actions.add_note(case=mine, by=stranger, note="x", now=now)
    with pytest.raises(Refused, match="적어"):
        actions.add_note(case=mine, by=clerk_jeongok, note="  ", now=now)


# ── opening by hand ──────────────────────────────────────────────────────────
def test_a_neighbours_report_opens_a_red_case_once(home, operator, now, quiet_line):
    case = actions.open_case(household=home, by=operator, now=now, note="이웃 신고")
    assert (case.light, case.state, case.opened_by) == ("red", CaseState.WAITING, operator)
    again = actions.open_case(household=home, by=operator, now=now, note="또 신고")
    assert again == case
    assert kinds(case)[-1] == EventKind.NOTED
    check_invariants()


def test_a_neighbours_report_raises_the_case_that_the_ai_works_on(yellow, operator, now):
    case = actions.open_case(household=yellow.household, by=operator, now=now, note="문 안 열림")
    assert case == yellow
    assert (case.light, case.state) == ("red", CaseState.WAITING)
    actions.open_case(household=yellow.household, by=operator, now=now, note="문 안 열림")
    assert kinds(case).count(EventKind.RAISED) == 1
    check_invariants()


# ── closing ──────────────────────────────────────────────────────────────────
def test_closing_says_who_saw_the_person_and_confirms_life(mine, operator, now, confirmed):
    case = actions.close(
        case=mine,
        by=operator,
        reason="outing",
        evidence_kind="spoke",
        note="본인 휴대폰으로 통화",
        now=now + MINUTE,
    )
    assert (case.state, case.closed_by, case.next_action_at) == (
        CaseState.CLOSED,
        operator,
        None,
    )
    assert case.household.unseal(case.evidence_note) == "본인 휴대폰으로 통화"
    (life,) = confirmed
    assert life["household"] == case.household
    assert (life["at"], life["source"], life["by"]) == (now + MINUTE, "spoke", operator)


def test_a_second_click_on_close_is_the_same_close(mine, operator, operator2, now, confirmed):
    for _click in range(2):
        actions.close(
            case=mine, by=operator, reason="work", evidence_kind="spoke", note="", now=now
        )
    assert kinds(mine).count(EventKind.CLOSED) == 1
    assert len(confirmed) == 1
    with pytest.raises(Refused, match="이미 종결"):
        actions.close(
            case=mine, by=operator2, reason="work", evidence_kind="spoke", note="", now=now
        )
    for verb in (actions.claim, actions.release):
        with pytest.raises(Refused, match="이미 종결"):
            verb(case=mine, by=operator, now=now)


@pytest.mark.parametrize(
    ("reason", "evidence", "note"), [("death", "medical", ""), ("duplicate", "none", "두 번 열림")]
)
def test_a_death_or_a_mistake_confirms_no_life(
    mine, operator, now, confirmed, reason, evidence, note
):
    actions.close(case=mine, by=operator, reason=reason, evidence_kind=evidence, note=note, now=now)
    assert confirmed == []


def test_a_failing_monitoring_rolls_the_whole_close_back(mine, operator, now, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError("monitoring")

    monkeypatch.setattr("dispatch.closing.confirm_life", broken)
    with pytest.raises(RuntimeError):
        actions.close(
            case=mine, by=operator, reason="work", evidence_kind="spoke", note="", now=now
        )
    assert fresh(mine).state == CaseState.CLAIMED
    assert EventKind.CLOSED not in kinds(mine)


def test_evidence_lies_in_the_near_past(mine, operator, now):
    for at in (now + MINUTE, now - timedelta(days=3)):
        with pytest.raises(Refused, match="확인한 때"):
            actions.close(
                case=mine,
                by=operator,
                reason="work",
                evidence_kind="contact",
                note="",
                now=now,
                evidence_at=at,
            )


@pytest.mark.parametrize("evidence", ["seen", "spoke", "contact", "medical"])
def test_what_was_seen_before_the_case_opened_closes_nothing(mine, operator, now, evidence):
    """To the minute, as it is typed: the opening's own minute is late enough."""
    opened = mine.opened_at.replace(second=0, microsecond=0)
    words = {"reason": "work", "evidence_kind": evidence, "note": "", "now": now}
    with pytest.raises(UnfitTime, match="열린"):
        actions.close(case=mine, by=operator, evidence_at=opened - MINUTE, **words)
    assert fresh(mine).is_open
    assert not actions.close(case=mine, by=operator, evidence_at=opened, **words).is_open


def test_a_death_may_lie_before_the_case(mine, operator, now):
    words = {"reason": "death", "evidence_kind": "medical", "note": "", "now": now}
    at = mine.opened_at - 60 * MINUTE
    assert not actions.close(case=mine, by=operator, evidence_at=at, **words).is_open


def test_nobody_was_met_before_the_arrival(mine, operator, responder, now):
    visit = actions.send_responder(case=mine, responder=responder, by=operator, now=now)
    later = now + 20 * MINUTE
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        visit = verb(visit=visit, by=responder, now=later)
    actions.record_found(
        visit=visit, by=responder, found_state="met_needs_help", note="", now=later
    )
    words = {"reason": "work", "note": "걸어 다닌다", "now": later}
    with pytest.raises(UnfitTime, match="도착"):
        actions.close(
            case=mine, by=operator, evidence_kind="seen", evidence_at=later - MINUTE, **words
        )
    closed = actions.close(
        case=mine, by=operator, evidence_kind="spoke", evidence_at=later - MINUTE, **words
    )
    assert not closed.is_open


def test_one_must_own_a_case_to_close_it(red, operator, now):
    with pytest.raises(Refused, match="먼저"):
        actions.close(case=red, by=operator, reason="work", evidence_kind="spoke", note="", now=now)


# ── the visit ────────────────────────────────────────────────────────────────
@pytest.fixture
def visit(mine, operator, responder, now):
    return actions.send_responder(case=mine, responder=responder, by=operator, now=now)


def on_site(visit, responder, now):
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        visit = verb(visit=visit, by=responder, now=now)
    return visit


def test_sending_somebody_tells_them_by_sms(visit, responder, now):
    case = fresh(visit.case)
    assert case.state == CaseState.VISITING
    assert case.next_action_at == now + 5 * MINUTE
    sms = Message.objects.get(kind="dispatch.assigned", channel="sms")
    assert (sms.recipient, sms.link_path) == (responder, f"/visits/{visit.uid}/")


def test_a_second_click_on_send_is_one_visit(visit, operator, responder, responder2, now):
    again = actions.send_responder(case=visit.case, responder=responder, by=operator, now=now)
    assert again == visit
    with pytest.raises(Refused, match="출도윤"):
        actions.send_responder(case=visit.case, responder=responder2, by=operator, now=now)
    assert Visit.objects.count() == 1


def test_only_responders_are_sent(mine, operator, operator2, now):
    with pytest.raises(Refused, match="현장 출동을 맡은"):
        actions.send_responder(case=mine, responder=operator2, by=operator, now=now)


def test_the_walk_of_a_visit_with_every_step_clicked_twice(visit, responder, now):
    for verb, state in (
        (actions.accept_visit, VisitState.ACCEPTED),
        (actions.depart, VisitState.EN_ROUTE),
        (actions.arrive, VisitState.ON_SITE),
    ):
        for _click in range(2):
            visit = verb(visit=visit, by=responder, now=now)
        assert visit.state == state
    log = kinds(visit.case)
    for kind in (EventKind.VISIT_ACCEPTED, EventKind.VISIT_DEPARTED, EventKind.VISIT_ARRIVED):
        assert log.count(kind) == 1


def test_steps_cannot_be_skipped_or_walked_by_another(visit, responder, responder2, now):
    with pytest.raises(Refused, match="요청함"):
        actions.arrive(visit=visit, by=responder, now=now)
    with pytest.raises(Refused, match="다른 사람"):
        actions.accept_visit(visit=visit, by=responder2, now=now)


def test_declining_brings_the_case_back_to_its_operator(visit, operator, responder, now):
    with pytest.raises(Refused, match="까닭"):
        actions.decline_visit(visit=visit, by=responder, reason="", now=now)
    for _click in range(2):
        actions.decline_visit(visit=visit, by=responder, reason="vehicle", now=now)
    case = fresh(visit.case)
    assert (case.state, case.owner) == (CaseState.CLAIMED, operator)
    assert Message.objects.filter(kind="dispatch.visit_back", recipient=operator).count() == 1
    check_invariants()


def test_cancelling_tells_the_responder(visit, operator, responder, now):
    actions.cancel_visit(visit=visit, by=operator, now=now)
    assert fresh(visit.case).state == CaseState.CLAIMED
    assert Message.objects.filter(kind="dispatch.visit_cancelled", recipient=responder).exists()


def test_what_was_found_goes_back_to_the_operator(visit, operator, responder, now):
    on_site(visit, responder, now)
    for _click in range(2):
        found = actions.record_found(
            visit=visit, by=responder, found_state="absent_revisit", note="문 잠김", now=now
        )
    assert found.state == VisitState.DONE
    case = fresh(visit.case)
    assert (case.state, case.owner) == (CaseState.CLAIMED, operator)
    assert kinds(case).count(EventKind.VISIT_FOUND) == 1
    actions.send_responder(case=case, responder=responder, by=operator, now=now)
    assert Visit.objects.count() == 2


def test_an_operator_cannot_close_while_somebody_is_on_the_way(visit, operator, now):
    with pytest.raises(Refused, match="현장 출동"):
        actions.close(
            case=visit.case, by=operator, reason="work", evidence_kind="spoke", note="", now=now
        )


def test_the_responder_closes_at_the_door(visit, responder, now, confirmed):
    on_site(visit, responder, now)
    for _click in range(2):
        actions.finish_visit(
            visit=visit,
            by=responder,
            found_state="met_safe",
            close_reason="phone",
            note="휴대폰 고장",
            now=now + MINUTE,
        )
    case = fresh(visit.case)
    assert (case.state, case.closed_by, case.evidence_kind) == (
        CaseState.CLOSED,
        responder,
        "seen",
    )
    assert len(confirmed) == 1
    assert kinds(case).count(EventKind.CLOSED) == 1


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ("absent_revisit", "outing"),
        ("met_safe", "death"),
        ("met_safe", "self_harm"),
        ("neighbour_confirmed", "fall"),
        ("ems_119", "fine"),
        ("death", "illness"),
        ("", "work"),
    ],
)
def test_what_does_not_fit_cannot_close(visit, responder, now, found, reason):
    on_site(visit, responder, now)
    with pytest.raises(Refused):
        actions.finish_visit(
            visit=visit, by=responder, found_state=found, close_reason=reason, note="", now=now
        )
    assert fresh(visit.case).state == CaseState.VISITING
    assert Visit.objects.get().state == VisitState.ON_SITE


@pytest.mark.parametrize(
    ("found", "reason", "is_open"),
    [
        ("met_safe", "phone", False),
        ("met_safe", "self_harm", True),
        ("met_safe", "death", True),
        ("ems_119", "fall", False),
        ("death", "death", False),
        ("met_needs_help", "", True),
    ],
)
def test_what_tells_of_trouble_goes_to_an_operator(visit, responder, now, found, reason, is_open):
    on_site(visit, responder, now)
    for _click in range(2):
        actions.tell_found(
            visit=visit, by=responder, found_state=found, close_reason=reason, note="", now=now
        )
    case = fresh(visit.case)
    assert (case.is_open, Visit.objects.get().found_state) == (is_open, found)
    assert case.events.get(kind=EventKind.VISIT_FOUND).data.get("reason", "") == reason


@pytest.mark.parametrize(
    ("found", "why"), [("met_needs_help", ""), ("ems_119", ""), ("met_safe", "self_harm")]
)
def test_trouble_at_the_door_is_not_closed_as_fine_without_a_word(
    visit, operator, responder, now, found, why
):
    on_site(visit, responder, now)
    actions.record_found(
        visit=visit, by=responder, found_state=found, close_reason=why, note="", now=now
    )
    how = {"by": operator, "evidence_kind": "seen", "now": now + MINUTE}
    with pytest.raises(Refused, match="덧붙일 말"):
        actions.close(case=visit.case, reason="fine", note=" ", **how)
    assert fresh(visit.case).is_open
    closed = actions.close(case=visit.case, reason="fine", note="다리를 접질렸으나 걷는다", **how)
    assert not closed.is_open


def test_trouble_at_the_door_is_closed_with_its_reason(visit, operator, responder, now):
    on_site(visit, responder, now)
    actions.record_found(visit=visit, by=responder, found_state="met_needs_help", note="", now=now)
    how = {"by": operator, "evidence_kind": "seen", "now": now + MINUTE}
    assert not actions.close(case=visit.case, reason="fall", note="", **how).is_open


def test_the_county_may_keep_closing_to_its_operators(visit, responder, official, now):
    from accounts.county_settings import change

    change(
        name="dispatch.responder_may_close",
        value=False,
        valid_from=now,
        by=official,
        reason="시험",
        now=now,
    )
    on_site(visit, responder, now)
    with pytest.raises(Refused, match="관제로"):
        actions.finish_visit(
            visit=visit,
            by=responder,
            found_state="met_safe",
            close_reason="phone",
            note="",
            now=now,
        )


# ── raised while a person has it ─────────────────────────────────────────────
def test_red_while_claimed_tells_the_owner_and_rings_nobody(yellow, operator, now):
    actions.claim(case=yellow, by=operator, now=now)
    set_light(yellow.household, "red", now=now + MINUTE)
    sweep(now + MINUTE)
    case = fresh(yellow)
    assert (case.state, case.light, case.owner) == (CaseState.CLAIMED, "red", operator)
    assert not case.steps.filter(state="pending").exists()
    assert Message.objects.filter(kind="dispatch.raised", recipient=operator).exists()
    check_invariants()


def test_words_about_people_are_nowhere_in_the_open(visit, responder, now):
    on_site(visit, responder, now)
    secret = "당뇨가 있으심"
    actions.record_found(
        visit=visit, by=responder, found_state="met_needs_help", note=secret, now=now
    )
    for row in [*CaseEvent.objects.all(), *Visit.objects.all(), *Case.objects.all()]:
        for value in vars(row).values():
            assert secret not in str(value)
            assert secret.encode() not in bytes(value) if isinstance(value, bytes) else True


# ── in the very moment ───────────────────────────────────────────────────────
def test_a_report_that_waits_for_the_lock_of_a_case_being_closed_opens_a_new_one(
    mine, operator, now, monkeypatch
):
    real = machine.lock

    def closed_meanwhile(case_id):
        monkeypatch.setattr(machine, "lock", real)
        close(mine, operator, now)
        return real(case_id)

    monkeypatch.setattr(machine, "lock", closed_meanwhile)
    case = actions.open_case(household=mine.household, by=operator, now=now, note="신음 소리")
    assert (case.is_open, case.previous) == (True, mine)


def test_a_report_joins_the_case_that_the_engine_opens_in_the_same_moment(
    home, operator, now, monkeypatch
):
    real = machine.lock_open

    def too_early(household_id):
        monkeypatch.setattr(machine, "lock_open", real)
        opening.open_new(household=home, light="yellow", now=now)

    monkeypatch.setattr(machine, "lock_open", too_early)
    case = actions.open_case(household=home, by=operator, now=now, note="신음 소리")
    assert (Case.objects.get().pk, case.light) == (case.pk, "red")
    assert EventKind.NOTED in kinds(case)


def test_a_cry_that_comes_late_beside_a_case_being_closed_opens_a_new_one(
    mine, operator, now, monkeypatch
):
    over = close(mine, operator, now)
    beside = opening.open_new(household=mine.household, light="red", now=now)
    beside = actions.claim(case=beside, by=operator, now=now)
    real = machine.lock

    def closed_meanwhile(case_id):
        monkeypatch.setattr(machine, "lock", real)
        close(beside, operator, now)
        return real(case_id)

    attempt = CallAttempt.objects.get(case=over)
    attempt.case = over
    monkeypatch.setattr(machine, "lock", closed_meanwhile)
    answers.take(over, attempt, answers.understand("2", ""), now=now)
    assert Case.objects.open().get().answer == "help"


def close(case, by, now):
    return actions.close(case=case, by=by, reason="fine", evidence_kind="spoke", note="", now=now)
