"""The worker is killed at every commit of a pass that does everything at once. After a restart the
county looks as if nothing had happened.

The points are counted, not picked: one undisturbed pass tells how many commits there are and
between which of them a telephone was rung. Each point gets a copy of the same database, a process
that SIGKILLs itself there, new workers, and a comparison with the undisturbed county.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.county_settings import change
from accounts.models import Message
from dispatch import actions, auditor, calls, engine, telephony
from dispatch.engine import silences
from dispatch.models import CallAttempt, Case, CaseEvent, StaffCall, Step
from dispatch.rules import EventKind
from tests.cast import NOON
from tests.dispatch.world import check_invariants, set_light
from tests.faults.paper_company import PaperCompany
from tests.households.factories import make_household

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
MINUTE = timedelta(minutes=1)
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
RESTARTS = (2, 63, 80, 95)  # seconds after the crash at which new workers sweep


# ── the county ───────────────────────────────────────────────────────────────
def story(company: PaperCompany, operator: Any, now: Any) -> None:
    """Something of everything is due at `now`."""
    change(name="dispatch.calls_per_second", value=50.0, valid_from=now - 200 * MINUTE,
           by=operator, reason="시험", now=now - 200 * MINUTE)  # fmt: skip
    unanswered = [home("yellow", now - 76 * MINUTE) for _ in range(3)]
    sweep(now - 76 * MINUTE)
    for case in Case.objects.filter(household__in=unanswered):
        end_calls(case, now - 75 * MINUTE)
        for step in case.steps.filter(kind="ai_call", state="pending"):
            step.state, step.finished_at, step.result = "done", now - 10 * MINUTE, "not_reached"
            step.save()
        Case.objects.filter(pk=case.pk, state="ai_call").update(next_action_at=now)
    claimed, silent = (home("red", now - 11 * MINUTE) for _ in range(2))
    sweep(now - 11 * MINUTE)
    waiting = home("red", now - 4 * MINUTE)  # its first link is due, the second not yet
    for one, minutes in ((claimed, 10), (waiting, 3)):
        silences.open_cases(now - 4 * MINUTE)
        case = Case.objects.get(household=one)
        end_calls(case, now - minutes * MINUTE)
        actions.stop_ai(case=case, by=operator, now=now - minutes * MINUTE)
    actions.claim(case=Case.objects.get(household=claimed), by=operator, now=now - 10 * MINUTE)
    company.ended[silent.phone] = "no-answer"
    actions.claim(case=Case.objects.get(household=silent), by=operator, now=now - 1 * MINUTE)
    for light in ("yellow", "yellow", "red"):
        home(light, now - timedelta(seconds=2))


def home(light: str, at: Any) -> Any:
    found = make_household(now=at)
    set_light(found, light, now=at)
    return found


def sweep(at: Any) -> None:
    report = engine.sweep(now=at)
    assert report.clean, report


def end_calls(case: Case, at: Any) -> None:
    for attempt in CallAttempt.objects.filter(case=case, ended_at__isnull=True):
        calls.placed(attempt.pk, sid=str(attempt.sid), status="no-answer", now=at)


def picture(company: PaperCompany) -> dict[str, Any]:
    """What must not depend on a crash. Lost requests leave attempts and lines of their own, which
    no telephone ever heard; which link of the chain found the one free telephone may differ, not
    how often it rang."""
    lost = {"call_started", "call_unknown", "call_found", "call_ended", "staff_rung",
            "staff_missed"}  # fmt: skip
    return {
        "dialled": company.dials(),
        "cases": sorted(
            Case.objects.values_list("household__phone_index", "state", "light", "reminders")
        ),
        "steps": sorted(
            Step.objects.exclude(kind="ring").values_list("case__household", "kind", "state")
        ),
        "events": Counter(
            CaseEvent.objects.exclude(kind__in=lost).values_list("case__household", "kind")
        ),
        "messages": Counter(
            Message.objects.values_list("recipient", "kind", "channel", "subject_uid")
        ),
        "heard": CallAttempt.objects.filter(sid__isnull=False).count(),
        "staff": StaffCall.objects.filter(sid__isnull=False).count(),
    }


# ── killing ──────────────────────────────────────────────────────────────────
class Commits:
    """Counts the commits of this process: explicit ones and writes that commit by themselves."""

    def __init__(self, before: Callable[[int], None], after: Callable[[int], None]) -> None:
        self.number = 0
        self.before, self.after = before, after

    def around(self, do: Callable[[], Any]) -> Any:
        self.number += 1
        number = self.number
        self.before(number)
        found = do()
        self.after(number)
        return found

    def watch(self, stack: ExitStack) -> None:
        real, commits = BaseDatabaseWrapper.commit, self

        def commit(wrapper: BaseDatabaseWrapper) -> None:
            commits.around(lambda: real(wrapper))

        def execute(run: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            alone = not context["connection"].in_atomic_block
            if alone and str(sql).lstrip().upper().startswith(WRITES):
                return commits.around(lambda: run(sql, params, many, context))
            return run(sql, params, many, context)

        patch = pytest.MonkeyPatch()
        patch.setattr(BaseDatabaseWrapper, "commit", commit)
        stack.callback(patch.undo)
        stack.enter_context(connection.execute_wrapper(execute))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(number: int, side: str, now: Any) -> None:
    """One pass in a process of its own that kills itself at this point."""
    child = os.fork()
    if child == 0:
        try:
            connection.connection = None  # the parent's session is not this process' to close
            quiet = lambda n: None  # noqa: E731
            at_point = lambda n: die() if n == number else None  # noqa: E731
            commits = Commits(*((at_point, quiet) if side == "before" else (quiet, at_point)))
            with ExitStack() as stack:
                commits.watch(stack)
                engine.sweep(now=now)
        finally:
            os._exit(7)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it lived past {side} commit {number}"


# ── copies of the database ───────────────────────────────────────────────────
class Copies:
    """Databases that begin as the story left them."""

    def __init__(self) -> None:
        self.name = connection.settings_dict["NAME"]

    def admin(self, statement: str) -> None:
        """As the owner of the server; nobody may be in a database that is copied."""
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(statement)

    def __iter__(self) -> Iterator[str]:
        copy = f"{self.name}_copy"
        while True:
            self.admin(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
            self.admin(f"CREATE DATABASE {copy} TEMPLATE {self.name}")
            connection.settings_dict["NAME"] = copy
            yield copy
            connection.settings_dict["NAME"] = self.name

    def end(self) -> None:
        connection.settings_dict["NAME"] = self.name
        self.admin(f"DROP DATABASE IF EXISTS {self.name}_copy WITH (FORCE)")


@pytest.fixture
def copies() -> Iterator[Copies]:
    found = Copies()
    yield found
    found.end()


def restart(now: Any) -> None:
    for seconds in RESTARTS:
        sweep(now + timedelta(seconds=seconds))


def test_killed_at_every_commit_everything_is_done_exactly_once(
    transactional_db, tmp_path: Path, copies: Copies, operator, official
):
    book = tmp_path / "calls"
    company = PaperCompany(book)
    with telephony.use(company):
        story(company, operator, NOON)
        written = book.read_text()
        fresh = iter(copies)
        points, expected = undisturbed(company, next(fresh))
        assert len(points) > 20, "the points are not where they were"
        for number, side in points:
            next(fresh)
            book.write_text(written)
            killed_at(number, side, NOON)
            restart(NOON)
            assert picture(company) == expected, f"killed {side} commit {number}"
            check_invariants()
            assert auditor.audit(now=NOON + timedelta(seconds=95)).healthy
        assert Counter(expected["dialled"]).most_common(1)[0][1] <= 2


def undisturbed(company: PaperCompany, _copy: str) -> tuple[list[tuple[int, str]], dict[str, Any]]:
    """The pass nobody disturbs: its points (after each commit; before one, where a telephone was
    rung since the last) and the picture it leaves."""
    rung: set[int] = set()
    commits = Commits(lambda n: None, lambda n: None)
    company.on_dial = lambda: rung.add(commits.number + 1)
    with ExitStack() as stack:
        commits.watch(stack)
        sweep(NOON)
    company.on_dial = None
    points = [(n, "after") for n in range(1, commits.number + 1)]
    points += [(n, "before") for n in sorted(rung)]
    restart(NOON)
    found = picture(company)
    asked = CaseEvent.objects.filter(kind=EventKind.HUMAN_ASKED, data__reason="no_answer")
    assert asked.count() == 3
    assert found["staff"] == 1
    assert Case.objects.filter(events__kind=EventKind.LEASE_OUT).count() == 1
    return sorted(points), found
