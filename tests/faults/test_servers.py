"""PostgreSQL is restarted in the middle of a pass; Redis is emptied, stopped and started again.

Real servers of the test's own: a copy of the run's PostgreSQL, and a Valkey that nobody else uses.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import redis
from django.db import connection

from dispatch import engine, telephony, waking
from dispatch.models import CallAttempt, Case, CaseEvent
from dispatch.rules import EventKind
from dispatch.tasks import sweep as task
from tests.dispatch.conftest import quiet_line
from tests.dispatch.world import check_invariants, set_light, sweep
from tests.faults.own_postgres import OwnPostgres
from tests.faults.paper_company import PaperCompany
from tests.households.factories import make_household
from yeoncheon_portal import embedded
from yeoncheon_portal.celery import app as celery

__all__ = ["quiet_line"]
PATIENCE_S = 60


# ── PostgreSQL ───────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def copied_postgres(django_db_setup: None) -> Iterator[OwnPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="portal-copy-"))
    try:
        server = OwnPostgres(folder)
        yield server
        server.do("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_postgres(copied_postgres: OwnPostgres) -> Iterator[OwnPostgres]:
    """This process talks to it until the test has been cleaned up: name it before the database."""
    ours = connection.settings_dict
    kept = ours["HOST"]
    connection.close()
    ours["HOST"] = str(copied_postgres.socket)
    yield copied_postgres
    connection.close()
    ours["HOST"] = kept


@pytest.mark.parametrize("mode", ["fast", "immediate"])
@pytest.mark.parametrize("when", ["while it writes", "while the company is asked"])
def test_postgres_is_restarted_in_the_middle_of_a_pass(
    own_postgres, transactional_db, now, tmp_path, when, mode
):
    """`immediate` is a crash: the server replays its log. Nobody is lost, nobody is rung twice."""
    company = PaperCompany(tmp_path / "calls")
    for light in ("red", "yellow", "yellow"):
        set_light(make_household(now=now), light, now=now)
    restarts = []

    def restart() -> None:
        if not restarts:
            restarts.append(mode)
            own_postgres.do("restart", "-m", mode)

    def cut(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if when == "while it writes" and sql.startswith('INSERT INTO "dispatch_step"'):
            restart()
        return run(sql, params, many, context)

    if when != "while it writes":
        company.on_dial = restart
    with telephony.use(company):
        with connection.execute_wrapper(cut):
            engine.sweep(now=now)
        assert restarts, "nothing was restarted"
        for seconds in (2, 4, 63, 80, 95):
            sweep(now + timedelta(seconds=seconds))
    assert Case.objects.count() == 3
    assert CaseEvent.objects.filter(kind=EventKind.OPENED).count() == 3
    assert list(company.dials().values()) == [1, 1, 1]
    assert CallAttempt.objects.filter(sid__isnull=False).count() == 3
    check_invariants()


# ── Redis ────────────────────────────────────────────────────────────────────
class OwnValkey:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (self.port,) = embedded._free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [embedded._valkey_program(), "--port", str(self.port), "--bind", "127.0.0.1",
             "--save", "", "--appendonly", "no", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until = monotonic() + PATIENCE_S
        while monotonic() < until:
            if self.ask(lambda one: one.ping()):
                return
            sleep(0.02)
        raise AssertionError("valkey did not start")

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def ask(self, question: Callable[[redis.Redis], Any]) -> Any:
        """None while it is gone."""
        with redis.Redis(port=self.port) as one:
            try:
                return question(one)
            except redis.ConnectionError:
                return None

    def woken(self) -> int:
        """Wake-ups that wait for a worker."""
        return self.ask(lambda one: one.llen("celery")) or 0


@pytest.fixture
def own_valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnValkey]:
    """Wake-ups go there. Nobody takes them."""
    server = OwnValkey(tmp_path)
    real = task.apply_async

    def send(**options: Any) -> Any:
        with celery.connection_for_write(server.url) as line:
            return real(**options, connection=line)

    monkeypatch.setattr(task, "apply_async", send)
    server.start()
    yield server
    server.stop()


@pytest.mark.django_db
def test_redis_is_emptied_stopped_and_started_again(
    own_valkey, now, quiet_line, operator, monkeypatch, django_capture_on_commit_callbacks
):
    homes = [make_household(now=now) for _ in range(3)]

    def write(home: Any) -> None:
        monkeypatch.setattr(waking, "_last", 0.0)
        with django_capture_on_commit_callbacks(execute=True):
            set_light(home, "red", now=now)
            engine.wake()

    write(homes[0])
    assert own_valkey.woken() == 1
    own_valkey.ask(lambda one: one.flushall())
    assert own_valkey.woken() == 0
    sweep(now)  # the beat
    own_valkey.stop()
    begun = monotonic()
    write(homes[1])
    assert monotonic() - begun < 10, "whoever writes waits for Redis"
    sweep(now + timedelta(seconds=2))
    own_valkey.start()
    write(homes[2])
    assert own_valkey.woken() == 1
    sweep(now + timedelta(seconds=4))
    assert quiet_line.dialled == [home.phone for home in homes]
    check_invariants()
