"""One embedded PostgreSQL and Valkey for the whole run; no socket but loopback."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

pytest_plugins = ["tests.cast"]

_scratch: Path | None = None
_servers = None


def pytest_configure(config: pytest.Config) -> None:
    """The first process of the run starts the servers; xdist workers inherit the URLs."""
    if hasattr(config, "workerinput"):
        return
    _start_servers()


def _start_servers() -> None:
    global _scratch, _servers
    from yeoncheon_portal import embedded

    wanted = tuple(name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name))
    if not wanted:
        return
    _scratch = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    _servers = embedded.join(_scratch, wanted=wanted)
    os.environ.update(_servers.urls)
    if "DATABASE_URL" in wanted:
        _forget_durability(_servers.urls["DATABASE_URL"])


def _forget_durability(url: str) -> None:
    """A scratch server may lose its data in a power cut: no fsync makes the run faster."""
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"ALTER SYSTEM SET {name} = off")
        cursor.execute("SELECT pg_reload_conf()")
    connection.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _servers is not None:
        _servers.leave()
    if _scratch is not None:
        shutil.rmtree(_scratch, ignore_errors=True)
