"""The worker is killed at every commit of a pass that does everything at once. After a restart the
county looks as if nothing had happened.

The points are counted, not picked: one undisturbed pass tells how many commits there are and
between which of them a telephone was rung. Each point gets the same rows, a process that SIGKILLs
itself there, new workers, and a comparison with the undisturbed county.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from time import sleep
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts import twilio_client
from accounts.models import Message
from dispatch import auditor, engine, telephony
from dispatch.models import CallAttempt, Case, CaseEvent, NeighbourAsk, StaffCall, Step, Visit
from dispatch.rules import EventKind
from households.models import Household
from monitoring import scoring
from tests.cast import NOON
from tests.dispatch.world import check_invariants, set_light
from tests.faults.full_county import something_of_everything, sweep
from tests.faults.paper_company import PaperCompany

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
WITHOUT_ROWS = {"waits", "audit"}
"""Parts that take no row of their own: each is one statement."""
RESTARTS = (2, 63, 80)  # seconds after the crash at which new workers sweep


# ── the county ───────────────────────────────────────────────────────────────
@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> PaperCompany:
    """Takes calls and texts; looking again at a light finds it green, once."""
    found = PaperCompany(tmp_path / "calls")
    monkeypatch.setattr(twilio_client, "client", lambda: SimpleNamespace(messages=found.texts))
    settings.TWILIO = {**settings.TWILIO, "FROM_NUMBER": "+82310000000"}
    monkeypatch.setattr(scoring, "score", all_is_green)
    return found


def all_is_green(*, now: Any, household_ids: list[int]) -> None:
    """Like the judge: a light that is as it was is not written again."""
    for home in Household.objects.filter(pk__in=household_ids).exclude(
        monitoring_state__light="green"
    ):
        set_light(home, "green", now=now)


def picture(company: PaperCompany) -> dict[str, Any]:
    """What must not depend on a crash. Lost requests leave attempts and lines of their own, which
    no telephone ever heard; which link of the chain found the one free telephone may differ, not
    how often it rang."""
    lost = {"call_started", "call_unknown", "call_found", "call_ended", "staff_rung",
            "staff_missed"}  # fmt: skip
    return {
        "dialled": company.dials(),
        "hung_up": company.hung_up(),
        "texts": company.texts.sent(),
        "visits": sorted(Visit.objects.values_list("case__household", "responder", "state")),
        "asks": sorted(NeighbourAsk.objects.values_list("pk", "sms_state")),
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
    until_only_we_are_here()


def until_only_we_are_here() -> None:
    """The server has noticed: it undoes what was not committed and lets go of every lock."""
    ours = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _turn in range(2000):
        with connection.cursor() as cursor:
            cursor.execute(ours)
            if cursor.fetchone() == (0,):
                return
        sleep(0.005)
    raise AssertionError("the dead process still has a session")


# ── the database as the story left it ────────────────────────────────────────
class Snapshot:
    """The rows of every table, kept in a schema of their own; numbers drawn since then stay drawn.

    Putting back some hundred rows takes milliseconds; a copy of the whole database, and sessions
    that learn its tables anew, took most of this test.
    """

    def __init__(self) -> None:
        self.tables = self._ask(_TABLES)
        self._do("CREATE SCHEMA kept")
        for name, columns in self.tables:
            self._do(f"CREATE TABLE kept.{name} AS SELECT {columns} FROM public.{name}")

    def restore(self) -> None:
        connection.close()  # a pass that was cut short may have left anything in it
        steps = [
            f"DELETE FROM public.{name}; INSERT INTO public.{name} ({columns})"
            f" SELECT {columns} FROM kept.{name}"
            for name, columns in self.tables
        ]
        self._do("SET session_replication_role = 'replica'; BEGIN; " + "; ".join(steps) +
                 "; COMMIT; SET session_replication_role = 'origin'")  # fmt: skip

    def end(self) -> None:
        self._do("DROP SCHEMA kept CASCADE")

    def _ask(self, question: str) -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return list(cursor.fetchall())

    def _do(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)


_TABLES = """
    SELECT quote_ident(relname), string_agg(quote_ident(attname), ', ' ORDER BY attnum)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
      AND relname NOT LIKE 'django%' AND relname NOT LIKE 'auth%'
    GROUP BY relname
"""


@pytest.fixture
def snapshots() -> Iterator[Callable[[], Snapshot]]:
    """Makes one, once; it is gone after the test."""
    made: list[Snapshot] = []

    def take() -> Snapshot:
        made.append(Snapshot())
        return made[0]

    yield take
    for one in made:
        one.end()


def restart(now: Any) -> None:
    for seconds in RESTARTS:
        sweep(now + timedelta(seconds=seconds))


def test_killed_at_every_commit_everything_is_done_exactly_once(
    transactional_db, company, snapshots, operator, official, responder, responder2
):
    book = company.file
    with telephony.use(company):
        something_of_everything(company, operator=operator, responder=responder, now=NOON)
        written = book.read_text()
        story = snapshots()
        points, expected = undisturbed(company)
        assert len(points) > 30, "the points are not where they were"
        for number, side in points:
            story.restore()
            book.write_text(written)
            killed_at(number, side, NOON)
            restart(NOON)
            assert picture(company) == expected, f"killed {side} commit {number}"
            check_invariants()
            assert auditor.audit(now=NOON + timedelta(seconds=RESTARTS[-1])).healthy
        assert Counter(expected["dialled"]).most_common(1)[0][1] <= 2


def undisturbed(company: PaperCompany) -> tuple[list[tuple[int, str]], dict[str, Any]]:
    """The pass nobody disturbs: its points (after each commit; before one, where a telephone was
    rung since the last) and the picture it leaves."""
    rung: set[int] = set()
    commits = Commits(lambda n: None, lambda n: None)
    company.on_dial = lambda: rung.add(commits.number + 1)
    with ExitStack() as stack:
        commits.watch(stack)
        report = sweep(NOON)
    company.on_dial = None
    idle = {part.name for part in report.parts if not part.count}
    assert idle <= WITHOUT_ROWS, "a part of the sweep had nothing to do: give it something"
    points = [(n, "after") for n in range(1, commits.number + 1)]
    points += [(n, "before") for n in sorted(rung)]
    restart(NOON)
    found = picture(company)
    asked = CaseEvent.objects.filter(kind=EventKind.HUMAN_ASKED, data__reason="no_answer")
    assert asked.count() == 2
    assert found["staff"] == 2
    assert list(found["hung_up"].values()) == [1]
    assert Case.objects.filter(events__kind=EventKind.LEASE_OUT).count() == 1
    return sorted(points), found
