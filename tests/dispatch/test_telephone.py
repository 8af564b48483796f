"""Whole calls over real HTTP: the portal dials the fake company, the company calls back."""

from datetime import timedelta

import pytest

from dispatch.models import CallAttempt, CallbackEvent, Case
from dispatch.rules import CaseState, EventKind
from dispatch.understanding import warm_up
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, reasons, set_light, sweep
from tests.households.factories import make_household

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("analyser")]
HELLO = ("연천군", "인공지능", "안부", "1번", "2번")


@pytest.fixture(scope="session")
def analyser():
    """Loading it takes seconds, on a busy machine more than a caller waits: before the first call,
    as the portal's own processes do."""
    warm_up()


@pytest.fixture
def home(transactional_db, now):
    return make_household(phone="01033334444", now=now)


def ring(bench, home, now, light="yellow"):
    set_light(home, light, now=now)
    sweep(now)
    bench.settle()
    return Case.objects.select_related("household").latest("id")


def test_key_1_closes_while_nothing_is_red(bench, home, now):
    bench.phone("01033334444").expects_call_saying(*HELLO, "괜찮다고 알아들었습니다").presses("1")
    case = ring(bench, home, now)
    assert (case.state, case.evidence_kind, case.closed_by) == (
        CaseState.CLOSED,
        "resident_key",
        None,
    )
    attempt = case.calls.get()
    assert (attempt.status, attempt.outcome, attempt.digits) == ("completed", "ok", "1")
    assert attempt.answered_by == "human"
    assert case in Case.objects.auto_closed_unconfirmed()
    bench.check()


def test_key_1_on_red_waits_for_a_person(bench, home, now):
    bench.phone("01033334444").expects_call_saying("담당자가 확인하려고").presses("1")
    case = ring(bench, home, now, "red")
    assert (case.state, case.answer) == (CaseState.WAITING, "ok")
    assert reasons(case)[-1] == "said_ok_on_red"
    assert not case.steps.filter(state="pending").exclude(kind="ring").exists()
    bench.check()


def test_key_2_goes_to_the_desk_before_everything(bench, home, now):
    bench.phone("01033334444").expects_call_saying("바로 사람이 전화드립니다", "119").presses("2")
    case = ring(bench, home, now)
    assert (case.state, case.answer) == (CaseState.WAITING, "help")
    assert case.priority > 1000
    assert reasons(case) == ["help"]
    bench.check()


def test_a_plea_is_said_back_sealed_and_goes_to_a_person(bench, home, now):
    words = "넘어져서 못 일어나요"
    said_back = "도와달라는 말씀으로 들었습니다"
    bench.phone("01033334444").expects_call_saying(said_back).says(words, confidence=0.2)
    case = ring(bench, home, now)
    assert (reasons(case), case.answer) == (["help"], "help")
    attempt = case.calls.get()
    assert case.household.unseal(attempt.speech) == words
    note = case.events.get(kind=EventKind.ANSWERED).note
    assert words.encode() not in bytes(note)
    bench.check()


def test_words_of_dying_come_before_everything(bench, home, now):
    bench.phone("01033334444").expects_call_saying("109").says("이제 그만 죽고 싶어")
    case = ring(bench, home, now)
    assert (reasons(case), case.answer, case.priority > 1000) == (["risk"], "risk", True)
    assert case.desk_step == "emergency"
    bench.check()


@pytest.mark.parametrize(
    ("confidence", "state", "why"),
    [(0.9, CaseState.CLOSED, []), (0.0, CaseState.WAITING, ["needs_confirming"])],
    ids=["sure", "the recogniser does not say"],
)
def test_said_fine_closes_only_when_heard_surely(bench, home, now, confidence, state, why):
    phone = bench.phone("01033334444").expects_call_saying("괜찮다는 말씀으로 들었습니다")
    phone.says("네 괜찮아요 별일 없어요", confidence=confidence)
    case = ring(bench, home, now)
    assert (case.state, case.calls.get().outcome, reasons(case)) == (state, "said_ok", why)
    bench.check()


def test_said_fine_on_red_waits_for_a_person(bench, home, now):
    bench.phone("01033334444").expects_call_saying("담당자가 확인하려고").says("괜찮아요")
    case = ring(bench, home, now, "red")
    assert (case.state, case.answer) == (CaseState.WAITING, "said_ok")
    assert reasons(case)[-1] == "said_ok_on_red"
    bench.check()


def test_words_nobody_can_read_go_to_a_person_and_the_question_comes_again(bench, home, now):
    phone = bench.phone("01033334444").expects_call_saying("한 번만 더 여쭙겠습니다")
    phone.says("거시기 뭐시냐 그게").says("괜찮아요")
    case = ring(bench, home, now)
    assert case.state == CaseState.WAITING, "a fine after it closes nothing"
    assert (reasons(case), case.calls.get().outcome) == (["speech"], "speech")
    bench.check()


def test_call_me_later_is_one_further_call_half_an_hour_on(bench, home, now, frozen_clock):
    phone = bench.phone("01033334444").expects_call_saying("삼십 분쯤 뒤에").says("나중에 하세요")
    case = ring(bench, home, now)
    pending = case.steps.filter(state="pending", kind="ai_call")
    assert (case.state, [step.due_at - now for step in pending]) == (
        CaseState.AI_CALL,
        [30 * MINUTE],
    )
    phone.expects_call_saying("담당자가 확인하려고").says("나중에 하세요")
    frozen_clock.move_to(now + 30 * MINUTE)
    sweep(now + 30 * MINUTE)
    bench.settle()
    assert (fresh(case).state, reasons(case)) == (CaseState.WAITING, ["later"])
    check_invariants()
    bench.check()


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("전화하지 마세요", "refuse"),
        ("서울 아들 집에 와 있어요", "away"),
        ("잘못 거셨어요", "not_person"),
    ],
)
def test_other_answers_go_to_a_person_with_their_reason(bench, home, now, words, outcome):
    bench.phone("01033334444").expects_call_saying("말씀으로 들었습니다").says(words)
    case = ring(bench, home, now)
    assert (case.state, reasons(case)) == (CaseState.WAITING, [outcome])
    bench.check()


def test_the_question_is_repeated_twice_and_then_comes_the_next_try(bench, home, now):
    phone = bench.phone("01033334444").expects_call_saying(
        "다시 말씀드립니다", "대답을 듣지 못했습니다"
    )
    phone.stays_silent().stays_silent().stays_silent()
    case = ring(bench, home, now)
    assert case.calls.get().outcome == "silent"
    assert case.state == CaseState.AI_CALL
    assert case.next_action_at == now + 15 * MINUTE
    (call,) = phone.calls
    assert call.said().count("괜찮으시면 1번") == 3
    bench.check()


def test_another_key_three_times_goes_to_a_person(bench, home, now):
    phone = bench.phone("01033334444").expects_call_saying("알아듣지 못했습니다")
    phone.presses("5").presses("9").presses("7")
    case = ring(bench, home, now)
    assert reasons(case) == ["unclear"]
    bench.check()


@pytest.mark.parametrize(
    ("how", "status", "outcome"),
    [
        ("never_answers", "no-answer", "not_reached"),
        ("is_busy", "busy", "not_reached"),
        ("is_out_of_service", "failed", "not_reached"),
    ],
)
def test_not_reached_is_not_safe(bench, home, now, how, status, outcome):
    getattr(bench.phone("01033334444").expects_call(), how)()
    case = ring(bench, home, now)
    attempt = case.calls.get()
    assert (attempt.status, attempt.outcome) == (status, outcome)
    assert case.state == CaseState.AI_CALL
    bench.check()


def test_a_voicemail_is_never_safe(bench, home, now):
    bench.phone("01033334444").expects_call().is_voicemail()
    case = ring(bench, home, now)
    assert case.is_open
    attempt = case.calls.get()
    assert attempt.status == "completed"
    assert attempt.answered_by.startswith("machine")
    assert attempt.outcome == "voicemail"
    bench.check()


def test_a_plea_counts_although_the_detection_takes_it_for_a_machine(bench, home, now):
    bench.phone("01033334444").expects_call().says("살려 주세요").is_taken_for("machine_start")
    assert reasons(ring(bench, home, now)) == ["help"]
    bench.check()


@pytest.mark.parametrize(
    "trouble",
    [
        lambda phone: phone.reorders(),
        lambda phone: phone.repeats("initiated", "ringing", "answered", "completed"),
        lambda phone: phone.loses("initiated", "ringing", "answered"),
        lambda phone: phone.delays("ringing", 0.3),
    ],
    ids=["reordered", "repeated", "lost", "late"],
)
def test_callbacks_in_any_shape_end_the_same(bench, home, now, trouble):
    trouble(bench.phone("01033334444").expects_call().presses("2"))
    case = ring(bench, home, now)
    attempt = case.calls.get()
    assert (attempt.status, attempt.outcome) == ("completed", "help")
    assert kinds(case).count(EventKind.CALL_ENDED) == 1
    assert kinds(case).count(EventKind.ANSWERED) == 1
    seen = CallbackEvent.objects.values_list("sid", "sequence", "kind")
    assert len(seen) == len(set(seen))
    check_invariants()
    bench.check()


def test_a_call_whose_end_is_never_told_is_fetched(bench, home, now):
    bench.phone("01033334444").expects_call().never_answers().loses("completed")
    case = ring(bench, home, now)
    assert case.calls.get().is_live
    sweep(now + 3 * MINUTE)
    assert case.calls.get().status == "no-answer"
    assert fresh(case).next_action_at == now + 15 * MINUTE
    bench.check()


def test_too_many_requests_is_tried_again(bench, home, now):
    phone = bench.phone("01033334444").refuses_request("429")
    case = ring(bench, home, now)
    assert case.calls.get().outcome == "not_placed"
    phone.expects_call().presses("1")
    sweep(now + timedelta(seconds=10))
    bench.settle()
    assert not fresh(case).is_open
    bench.check()


@pytest.mark.parametrize("fault", ["500", "accept_then_drop"])
def test_a_request_of_unknown_end_rings_exactly_once(bench, home, now, fault):
    """500: the company may not have it. accept_then_drop: it has it and the answer was lost."""
    phone = bench.phone("01033334444").refuses_request(fault)
    if fault == "500":
        case = ring(bench, home, now)
        assert case.calls.get().status == "unknown"
    phone.expects_call().presses("1")
    if fault != "500":
        bench.company.add_create_faults([fault])
        case = ring(bench, home, now)
    for seconds in (15, 30, 45, 60, 75):
        sweep(now + timedelta(seconds=seconds))
        bench.settle()
    assert not fresh(case).is_open
    bench.check()


def test_a_callback_may_come_before_the_receipt(bench, home, now):
    phone = bench.phone("01033334444").refuses_request("callback_first")
    phone.expects_call().presses("1")
    bench.company.add_create_faults(["callback_first"])
    case = ring(bench, home, now)
    assert case.state == CaseState.CLOSED
    assert CallAttempt.objects.get().sid == phone.calls[0].sid
    bench.check()


def test_no_personal_word_goes_to_the_company(bench, home, now):
    phone = bench.phone("01033334444").expects_call().presses("1")
    case = ring(bench, home, now)
    sent = str(phone.calls[0].fields)
    for word in (home.name, home.address, case.number, str(home.uid), str(case.uid)):
        assert word not in sent
    bench.check()


def test_the_whole_ladder_with_four_unanswered_calls(bench, home, now, frozen_clock):
    phone = bench.phone("01033334444")
    for _try in range(4):
        phone.expects_call().never_answers()
    set_light(home, "yellow", now=now)
    for minute in (0, 1, 15, 16, 30, 31, 60, 61):
        frozen_clock.move_to(now + minute * MINUTE)
        sweep(now + minute * MINUTE)
        bench.settle()
    case = Case.objects.get()
    assert reasons(case) == ["calls_done"]
    bench.check()
