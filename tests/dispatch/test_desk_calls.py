"""An operator's bridged call: first the operator's own telephone, after key 1 the other one."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from dispatch import actions, desk_calls, telephony
from dispatch.models import CallAttempt, Case, StaffCall
from dispatch.rules import CaseState, EventKind, Refused
from dispatch.telephony import NotPlaced, Placed, ProviderCall, Uncertain
from households.actions import ContactInput, add_contact
from households.actions.people import record_contact
from households.models import Contact, Household, Relation
from tests.dispatch.world import check_invariants, fresh, kinds, set_light, sweep
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db(transaction=True)
HELLO = "연천군 신호등. 1번을 누르면 연결합니다."
SECOND = timedelta(seconds=1)


@pytest.fixture
def home(transactional_db, now):
    return make_household(phone="01033334444", now=now)


class Line:
    """A company without a network: `there` is what it says of a call, by id."""

    def __init__(self):
        self.there: dict[str, str] = {}
        self.hung_up: list[str] = []
        self.dialled: list[tuple[str, str]] = []
        self.answer: Exception | None = None
        self.on_dial = lambda: None
        self.deaf = False

    def dial(self, *, phone, token, ring_seconds, hooks="voice"):
        if self.answer is not None:
            raise self.answer
        self.dialled.append((hooks, phone))
        sid = f"CA{len(self.dialled):032x}"
        self.there[sid] = "ringing"
        self.on_dial()
        return Placed(sid, "ringing")

    def hangup(self, *, sid, ringing):
        assert not self.deaf, "a request of somebody at the desk waits for the company"
        if ringing != (self.there[sid] != "in-progress"):
            raise NotPlaced("21220", retry=False)
        self.hung_up.append(sid)

    def fetch(self, *, sid):
        assert not self.deaf, "a request of somebody at the desk waits for the company"
        return ProviderCall(sid, self.there[sid])

    def list(self, *, phone, limit=20):
        return []

    def verify_webhook(self, request):
        from accounts import twilio_client

        return twilio_client.verify(request)


@pytest.fixture
def line():
    with telephony.use(own := Line()):
        yield own


@pytest.fixture
def mine(home, now, line, operator, company):
    """A red case whose AI call still rings, claimed by the operator."""
    set_light(home, "red", now=now)
    sweep(now)
    case = actions.claim(case=Case.objects.get(), by=operator, now=now)
    sweep(now)
    return case


def call(case, operator, now, **more):
    return desk_calls.start(case=case, by=operator, now=now, **more)


def test_a_claim_hangs_up_the_ringing_ai_call(mine, line):
    ai = mine.calls.get()
    assert (line.hung_up, ai.status, ai.outcome) == ([ai.sid], "canceled", "not_reached")
    assert fresh(mine).state == CaseState.CLAIMED
    assert mine.events.get(kind=EventKind.CALL_ENDED).data["cut"], "it says nothing of the resident"


def test_a_claim_does_not_cut_off_somebody_who_has_answered(home, now, line, operator, company):
    set_light(home, "red", now=now)
    sweep(now)
    ai = CallAttempt.objects.get()
    line.there[ai.sid] = "in-progress"
    case = actions.claim(case=ai.case, by=operator, now=now)
    sweep(now)
    assert line.hung_up == []
    with pytest.raises(Refused, match="통화 중"):
        call(case, operator, now + SECOND)
    assert [hooks for hooks, _phone in line.dialled] == ["voice"]


def test_a_call_that_ended_by_itself_is_not_called_taken_back(home, now, line, operator, company):
    set_light(home, "red", now=now)
    sweep(now)
    ai = CallAttempt.objects.get()
    line.there[ai.sid] = "no-answer"  # and the callback has not come yet
    actions.claim(case=ai.case, by=operator, now=now)
    sweep(now)
    ai.refresh_from_db()
    assert (line.hung_up, ai.status, ai.outcome) == ([], "no-answer", "not_reached")


def _called_about(home, now, line):
    """A red case three minutes on: its AI call is over, and a telephone of staff rings."""
    set_light(home, "red", now=now)
    sweep(now)
    line.there[CallAttempt.objects.get().sid] = "no-answer"
    sweep(now + 3 * 60 * SECOND)
    ring = StaffCall.objects.get()
    assert (line.dialled[-1], ring.is_live) == (("staff", ring.user.phone), True)
    return ring


def test_a_claim_ends_the_ring_that_asked_for_it(home, now, line, operator, company, frozen_clock):
    ring = _called_about(home, now, line)
    at = frozen_clock.move_to(now + 3 * 60 * SECOND)
    case = actions.claim(case=ring.case, by=ring.user, now=at)
    company.post("staff_status", ring, CallStatus="ringing")  # on its way when the claim came
    with pytest.raises(Refused, match="그 전화를 거절하거나 끊은 뒤 다시"):
        call(case, ring.user, at + SECOND)
    sweep(at + 2 * SECOND)
    ring.refresh_from_db()
    assert (line.hung_up, ring.status, ring.outcome) == ([ring.sid], "canceled", "taken")
    assert EventKind.STAFF_MISSED not in kinds(case)
    assert call(case, ring.user, at + 3 * SECOND).is_live
    check_invariants()


def test_whoever_has_picked_up_is_told_that_the_case_is_taken(home, now, line, operator, company):
    ring = _called_about(home, now, line)
    line.there[ring.sid] = "in-progress"
    actions.claim(case=ring.case, by=operator, now=now + 3 * 60 * SECOND)
    sweep(now + 3 * 60 * SECOND)
    assert line.hung_up == []
    said = company.post("staff", ring, CallStatus="in-progress").content.decode()
    assert "이미 다른 사람이 맡았습니다" in said


def test_a_ring_that_is_placed_after_the_claim_is_ended(home, now, line, operator, company):
    set_light(home, "red", now=now)
    sweep(now)
    line.there[CallAttempt.objects.get().sid] = "no-answer"
    line.on_dial = lambda: actions.claim(
        case=Case.objects.get(), by=operator, now=now + 3 * 60 * SECOND
    )
    sweep(now + 3 * 60 * SECOND)
    sweep(now + 3 * 60 * SECOND + 2 * SECOND)
    assert line.hung_up == [StaffCall.objects.get().sid]
    check_invariants()


@pytest.mark.parametrize("verb", [actions.claim, actions.stop_ai])
def test_taking_a_call_back_never_waits_for_the_company(home, now, line, operator, company, verb):
    set_light(home, "red", now=now)
    sweep(now)
    line.deaf = True
    verb(case=Case.objects.get(), by=operator, now=now)
    line.deaf = False
    assert line.hung_up == []
    sweep(now)
    ai = CallAttempt.objects.get()
    assert (line.hung_up, ai.status) == ([ai.sid], "canceled")
    check_invariants()


def test_a_hang_up_that_the_company_did_not_hear_is_asked_for_again(
    home, now, line, operator, company, monkeypatch
):
    set_light(home, "red", now=now)
    sweep(now)

    def silent(*, sid):
        raise Uncertain

    with monkeypatch.context() as patch:
        patch.setattr(line, "fetch", silent)
        actions.claim(case=Case.objects.get(), by=operator, now=now)
        sweep(now)
    assert line.hung_up == []
    sweep(now + 60 * SECOND)
    assert line.hung_up == [CallAttempt.objects.get().sid]


@pytest.mark.parametrize("verb", [actions.claim, actions.stop_ai])
def test_a_call_placed_after_a_person_took_over_is_hung_up_at_once(
    home, now, line, operator, company, verb
):
    """The claim comes while the company is asked to ring: the call has no id yet."""
    set_light(home, "red", now=now)
    line.on_dial = lambda: verb(case=Case.objects.get(), by=operator, now=now)
    sweep(now)
    ai = CallAttempt.objects.get()
    assert (line.hung_up, ai.status, ai.outcome) == ([ai.sid], "canceled", "not_reached")
    assert ai.case.events.get(kind=EventKind.CALL_ENDED).data["cut"]
    check_invariants()


def test_stopping_the_ai_ends_its_conversation_too(home, now, line, operator, company):
    set_light(home, "red", now=now)
    sweep(now)
    ai = CallAttempt.objects.get()
    line.there[ai.sid] = "in-progress"
    company.voice(ai)
    actions.stop_ai(case=ai.case, by=operator, now=now)
    sweep(now)
    ai.refresh_from_db()
    assert (line.hung_up, ai.status) == ([ai.sid], "completed")


def test_the_whole_call_over_http(bench, home, now, operator):
    """Operator rings, presses 1, the resident answers and hangs up."""
    bench.phone("01033334444").expects_call().never_answers()
    set_light(home, "red", now=now)
    sweep(now)
    bench.settle()
    case = actions.claim(case=Case.objects.get(), by=operator, now=now)
    own = bench.phone(operator.phone).expects_call_saying(HELLO).presses("1")
    other = bench.phone("01033334444").expects_call().says("여보세요").hangs_up()
    attempt = call(case, operator, now + 60 * SECOND, key="k")
    bench.settle()
    attempt.refresh_from_db()
    (leg,) = other.legs
    assert (attempt.status, attempt.outcome) == ("completed", "connected")
    assert (attempt.leg_sid, attempt.leg_status) == (leg.sid, "completed")
    assert leg.parent == own.calls[0].sid
    assert leg.first("From") == bench.twilio["FROM_NUMBER"]
    for word in (home.name, case.number, "3333"):
        assert word not in own.calls[0].said()
        assert word not in str(own.calls[0].fields)
    assert kinds(case)[-2:] == [EventKind.DESK_CALL, EventKind.DESK_CALL_ENDED]
    assert fresh(case).state == CaseState.CLAIMED, "the result is keyed in by the operator"
    check_invariants()
    bench.check()


@pytest.mark.parametrize(
    ("how", "leg", "said"),
    [
        ("never_answers", "no-answer", "상대가 전화를 받지 않았습니다"),
        ("is_busy", "busy", "상대가 통화 중입니다"),
    ],
)
def test_a_second_leg_nobody_takes(bench, home, now, operator, how, leg, said):
    case = Case.objects.get(pk=_claimed(home, now, operator).pk)
    bench.phone(operator.phone).expects_call_saying(said).presses("1")
    getattr(bench.phone("01033334444").expects_call(), how)()
    attempt = call(case, operator, now)
    bench.settle()
    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.leg_status) == ("not_reached", leg)
    assert case.events.get(kind=EventKind.DESK_CALL_ENDED).data["status"] == leg
    bench.check()


def test_without_key_1_nobody_else_rings(bench, home, now, operator):
    case = _claimed(home, now, operator)
    bench.phone(operator.phone).expects_call_saying("연결하지 않고").is_voicemail()
    attempt = call(case, operator, now)
    bench.settle()
    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.bridged_at) == ("not_placed", None)
    # It never rang at the resident's: the next one need not wait.
    bench.phone(operator.phone).expects_call().never_answers()
    assert call(case, operator, now + SECOND).pk != attempt.pk
    bench.settle()
    bench.check()


def _claimed(home, now, operator):
    case = actions.open_case(household=home, by=operator, now=now)
    return actions.claim(case=case, by=operator, now=now)


def test_a_contact_is_called_in_the_same_way(bench, home, now, operator, clerk_jeongok):
    contact = add_contact(
        household=home,
        contact=ContactInput(name="이웃", phone="01044445555", relation=Relation.values[0]),
        by=clerk_jeongok,
        now=now,
    )
    case = _claimed(home, now, operator)
    bench.phone(operator.phone).expects_call_saying(HELLO).presses("1")
    bench.phone("01044445555").expects_call().says("예").hangs_up()
    attempt = call(case, operator, now, contact=contact)
    bench.settle()
    assert attempt.contact == contact
    event = case.events.get(kind=EventKind.DESK_CALL)
    assert event.data["callee"] == str(contact.uid)
    bench.check()


def test_the_same_form_twice_rings_once_and_another_is_refused(mine, line, operator, now):
    first = call(mine, operator, now, key="k")
    assert call(mine, operator, now, key="k").pk == first.pk
    with pytest.raises(Refused, match="이미 걸고"):
        call(mine, operator, now, key="other")
    assert [hooks for hooks, _phone in line.dialled] == ["voice", "bridge"]


def test_the_throttle_of_the_person_holds_for_operators_too(mine, line, operator, company, now):
    attempt = call(mine, operator, now)
    company.post("bridge", attempt)
    company.post("bridge_answer", attempt, Digits="1")
    company.post("bridge_status", attempt, CallStatus="completed", SequenceNumber="3")
    with pytest.raises(Refused, match="30초"):
        call(mine, operator, now + 30 * SECOND)
    assert call(mine, operator, now + 60 * SECOND).is_live


def test_only_the_owner_with_a_verified_telephone_may_call(mine, line, person, operator, now):
    other = person("another", "control_operator")
    with pytest.raises(Refused, match="맡은 건"):
        call(mine, other, now)
    operator.phone_verified_at = None
    operator.save()
    with pytest.raises(Refused, match="번호를 먼저 확인"):
        call(mine, operator, now)
    assert len(line.dialled) == 1


def test_key_1_connects_nobody_once_the_case_is_another_persons(mine, line, operator, company, now):
    attempt = call(mine, operator, now)
    company.post("bridge", attempt)
    actions.release(case=mine, by=operator, now=now)
    text = company.post("bridge_answer", attempt, Digits="1").content.decode()
    assert "<Dial" not in text
    assert "다른 사람이 맡았습니다" in text


@pytest.mark.parametrize(
    ("trouble", "status"), [(NotPlaced("21211", retry=False), "failed"), (Uncertain(), "unknown")]
)
def test_a_call_that_could_not_be_placed_moves_nothing(mine, line, operator, now, trouble, status):
    line.answer = trouble
    attempt = call(mine, operator, now)
    assert attempt.status == status
    assert fresh(mine).state == CaseState.CLAIMED
    line.answer = None
    sweep(now + 2 * 60 * SECOND)
    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.is_live) == ("not_placed", False)
    assert kinds(mine).count(EventKind.DESK_CALL_ENDED) == 1


@pytest.mark.parametrize("name", ["", "_answer", "_leg", "_done", "_status"])
def test_forged_hooks_are_refused(mine, line, operator, client, now, name):
    attempt = call(mine, operator, now)
    path = reverse(f"dispatch:bridge{name}", args=[attempt.token])
    answer = client.post(path, {"CallSid": attempt.sid, "Digits": "1"})
    assert answer.status_code == 403
    attempt.refresh_from_db()
    assert attempt.bridged_at is None


def test_the_button_on_the_case_page(mine, line, operator, client, now, home):
    client.force_login(operator)
    page = client.get(reverse("dispatch:case", args=[mine.uid])).content.decode()
    assert 'id="act-bridge"' in page
    assert home.phone not in page
    path = reverse("dispatch:desk_call", args=[mine.uid])
    answer = client.post(path, {"key": "form-1", "from": "case"}, follow=True)
    text = answer.content.decode()
    assert "내 휴대전화가 울립니다" in text
    assert 'id="act-bridge"' not in text
    client.post(path, {"key": "form-1", "from": "case"})
    assert mine.calls.filter(kind="desk").count() == 1


def test_without_a_line_the_page_says_so_and_offers_the_number(
    home, now, operator, client, settings
):
    settings.TWILIO = {**settings.TWILIO, "ACCOUNT_SID": ""}
    case = _claimed(home, now, operator)
    client.force_login(operator)
    page = client.get(reverse("dispatch:case", args=[case.uid])).content.decode()
    assert "전화 회선이 없습니다" in page
    assert 'id="act-reveal"' in page
    assert 'id="act-bridge"' not in page
    with pytest.raises(Refused, match="전화 회선이 없습니다"), transaction.atomic():
        call(case, operator, now)


@pytest.mark.parametrize("whose", ["resident", "contact"])
def test_a_number_that_is_none_ends_the_call_with_a_sentence(
    mine, line, operator, company, now, caplog, whose
):
    """It was written down before numbers were checked, or changed while the operator picked up."""
    home = mine.household
    friend = ContactInput(name="이웃", phone="01044445555", relation=Relation.values[0])
    contact = None
    if whose == "contact":
        contact = record_contact(home, friend, by=operator, now=now)
    attempt = call(mine, operator, now, contact=contact)
    rows = Household.objects if contact is None else Contact.objects
    rows.update(phone="119-odd")
    company.post("bridge", attempt)
    answer = company.post("bridge_answer", attempt, Digits="1")
    assert answer.status_code == 200
    said = answer.content.decode()
    assert "번호가 잘못되어" in said
    assert "<Dial" not in said
    assert "<Hangup" in said
    attempt.refresh_from_db()
    expected = "bad_number" if contact is None else "not_placed"
    assert (attempt.is_live, attempt.outcome, attempt.error_code) == (False, expected, "21211")
    assert attempt.bridged_at is None
    event = mine.events.get(kind=EventKind.DESK_CALL_ENDED)
    assert event.data["outcome"] == expected
    (line_of_log,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert "119" not in line_of_log.getMessage()
    company.post("bridge_status", attempt, CallStatus="completed", SequenceNumber="3")
    assert mine.events.filter(kind=EventKind.DESK_CALL_ENDED).count() == 1
    check_invariants()


def test_a_number_that_was_mended_can_be_rung_at_once(mine, line, operator, company, now):
    """The odd one never rang, so nobody has to wait a minute for the right one."""
    attempt = call(mine, operator, now)
    right = mine.household.phone
    Household.objects.update(phone="119-odd")
    company.post("bridge", attempt)
    company.post("bridge_answer", attempt, Digits="1")
    Household.objects.update(phone=right)
    assert call(fresh(mine), operator, now + 5 * SECOND).is_live


def test_a_number_that_is_none_rings_nobody(mine, line, operator, company, now):
    Household.objects.update(phone="119-odd")
    case = Case.objects.get()
    with pytest.raises(Refused, match="걸 수 없습니다"):
        call(case, operator, now)
    assert [hooks for hooks, _phone in line.dialled] == ["voice"]
