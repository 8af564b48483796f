"""From the last byte of a delivery to the lights, as the county lives it.

A partner's file of yesterday's electricity comes through the door; Celery carries the call to two
worker processes, which look for incidents and judge all homes. Telephone and app are there
already, and the habits were learned at night. The clock stands still for nobody: it is today.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from django.db import connection

from accounts import clock
from accounts.county_settings import change, setting
from households.days import day_start, local_day
from households.models import Feed
from monitoring import hot_blocks, intake
from monitoring import hours as numbers
from monitoring.feeds.contract import DAILY
from monitoring.models import HouseholdState, Metric, Run, RunChunk, SignalDay
from yeoncheon_portal import celery, env
from yeoncheon_portal.bench import county, lives, scoring
from yeoncheon_portal.bench.frame import RUNS, peak_mb, verify

WORKERS = 2
FEW, MANY = 200, 100_000
MUST_S = {FEW: 3.0, MANY: 25.0}
"""Households and the seconds in which they must be lit."""
PATIENCE_S = 240.0
_READY_S = 60.0
_HEADER = b"meter_id,read_at,kwh\n"


def run(*, households: int, hours: int | None = None) -> dict[str, Any]:
    """The JSON of `bench lights`; `hours` says nothing here."""
    day = local_day(clock.now()) - timedelta(days=1)
    bench = _Bench(households, day)
    with _workers() as memory:
        rounds = [bench.once(nth) for nth in range(RUNS)]
        workers_mb = memory()
    whole, door = (statistics.median(taken) for taken in zip(*rounds, strict=True))
    return {
        "name": "lights",
        "households": households,
        "rows": bench.rows,
        "workers": WORKERS,
        "seconds": round(whole, 3),
        "slowest_seconds": round(max(one for one, _door in rounds), 3),
        "door_seconds": round(door, 3),
        "must_seconds": MUST_S[FEW] if households <= FEW else MUST_S[MANY],
        "us_per_household": round(whole / households * 1e6, 1),
        "worker_mb": workers_mb,
        "peak_mb": peak_mb(),
        "verified": True,
    }


class _Bench:
    """A county that has everything of `day` but its electricity, judged up to its morning."""

    def __init__(self, households: int, day: date) -> None:
        self.day, self.end = day, day_start(day + timedelta(days=1))
        _once_a_day(clock.now())
        self.ids = scoring.Bench(households, day=day).ids
        self.power = lives.metrics(2)[0, :, -1]
        self._forget()
        scoring.snapshot(0)
        self.rows = 0

    def once(self, nth: int) -> tuple[float, float]:
        """Seconds from the last byte to the last light, and those of the door alone."""
        self._forget()
        scoring.restore(0)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "power.csv"
            self._write(file, nth)
            begun, began_at = time.perf_counter(), clock.now()
            delivery = intake.deliver(
                feed="power", content=file, filename="power.csv", source="folder", now=began_at
            )
            door = time.perf_counter() - begun
            verify(delivery.accepted == self.rows, "not every reading was taken in")
            self._wait(began_at)
            whole = time.perf_counter() - begun
        judged = hot_blocks.until(self.ids) >= numbers.hour_of(self.end)
        verify(bool(judged.all()), "not every home was judged to its newest hour")
        return whole, door

    def _wait(self, began_at: datetime) -> None:
        """Until every home has been judged by what came; asks seldom, not to be in the way."""
        begun = time.perf_counter()
        lit = HouseholdState.objects.filter(computed_at__gte=began_at)
        while lit.count() < len(self.ids):
            waited = time.perf_counter() - begun
            verify(waited < PATIENCE_S, "the lights did not come")
            time.sleep(max(0.01, waited / 50))

    def _write(self, file: Path, nth: int) -> None:
        """The file, in every round with other readings: the same file twice would be refused."""
        told = self.power + np.float32(0.001 * nth)
        times = [f"{self.day}T{hour:02}:00" for hour in range(24)]
        texts = [
            [f"{at},{kwh:.3f}\n" for at, kwh in zip(times, home, strict=True) if kwh == kwh]
            for home in told.tolist()
        ]
        self.rows = 0
        with file.open("wb") as out:
            out.write(_HEADER)
            for place in range(len(self.ids)):
                lines = texts[place % lives.POOL]
                self.rows += len(lines)
                out.write("".join(f"power-{place:07d},{line}" for line in lines).encode())

    def _forget(self) -> None:
        SignalDay.objects.filter(day=self.day, metric=Metric.POWER).delete()
        RunChunk.objects.all().delete()
        Run.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE monitoring_rescore")
            cursor.execute("VACUUM ANALYZE monitoring_signalday")


def _once_a_day(now: datetime) -> None:
    """Yesterday's file comes this morning: no feed is late, and no light is grey."""
    official = county.maker(now)
    for feed in Feed:
        for name, value in ((f"{feed.value}_schedule", DAILY), (f"{feed.value}_daily_at", "23:59")):
            if str(setting(f"monitoring.{name}", at=now))[:5] != value:
                change(
                    name=f"monitoring.{name}", value=value, valid_from=now, by=official,
                    reason="benchmark", now=now,
                )  # fmt: skip


@contextmanager
def _workers() -> Iterator[Any]:
    """Two worker processes as in docker-compose.yml; yields a function: MB of the largest."""
    command = [
        sys.executable, "-m", "celery", "--app", "yeoncheon_portal", "worker", "--loglevel",
        "ERROR", "--concurrency", str(WORKERS), "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=env.BASE_DIR, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _READY_S
        while not celery.app.control.ping(timeout=0.5):
            verify(time.monotonic() < deadline, "the workers did not begin")
        yield lambda: _largest_mb(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _largest_mb(pid: int) -> int:
    """The most memory that a worker has held."""
    most = 0
    for child in psutil.Process(pid).children():
        status = Path(f"/proc/{child.pid}/status").read_text().splitlines()
        most = max(most, *(int(line.split()[1]) for line in status if line.startswith("VmHWM")))
    return most // 1024
