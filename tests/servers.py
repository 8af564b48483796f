"""One embedded PostgreSQL and Valkey for the whole run."""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_scratch: Path | None = None
_servers = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """The first process of the run starts the servers; xdist workers inherit the URLs.

    A wrapper, and a plugin named on the command line (`-p tests.servers`): pytest-django reads the
    settings in this very hook, so the URLs must be there before any conftest is.
    """
    _keep_what_is_compiled()
    _start_servers()
    return (yield)


def _keep_what_is_compiled() -> None:
    """Also where the environment says otherwise: the tests start some thirty processes, and each
    would compile the whole portal anew."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _start_servers() -> None:
    global _scratch, _servers
    from yeoncheon_portal import embedded

    wanted = tuple(name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name))
    if not wanted:
        return
    _scratch = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    atexit.register(_stop_servers)
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


def pytest_unconfigure() -> None:
    _stop_servers()


def _stop_servers() -> None:
    """Also called at the end of the process: a usage error ends pytest before unconfigure."""
    global _servers
    if _servers is not None:
        _servers.leave()
        _servers = None
    if _scratch is not None:
        shutil.rmtree(_scratch, ignore_errors=True)
