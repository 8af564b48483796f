"""Fifty operators look at one board: their polls go to the web server as it is deployed.

Each operator has a session of their own, asks every three seconds with the ETag of the last answer,
as the page does, and gets 304 until something happened. Meanwhile cases are claimed and given back,
so that a share of the answers is a whole queue. A poll's time is counted from the moment it was
due, so that waiting for a busy server is part of it.
"""

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse

from accounts.roles import Role
from dispatch import actions, opening
from dispatch.models import Case
from households.models import Household
from yeoncheon_portal.bench import county
from yeoncheon_portal.bench.frame import verify
from yeoncheon_portal.bench.signing import signed_in

OPERATORS = 50
EVERY_S = 3.0
SECONDS = 30.0
CHANGE_EVERY_S = 4.0
OPEN_CASES = 1_000
TENTH = 10


def open_cases(households: list[int], *, now: datetime, most: int = OPEN_CASES) -> None:
    """An open case for each of these homes, up to `most`: a third red, a tenth claimed."""
    operator = county.staff(f"bench-owner-{len(households)}", Role.CONTROL_OPERATOR, now=now)
    for n, home in enumerate(Household.objects.filter(pk__in=households[:most]).order_by("pk")):
        light = "red" if n % 3 == 0 else "yellow"
        case = opening.open_new(household=home, light=light, now=now)
        if n % TENTH == 0:
            actions.claim(case=case, by=operator, now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@dataclass
class _Tally:
    """Seconds and bytes of every poll, by the kind of answer."""

    unchanged: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    unchanged_bytes: list[int] = field(default_factory=list)
    whole_bytes: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, got: "_Answer", seconds: float) -> None:
        with self.lock:
            if got.status == http.HTTPStatus.NOT_MODIFIED:
                self.unchanged.append(seconds)
                self.unchanged_bytes.append(got.size)
            elif got.status == http.HTTPStatus.OK:
                self.whole.append(seconds)
                self.whole_bytes.append(got.size)
            else:
                self.wrong.append(got.status)


@dataclass(frozen=True)
class _Answer:
    """`size`: bytes of head and body as they came."""

    status: int
    etag: str
    seen: str
    size: int


def run(*, now: datetime, queries: dict[str, int]) -> dict[str, Any]:
    """One entry of `bench pages`; `queries` are those of the queue itself."""
    cookies = [_cookie(n, now) for n in range(OPERATORS)]
    tally, stop = _Tally(), threading.Event()
    with _served() as (port, server):
        for _again in range(8):  # the first request of each worker loads what is loaded once
            _poll(port, cookies[0])
        cpu = _cpu_seconds(server)
        threads = [
            threading.Thread(target=_operator, args=(port, cookie, tally, stop, n), daemon=True)
            for n, cookie in enumerate(cookies)
        ]
        for thread in threads:
            thread.start()
        _live(now)
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
        cpu = _cpu_seconds(server) - cpu
    verify(not tally.wrong, f"polls were answered {sorted(set(tally.wrong))}")
    verify(bool(tally.unchanged) and bool(tally.whole), "the polls saw no change at all")
    taken = sorted([*tally.unchanged, *tally.whole])
    return {
        "name": f"desk queue, {OPERATORS} operators polling",
        "url": reverse("dispatch:queue"),
        "p50_ms": _ms(taken, 0.5),
        "p95_ms": _ms(taken, 0.95),
        **queries,
        "polls": len(taken),
        "unchanged": len(tally.unchanged),
        "unchanged_p50_ms": _ms(sorted(tally.unchanged), 0.5),
        "unchanged_p95_ms": _ms(sorted(tally.unchanged), 0.95),
        "whole_p50_ms": _ms(sorted(tally.whole), 0.5),
        "whole_p95_ms": _ms(sorted(tally.whole), 0.95),
        "unchanged_bytes": round(statistics.median(tally.unchanged_bytes)),
        "whole_bytes": round(statistics.median(tally.whole_bytes)),
        "server_cpu_ms_per_poll": round(1000 * cpu / len(taken), 1),
    }


def _ms(taken: list[float], share: float) -> float:
    return round(1000 * taken[int(share * (len(taken) - 1))], 1)


def _cookie(n: int, now: datetime) -> str:
    client = signed_in(Role.CONTROL_OPERATOR, now=now, username=f"bench-desk-{n}")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _operator(port: int, cookie: str, tally: _Tally, stop: threading.Event, n: int) -> None:
    etag, seen, due = "", "", time.perf_counter() + random.Random(n).uniform(0, EVERY_S)
    while not stop.wait(max(0.0, due - time.perf_counter())):
        got = _poll(port, cookie, etag, seen)
        etag, seen = got.etag, got.seen
        tally.add(got, time.perf_counter() - due)
        due += EVERY_S


def _poll(port: int, cookie: str, etag: str = "", seen: str = "") -> _Answer:
    """One poll of a desk's clock, on a connection of its own as through a proxy."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Cookie": cookie, "HX-Request": "true", "X-Background": "1"}
    if etag:
        headers["If-None-Match"] = etag
    if seen:
        headers["X-Desk-Seen"] = seen
    link.request("GET", reverse("dispatch:queue"), headers=headers)
    answer = link.getresponse()
    size = len(answer.read()) + len(bytes(answer.headers))
    link.close()
    told = answer.headers
    return _Answer(answer.status, told.get("ETag", etag), told.get("X-Desk-Seen", seen), size)


def _cpu_seconds(server: int) -> float:
    """Processor time of the web server and its workers so far (Linux)."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:  # the process has ended
            continue
        if server in (int(stat.parent.name), int(words[1])):
            total += int(words[11]) + int(words[12])
    return total / os.sysconf("SC_CLK_TCK")


def _live(now: datetime) -> None:
    """While the operators watch, every few seconds a case is claimed and given back."""
    by = county.staff("bench-busy", Role.CONTROL_OPERATOR, now=now)
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        time.sleep(CHANGE_EVERY_S)
        case = Case.objects.open().filter(owner=None).in_queue_order()[0]
        actions.claim(case=case, by=by, now=now)
        actions.release(case=case, by=by, now=now)


@contextmanager
def _served() -> Iterator[tuple[int, int]]:
    """The portal under gunicorn with the workers and threads of docker-compose.yml: its port and
    the number of its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "yeoncheon_portal.wsgi"]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--preload"]
    command += ["--workers", "2", "--threads", "6", "--log-level", "warning"]
    server = subprocess.Popen(command, env={**os.environ, "ALLOWED_HOSTS": "127.0.0.1"})
    try:
        _wait_for(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(port: int) -> None:
    until = time.perf_counter() + 60
    while time.perf_counter() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    verify(False, "the web server does not answer")
