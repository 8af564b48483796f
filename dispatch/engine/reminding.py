"""Cases that nobody takes, reminded of in batches: after a mass event they are thousands.

Like engine.batch: lock what nobody else has, read it, decide in Python, write each table once.
`due.remind` is the way row by row, for the batch that fails.
"""

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from dispatch import plan, telling
from dispatch.engine.batch import columns, insert_events
from dispatch.machine import next_reminder
from dispatch.rules import EventKind

SIZE = 500


class Unclaimed(NamedTuple):
    """A waiting case whose reminder is due, as read under its lock."""

    case: int
    due_at: datetime
    reminders: int
    remind_minutes: int | None
    case_uid: str
    household_uid: str


# Two statements: see engine.batch.
_LOCK = """
    SELECT id FROM dispatch_case
    WHERE state = 'waiting' AND next_action_at <= %(now)s
      AND (held_until IS NULL OR held_until <= %(now)s)
    ORDER BY next_action_at, id LIMIT %(size)s
    FOR UPDATE SKIP LOCKED
"""
_READ = """
    SELECT c.id, c.next_action_at, c.reminders, (c.plan ->> 'remind_minutes')::int, c.uid::text,
           h.uid::text
    FROM dispatch_case c JOIN households_household h ON h.id = c.household_id
    WHERE c.id = ANY(%(locked)s) ORDER BY c.next_action_at, c.id
"""


@transaction.atomic
def remind_unclaimed(now: datetime, *, size: int = SIZE) -> list[Unclaimed]:
    """Remind everybody of up to `size` cases that still wait, the longest overdue first."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"now": now, "size": size})
        locked = [case for (case,) in cursor.fetchall()]
        if not locked:
            return []
        cursor.execute(_READ, {"locked": locked})
        rows = [Unclaimed(*row) for row in cursor.fetchall()]
        _update_cases(cursor, rows, now)
        said = [{"what": "unclaimed", "times": row.reminders + 1} for row in rows]
        events = [(row.case, json.dumps(data)) for row, data in zip(rows, said, strict=True)]
        insert_events(cursor, EventKind.REMINDED, events, now)
    telling.tell_unclaimed_many(
        [(f"/cases/{row.case_uid}/", row.household_uid) for row in rows if row.reminders == 0],
        [(f"/cases/{row.case_uid}/", row.household_uid) for row in rows if row.reminders > 0],
        now=now,
    )
    return rows


def _update_cases(cursor: Any, rows: list[Unclaimed], now: datetime) -> None:
    """As machine.remind_next leaves them."""
    after = []
    for row in rows:
        first = timedelta(minutes=row.remind_minutes or plan.FALLBACK["remind_minutes"])
        reminders, at = next_reminder(row.reminders, first=first, now=now)
        after.append((row.case, reminders, at))
    cursor.execute(
        "UPDATE dispatch_case c SET reminders = n.reminders, next_action_at = n.at"
        " FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[]) AS n(id, reminders, at)"
        " WHERE c.id = n.id",
        columns(after),
    )
