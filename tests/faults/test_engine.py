"""The engine loses its database session, Redis, and the right time, and nothing is lost."""

from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.utils import InterfaceError, OperationalError

from dispatch import actions, auditor, engine, telephony, waking
from dispatch.models import AuditPulse, CallAttempt, Case
from dispatch.reported import Report
from dispatch.rules import CaseState, EventKind
from dispatch.telephony import ProviderCall
from tests.dispatch.conftest import company, home, quiet_line
from tests.dispatch.world import MINUTE, check_invariants, kinds, set_light, sweep
from tests.faults.paper_company import PaperCompany
from tests.households.factories import make_household

__all__ = ["company", "home", "quiet_line"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [1, 20, 40, 60])
def test_a_session_that_the_server_ends_costs_one_pass_at_most(
    transactional_db, now, tmp_path, after
):
    """As when PostgreSQL restarts: every session ends, in the middle of whatever it does."""
    company = PaperCompany(tmp_path / "calls")
    for light in ("red", "yellow"):
        set_light(make_household(now=now), light, now=now)
    done = 0

    def cut(run, sql, params, many, context):
        nonlocal done
        done += 1
        if done == after:
            pid = context["connection"].connection.info.backend_pid
            other = connections["default"].copy()
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
            other.close()
        return run(sql, params, many, context)

    with telephony.use(company):
        with connection.execute_wrapper(cut):
            try:
                engine.sweep(now=now)
            except (OperationalError, InterfaceError):
                connection.close()
        for seconds in (2, 63, 80):
            sweep(now + timedelta(seconds=seconds))
    assert Case.objects.count() == 2
    assert CallAttempt.objects.filter(sid__isnull=False).count() == 2
    assert list(company.dials().values()) == [1, 1]
    check_invariants()


@pytest.mark.django_db
def test_without_redis_a_wake_up_is_lost_and_nothing_else(
    home, now, quiet_line, operator, settings, monkeypatch, django_capture_on_commit_callbacks
):
    from dispatch.tasks import sweep as task

    def gone(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr(task, "apply_async", gone)
    monkeypatch.setattr(waking, "_last", 0.0)
    with django_capture_on_commit_callbacks(execute=True) as sent:
        actions.open_case(household=home, by=operator, now=now)
    assert sent
    sweep(now)
    assert quiet_line.dialled == [home.phone]


@pytest.mark.django_db
def test_many_writes_wake_once(monkeypatch, django_capture_on_commit_callbacks):
    from dispatch.tasks import sweep as task

    sent = []
    monkeypatch.setattr(task, "apply_async", lambda *a, **k: sent.append(k))
    monkeypatch.setattr(waking, "_last", 0.0)
    with django_capture_on_commit_callbacks(execute=True):
        for _write in range(50):
            engine.wake()
    assert len(sent) == 1
    assert sent[0]["expires"] <= 10


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-30, -1, 1, 30])
def test_a_clock_that_jumps_loses_nobody(homes_of_two, now, quiet_line, hours):
    """Forwards everything falls due at once, backwards nothing is due twice."""
    sweep(now)
    sweep(now + timedelta(hours=hours))
    check_invariants()
    sweep(now + timedelta(seconds=2))
    for minute in range(1, 16, 3):
        sweep(now + max(0, hours) * 60 * MINUTE + minute * MINUTE)
        check_invariants()
    assert Case.objects.count() == 2
    for case in Case.objects.all():
        assert kinds(case).count(EventKind.OPENED) == 1
    later = now + timedelta(hours=max(0, hours), minutes=16)
    assert auditor.audit(now=later).cases_without_action == 0


@pytest.fixture
def homes_of_two(db, now):
    for light in ("red", "yellow"):
        set_light(make_household(now=now), light, now=now)


@pytest.mark.django_db
def test_an_answer_that_comes_an_hour_late_still_reaches_a_person(
    homes_of_two, now, company, quiet_line, frozen_clock, operator
):
    """Everything about the first call is an hour late, doubled, and in the wrong order."""
    sweep(now)
    attempt = CallAttempt.objects.get(case__light="yellow")
    quiet_line.fetch = lambda *, sid: ProviderCall(sid, "no-answer")
    for minute in (3, 16, 19, 31, 34, 60):
        sweep(frozen_clock.move_to(now + minute * MINUTE))
    for _twice in range(2):
        company.status(attempt, "completed", 4)
        company.answers(attempt, Digits="2")
        company.status(attempt, "ringing", 1)
        company.voice(attempt)
    case = Case.objects.get(pk=attempt.case_id)
    assert case.state == CaseState.WAITING
    assert (case.answer, case.desk_step) == ("help", "emergency")
    assert kinds(case).count(EventKind.ANSWERED) == 1
    check_invariants()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_form", [False, True])
def test_a_report_does_not_hold_up_the_call_that_is_being_written(
    transactional_db, now, operator, quiet_line, by_form
):
    """The engine has the case and looks at the household when it commits a call, the report has the
    household and wants the case: with the strong lock each waits for the other."""
    home = make_household(now=now)
    other = connections["default"].copy()
    with transaction.atomic():
        if by_form:
            report = Report(reporter="neighbour", words="사흘째 안 보임")
            actions.report_unseen(household=home, report=report, by=operator, now=now)
        else:
            actions.open_case(household=home, by=operator, now=now)
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM households_household WHERE id = %s FOR KEY SHARE NOWAIT", [home.pk]
            )
            assert cursor.fetchone() == (1,)
    other.close()


@pytest.mark.django_db
def test_the_auditor_tells_the_outside_only_while_all_is_well(
    homes_of_two, now, quiet_line, settings, monkeypatch
):
    told = []
    settings.HEARTBEAT_URL = "http://127.0.0.1:9/alive"
    monkeypatch.setattr(auditor, "tell_outside", lambda: told.append(1))
    sweep(now)
    sweep(now + timedelta(seconds=30))
    assert told == [1]  # once a minute
    AuditPulse.objects.update(told_at=None)
    found = auditor.look(now=now + timedelta(hours=3))
    assert not found.healthy
    assert found.findings["overdue_steps"] > 0
    assert told == [1]
    assert not AuditPulse.objects.get().healthy
