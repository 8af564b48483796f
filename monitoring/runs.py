"""Runs over all homes, cut into chunks that any worker on any host takes, and what must be redone.

A chunk is a range of household ids. A worker leases it for some minutes of the database's own
time; one that dies loses the lease, and the chunk is done again from what the tables hold. What a
chunk does and the mark that it is done are one transaction, so that no half of it is ever seen.
"""

import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from numpy.typing import NDArray

from households import valve
from monitoring import hours
from monitoring.models import HabitsDay, HotBlock, Run, RunChunk, RunKind

log = logging.getLogger(__name__)

CHUNK = 10_000
"""Household ids of one range: enough that its thirty statements cost little, and few enough that
a worker that dies has not much to do again."""
LEASE = timedelta(minutes=5)
IDLE = "120s"
"""A worker whose host has gone holds its range no longer than this: the server ends the session."""
MOST_ATTEMPTS = 3  # at one range, before its homes are told apart
MOST_GIVEN_UP = 20  # in one run: then it is not a home, and every chunk would be cut to pieces
KEEPALIVE = {
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "60s",
}
KEPT = timedelta(days=7)  # runs that are over
LOCKS = 71_040_02  # the class of our advisory locks; the number within it is that of the range
LEARN_LAG = 1
"""Habits of a day are learned from the days before yesterday: a partner who delivers once a day
brings yesterday only this morning, and what was learned at night must not be stale by then."""


@dataclass(frozen=True)
class Part:
    """A chunk that this process has leased."""

    chunk: int
    run: int
    kind: str
    at: datetime
    first_id: int
    last_id: int
    attempts: int = 1


def range_of(household_id: int) -> int:
    """The number of the range of ids that a home belongs to; fixed, whatever is scored."""
    return household_id // CHUNK


def hold(ranges: Sequence[int], *, shared: bool = False) -> None:
    """Waits for, and holds until the end of the transaction, the right to judge these ranges.

    `shared`: the right to change what they are judged by. In rising order, so that two who want
    several never wait for each other.
    """
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {lock}(%s, number) FROM unnest(%s::int[]) AS number",  # noqa: S608
            [LOCKS, sorted(set(ranges))],
        )


_TOUCH = """
    INSERT INTO monitoring_rescore AS known (household_id, since)
    SELECT changed.id, changed.since FROM unnest(%s::bigint[], %s::timestamptz[], %s::int[])
        AS changed (id, since, hour)
    JOIN monitoring_hotblock AS hot ON hot.first_id = changed.id - changed.id %% %s %% %s
        AND hot.until[changed.id %% %s %% %s + 1] > changed.hour
    ORDER BY 1
    ON CONFLICT (household_id) DO UPDATE SET since = least(known.since, excluded.since)
"""


@transaction.atomic
def touch(
    household_ids: Sequence[int] | NDArray[np.int64], since: datetime | Sequence[datetime]
) -> int:
    """The hours from `since` on (one instant for all, or one per home) have changed: readings,
    absences, life signs, incidents. Returns how many homes must be judged anew.

    Call it inside the transaction that changed them and near its end: it holds back the scoring
    of these homes until the commit, so that no change falls between two stools. Homes not judged
    beyond `since` need nothing; the others stand in Rescore until the next scoring. Habits that
    were learned from a changed day are forgotten, and learned again when they are needed.
    """
    ids = [int(one) for one in household_ids]
    if not ids:
        return 0
    every = [since] * len(ids) if isinstance(since, datetime) else list(since)
    # Two lines for one home would be refused by ON CONFLICT.
    earliest: dict[int, datetime] = {}
    for one, at in zip(ids, every, strict=True):
        earliest[one] = min(at, earliest.get(one, at))
    hold([range_of(one) for one in earliest], shared=True)
    with connection.cursor() as cursor:
        cut = [CHUNK, HotBlock.HOMES]
        which = (
            list(earliest),
            list(earliest.values()),
            [hours.hour_of(at) for at in earliest.values()],
        )
        cursor.execute(_TOUCH, [*which, *cut, *cut])
        touched = cursor.rowcount
    first = hours.day_of(hours.hour_of(min(earliest.values())) // hours.DAY)
    _forget_habits(earliest, first)
    return int(touched)


def _forget_habits(earliest: dict[int, datetime], first: date) -> None:
    stale = HabitsDay.objects.filter(day__gt=first + timedelta(days=LEARN_LAG))
    if not stale.exists():  # the common case: today's hours, and nobody learns from today
        return
    for day in stale.order_by().values_list("day", flat=True).distinct():
        limit = hours.begin_of((hours.number_of(day) - LEARN_LAG) * hours.DAY)
        ids = [one for one, at in earliest.items() if at < limit]
        HabitsDay.objects.filter(day=day, household_id__in=ids).delete()


# ── a run and its chunks ─────────────────────────────────────────────────────
_CUT = """
    INSERT INTO monitoring_runchunk (run_id, first_id, last_id, worker, scored, changed)
    SELECT %s, number * %s, (number + 1) * %s - 1, '', 0, 0 FROM unnest(%s::int[]) AS number
"""


@transaction.atomic
def begin(*, kind: str, now: datetime, household_ids: Sequence[int] | None = None) -> Run:
    """A run of all watched homes, or of the ranges in which the named ones lie."""
    if household_ids is None:
        watched = valve.watched(now).order_by().values_list("pk", flat=True)
        household_ids = list(watched)
    run = Run.objects.create(kind=RunKind(kind).value, at=now)
    numbers = sorted({range_of(one) for one in household_ids})
    with connection.cursor() as cursor:
        cursor.execute(_CUT, [run.pk, CHUNK, CHUNK, numbers])
    if not numbers:
        finish(run.pk)
    return run


_CLAIM = """
    UPDATE monitoring_runchunk AS chunk
    SET lease_until = clock_timestamp() + make_interval(secs => %s), worker = %s,
        attempts = attempts + 1
    FROM monitoring_run AS run
    WHERE run.id = chunk.run_id AND chunk.id = (
        SELECT id FROM monitoring_runchunk
        WHERE run_id = %s AND done_at IS NULL
            AND (lease_until IS NULL OR lease_until < clock_timestamp())
        ORDER BY first_id FOR UPDATE SKIP LOCKED LIMIT 1
    )
    RETURNING chunk.id, run.id, run.kind, run.at, chunk.first_id, chunk.last_id,
        chunk.attempts
"""


def claim(run_id: int) -> Part | None:
    """Leases the next free chunk of a run; None when there is none. Commits at once."""
    name = f"{socket.gethostname()}:{os.getpid()}"[:80]
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE.total_seconds(), name, run_id])
        found = cursor.fetchone()
    return None if found is None else Part(*found)


_DONE = """
    UPDATE monitoring_runchunk
    SET done_at = clock_timestamp(), lease_until = NULL, scored = %s, changed = %s
    WHERE id = %s AND done_at IS NULL
"""
Work = Callable[[Part], tuple[int, int]]


def do(part: Part, work: Work) -> bool:
    """Does a leased chunk: `work` returns how many homes it looked at and how many changed.

    One home that cannot be judged must not hold back the others of its range: a chunk that fails
    is halved, until that home is alone and given up. False when that happened.
    """
    if part.attempts > MOST_ATTEMPTS:  # whoever took it died
        return _halve(part)
    try:
        _do(part, work)
    except (InterfaceError, OperationalError):
        raise  # the database's trouble, not the homes'; the lease runs out
    except Exception as error:  # noqa: BLE001 - whatever it is, the other homes must be judged
        # Not its text, which may hold readings.
        log.error("chunk %s of run %s failed: %s", part.chunk, part.run, type(error).__name__)
        return _halve(part)
    finish(part.run)
    return True


def _halve(part: Part) -> bool:
    """Two chunks of a chunk that failed; of a single home, or where everything fails, it is given
    up. Returns whether nobody need be told."""
    alone = part.first_id == part.last_id
    given_up = False
    with transaction.atomic():
        row = RunChunk.objects.select_for_update().filter(pk=part.chunk, done_at__isnull=True)
        if row.first() is None:
            return True
        failed = RunChunk.objects.filter(run_id=part.run, given_up=True).count()
        if failed >= MOST_GIVEN_UP or (alone and part.attempts >= MOST_ATTEMPTS):
            given_up = bool(row.update(done_at=Now(), lease_until=None, given_up=True))
        elif alone:
            row.update(lease_until=None)
        else:
            middle = (part.first_id + part.last_id) // 2
            row.update(last_id=middle, lease_until=None, attempts=0)
            RunChunk.objects.create(run_id=part.run, first_id=middle + 1, last_id=part.last_id)
    finish(part.run)
    return not given_up


def _do(part: Part, work: Work) -> None:
    with transaction.atomic():
        _let_go_if_lost()
        hold([part.first_id // CHUNK])
        if RunChunk.objects.filter(pk=part.chunk, done_at__isnull=True).exists():
            done, changed = work(part)
            with connection.cursor() as cursor:
                cursor.execute(_DONE, [done, changed, part.chunk])


def _let_go_if_lost() -> None:
    """The server ends the session of a worker whose host has gone, and with it the lock."""
    known = {"idle_in_transaction_session_timeout": IDLE, **KEEPALIVE}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[])"
            " AS wanted (name, value)",
            [list(known), list(known.values())],
        )


def finish(run_id: int | None = None) -> None:
    """Marks a run, or every run, of which no chunk is open any more. A worker may die between its
    last chunk's commit and this."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitoring_run AS run SET finished_at = clock_timestamp()"
            " WHERE (%s::bigint IS NULL OR id = %s) AND finished_at IS NULL AND NOT EXISTS ("
            "SELECT FROM monitoring_runchunk WHERE run_id = run.id AND done_at IS NULL)",
            [run_id, run_id],
        )


def last_finished(kind: str) -> datetime | None:
    """The programme time of the newest run of this kind that is over."""
    over = Run.objects.filter(kind=kind, finished_at__isnull=False)
    return over.aggregate(latest=Max("at"))["latest"]


def unfinished() -> list[tuple[int, int]]:
    """(run, chunks that nobody works at) of every run that is not over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT run.id, count(*) FROM monitoring_run AS run"
            " JOIN monitoring_runchunk AS chunk ON chunk.run_id = run.id"
            " WHERE run.finished_at IS NULL AND chunk.done_at IS NULL"
            " AND (chunk.lease_until IS NULL OR chunk.lease_until < clock_timestamp())"
            " GROUP BY run.id ORDER BY run.id"
        )
        return list(cursor.fetchall())


def drop_old(*, now: datetime) -> int:
    """Forgets runs of long ago; returns how many rows went."""
    gone, _ = Run.objects.filter(finished_at__isnull=False, at__lt=now - KEPT).delete()
    return int(gone)
