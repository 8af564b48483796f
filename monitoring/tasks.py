"""Celery's wake-ups of the watch. The work is idempotent and waits in the tables, not here."""

import logging
import time
from datetime import datetime

from celery import shared_task

from accounts import clock
from monitoring import declines, incidents, learning, retention, run_troubles, runs, scoring
from monitoring.doors.tasks import pull_feeds, remind_of_tokens, watch_folder
from monitoring.intake.receipt import purge_refused_files as purge
from monitoring.models import Run, RunKind

__all__ = ["pull_feeds", "remind_of_tokens", "watch_folder"]  # known to Celery by this module

log = logging.getLogger(__name__)

_WORK: dict[str, runs.Work] = {
    RunKind.SCORING.value: scoring.score_range,
    RunKind.LEARNING.value: learning.learn_range,
    RunKind.DECLINES.value: declines.find_range,
}
LONGEST_S = 120.0  # below Celery's limit of a task, with a chunk to spare
MOST_TASKS = 64  # that wait for one run; each takes chunk after chunk
FEW = 2000  # homes that are judged at once, without calling other workers


@shared_task
def score_all() -> None:
    """Every hour: silence grows without any delivery."""
    now = clock.now()
    _look_for_incidents(now)
    run_troubles.tell_unusable_rule(now=now)
    _share(runs.begin(kind=RunKind.SCORING.value, now=now))


@shared_task
def score_households(household_ids: list[int]) -> None:
    """After a delivery: the homes it touched. Many of them are shared among all workers."""
    now = clock.now()
    _look_for_incidents(now)
    score_or_share(household_ids, now=now)


def _look_for_incidents(now: datetime) -> None:
    """Before the lights, so that a feed out of order lights none. A fault here must not put the
    lights out: `check-feeds` meets it again, and fails loudly."""
    try:
        incidents.check(now=now)
    except Exception as error:  # noqa: BLE001 - whatever it is, the homes must be judged
        log.error("feeds were not checked before scoring: %s", type(error).__name__)


def score_or_share(household_ids: list[int], *, now: datetime) -> None:
    if len(household_ids) <= FEW:
        scoring.score(now=now, household_ids=household_ids)
    else:
        _share(runs.begin(kind=RunKind.SCORING.value, now=now, household_ids=household_ids))


@shared_task
def learn_all() -> None:
    """After midnight: the habits by which the new day is judged."""
    _share(runs.begin(kind=RunKind.LEARNING.value, now=clock.now()))


def _share(run: Run) -> None:
    """This worker begins; the others are called."""
    for _ in range(min(run.chunks.count() - 1, MOST_TASKS)):
        work.delay(run.pk)
    work(run.pk)


@shared_task
def work(run_id: int) -> None:
    """Chunk after chunk of a run, until none is free. Runs may have any number of these."""
    begun = time.monotonic()
    while time.monotonic() - begun < LONGEST_S:
        part = runs.claim(run_id)
        if part is None:
            return
        if not runs.do(part, _WORK[part.kind]):
            run_troubles.tell_given_up(run_id, now=clock.now())
    work.delay(run_id)


@shared_task
def resume_runs() -> None:
    """Every minute: chunks whose worker has died, and runs whose messages were lost."""
    runs.finish()
    for run_id, chunks in runs.unfinished():
        for _ in range(min(chunks, MOST_TASKS)):
            work.delay(run_id)


@shared_task
def retain() -> None:
    """Every night: partitions made ahead, and everything past its time forgotten."""
    retention.tidy(now=clock.now())


@shared_task
def find_declines() -> None:
    """Every night: whose life has become quieter over weeks. Shared and resumed like the others."""
    _share(runs.begin(kind=RunKind.DECLINES.value, now=clock.now()))


@shared_task
def purge_refused_files() -> None:
    """Every night: refused files past their time."""
    purge(now=clock.now())
