"""From a light to a case: what opens one, what joins it, what does not."""

from datetime import timedelta

import pytest

from accounts.models import Message
from dispatch import actions, calls
from dispatch.models import Case, CaseSignal, Step
from dispatch.rules import CaseState, EventKind
from households import actions as household_actions
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, reasons, set_light, sweep
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db


def test_yellow_opens_a_case_that_the_ai_calls_first(yellow, now):
    assert (yellow.state, yellow.light) == (CaseState.AI_CALL, "yellow")
    assert yellow.number == "2026-0001"
    due = yellow.steps.order_by("seq").values_list("kind", "due_at")
    minutes = [(kind, int((at - now).total_seconds() // 60)) for kind, at in due]
    assert minutes == [
        ("ai_call", 0),
        ("ai_call", 15),
        ("ai_call", 30),
        ("ai_call", 60),
        ("desk", 75),
    ]
    assert not Message.objects.filter(kind="dispatch.red").exists()


def test_red_is_at_the_desk_and_rings_at_once(home, now, quiet_line, operator, clerk_jeongok):
    set_light(home, "red", now=now)
    sweep(now)
    case = Case.objects.get(household=home)
    assert case.state == CaseState.WAITING
    assert quiet_line.dialled == ["01033334444"]
    assert reasons(case) == ["red"]
    assert case.next_action_at == now + 3 * MINUTE
    texts = Message.objects.filter(kind="dispatch.red", recipient=clerk_jeongok)
    assert {text.channel for text in texts} == {"sms", "inbox"}
    assert all(text.urgent and str(case.uid) in text.link_path for text in texts)
    assert Message.objects.filter(kind="dispatch.waiting", recipient=operator).exists()


def test_a_red_of_a_township_without_a_clerk_is_told_to_the_county(
    home, now, quiet_line, official, clerk_baekhak
):
    set_light(home, "red", now=now)
    sweep(now)
    told = Message.objects.filter(kind="dispatch.red").values_list("recipient__username", flat=True)
    assert "official" in told
    assert "clerk-baekhak" not in told


def test_no_message_carries_a_name_or_an_address(red):
    for text in Message.objects.all():
        assert red.household.name not in f"{text.kind} {text.link_path}"
        assert text.link_path == f"/cases/{red.uid}/"


@pytest.mark.parametrize("light", ["green", "grey"])
def test_green_and_grey_open_nothing(home, now, light):
    set_light(home, light, now=now)
    sweep(now)
    assert not Case.objects.exists()


@pytest.mark.parametrize("state", ["applied", "paused", "ended"])
def test_a_household_that_is_not_watched_opens_nothing(now, state):
    home = make_household(state=state, now=now)
    set_light(home, "red", now=now)
    sweep(now)
    assert not Case.objects.exists()


def test_an_absence_holds_the_case_back_until_it_ends(home, now, clerk_jeongok, quiet_line):
    household_actions.plan_absence(
        household=home,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=2),
        kind="travel",
        source="self",
        by=clerk_jeongok,
        now=now - timedelta(days=1),
    )
    assessment = set_light(home, "red", now=now)
    sweep(now)
    assert not Case.objects.exists()
    assert home.assessments.latest("id") == assessment  # recorded all the same
    sweep(now + timedelta(days=2))
    assert Case.objects.get().assessment == assessment


def test_sweeping_again_opens_nothing_twice(yellow, now):
    sweep(now)
    sweep(now + MINUTE)
    assert Case.objects.count() == 1
    assert CaseSignal.objects.count() == 1


def test_a_new_signal_joins_the_open_case(yellow, now):
    set_light(yellow.household, "green", now=now + MINUTE)
    sweep(now + MINUTE)
    set_light(yellow.household, "yellow", now=now + 2 * MINUTE)
    sweep(now + 2 * MINUTE)
    assert Case.objects.count() == 1
    assert yellow.signals.count() == 3
    case = fresh(yellow)
    assert (case.state, case.light) == (CaseState.AI_CALL, "yellow")
    assert kinds(case).count(EventKind.SIGNAL) == 2


def test_red_raises_an_open_yellow_case(yellow, now, operator, clerk_jeongok):
    later = now + 5 * MINUTE
    before = yellow.plan
    set_light(yellow.household, "red", now=later)
    sweep(later)
    case = fresh(yellow)
    assert (case.state, case.light, case.opened_light) == (CaseState.WAITING, "red", "yellow")
    assert case.raised_at == later
    assert case.priority > yellow.priority
    assert case.plan["steps"] == before["steps"]  # what was frozen stays
    assert [more["light"] for more in case.plan["extensions"]] == ["red"]
    assert EventKind.RAISED in kinds(case)
    assert Message.objects.filter(kind="dispatch.red", recipient=clerk_jeongok).exists()
    pending = Step.objects.filter(case=case, state="pending").values_list("due_at", flat=True)
    assert min(pending) >= later
    check_invariants()


def test_a_case_of_a_person_with_a_higher_risk_comes_first(home, now, clerk_jeongok, quiet_line):
    other = make_household(now=now)
    household_actions.set_risk_group(
        household=other,
        group="high",
        from_date=now.date(),
        reason="시험",
        by=clerk_jeongok,
        now=now,
    )
    for household in (home, other):
        set_light(household, "yellow", now=now)
    sweep(now)
    order = Case.objects.open().in_queue_order().values_list("household", flat=True)
    assert list(order) == [other.pk, home.pk]


def test_numbers_are_gapless_and_begin_again_each_year(homes, now, quiet_line):
    first, second, third = homes(3)
    new_year = now.replace(year=2027, month=1, day=1)
    for household, at in ((first, now), (second, now), (third, new_year)):
        set_light(household, "yellow", now=at)
        sweep(at)
    numbers = Case.objects.order_by("id").values_list("number", flat=True)
    assert list(numbers) == ["2026-0001", "2026-0002", "2027-0001"]


def test_what_was_closed_stays_closed_and_a_relapse_links_to_it(red, now, operator, quiet_line):
    actions.claim(case=red, by=operator, now=now)
    actions.close(
        case=red, by=operator, reason="sleep", evidence_kind="spoke", note="", now=now + MINUTE
    )
    sweep(now + 2 * MINUTE)
    assert Case.objects.open().count() == 0  # the same assessment opens nothing again
    set_light(red.household, "yellow", now=now + timedelta(days=1))
    sweep(now + timedelta(days=1))
    relapse = Case.objects.open().get()
    assert relapse.previous == red
    assert fresh(red).state == CaseState.CLOSED


def close_unseen(case, operator, now, reason="setting"):
    actions.claim(case=case, by=operator, now=now)
    actions.close(
        case=case, by=operator, reason=reason, evidence_kind="none", note="기준을 고침", now=now
    )


def test_a_light_that_outlives_its_case_asks_again(red, now, operator, quiet_line):
    close_unseen(red, operator, now)
    sweep(now + timedelta(hours=5))
    assert Case.objects.open().count() == 0
    sweep(now + timedelta(hours=6))
    again = Case.objects.open().get()
    assert (again.light, again.previous) == ("red", red)
    assert again.assessment == red.assessment
    sweep(now + timedelta(hours=7))  # no signal joins twice
    assert kinds(again).count(EventKind.SIGNAL) == 0
    close_unseen(again, operator, now + timedelta(hours=8))
    sweep(now + timedelta(hours=13))
    assert Case.objects.open().count() == 0  # the hours count from the last close
    sweep(now + timedelta(hours=14))
    assert Case.objects.open().count() == 1


def test_a_light_that_outlives_its_case_waits_for_the_end_of_an_absence(
    red, now, operator, clerk_jeongok, quiet_line
):
    household_actions.plan_absence(
        household=red.household,
        starts_at=now,
        ends_at=now + timedelta(days=2),
        kind="travel",
        source="neighbour",
        by=clerk_jeongok,
        now=now,
    )
    close_unseen(red, operator, now)
    sweep(now + timedelta(days=1))
    assert Case.objects.open().count() == 0
    sweep(now + timedelta(days=2))
    assert Case.objects.open().get().previous == red


def test_nobody_is_called_after_a_death(red, now, operator, quiet_line):
    actions.claim(case=red, by=operator, now=now)
    actions.close(case=red, by=operator, reason="death", evidence_kind="medical", note="", now=now)
    sweep(now + timedelta(days=2))
    assert Case.objects.count() == 1


def test_withdrawn_consent_is_told_to_the_owner_and_the_case_stays(
    red, now, operator, clerk_jeongok
):
    actions.claim(case=red, by=operator, now=now)
    household_actions.withdraw_consent(
        household=red.household, purpose="kepco", by=clerk_jeongok, now=now + MINUTE
    )
    case = fresh(red)
    assert case.is_open
    assert kinds(case)[-1] == EventKind.CONSENT_WITHDRAWN
    assert Message.objects.filter(kind="dispatch.consent_withdrawn", recipient=operator).exists()


def test_roles_see_their_cases(red, cast, now, responder):
    def sees(name: str) -> bool:
        return Case.objects.visible_to(cast[name], now=now).filter(pk=red.pk).exists()

    seeing = {name for name in cast if sees(name)}
    assert seeing == {
        "operator",
        "operator2",
        "official",
        "privacy_officer",
        "clerk_jeongok",
        "clerk_and_responder",
    }
    actions.claim(case=red, by=cast["operator"], now=now)
    visit = actions.send_responder(case=red, responder=responder, by=cast["operator"], now=now)
    assert sees("responder")
    assert not sees("responder2")
    actions.decline_visit(visit=visit, by=responder, reason="ill", now=now)
    assert not sees("responder")


def test_nobody_whose_service_was_paused_is_telephoned_by_a_machine(yellow, now, clerk_jeongok):
    household_actions.pause(
        household=yellow.household, reason="long_stay", by=clerk_jeongok, now=now
    )
    case = fresh(yellow)
    assert case.state == "waiting"
    assert not case.steps.filter(state="pending").exclude(kind="ring").exists()
    assert reasons(case)[-1] == "not_watched"


# ── a drill and a real sign ──────────────────────────────────────────────────
@pytest.fixture
def drill(red, now):
    """The red case of the home is an exercise, its first call over."""
    Case.objects.filter(pk=red.pk).update(drill=True)
    attempt = red.calls.get()
    calls.placed(attempt.pk, sid=attempt.sid, status="no-answer", now=now)
    return fresh(red)


@pytest.mark.parametrize("light", ["yellow", "red"])
def test_a_real_signal_turns_a_drill_into_a_real_case(drill, light, now, operator, quiet_line):
    actions.stop_ai(case=drill, by=operator, now=now)
    at = now + 2 * MINUTE
    set_light(drill.household, light, now=at)
    sweep(at)
    case = fresh(drill)
    assert (case.drill, case.light, case.state) == (False, "red", CaseState.WAITING)
    assert case.events.get(kind=EventKind.RAISED).data["was_drill"]
    assert len(quiet_line.dialled) == 2, "its calls begin anew"
    assert Message.objects.filter(kind="dispatch.waiting", created_at=at).exists()
    check_invariants()


def test_whoever_has_taken_a_drill_is_told_that_it_is_none(drill, now, operator):
    actions.claim(case=drill, by=operator, now=now)
    set_light(drill.household, "red", now=now + MINUTE)
    sweep(now + MINUTE)
    assert (fresh(drill).drill, fresh(drill).owner) == (False, operator)
    assert Message.objects.filter(kind="dispatch.raised", recipient=operator).exists()


def test_a_neighbours_report_turns_a_drill_into_a_real_case(drill, now, operator):
    case = actions.open_case(household=drill.household, by=operator, now=now, note="신음 소리")
    assert (case.pk, fresh(drill).drill) == (drill.pk, False)


def test_a_light_that_is_no_alarm_leaves_a_drill_as_it_is(drill, now):
    set_light(drill.household, "green", now=now + MINUTE)
    sweep(now + MINUTE)
    assert fresh(drill).drill
