"""A delivery that is cut off: nothing of it is lost, nothing of it is half there.

The worker dies without a word at every statement in turn; PostgreSQL is killed in the middle and
comes back; the disk is full. Each time the same file again ends as if nothing had happened.
"""

import os
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

import pytest
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from households.models import FeedLink
from monitoring import copying
from monitoring.models import Delivery, RawReading, SignalDay, UnknownId
from tests.cast import NOON
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows, deliver, quarters, table
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
    for name in ("read", "write"):
        real = getattr(copying, name)
        setattr(copying, name, lambda *args, real=real: (step(), real(*args))[1])
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
    return (
        table(),
        sorted(SignalDay.objects.values_list("day", "household_id", "metric")),
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
    before, receipts = everything(), Delivery.objects.count()
    died = 0
    for number in range(1, 200):
        code = deliver_and_die(content, feed, number)
        assert code in (LIVED, -signal.SIGKILL), (number, code)
        stored = Delivery.objects.count() > receipts
        if not stored:
            assert everything() == before, f"half of it is there after step {number}"
            died += 1
            continue
        after = everything()
        assert after != before
        again = deliver(content, feed=feed)
        assert (again.accepted, again.corrected) == (0, 0)
        assert everything() == after
        break
    assert died >= 8, "the steps are not where they were: look at the fork"


# ── PostgreSQL dies ──────────────────────────────────────────────────────────
_SENDER = """
import sys
import django
django.setup()
from tests.faults import senders
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


def test_postgres_is_killed_in_the_middle_and_comes_back(tmp_path):
    """A server of its own. What was receipted before is there; the rest is there whole or not."""
    folder = tmp_path / "servers"
    servers = embedded.join(folder, wanted=("DATABASE_URL",))
    env = {**os.environ, **servers.urls, "PYTHONPATH": str(Path.cwd())}
    env["DJANGO_SETTINGS_MODULE"] = "yeoncheon_portal.settings"
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"], env=env, check=True, timeout=300
        )
        for wait in (0.05, 0.4):
            receipted = send_until_killed(folder, env, wait)
            servers.leave()
            servers = embedded.join(folder, wanted=("DATABASE_URL",))
            env |= servers.urls
            check = sender("check", ",".join(receipted), env)
            out, errors = check.communicate(timeout=300)
            assert check.returncode == 0, errors
            assert "whole" in out
    finally:
        servers.leave()


def send_until_killed(folder: Path, env: dict[str, str], wait: float) -> list[str]:
    """The uids of the receipts that were given before the server was killed."""
    child = sender("send", "", env)
    assert child.stdout is not None
    receipted = [child.stdout.readline().strip()]
    assert receipted[0]
    time.sleep(wait)
    postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    out, _errors = child.communicate(timeout=PATIENCE_S)
    assert child.returncode != 0, "it was done before the server died"
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


def clear(days: list[date]) -> None:
    """Drop the partitions that lie on the small disk."""
    with connection.cursor() as cursor:
        for month in sorted({day.strftime("%Y%m") for day in days}):
            cursor.execute(f"DROP TABLE IF EXISTS monitoring_signalday_{month}")
