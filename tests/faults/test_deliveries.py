"""A delivery that is cut off: nothing of it is lost, nothing of it is half there.

The worker dies without a word at every statement in turn; PostgreSQL is killed in the middle and
comes back; the disk is full. Each time the same file again ends as if nothing had happened.
"""

import gzip
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from households.models import FeedLink
from monitoring import copying
from monitoring.doors import folder
from monitoring.intake import gather, reading, spool
from monitoring.models import Delivery, RawReading, SignalDay, UnknownId
from tests.cast import NOON
from tests.faults import senders
from tests.faults.own_postgres import Programs
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows, deliver, quarters
from yeoncheon_portal import embedded

PATIENCE_S = 60
LIVED, BROKE = 0, 7
HEADER = "device_id,at,event,value"


# ── the worker dies ──────────────────────────────────────────────────────────
def die_at(number: int) -> None:
    """SIGKILL to this process at its n-th step: a statement, a COPY, the commit or just after."""
    steps = iter(range(1, 10_000))

    def step() -> None:
        if next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(run, sql, params, many, context):
        step()
        return run(sql, params, many, context)

    connection.execute_wrappers.append(before)

    class Pipe(io.BytesIO):
        """What the driver reads a COPY from: first the rows, then their end. Killed in between,
        the server has the rows and waits for more."""

        def read(self, size: int | None = -1, /) -> bytes:
            step()
            return super().read(size)

    copying.io = SimpleNamespace(BytesIO=Pipe)  # type: ignore[assignment]
    commit = BaseDatabaseWrapper.commit

    def dying_commit(self: BaseDatabaseWrapper) -> None:
        step()
        commit(self)
        step()

    BaseDatabaseWrapper.commit = dying_commit  # type: ignore[method-assign]


def deliver_and_die(content: bytes, feed: str, number: int) -> int:
    """One delivery in a forked process; its exit code (negative: killed)."""
    child = os.fork()
    if child == 0:
        try:
            # The parent's session must not be ended from here: forget it, do not close it.
            connection.connection = None
            die_at(number)
            deliver(content, feed=feed)
            os._exit(LIVED)
        except BaseException:
            os._exit(BROKE)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the delivery hangs")


def everything() -> tuple:
    days = SignalDay.objects.values_list("day", "household_id", "metric", "values")
    return (
        sorted((*key, bytes(values)) for *key, values in days),
        sorted(RawReading.objects.values_list("household_id", "metric", "at", "value")),
        sorted(UnknownId.objects.values_list("partner_id", flat=True)),
    )


def power_file() -> bytes:
    """A new month, corrections of the one before, quarters of an hour, an unknown meter."""
    rows = [*day_rows("M-1", date(2026, 6, 30)), *day_rows("M-1", date(2026, 5, 30), kwh=0.7)]
    rows += quarters("M-2", NOON.replace(tzinfo=None) - timedelta(days=1), [0.1, 0.2, 0.3, 0.4])
    return csv([*rows, *day_rows("M-9")[:3]])


def app_file() -> bytes:
    rows = [
        ("D-1", f"2026-06-30T{hour:02d}:{minute:02d}:10", event, value)
        for hour in range(24)
        for minute, event, value in ((1, "unlock", ""), (7, "steps", 30 + hour))
    ]
    return csv([*rows, ("D-1", "2026-06-29T05:00:00", "steps", 9)], HEADER)


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("feed", ["power", "app"])
def test_whenever_the_worker_dies_a_delivery_is_whole_or_not_there(feed):
    make_household(meter="M-1", device="D-1")
    make_household(meter="M-2")
    deliver(day_rows("M-1", date(2026, 5, 30)))
    deliver(csv([("D-1", "2026-06-29T05:00:00", "steps", 8)], HEADER), feed="app")
    content = power_file() if feed == "power" else app_file()
    with transaction.atomic():
        deliver(content, feed=feed)
        undisturbed = everything()
        transaction.set_rollback(True)
    before, receipts = everything(), Delivery.objects.count()
    assert before != undisturbed
    died = 0
    for number in range(1, 200):
        code = deliver_and_die(content, feed, number)
        assert code in (LIVED, -signal.SIGKILL), (number, code)
        stored = Delivery.objects.count() > receipts
        if not stored:
            assert everything() == before, f"half of it is there after step {number}"
            died += 1
            continue
        assert everything() == undisturbed
        again = deliver(content, feed=feed)
        assert (again.accepted, again.corrected) == (0, 0)
        assert everything() == undisturbed
        break
    assert died >= 8, "the steps are not where they were: look at the fork"


# ── PostgreSQL dies ──────────────────────────────────────────────────────────
_SENDER = """
import sys
import django
django.setup()
from tests.faults import senders
from tests.faults.own_postgres import Programs
senders.{what}(sys.argv[1])
"""


def sender(what: str, argument: str, env: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _SENDER.format(what=what), argument],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def careful_copy(django_db_setup: None) -> Iterator[Path]:
    """Where the data of a server are that has all tables, and not the carelessness of the run's."""
    with tempfile.TemporaryDirectory(prefix="portal-killed-", ignore_cleanup_errors=True) as name:
        data = Path(name) / "postgres"
        Programs().copy_server(data)
        (data / "postgresql.auto.conf").write_text("")
        yield Path(name)


def test_postgres_is_killed_in_the_middle_and_comes_back(careful_copy):
    """A server of its own. What was receipted before is there; the rest is there whole or not."""
    place = careful_copy
    servers = embedded.join(place, wanted=("DATABASE_URL",))
    env = {**os.environ, "DATABASE_URL": of_the_tests(servers), "PYTHONPATH": str(Path.cwd())}
    env["DJANGO_SETTINGS_MODULE"] = "yeoncheon_portal.settings"
    try:
        for when in ("any time", "in the middle"):
            receipted = send_until_killed(place, env, when)
            servers.leave()
            servers = embedded.join(place, wanted=("DATABASE_URL",))
            env["DATABASE_URL"] = of_the_tests(servers)
            check = sender("check", ",".join(receipted), env)  # and goes on where it broke off
            out, errors = check.communicate(timeout=300)
            assert check.returncode == 0, errors
            assert "whole" in out
    finally:
        servers.leave()


def of_the_tests(servers: embedded.Servers) -> str:
    """The address of the database that has the tables."""
    name = connection.settings_dict["NAME"]
    return servers.urls["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{name}?")


def send_until_killed(place: Path, env: dict[str, str], when: str) -> list[str]:
    """The uids of the receipts that were given before the server was killed: with all its
    processes, as by a power cut, from outside or when a delivery has written and not committed."""
    postmaster = int((place / "postgres" / "postmaster.pid").read_text().split()[0])
    child = sender("send", str(postmaster) if when == "in the middle" else "", env)
    assert child.stdout is not None
    receipted = [child.stdout.readline().strip()]
    assert receipted[0]
    if when == "any time":
        time.sleep(0.2)
        senders.kill_with_children(postmaster)
    out, errors = child.communicate(timeout=PATIENCE_S)
    assert child.returncode != 0, "it was done before the server died"
    assert "OperationalError" in errors or "InterfaceError" in errors, errors
    return [*receipted, *out.split()]


# ── the disk is full ─────────────────────────────────────────────────────────
@contextmanager
def small_disk(kilobytes: int) -> Iterator[Path]:
    """A file system of so many kilobytes that PostgreSQL may write to."""
    place = Path(tempfile.mkdtemp(prefix="portal-full-disk-"))
    place.chmod(0o755)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)], check=True
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            owner = Path(cursor.fetchone()[0]).stat()
        os.chown(place, owner.st_uid, owner.st_gid)
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.root
@pytest.mark.django_db(transaction=True)
def test_on_a_full_disk_nothing_is_lost_and_nothing_is_half():
    meters = [f"M-{n}" for n in range(3)]
    for meter in meters:
        make_household(meter=meter, since=timedelta(days=300))
    deliver(day_rows("M-0", date(2026, 6, 30)))
    before, receipts = everything(), Delivery.objects.count()
    # Months that have no partition yet: theirs are made where there is little room.
    days = [date(2025, 9, 10) + timedelta(days=n) for n in range(200)]
    clear(days)
    content = csv([row for day in days for meter in meters for row in day_rows(meter, day)])
    with small_disk(256) as place, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLESPACE tiny LOCATION '{place}'")
        cursor.execute("SET default_tablespace = tiny")
        try:
            with pytest.raises(DatabaseError, match="No space left on device"):
                deliver(content)
            assert everything() == before
            assert Delivery.objects.count() == receipts
            subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
            assert deliver(content).accepted == len(days) * len(meters) * 24
            assert deliver(content).unchanged == len(days) * len(meters) * 24
        finally:
            cursor.execute("RESET default_tablespace")
            clear(days)
            cursor.execute("DROP TABLESPACE tiny")
    assert FeedLink.objects.count() == 3


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size`: like a full disk, and without root."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.django_db
def test_where_a_large_file_finds_no_room_it_waits_and_is_taken_later(tmp_path, monkeypatch):
    """The unpacked copy of a gzip, and the shares that a file of many blocks is split into."""
    make_household(meter="M-0", since=timedelta(days=300))
    days = [date(2026, 1, 10) + timedelta(days=n) for n in range(150)]
    content = csv([row for day in days for row in day_rows("M-0", day)])
    for module in (spool, reading, gather):
        monkeypatch.setattr(module, "ONE_BLOCK", 20_000)
    monkeypatch.setattr(spool, "BLOCK", 10_000)
    folder.prepare(tmp_path)
    incoming = tmp_path / "power" / "incoming"
    (incoming / "packed.csv.gz").write_bytes(gzip.compress(content))
    (incoming / "plain.csv").write_bytes(content)
    with small_files(4_000):
        for _ in range(folder.MOST_TRIES + 2):
            assert folder.watch_once(tmp_path, now=NOON, settle=timedelta(0)) == []
    assert not SignalDay.objects.exists()
    assert not Delivery.objects.exists()
    taken = folder.watch_once(tmp_path, now=NOON, settle=timedelta(0))
    found = sorted((one.delivery.accepted, one.delivery.unchanged) for one in taken)
    assert found == [(0, 3600), (3600, 0)]


def clear(days: list[date]) -> None:
    """Drop the partitions that lie on the small disk."""
    with connection.cursor() as cursor:
        for month in sorted({day.strftime("%Y%m") for day in days}):
            cursor.execute(f"DROP TABLE IF EXISTS monitoring_signalday_{month}")
