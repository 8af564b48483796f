"""The engine as a whole: isolated parts, several workers, a pulse, an auditor."""

import threading
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connections

from dispatch import auditor, engine, heartbeat, tasks
from dispatch.engine import on_road, silences, sweeping, tally
from dispatch.models import CallAttempt, Case, CaseEvent, Step, SweepPulse
from dispatch.neighbours import sending
from dispatch.rules import CaseState, EventKind
from tests.dispatch.world import MINUTE, check_invariants, fresh, set_light, sweep
from tests.households.factories import make_household


@pytest.mark.django_db
def test_a_failing_part_does_not_stop_the_others(home, now, quiet_line, monkeypatch):
    def broken(at):
        raise OperationalError("김철수 010-1234-5678")

    parts = tuple((n, broken if n == "signals" else part) for n, part in sweeping.PARTS)
    monkeypatch.setattr(sweeping, "PARTS", parts)
    set_light(home, "yellow", now=now)
    report = engine.sweep(now=now)
    assert report.part("signals").fault == "OperationalError"
    assert report.part("silences").count == 1
    assert report.part("call_steps").count == 1
    pulse = SweepPulse.objects.get()
    assert pulse.clean_at is None
    assert auditor.audit(now=now).faults == ["signals"]


def test_slow_messages_leave_the_rest_to_the_next_pass(now, monkeypatch):
    """The company takes six seconds for each; a part of the sweep has ten."""
    seconds = count(step=6)
    monkeypatch.setattr(tally, "monotonic", lambda: next(seconds))
    sent = []
    monkeypatch.setattr(sending, "claim", lambda at: SimpleNamespace(asked_at=at))
    monkeypatch.setattr(sending, "send", lambda ask, at: sent.append(at))
    assert on_road.send_asks(now).count == len(sent) == 1


@pytest.mark.django_db
def test_one_poisoned_case_does_not_hold_up_the_others(homes, now, quiet_line, monkeypatch, caplog):
    first, second = homes(2)
    real = silences.opening.open_new

    def sometimes(**kwargs):
        if kwargs["household"].pk == first.pk:
            raise ValueError(kwargs["household"].name)
        return real(**kwargs)

    def never(states, *, now):
        raise ValueError(states[0].household.name)

    monkeypatch.setattr("dispatch.opening.open_new", sometimes)
    monkeypatch.setattr("dispatch.opening_many.open_many", never)
    for household in (first, second):
        set_light(household, "red", now=now)
    report = engine.sweep(now=now)
    assert report.part("silences").fault == "ValueError"
    assert Case.objects.get().household == second
    assert "ValueError" in caplog.text
    assert first.name not in caplog.text


@pytest.mark.django_db
def test_each_part_reports_how_late_it_was(yellow, now):
    report = sweep(now + 20 * MINUTE)
    assert report.part("calls").count == 1
    assert report.part("calls").lag_s >= 60
    assert all(part.seconds >= 0 for part in report.parts)


@pytest.mark.django_db
def test_an_idle_pass_is_cheap(home, now, django_assert_max_num_queries):
    sweep(now)
    with django_assert_max_num_queries(42):
        sweep(now + MINUTE)


@pytest.mark.django_db
def test_the_pulse_ages_in_real_time(now):
    assert heartbeat.sweep_age_seconds() is None
    sweep(now - timedelta(days=400))  # programme time does not matter
    age = heartbeat.sweep_age_seconds()
    assert age is not None
    assert age < 60
    tasks.sweep()
    assert SweepPulse.objects.count() == 1


@pytest.mark.django_db
def test_the_auditor_sees_what_the_engine_did_not_do(yellow, now, operator):
    assert auditor.audit(now=now).healthy
    later = now + timedelta(hours=2)
    audit = auditor.audit(now=later)
    assert audit.overdue_steps == 4
    assert audit.overdue_cases == 1
    assert audit.unfinished_calls == 1
    assert not audit.healthy
    assert audit.as_json()["dead_leases"] == 1


@pytest.mark.django_db
def test_a_red_that_was_closed_and_stays_red_is_counted(red, operator, now):
    from dispatch import actions

    actions.claim(case=red, by=operator, now=now)
    actions.close(
        case=red, by=operator, reason="test", evidence_kind="none", note="시험 건", now=now
    )
    assert auditor.audit(now=now).reds_without_case == 1


@pytest.mark.django_db
def test_a_running_step_without_a_call_becomes_due_again(yellow, now):
    CallAttempt.objects.update(status="failed", ended_at=now, check_at=None)
    sweep(now + 10 * MINUTE)
    step = yellow.steps.order_by("seq").first()
    assert step.state != "running"


# ── several workers ──────────────────────────────────────────────────────────
def sweep_in_threads(now, workers=2, passes=2):
    """Real threads with connections of their own; every report must be clean."""
    barrier, reports = threading.Barrier(workers), []

    def work():
        try:
            for _pass in range(passes):
                barrier.wait(60)
                reports.append(engine.sweep(now=now))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(reports) == workers * passes
    assert all(report.clean for report in reports)
    return reports


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_each_thing_once(transactional_db, now, quiet_line, operator, responder):
    from accounts.county_settings import change
    from dispatch import actions

    change(
        name="dispatch.calls_per_second",
        value=50.0,
        valid_from=now,
        by=operator,
        reason="시험",
        now=now,
    )
    people = [make_household(now=now) for _ in range(12)]
    for number, household in enumerate(people):
        set_light(household, "red" if number % 3 == 0 else "yellow", now=now)
    sweep_in_threads(now)
    assert Case.objects.count() == 12
    assert sorted(Case.objects.values_list("number", flat=True)) == [
        f"2026-{n:04d}" for n in range(1, 13)
    ]
    assert sorted(quiet_line.dialled) == sorted(person.phone for person in people)
    assert CaseEvent.objects.filter(kind=EventKind.CALL_STARTED).count() == 12

    for case in Case.objects.all()[:6]:
        actions.claim(case=case, by=operator, now=now)
    sweep_in_threads(now + 10 * MINUTE)
    assert CaseEvent.objects.filter(kind=EventKind.LEASE_OUT).count() == 6
    sweep_in_threads(now + 80 * MINUTE)
    desk = CaseEvent.objects.filter(kind=EventKind.HUMAN_ASKED, data__reason="no_answer")
    assert len({event.case_id for event in desk}) == desk.count()
    check_invariants()


@pytest.mark.django_db(transaction=True)
def test_two_operators_claim_at_once_and_one_gets_it(
    transactional_db, now, quiet_line, operator, operator2
):
    from dispatch import actions
    from dispatch.rules import Refused

    set_light(make_household(now=now), "red", now=now)
    sweep(now)
    case = Case.objects.get()
    barrier, won, lost = threading.Barrier(2), [], []

    def click(user):
        try:
            barrier.wait(60)
            won.append(actions.claim(case=case, by=user, now=now).owner)
        except Refused as answer:
            lost.append(str(answer))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click, args=[user]) for user in (operator, operator2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(won) == len(lost) == 1
    assert won[0].name in lost[0]
    assert fresh(case).state == CaseState.CLAIMED


@pytest.mark.django_db(transaction=True)
def test_a_case_that_a_person_has_open_is_left_for_the_next_pass(
    transactional_db, now, quiet_line, operator
):
    """SKIP LOCKED: the engine never waits for anybody."""
    from django.db import transaction

    from dispatch import machine

    set_light(make_household(now=now), "yellow", now=now)
    sweep(now)
    case = Case.objects.get()
    with transaction.atomic():
        machine.lock(case.pk)
        reports = sweep_in_threads(now + 90 * MINUTE, workers=1, passes=1)
        assert sum(part.count for part in reports[0].parts) == 0
    sweep(now + 90 * MINUTE)
    assert fresh(case).state == CaseState.WAITING
    assert Step.objects.filter(state="pending").exists()
