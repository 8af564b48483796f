"""A database of its own for a benchmark: made, migrated, dropped."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from yeoncheon_portal import embedded, env

MARK = "PORTAL_BENCH_SCRATCH"


def inside() -> bool:
    """True in the process that may fill the database it sees."""
    return os.environ.get(MARK) == "1"


def run_inside(arguments: list[str]) -> int:
    """Run this `manage.py` again with these arguments in a scratch database; its exit code.

    A second process, because the settings of this one are already read.
    """
    with _scratch() as urls:
        command = [sys.executable, str(env.BASE_DIR / "manage.py"), *arguments]
        return subprocess.run(
            command, env={**os.environ, **urls, MARK: "1"}, check=False
        ).returncode


@contextmanager
def _scratch() -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL of a scratch database, with PostgreSQL's own settings (fsync on).

    On the server of DATABASE_URL where that is set, else on one started for it.
    """
    given = env.text("DATABASE_URL")
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    wanted = tuple(name for name in ("DATABASE_URL", "REDIS_URL") if not env.text(name))
    servers = embedded.join(folder, wanted=wanted)
    urls = dict(servers.urls)
    name = f"bench_{secrets.token_hex(4)}"
    try:
        if given:
            _execute(given, f"CREATE DATABASE {name}")
            urls["DATABASE_URL"] = urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
        yield urls
    finally:
        if given:
            _execute(given, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        servers.leave()
        shutil.rmtree(folder, ignore_errors=True)


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
