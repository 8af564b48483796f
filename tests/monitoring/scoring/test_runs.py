"""Runs in chunks: shared, resumed, and the same in the end whoever died on the way."""

import os
import time
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts import clock
from accounts.models import Message, User
from accounts.roles import Role
from monitoring import declines, run_troubles, runs, scoring, tasks
from monitoring.models import (
    Assessment,
    Checkpoint,
    EvidenceDay,
    HabitsDay,
    HotBlock,
    HouseholdState,
    Rescore,
    Run,
    RunChunk,
    RunKind,
)
from tests.cast import grant, make_person
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import Life, put
from yeoncheon_portal import health

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
            for row in model.objects.order_by(*key).values_list()
        ]
        for model, key in (
            (HotBlock, ["first_id"]),
            (Checkpoint, ["household_id", "day"]),
            (HabitsDay, ["household_id", "day"]),
            (EvidenceDay, ["household_id", "day"]),
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
    for model in (HotBlock, Checkpoint, HabitsDay, EvidenceDay, Rescore, Run):
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


def failing(bad):
    """Work that cannot judge one home."""

    def work(part):
        if part.first_id <= bad <= part.last_id:
            raise ValueError("a reading of 3.2 kWh")
        return scoring.score_range(part)

    return work


def test_a_home_that_cannot_be_judged_holds_back_nobody_else(now, monkeypatch, caplog):
    made = [make_household(meter=f"M-{n}", now=now) for n in range(6)]
    bad = made[2].pk
    monkeypatch.setitem(tasks._WORK, SCORING, failing(bad))
    make_person("boss")
    grant(User.objects.get(username="boss"), Role.COUNTY_OFFICIAL)
    with clock.freeze(now):
        tasks.work(runs.begin(kind=SCORING, now=now).pk)
        tasks.work(runs.begin(kind=SCORING, now=now).pk)
    judged = set(HouseholdState.objects.values_list("household_id", flat=True))
    assert judged == {home.pk for home in made} - {bad}
    given_up = RunChunk.objects.filter(given_up=True)
    assert [(one.first_id, one.last_id, one.attempts) for one in given_up] == [(bad, bad, 3)] * 2
    assert not Run.objects.filter(finished_at=None).exists()
    told = Message.objects.filter(kind=run_troubles.GIVEN_UP, recipient__username="boss")
    assert told.filter(channel="inbox").count() == 1
    assert "ValueError" in caplog.text
    assert "3.2" not in caplog.text


def test_where_every_home_fails_not_every_home_is_tried(homes, now, monkeypatch):
    monkeypatch.setattr(runs, "MOST_GIVEN_UP", 2)
    run = runs.begin(kind=SCORING, now=now)
    tried = []

    def work(part):
        tried.append(part)
        raise ValueError

    while (part := runs.claim(run.pk)) is not None:
        runs.do(part, work)
    assert len(tried) < 20
    assert Run.objects.get().finished_at is not None


def test_a_chunk_whose_workers_die_is_told_apart(homes, now):
    run = runs.begin(kind=SCORING, now=now)
    for _ in range(3):
        RunChunk.objects.update(lease_until=None)
        part = runs.claim(run.pk)
    RunChunk.objects.update(lease_until=None)
    part = runs.claim(run.pk)
    assert part.attempts == 4
    runs.do(part, scoring.score_range)
    first = RunChunk.objects.get(pk=part.chunk)
    assert (first.first_id, first.last_id) == (part.first_id, part.first_id)


def test_a_run_whose_last_worker_died_before_saying_so_is_over(homes, now):
    run = runs.begin(kind=SCORING, now=now)
    work_off(run)
    Run.objects.update(finished_at=None)
    tasks.resume_runs()
    run.refresh_from_db()
    assert run.finished_at is not None
    assert health.report(now=now + timedelta(seconds=90)).as_json()["scored_s"] == 90


def test_the_slow_watch_goes_on_where_a_worker_died(homes, now, monkeypatch):
    """Chunks like those of the lights: a night cut short does not begin again at the lowest id."""
    looked = []
    monkeypatch.setattr(tasks.work, "delay", tasks.work)
    monkeypatch.setattr(declines, "_look", lambda ids, at: looked.extend(ids.tolist()) or 0)
    run = runs.begin(kind=RunKind.DECLINES.value, now=now)
    runs.do(runs.claim(run.pk), declines.find_range)
    first = list(looked)
    assert 0 < len(first) < len(homes)
    tasks.resume_runs()
    assert sorted(looked) == [home.pk for home in homes]
    assert looked[: len(first)] == first
    with clock.freeze(now):
        tasks.find_declines()
    assert len(looked) == 2 * len(homes)
    assert not Run.objects.filter(finished_at=None).exists()


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


def test_a_few_homes_are_judged_with_the_range_before_theirs():
    ids = np.concatenate([np.arange(1, 20_001), np.arange(30_000, 33_000), [77_000_000]])
    parts = scoring._by_range(ids)
    assert [len(part) for part in parts] == [9999, 10_001, 3001]
    assert np.concatenate(parts).tolist() == ids.tolist()
