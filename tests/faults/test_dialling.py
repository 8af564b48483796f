"""The worker dies at every commit of a sweep. After the restart the person was rung exactly once.

The engine runs in a process of its own (a fork) that ends without a word, `os._exit`, at the
n-th commit: just before it or just after it. The points are counted, not picked: n grows until
the sweep has no n-th commit. Among them are "attempt not yet committed", "committed, not yet
dialled" and "the company has the call and we do not know its id".
"""

import os
import signal
import time
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import User
from dispatch import actions, engine
from dispatch.models import CallAttempt, Case, CaseEvent, Step
from dispatch.rules import EventKind
from tests.cast import NOON
from tests.dispatch.conftest import bench
from tests.dispatch.world import check_invariants, set_light
from tests.households.factories import make_household

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
__all__ = ["bench"]
DIED, LIVED, BROKE = 9, 0, 7
PATIENCE_S = 60


def die_at(number: int, side: str) -> None:
    """From now on the n-th commit of this process is its last moment."""
    commits = iter(range(1, 10_000))
    real = BaseDatabaseWrapper.commit

    def commit(self: BaseDatabaseWrapper) -> None:
        mine = next(commits) == number
        if mine and side == "before":
            os._exit(DIED)
        real(self)
        if mine:
            os._exit(DIED)

    BaseDatabaseWrapper.commit = commit  # type: ignore[method-assign]


def sweep_and_die(now: datetime, number: int, side: str) -> int:
    """One sweep in a forked process; its exit code."""
    child = os.fork()
    if child == 0:
        try:
            # The parent's session must not be ended from here: forget it, do not close it.
            connection.connection = None
            die_at(number, side)
            os._exit(LIVED if engine.sweep(now=now).clean else BROKE)
        except BaseException:
            os._exit(BROKE)
    return wait(child)


def fork_sweep(now: datetime) -> int:
    """A sweep in a process of its own that nobody waits for; its process id."""
    child = os.fork()
    if child == 0:
        try:
            connection.connection = None
            engine.sweep(now=now)
        finally:
            os._exit(LIVED)
    return child


def wait(child: int) -> int:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the sweep hangs")


def restart(bench, frozen_clock, now: datetime) -> None:
    """New workers come up and sweep for a minute and a half of programme time."""
    for seconds in (2, 62, 78, 95):
        frozen_clock.move_to(now + timedelta(seconds=seconds))
        report = engine.sweep(now=frozen_clock.at)
        assert report.clean, report
        bench.settle()


def finish(case: Case, operator: User, now: datetime) -> None:
    """A person closes the red case, so that the next turn starts from nothing."""
    actions.claim(case=case, by=operator, now=now)
    actions.close(case=case, by=operator, reason="fine", evidence_kind="spoke", note="", now=now)


@pytest.mark.parametrize("light", ["yellow", "red"])
def test_whenever_the_worker_dies_the_person_is_rung_exactly_once(
    bench, frozen_clock, operator, light
):
    died, turn, dialled = 0, 0, False
    points = [(1, "before")]
    while points:
        number, side = points.pop(0)
        turn += 1
        now = NOON + turn * timedelta(days=1)
        frozen_clock.move_to(now)
        phone = f"010555{turn:05d}"
        home = make_household(phone=phone, now=now)
        line = bench.phone(phone).expects_call_saying("안부").presses("1")
        set_light(home, light, now=now)
        code = sweep_and_die(now, number, side)
        bench.settle()
        assert code != BROKE, (number, side)
        died += code == DIED
        if side == "before" and code == DIED:
            points.append((number + 1, "before"))
        if side == "before" and line.calls and not dialled:
            # Dying after a commit leaves what dying before the next one leaves, but here, where
            # the company was asked in between.
            dialled = True
            points.append((number - 1, "after"))
        restart(bench, frozen_clock, now)
        what = f"died {side} commit {number}"
        assert len(line.calls) == 1, what
        case = Case.objects.get(household=home)
        answers = CaseEvent.objects.filter(case=case, kind=EventKind.ANSWERED)
        assert answers.count() == 1, what
        assert case.is_open == (light == "red"), what
        assert not CallAttempt.objects.filter(household=home, ended_at__isnull=True).exists()
        assert not Step.objects.filter(case=case, state="running").exists()
        check_invariants()
        if case.is_open:
            finish(case, operator, frozen_clock.at)
        assert number < 40, "the sweep has more commits than were tried"
    assert dialled
    assert died >= 6, "the points are not where they were: look at the fork"
    bench.check()


def test_a_worker_that_waits_for_the_company_is_not_taken_for_dead(bench, frozen_clock, now):
    """A slow company and a fast clock: the lease is over, the process is not. Nobody dials again
    until it is dead, and then the company is asked first."""
    home = make_household(phone="01055599999", now=now)
    line = bench.phone("01055599999").refuses_request("accept_then_timeout")
    line.expects_call_saying("안부").presses("1")
    bench.company.add_create_faults(["accept_then_timeout"])
    set_light(home, "red", now=now)
    slow = fork_sweep(now)
    until = time.monotonic() + PATIENCE_S
    while not line.calls and time.monotonic() < until:
        time.sleep(0.01)
    for minute in (2, 4, 6):
        report = engine.sweep(now=now + timedelta(minutes=minute))
        assert report.clean
    wait(slow)
    bench.settle()
    restart(bench, frozen_clock, now + timedelta(minutes=10))
    assert len(line.calls) == 1
    check_invariants()


def test_without_redis_nothing_is_lost(bench, frozen_clock, now, settings):
    """The engine's queue is the database; Redis only wakes it."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": settings.REDIS_URL,
        }
    }
    home = make_household(phone="01055588888", now=now)
    bench.phone("01055588888").expects_call().presses("2")
    set_light(home, "yellow", now=now)
    assert engine.sweep(now=now).clean
    bench.check()
    assert Case.objects.get().answer == "help"
