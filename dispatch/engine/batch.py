"""Many due rungs at once: claimed in one statement, decided in Python, written in a few.

A batch is one transaction. The claim locks the steps and their cases and passes over whatever
another worker or a person has locked; decisions are made over plain rows; step, case, event, next
step and messages are written with one statement each and committed together. When a batch fails,
it is done again row by row, so that one poisoned row holds up nobody.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
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
    case_uid: str
    household_uid: str
    group: str | None
    chain: str | None
    remind_minutes: int | None
    last_seq: int


# Two statements: what is read beside a lock that was waited for would be older than the lock, and
# rows that another worker holds must cost nothing but a look. Ordered by the column of the index
# alone: with the id behind it, thousands that fell due in the same moment are joined and sorted
# anew for each batch.
_LOCK = """
    SELECT s.id FROM dispatch_step s JOIN dispatch_case c ON c.id = s.case_id
    WHERE s.state = 'pending' AND s.due_at <= %(now)s AND s.kind = ANY(%(kinds)s)
      AND (c.held_until IS NULL OR c.held_until <= %(now)s)
      AND s.id <> ALL(%(skip)s)
    ORDER BY s.due_at LIMIT %(size)s
    FOR UPDATE OF s, c SKIP LOCKED
"""
_READ = """
    SELECT s.id, s.case_id, s.due_at, c.state, c.light, c.answer, c.held_by_id IS NOT NULL,
           c.uid::text, h.uid::text, r."group",
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
@dataclass
class _Rows:
    """What a batch writes, table by table."""

    asked: list[int] = field(default_factory=list)  # steps
    cancelled: list[int] = field(default_factory=list)
    queued: list[tuple[int, int, int]] = field(default_factory=list)  # case, rank, minutes
    ranked: list[tuple[int, int]] = field(default_factory=list)
    events: list[tuple[int, str]] = field(default_factory=list)
    links: list[tuple[int, int, str, int]] = field(default_factory=list)
    told: list[About] = field(default_factory=list)


def _write(rows: list[Due], now: datetime) -> None:
    """Decide each as machine.ask_human does, then write all."""
    made = _Rows()
    for row in rows:
        _decide(row, made)
    with connection.cursor() as cursor:
        _end_steps(cursor, made.asked, StepState.DONE, AskReason.NO_ANSWER, now)
        _end_steps(cursor, made.cancelled, StepState.CANCELLED, "", now)
        _enter_queue(cursor, made.queued, now)
        _rank(cursor, made.ranked)
        insert_events(cursor, EventKind.HUMAN_ASKED, made.events, now)
        _insert_links(cursor, made.links, now)
    if made.told:
        people = duty.on_duty(Who.OPERATOR, now=now)
        notify_many(to=people, kind="dispatch.waiting", about=made.told, now=now)


def _decide(row: Due, made: _Rows) -> None:
    """A case that a person has already, or that waits for one, only gets its rank anew."""
    after = next_case_state(row.state, CaseDo.ASK_HUMAN)
    if after is None:  # closed
        made.cancelled.append(row.step)
        return
    made.asked.append(row.step)
    made.events.append((row.case, _event_from(row.state)))
    rank = priority(light=row.light, answer=row.answer, risk_group=row.group)
    if after == row.state:
        made.ranked.append((row.case, rank))
        return
    wait = row.remind_minutes or plan.FALLBACK["remind_minutes"]
    made.queued.append((row.case, rank, wait))
    made.links.append((row.case, row.last_seq + 1, *_first_link(row.chain)))
    made.told.append((f"/cases/{row.case_uid}/", row.household_uid))


@lru_cache(maxsize=16)
def _event_from(state: str) -> str:
    return json.dumps({"reason": AskReason.NO_ANSWER.value, "from": state})


@lru_cache(maxsize=256)
def _first_link(chain: str | None) -> tuple[str, int]:
    """(whose duty, minutes after now); the plans of a county are few."""
    link = json.loads(chain) if chain else plan.FALLBACK["unclaimed"][0]
    return link["who"], link["minutes"]


# ── writes ───────────────────────────────────────────────────────────────────
def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as arrays for unnest()."""
    return [list(column) for column in zip(*rows, strict=True)]


def _end_steps(cursor: Any, steps: list[int], state: str, result: str, now: datetime) -> None:
    if not steps:
        return
    cursor.execute(
        "UPDATE dispatch_step SET state = %s, result = %s, started_at = %s, finished_at = %s"
        " WHERE id = ANY(%s)",
        [str(state), str(result), now, now, steps],
    )


def _enter_queue(cursor: Any, rows: list[tuple[int, int, int]], now: datetime) -> None:
    """Nobody owns such a case: rows of (case, rank, minutes to the first reminder)."""
    if not rows:
        return
    cursor.execute(
        "UPDATE dispatch_case c SET state = %s, priority = n.rank, queued_at = %s, reminders = 0,"
        " next_action_at = %s + n.minutes * interval '1 minute'"
        " FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS n(id, rank, minutes)"
        " WHERE c.id = n.id",
        [CaseState.WAITING.value, now, now, *columns(rows)],
    )


def _rank(cursor: Any, rows: list[tuple[int, int]]) -> None:
    """Owner and lease are not touched: ask_human takes a case from nobody."""
    if not rows:
        return
    cursor.execute(
        "UPDATE dispatch_case c SET priority = n.rank"
        " FROM unnest(%s::bigint[], %s::int[]) AS n(id, rank) WHERE c.id = n.id",
        columns(rows),
    )


def insert_events(
    cursor: Any, kind: EventKind, rows: Sequence[tuple[Any, ...]], now: datetime
) -> None:
    """One line in the log of each case: rows of (case, data as JSON text)."""
    if not rows:
        return
    cursor.execute(
        "INSERT INTO dispatch_caseevent (case_id, at, kind, data, note, key)"
        " SELECT n.case_id, %s, %s, n.data, '', ''"
        " FROM unnest(%s::bigint[], %s::jsonb[]) AS n(case_id, data)",
        [now, kind.value, *columns(rows)],
    )


def _insert_links(cursor: Any, rows: list[tuple[int, int, str, int]], now: datetime) -> None:
    """The next step of each: the first telephone of the chain."""
    if not rows:
        return
    cursor.execute(
        "INSERT INTO dispatch_step (case_id, seq, who, due_at, kind, state, tries, result)"
        " SELECT n.case_id, n.seq, n.who, %s + n.minutes * interval '1 minute', %s, %s, 0, ''"
        " FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::int[])"
        " AS n(case_id, seq, who, minutes)",
        [now, StepKind.RING.value, StepState.PENDING.value, *columns(rows)],
    )
