"""Looks whether everything that should move does move, with a query of its own.

It asks the tables and not the engine, in one statement of plain SQL, so that a mistake in the
engine's own questions cannot hide itself. What it finds is kept in one row: a red banner on the
pages of staff shows it, and the heartbeat to the outside goes out only while nothing is found, so
that a portal that is silent is missed by somebody who does not live in it.
"""

import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from dispatch import heartbeat
from dispatch.models import AuditPulse, SweepPulse

SLACK = timedelta(minutes=2)
"""Rows later than this are a fault, not a queue."""
OLD_CALL = timedelta(minutes=45)
EVERY = timedelta(seconds=20)
"""The engine asks at most so often; the pages read what was found."""
TELL_EVERY_S = 60.0
TELL_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class Audit:
    """Counts of what should not be there, and the pulse. All zero and a young pulse: healthy."""

    overdue_steps: int  # due rungs that nobody takes; calls that wait for the line are no fault
    dead_leases: int
    unfinished_calls: int
    overdue_cases: int
    cases_without_event: int
    cases_without_action: int  # open, and nothing will ever happen to them
    reds_without_case: int  # handled once, closed, and still red: a person should look again
    sweep_age_s: float | None
    faults: list[str]

    @property
    def findings(self) -> dict[str, int]:
        """What makes it unhealthy, by name."""
        counted = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("reds_without_case", "sweep_age_s", "faults")
        }
        counted["faults"] = len(self.faults)
        return {name: count for name, count in counted.items() if count}

    @property
    def healthy(self) -> bool:
        return not self.findings

    def as_json(self) -> dict[str, object]:
        return asdict(self)


_QUERY = """
    WITH line AS (
        SELECT count(*) AS lately FROM dispatch_callattempt
        WHERE created_at > %(late)s AND created_at <= %(now)s
    ), rings AS (
        SELECT count(*) AS lately FROM dispatch_staffcall
        WHERE created_at > %(late)s AND created_at <= %(now)s
    )
    SELECT
      (SELECT count(*) FROM dispatch_step s JOIN dispatch_case c ON c.id = s.case_id, line, rings
        WHERE s.state = 'pending' AND s.due_at < %(late)s
          AND (c.held_until IS NULL OR c.held_until < %(late)s)
          AND (s.kind <> 'ai_call' OR line.lately = 0)
          AND (s.kind <> 'ring' OR rings.lately = 0)),
      (SELECT count(*) FROM dispatch_step WHERE state = 'running' AND lease_until < %(late)s)
        + (SELECT count(*) FROM dispatch_case WHERE state = 'claimed' AND lease_until < %(late)s),
      (SELECT count(*) FROM dispatch_callattempt
        WHERE ended_at IS NULL AND coalesce(dialled_at, created_at) < %(old_call)s)
        + (SELECT count(*) FROM dispatch_staffcall
        WHERE ended_at IS NULL AND coalesce(dialled_at, created_at) < %(old_call)s),
      (SELECT count(*) FROM dispatch_case, line
        WHERE state <> 'closed' AND next_action_at < %(late)s
          AND (state <> 'ai_call' OR line.lately = 0)),
      (SELECT count(*) FROM dispatch_case c
        WHERE (state <> 'closed' OR closed_at > %(day_ago)s)
          AND NOT EXISTS (SELECT FROM dispatch_caseevent e WHERE e.case_id = c.id)),
      (SELECT count(*) FROM dispatch_case c WHERE
        (state = 'waiting' AND NOT EXISTS (SELECT FROM dispatch_step s
          WHERE s.case_id = c.id AND s.kind = 'ring' AND s.state IN ('pending', 'running')))
        OR (state = 'ai_call' AND NOT EXISTS (SELECT FROM dispatch_step s
          WHERE s.case_id = c.id AND s.state IN ('pending', 'running'))
          AND NOT EXISTS (SELECT FROM dispatch_callattempt a
          WHERE a.case_id = c.id AND a.ended_at IS NULL))
        OR (state = 'visiting' AND NOT EXISTS (SELECT FROM dispatch_visit v
          WHERE v.case_id = c.id AND v.ended_at IS NULL))),
      (SELECT count(*) FROM monitoring_householdstate st
        JOIN households_enrolment en ON en.household_id = st.household_id
        WHERE st.light = 'red' AND en.state IN ('active', 'learning')
          AND NOT EXISTS (SELECT FROM dispatch_case c
            WHERE c.household_id = st.household_id AND c.state <> 'closed'))
"""


def audit(*, now: datetime) -> Audit:
    """Look at everything that should move. `now` is programme time."""
    late = now - SLACK
    with connection.cursor() as cursor:
        cursor.execute(
            _QUERY,
            {
                "now": now,
                "late": late,
                "old_call": now - OLD_CALL,
                "day_ago": now - timedelta(days=1),
            },
        )
        steps, leases, calls, cases, eventless, actionless, reds = cursor.fetchone()
    pulse = SweepPulse.objects.filter(pk=1).first()
    faults = [part["name"] for part in pulse.parts if part["fault"]] if pulse else []
    return Audit(
        overdue_steps=steps,
        dead_leases=leases,
        unfinished_calls=calls,
        overdue_cases=cases,
        cases_without_event=eventless,
        cases_without_action=actionless,
        reds_without_case=reds,
        sweep_age_s=heartbeat.sweep_age_seconds(),
        faults=faults,
    )


def look(*, now: datetime) -> Audit:
    """Audit, keep what was found, and tell the outside that all is well, if it is.

    Called by every sweep; within EVERY of the last look the kept one stands.
    """
    kept = AuditPulse.objects.filter(pk=1).first()
    if kept is not None and now - EVERY < kept.audited_at <= now:
        return _kept(kept)
    found = audit(now=now)
    AuditPulse.objects.update_or_create(
        pk=1,
        defaults={
            "audited_at": now,
            "finished_at": Now(),
            "healthy": found.healthy,
            "findings": found.as_json(),
        },
    )
    if found.healthy and _my_turn_to_tell():
        tell_outside()
    return found


def _kept(row: AuditPulse) -> Audit:
    return Audit(**row.findings)


def latest() -> AuditPulse | None:
    """What the auditor found last; None before its first look."""
    return AuditPulse.objects.filter(pk=1).first()


def _my_turn_to_tell() -> bool:
    """One worker a minute, by the database's clock; not at all where nobody listens."""
    if not settings.HEARTBEAT_URL:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_auditpulse SET told_at = clock_timestamp() WHERE id = 1 AND"
            " (told_at IS NULL OR told_at < clock_timestamp() - %s * interval '1 second')",
            [TELL_EVERY_S],
        )
        return cursor.rowcount == 1


def tell_outside() -> None:
    """One request without any word to HEARTBEAT_URL. Its failure is the listener's to notice."""
    with suppress(OSError, ValueError):
        request = urllib.request.Request(settings.HEARTBEAT_URL, method="GET")  # noqa: S310
        with urllib.request.urlopen(request, timeout=TELL_TIMEOUT_S):  # noqa: S310
            pass
