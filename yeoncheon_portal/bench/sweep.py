"""Due steps of a whole county at once: each with event, message, next step and case committed.

Engine: the desk part of the sweep, as the worker runs it. Limit: one SQL statement that makes the
same writes to the same tables. Peer: the engine's own slow path, one transaction per step. Two
workers against one: see sweep_workers.
"""

import statistics
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from accounts import clock
from accounts.roles import Role
from dispatch import plan
from dispatch.engine import steps
from dispatch.engine.tally import Tally
from dispatch.models import Case, Step, StepKind
from dispatch.rules import EventKind
from households.models import Household
from yeoncheon_portal.bench import county
from yeoncheon_portal.bench.frame import RUNS, peak_mb, result, timed, verify
from yeoncheon_portal.bench.sweep_workers import Shared, share, sweep_desk

PEERS = 300
PAIRS = 5
TABLES = ("dispatch_case", "dispatch_step", "dispatch_caseevent", "accounts_message")


def run(*, households: int, hours: int | None = None) -> dict[str, Any]:
    """The JSON of `bench sweep`; `hours` says nothing here."""
    bench = _Bench(households)
    seconds: dict[str, list[float]] = {"limit": [], "engine": [], "peer": []}
    shared: dict[int, list[Shared]] = {1: [], 2: []}
    sums: set[str] = set()
    peak = 0
    for _ in range(RUNS):
        for name, taken in seconds.items():
            bench.restore()
            taken.append(bench.take(name))
            if name != "peer":
                sums.add(bench.checksum())
        peak = peak or peak_mb()
    for _ in range(PAIRS):
        for workers, found in shared.items():
            bench.restore()
            found.append(bench.share(workers))
            sums.add(bench.checksum())
    verify(len(sums) == 1, "the ways leave different rows")
    engine, limit = statistics.median(seconds["engine"]), statistics.median(seconds["limit"])
    return result(
        "sweep",
        households=households,
        rows=households,
        seconds=engine,
        limit=limit,
        peer=statistics.median(seconds["peer"]) * households / bench.peers,
        peer_households=bench.peers,
        steps_per_second=round(households / engine),
        **_of_workers(shared[1], shared[2]),
    ) | {"peak_mb": peak}


def _of_workers(one: list[Shared], two: list[Shared]) -> dict[str, Any]:
    """Two against one, of runs that stood next to each other: a neighbour on the machine takes a
    core from both or from neither more often than not."""
    pairs = [a.seconds / b.seconds for a, b in zip(one, two, strict=True)]
    return {
        "one_worker_seconds": round(statistics.median(run.seconds for run in one), 3),
        "two_workers_seconds": round(statistics.median(run.seconds for run in two), 3),
        "two_workers_speedup": round(statistics.median(pairs), 2),
        "two_workers_speedups": [round(pair, 2) for pair in pairs],
        "one_worker_cpu_s": _cpu(one),
        "two_workers_cpu_s": _cpu(two),
        "one_worker_cores": round(statistics.median(run.cores for run in one), 2),
        "two_workers_cores": round(statistics.median(run.cores for run in two), 2),
    }


def _cpu(runs: list[Shared]) -> dict[str, float | None]:
    python = statistics.median(run.python_cpu for run in runs)
    server = [run.server_cpu for run in runs if run.server_cpu is not None]
    return {
        "python": round(python, 2),
        "server": round(statistics.median(server), 2) if server else None,
    }


class _Bench:
    """A county with an open yellow case in every home, the desk step of each due."""

    def __init__(self, households: int) -> None:
        self.households = households
        self.peers = min(PEERS, households)
        self.now = clock.now()
        self.ids = county.build(households, now=self.now)
        county.staff("bench-operator", Role.CONTROL_OPERATOR, now=self.now)
        self.way: dict[str, Callable[[], None]] = {
            "engine": self._engine,
            "limit": self._limit,
            "peer": self._peer,
        }
        self._open_cases()
        self._keep()

    # ── the county ───────────────────────────────────────────────────────────
    @transaction.atomic
    def _open_cases(self) -> None:
        """Cases whose calls went unanswered, written straight into the tables."""
        opened = self.now - timedelta(minutes=76)
        frozen = {
            group: plan.make(light="yellow", now=opened, group=group)
            for group in ("high", "medium", "low", "general")
        }
        of_home = dict(
            Household.objects.values_list("pk", "risk_assessments__group").order_by("pk")
        )
        cases = [
            Case(
                number=f"B-{number:06d}",
                household_id=home,
                state="ai_call",
                light="yellow",
                opened_light="yellow",
                opened_at=opened,
                plan=frozen[of_home[home]],
                priority=100,
                next_action_at=self.now,
            )
            for number, home in enumerate(self.ids)
        ]
        Case.objects.bulk_create(cases, batch_size=2000)
        rungs = [row for case in cases for row in self._rungs(case, opened)]
        Step.objects.bulk_create(rungs, batch_size=4000)

    def _rungs(self, case: Case, opened: datetime) -> list[Step]:
        rows = plan.step_rows(case, {**case.plan, "quiet": None}, after=0, now=opened)
        for row in rows:
            if row.kind == StepKind.AI_CALL:
                row.state, row.finished_at, row.result = "done", row.due_at, "not_reached"
        return rows

    def _keep(self) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"CREATE TABLE bench_{table} AS TABLE {table}")

    def restore(self) -> None:
        """The tables as they were, without dead rows."""
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = 'replica'")
            cursor.execute(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE")
            for table in TABLES:
                cursor.execute(f"INSERT INTO {table} SELECT * FROM bench_{table}")  # noqa: S608
            for table in TABLES:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
                    f" coalesce(max(id), 1)) FROM {table}"
                )
            cursor.execute("SET session_replication_role = 'origin'")
            for table in TABLES:
                cursor.execute(f"VACUUM ANALYZE {table}")
            cursor.execute("CHECKPOINT")

    # ── the ways ─────────────────────────────────────────────────────────────
    def take(self, name: str) -> float:
        """Seconds of one way, checked."""
        seconds = timed(self.way[name])
        self._verify(self.peers if name == "peer" else self.households)
        return seconds

    def _engine(self) -> None:
        sweep_desk(self.now)

    def _limit(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_ONE_STATEMENT, {"now": self.now})

    def _peer(self) -> None:
        due = Step.objects.filter(kind=StepKind.DESK, state="pending").order_by("due_at", "id")
        tally = Tally()
        steps.one_by_one(list(due.values_list("pk", flat=True)[: self.peers]), self.now, tally)
        verify(not tally.fault, f"the slow path failed: {tally.fault}")

    def share(self, workers: int) -> Shared:
        """The same by so many processes, checked."""
        found = share(workers, self.now)
        self._verify(self.households)
        return found

    # ── checks ───────────────────────────────────────────────────────────────
    def _verify(self, done: int) -> None:
        """Each due step was done once, with its event, message, next step and case."""
        with connection.cursor() as cursor:
            cursor.execute(_COUNTS, {"asked": EventKind.HUMAN_ASKED.value})
            counts = cursor.fetchone()
        verify(counts == (done,) * 6, f"wrong counts: {counts} of {done}")

    def checksum(self) -> str:
        """Of everything written but ids that are drawn by lot."""
        with connection.cursor() as cursor:
            cursor.execute(_CHECKSUM)
            return str(cursor.fetchone()[0])


_ONE_STATEMENT = """
    WITH due AS (
        SELECT s.id, s.case_id, c.household_id, c.uid, h.uid AS household_uid,
               (c.plan -> 'unclaimed' -> 0 ->> 'minutes')::int AS minutes,
               c.plan -> 'unclaimed' -> 0 ->> 'who' AS who,
               (c.plan ->> 'remind_minutes')::int AS remind,
               100 + CASE r."group" WHEN 'high' THEN 30 WHEN 'medium' THEN 20
                     WHEN 'low' THEN 10 ELSE 0 END AS priority,
               (SELECT max(seq) FROM dispatch_step WHERE case_id = c.id) AS seq
        FROM dispatch_step s
        JOIN dispatch_case c ON c.id = s.case_id
        JOIN households_household h ON h.id = c.household_id
        JOIN households_riskassessment r ON r.household_id = c.household_id
        WHERE s.state = 'pending' AND s.due_at <= %(now)s AND s.kind = 'desk'
    ), step AS (
        UPDATE dispatch_step s SET state = 'done', result = 'no_answer', started_at = %(now)s,
               finished_at = %(now)s FROM due WHERE s.id = due.id
    ), one AS (
        UPDATE dispatch_case c SET state = 'waiting', priority = due.priority,
               queued_at = %(now)s, reminders = 0,
               next_action_at = %(now)s + due.remind * interval '1 minute'
        FROM due WHERE c.id = due.case_id
    ), event AS (
        INSERT INTO dispatch_caseevent (case_id, at, kind, data, note, key)
        SELECT case_id, %(now)s, 'human_asked', '{"reason": "no_answer", "from": "ai_call"}',
               '', '' FROM due
    ), link AS (
        INSERT INTO dispatch_step (case_id, seq, who, due_at, kind, state, tries, result)
        SELECT case_id, seq + 1, who, %(now)s + minutes * interval '1 minute', 'ring', 'pending',
               0, '' FROM due
    )
    INSERT INTO accounts_message (uid, notice_uid, recipient_id, channel, kind, link_path,
        subject_uid, secret, urgent, state, attempts, created_at, due_at, sid, provider_status,
        status_rank, error_code, sent_at, delivered_at)
    SELECT gen_random_uuid(), gen_random_uuid(), u.id, 'inbox', 'dispatch.waiting',
           '/cases/' || due.uid || '/', due.household_uid::text, '', false, 'delivered', 0,
           %(now)s, %(now)s, '', '', 0, '', %(now)s, %(now)s
    FROM due, accounts_user u WHERE u.username = 'bench-operator'
"""
_COUNTS = """
    SELECT (SELECT count(*) FROM dispatch_step WHERE kind = 'desk' AND state = 'done'),
           (SELECT count(*) FROM dispatch_case WHERE state = 'waiting'),
           (SELECT count(*) FROM dispatch_caseevent WHERE kind = %(asked)s),
           (SELECT count(DISTINCT case_id) FROM dispatch_caseevent),
           (SELECT count(DISTINCT case_id) FROM dispatch_step
            WHERE kind = 'ring' AND state = 'pending'),
           (SELECT count(DISTINCT link_path) FROM accounts_message WHERE state = 'delivered')
"""
_CHECKSUM = """
    SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
        SELECT concat_ws(' ', 'case', id, state, priority, queued_at, reminders, next_action_at)
            AS line FROM dispatch_case
        UNION ALL SELECT concat_ws(' ', 'step', case_id, seq, kind, who, state, result, due_at,
            started_at, finished_at, tries) FROM dispatch_step
        UNION ALL SELECT concat_ws(' ', 'event', case_id, at, kind, data, actor_id)
            FROM dispatch_caseevent
        UNION ALL SELECT concat_ws(' ', 'message', recipient_id, channel, kind, link_path,
            subject_uid, state, urgent, created_at, due_at, sent_at) FROM accounts_message
    ) lines
"""
