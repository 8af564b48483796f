"""Many due rungs at once: claimed in one statement, decided in Python, written in a few.

A batch is one transaction. The claim locks the steps and their cases and passes over whatever
another worker or a person has locked; decisions are made over plain rows; step, case, event, next
step and messages are written with one statement each and committed together. When a batch fails,
it is done again row by row, so that one poisoned row holds up nobody.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from accounts.notify.many import About, notify_many
from dispatch import duty, plan
from dispatch.models import StepKind, StepState
from dispatch.plans.schema import Who
from dispatch.rules import AskReason, CaseDo, CaseState, EventKind, next_case_state, priority
from households.days import local_day

SIZE = 500
DESK_KINDS = (StepKind.DESK, StepKind.CONTACT, StepKind.VISIT, StepKind.NOTIFY)


class Due(NamedTuple):
    """A due rung and what its case says, as read under both locks."""

    step: int
    case: int
    due_at: datetime
    state: str
    light: str
    answer: str
    held: bool
    queued_at: datetime | None
    reminders: int
    next_action_at: datetime | None
    case_uid: str
    household_uid: str
    group: str | None
    chain: str | None
    remind_minutes: int | None
    last_seq: int


# Two statements: what is read beside a lock that was waited for would be older than the lock, and
# rows that another worker holds must cost nothing but a look.
_LOCK = """
    SELECT s.id FROM dispatch_step s JOIN dispatch_case c ON c.id = s.case_id
    WHERE s.state = 'pending' AND s.due_at <= %(now)s AND s.kind = ANY(%(kinds)s)
      AND (c.held_until IS NULL OR c.held_until <= %(now)s)
      AND s.id <> ALL(%(skip)s)
    ORDER BY s.due_at, s.id LIMIT %(size)s
    FOR UPDATE OF s, c SKIP LOCKED
"""
_READ = """
    SELECT s.id, s.case_id, s.due_at, c.state, c.light, c.answer, c.held_by_id IS NOT NULL,
           c.queued_at, c.reminders, c.next_action_at, c.uid::text, h.uid::text, r."group",
           (c.plan -> 'unclaimed' -> 0)::text, (c.plan ->> 'remind_minutes')::int,
           (SELECT max(seq) FROM dispatch_step WHERE case_id = c.id)
    FROM dispatch_step s
    JOIN dispatch_case c ON c.id = s.case_id
    JOIN households_household h ON h.id = c.household_id
    LEFT JOIN LATERAL (
        SELECT "group" FROM households_riskassessment
        WHERE household_id = c.household_id AND from_date <= %(today)s
        ORDER BY from_date DESC, id DESC LIMIT 1
    ) r ON true
    WHERE s.id = ANY(%(locked)s)
    ORDER BY s.due_at, s.id
"""


@dataclass
class Batch:
    """What one transaction did. `odd`: rungs that need the slow way (a hold that is over)."""

    done: list[Due] = field(default_factory=list)
    odd: list[int] = field(default_factory=list)


@transaction.atomic
def desk_steps(now: datetime, *, size: int = SIZE, skip: Sequence[int] = ()) -> Batch:
    """Bring up to `size` cases whose desk rung is due to a person, the longest overdue first."""
    batch = Batch()
    seen: set[int] = set()
    for row in claim(now, size=size, skip=skip):
        if row.held:
            batch.odd.append(row.step)
        elif row.case not in seen:  # a second rung of the same case waits for the next batch
            seen.add(row.case)
            batch.done.append(row)
    if batch.done:
        _write(batch.done, now)
    return batch


def claim(now: datetime, *, size: int, skip: Sequence[int] = ()) -> list[Due]:
    """Due rungs and their cases, locked until the transaction ends."""
    kinds = [kind.value for kind in DESK_KINDS]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"now": now, "kinds": kinds, "size": size, "skip": list(skip)})
        locked = [step for (step,) in cursor.fetchall()]
        if not locked:
            return []
        cursor.execute(_READ, {"today": local_day(now), "locked": locked})
        return [Due(*row) for row in cursor.fetchall()]


# ── decisions ────────────────────────────────────────────────────────────────
def _write(rows: list[Due], now: datetime) -> None:
    """Decide each, then write all."""
    steps: list[tuple[Any, ...]] = []
    cases: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    links: list[tuple[Any, ...]] = []
    told: list[About] = []
    for row in rows:
        after = next_case_state(row.state, CaseDo.ASK_HUMAN)
        if after is None:  # closed
            steps.append((row.step, StepState.CANCELLED.value, ""))
            continue
        steps.append((row.step, StepState.DONE.value, AskReason.NO_ANSWER.value))
        data = {"reason": AskReason.NO_ANSWER.value, "from": row.state}
        events.append((row.case, json.dumps(data)))
        cases.append(_case_after(row, after, now))
        if row.state == CaseState.AI_CALL:
            who, due_at = _first_link(row, now)
            links.append((row.case, row.last_seq + 1, who, due_at))
            told.append((f"/cases/{row.case_uid}/", row.household_uid))
    with connection.cursor() as cursor:
        _update_steps(cursor, steps, now)
        _update_cases(cursor, cases)
        insert_events(cursor, EventKind.HUMAN_ASKED, events, now)
        _insert_links(cursor, links)
    if told:
        people = duty.on_duty(Who.OPERATOR, now=now)
        notify_many(to=people, kind="dispatch.waiting", about=told, now=now)


def _case_after(row: Due, state: str, now: datetime) -> tuple[Any, ...]:
    """As machine.ask_human leaves it."""
    rank = priority(light=row.light, answer=row.answer, risk_group=row.group)
    if row.state != CaseState.AI_CALL:
        return (row.case, state, rank, row.queued_at, row.reminders, row.next_action_at)
    wait = row.remind_minutes or plan.FALLBACK["remind_minutes"]
    return (row.case, state, rank, now, 0, now + timedelta(minutes=wait))


def _first_link(row: Due, now: datetime) -> tuple[str, datetime]:
    link = json.loads(row.chain) if row.chain else plan.FALLBACK["unclaimed"][0]
    return link["who"], now + timedelta(minutes=link["minutes"])


# ── writes ───────────────────────────────────────────────────────────────────
def columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as arrays for unnest()."""
    return [list(column) for column in zip(*rows, strict=True)]


def _update_steps(cursor: Any, rows: list[tuple[Any, ...]], now: datetime) -> None:
    cursor.execute(
        "UPDATE dispatch_step s SET state = n.state, result = n.result, started_at = %s,"
        " finished_at = %s"
        " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(id, state, result)"
        " WHERE s.id = n.id",
        [now, now, *columns(rows)],
    )


def _update_cases(cursor: Any, rows: list[tuple[Any, ...]]) -> None:
    """Owner and lease are not touched: ask_human takes a case from nobody."""
    if not rows:
        return
    cursor.execute(
        "UPDATE dispatch_case c SET state = n.state, priority = n.priority,"
        " queued_at = n.queued_at, reminders = n.reminders, next_action_at = n.next_action_at"
        " FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::smallint[],"
        " %s::timestamptz[]) AS n(id, state, priority, queued_at, reminders, next_action_at)"
        " WHERE c.id = n.id",
        columns(rows),
    )


def insert_events(cursor: Any, kind: EventKind, rows: list[tuple[Any, ...]], now: datetime) -> None:
    """One line in the log of each case: rows of (case, data as JSON text)."""
    if not rows:
        return
    cursor.execute(
        "INSERT INTO dispatch_caseevent (case_id, at, kind, data, note, key)"
        " SELECT n.case_id, %s, %s, n.data, '', ''"
        " FROM unnest(%s::bigint[], %s::jsonb[]) AS n(case_id, data)",
        [now, kind.value, *columns(rows)],
    )


def _insert_links(cursor: Any, rows: list[tuple[Any, ...]]) -> None:
    """The next step of each: the first telephone of the chain."""
    if not rows:
        return
    cursor.execute(
        "INSERT INTO dispatch_step (case_id, seq, who, due_at, kind, state, tries, result)"
        " SELECT n.*, %s, %s, 0, ''"
        " FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::timestamptz[])"
        " AS n(case_id, seq, who, due_at)",
        [StepKind.RING.value, StepState.PENDING.value, *columns(rows)],
    )
