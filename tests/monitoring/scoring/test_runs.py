"""Runs in chunks: shared, resumed, and the same in the end whoever died on the way."""

import os
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from monitoring import runs, scoring
from monitoring.models import (
    Assessment,
    Checkpoint,
    EvidenceDay,
    HabitsDay,
    HotState,
    HouseholdState,
    Rescore,
    Run,
    RunChunk,
    RunKind,
)
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import Life, put

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
DIED = 9
SCORING = RunKind.SCORING.value


@pytest.fixture
def homes(now, monkeypatch):
    """Six homes in ranges of two ids, so that a run has several chunks; some have fallen silent."""
    monkeypatch.setattr(runs, "CHUNK", 2)
    made = [make_household(meter=f"M-{n}", now=now) for n in range(6)]
    for n, home in enumerate(made):
        put(home, Life(seed=n).quiet(-12) if n % 2 else Life(seed=n), now)
    return made


def everything() -> dict[str, list]:
    """All that scoring writes, without running numbers."""
    states = HouseholdState.objects.order_by("pk").values_list(
        "pk", "light", "since", "reasons", "evidence", "silence_hours", "computed_at", "rests_on"
    )
    kept = {
        model.__name__: [
            tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
            for row in model.objects.order_by("household_id", *day).values_list()
        ]
        for model, day in (
            (HotState, ()),
            (Checkpoint, ("day",)),
            (HabitsDay, ("day",)),
            (EvidenceDay, ("day",)),
        )
    }
    changes = Assessment.objects.order_by("household_id", "id").values_list(
        "household_id", "light", "evidence", "inputs_digest"
    )
    return {"states": list(states), "changes": list(changes), **kept}


def clear() -> None:
    HouseholdState.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = 'replica'")
        cursor.execute("DELETE FROM monitoring_assessment")
        cursor.execute("SET session_replication_role = 'origin'")
    for model in (HotState, Checkpoint, HabitsDay, EvidenceDay, Rescore, Run):
        model.objects.all().delete()


def work_off(run: Run) -> int:
    done = 0
    while (part := runs.claim(run.pk)) is not None:
        runs.do(part, scoring.score_range)
        done += 1
    return done


def test_a_run_in_chunks_is_the_same_as_one_in_this_process(homes, now):
    scoring.score(now=now)
    expected = everything()
    clear()
    run = runs.begin(kind=SCORING, now=now)
    assert run.chunks.count() >= 3
    assert work_off(run) == run.chunks.count()
    run.refresh_from_db()
    assert run.finished_at is not None
    assert everything() == expected


def test_a_second_run_at_the_same_time_changes_nothing(homes, now):
    work_off(runs.begin(kind=SCORING, now=now))
    before = everything()
    work_off(runs.begin(kind=SCORING, now=now))
    assert everything() == before


def test_a_leased_chunk_is_nobody_elses_until_the_lease_is_over(homes, now):
    run = runs.begin(kind=SCORING, now=now)
    taken = [runs.claim(run.pk) for _ in range(run.chunks.count())]
    assert all(taken)
    assert runs.claim(run.pk) is None
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitoring_runchunk SET lease_until = clock_timestamp() - interval '1 second'"
            " WHERE id = %s",
            [taken[0].chunk],
        )
    assert runs.unfinished() == [(run.pk, 1)]
    assert runs.claim(run.pk).chunk == taken[0].chunk


def test_a_chunk_that_waited_too_long_leaves_newer_lights_alone(homes, now):
    run = runs.begin(kind=SCORING, now=now)
    later = now + timedelta(hours=2)
    scoring.score(now=later)
    work_off(run)
    assert set(HouseholdState.objects.values_list("computed_at", flat=True)) == {later}


def die_at(number: int, side: str) -> None:
    """From now on the n-th commit of this process is its last moment."""
    commits = iter(range(1, 1000))
    real = BaseDatabaseWrapper.commit

    def commit(self: BaseDatabaseWrapper) -> None:
        mine = next(commits) == number
        if mine and side == "before":
            os._exit(DIED)
        real(self)
        if mine:
            os._exit(DIED)

    BaseDatabaseWrapper.commit = commit  # type: ignore[method-assign]


def fork(run: Run, number: int = 0, side: str = "") -> int:
    """A worker in a process of its own; dies at its n-th commit, or lives to the end."""
    child = os.fork()
    if child == 0:
        code = 7
        try:
            # The parent's session must not be ended from here: forget it, do not close it.
            connection.connection = None
            if number:
                die_at(number, side)
            work_off(run)
            code = 0
        finally:
            os._exit(code)
    return child


def ended(child: int) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError("the worker hangs")


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_wherever_a_worker_dies_the_result_is_the_same(homes, now, number, side):
    scoring.score(now=now)
    expected = everything()
    clear()
    run = runs.begin(kind=SCORING, now=now)
    assert ended(fork(run, number, side)) == DIED
    with connection.cursor() as cursor:  # time passes
        cursor.execute("UPDATE monitoring_runchunk SET lease_until = 'epoch' WHERE done_at IS NULL")
    work_off(run)
    assert everything() == expected
    assert not RunChunk.objects.filter(done_at__isnull=True).exists()


def test_two_workers_share_a_run(homes, now):
    scoring.score(now=now)
    expected = everything()
    clear()
    run = runs.begin(kind=SCORING, now=now)
    children = [fork(run), fork(run)]
    assert [ended(child) for child in children] == [0, 0]
    assert everything() == expected
    assert run.chunks.filter(done_at__isnull=True).count() == 0


def test_touch_marks_only_what_was_judged_already(homes, now):
    ids = [home.pk for home in homes]
    assert runs.touch(ids, now - timedelta(hours=1)) == 0
    scoring.score(now=now)
    assert runs.touch(ids, now) == 0
    assert runs.touch(ids[:2], [now - timedelta(hours=3), now - timedelta(hours=1)]) == 2
    assert runs.touch(ids[:1], now - timedelta(hours=1)) == 1
    assert Rescore.objects.get(pk=ids[0]).since == now - timedelta(hours=3)
    scoring.score(now=now)
    assert not Rescore.objects.exists()
