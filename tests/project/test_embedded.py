"""The embedded servers: shared, stopped by the last, not blocked by a crash."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from yeoncheon_portal import embedded

ROOT = Path(__file__).parents[2]

# Joins the folder, says so, and waits to be killed.
HOLD = """
import sys, time
from pathlib import Path
from yeoncheon_portal import embedded
servers = embedded.join(Path(sys.argv[1]))
print("joined", flush=True)
time.sleep(600)
"""


def servers_of(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name", "cmdline", "cwd"]):
        words = " ".join(process.info["cmdline"] or [])
        if str(folder) in words or (process.info["cwd"] or "").startswith(str(folder)):
            found.append(process)
    return found


def answers(url: str) -> bool:
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not tmp_path: another run of pytest closes its parent (0700) to PostgreSQL's own user."""
    with tempfile.TemporaryDirectory(prefix="portal-own-", ignore_cleanup_errors=True) as name:
        yield Path(name) / "servers"
        for process in servers_of(Path(name)):
            process.kill()


def test_the_last_to_leave_stops_the_servers(folder):
    first, second = embedded.join(folder), embedded.join(folder)
    assert first.urls == second.urls
    first.leave()
    assert answers(second.urls["DATABASE_URL"])
    second.leave()
    assert not answers(second.urls["DATABASE_URL"])
    assert servers_of(folder) == []


def test_a_killed_user_neither_keeps_the_servers_nor_blocks_the_next(folder):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "joined\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    servers = embedded.join(folder)
    assert answers(servers.urls["DATABASE_URL"])
    servers.leave()
    assert servers_of(folder) == []


def test_killed_servers_come_back_with_their_data(folder):
    servers = embedded.join(folder)
    connection = psycopg2.connect(servers.urls["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 1 AS one")
    connection.close()
    for process in servers_of(folder):
        process.kill()
    psutil.wait_procs(servers_of(folder), timeout=60)
    again = embedded.join(folder)
    connection = psycopg2.connect(again.urls["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT one FROM kept")
        assert cursor.fetchone() == (1,)
    connection.close()
    servers.leave()
    again.leave()


def test_a_look_that_still_sees_the_dying_server_is_taken_again(folder, monkeypatch):
    servers = embedded.join(folder)
    for process in servers_of(folder):
        process.kill()
    psutil.wait_procs(servers_of(folder), timeout=60)
    note = folder / "postgres" / "postmaster.pid"
    dying = subprocess.Popen(["true"])  # nobody waits for it: a zombie until the test ends
    note.write_text("\n".join([str(dying.pid), *note.read_text().splitlines()[1:], ""]))
    forget, looks = embedded._forget_stale_postmaster, []

    def too_early(pgdata):
        looks.append(pgdata)
        if len(looks) > 1:
            forget(pgdata)

    monkeypatch.setattr(embedded, "_forget_stale_postmaster", too_early)
    again = embedded.join(folder)
    assert answers(again.urls["DATABASE_URL"])
    assert len(looks) > 1
    dying.wait()
    servers.leave()
    again.leave()


def test_help_starts_no_server(tmp_path):
    environment = {**os.environ, "PORTAL_LOCAL_DIR": str(tmp_path)}
    environment.pop("DATABASE_URL", None)
    environment.pop("REDIS_URL", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--help"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert not (tmp_path / "dev").exists()
