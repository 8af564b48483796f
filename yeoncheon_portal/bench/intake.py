"""Taking in a day of hourly power readings: `manage.py bench intake --households N`.

Limit: reading the same text with all cores, and COPY of the finished day rows. Yardstick: raw text
COPY of the same hourly rows. Both into unlogged tables without keys. Peer: the usual way, a row an
hour with `bulk_create`, on fewer homes. Every round is another day, so that each is taken in anew.
From the bytes to the commit; the judging of the homes afterwards is the benchmark `scoring`.
"""

import csv
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from django.db import connection, transaction

from households.models import FeedLink
from monitoring import copying, hours, intake
from monitoring.models import Delivery, Metric, RawReading, SignalDay
from monitoring.partitions import ensure_partitions
from monitoring.scoring import memory
from yeoncheon_portal.bench import county
from yeoncheon_portal.bench.frame import RUNS, interleaved, result, verify

FIRST_DAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 30, 3, tzinfo=UTC)
PEER_HOUSEHOLDS = 500
_HEADER = b"meter_id,read_at,kwh\n"
_NAMES = ["meter_id", "read_at", "kwh"]
_DAY_ROW = copying.row(
    ("day", ">i4"), ("household", ">i8"), ("metric", "S5"), ("values", ("<f4", (24,)))
)
Readings = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def run(*, households: int, hours: int | None = None) -> dict[str, Any]:
    """The JSON of the benchmark. `hours` belongs to another one and is not looked at."""
    ids = county.build(households, now=NOW, feeds=("power",))
    _judged_before(ids)
    ensure_partitions(FIRST_DAY, NOW.date())
    _tables()
    peers = min(PEER_HOUSEHOLDS, households)
    days = [_Day(households, n) for n in range(RUNS + 1)]
    with TemporaryDirectory(prefix="portal-bench-") as folder:
        for day in days:  # written before the clock starts
            day.write(Path(folder))
        # One delivery beforehand: imports, the connection, the first pages.
        _deliver(days.pop(0).file, accepted=households * 24)
        seconds = _measure(days, ids, _peer(peers, Path(folder)))
    _verify(days, ids, peers)
    return result(
        "intake",
        households=households,
        rows=households * 24,
        seconds=seconds["seconds"],
        limit=seconds["limit"],
        yardstick=seconds["yardstick"],
        peer=seconds["peer"] * households / peers,
        peer_households=peers,
        variants=_variants(seconds),
    )


def _measure(days: "list[_Day]", ids: list[int], peer: Callable[[], None]) -> dict[str, float]:
    households = len(ids)
    fresh, again, right, bad, quarters = (iter(days) for _ in range(5))
    seconds = interleaved(
        {
            "seconds": lambda: _deliver(next(fresh).file, accepted=households * 24),
            "limit": _limit(days[0], ids),
            "yardstick": _yardstick(days[0]),
        }
    )
    # By themselves: what they leave to be written and vacuumed would slow down whoever is next.
    seconds |= interleaved({"peer": peer})
    return seconds | interleaved(
        {
            "redelivered": lambda: _deliver(next(again).file, unchanged=households * 24),
            "corrected": lambda: _deliver_corrected(next(right)),
            "bad": lambda: _deliver_bad(next(bad)),
            "yardstick_of_variants": _yardstick(days[0]),
            "quarters": lambda: _deliver(next(quarters).quarters, accepted=households * 96),
            "quarters_yardstick": _yardstick(days[0], quarters=True),
        }
    )


def _variants(seconds: dict[str, float]) -> dict[str, dict[str, float]]:
    """Seconds and how many times as fast as text COPY of the same rows."""
    yardsticks = {"quarters": seconds["quarters_yardstick"]}
    return {
        name: {
            "seconds": round(seconds[name], 3),
            "ratio_to_yardstick": round(
                yardsticks.get(name, seconds["yardstick_of_variants"]) / seconds[name], 3
            ),
        }
        for name in ("redelivered", "corrected", "bad", "quarters")
    }


# ── the county's files ───────────────────────────────────────────────────────
class _Day:
    """Files of one day: as delivered, with 1 % corrected, with 1 % bad rows, by quarters."""

    def __init__(self, households: int, number: int) -> None:
        self.number, self.households = number, households
        self.date = FIRST_DAY + timedelta(days=number)
        chance = np.random.default_rng(number)
        self.kwh: Readings = chance.gamma(2.0, 0.12, (households, 24)).round(3)
        self.corrected = self.kwh.copy()
        wrong = chance.random(self.kwh.shape) < 0.01
        self.corrected[wrong] = (self.kwh[wrong] + 0.101).round(3)
        self.bad = chance.random(self.kwh.shape) < 0.01
        self.changed = int(wrong.sum())

    def write(self, folder: Path) -> None:
        """Files on disk, so that the memory that is told is that of the intake."""
        folder /= str(self.number)
        folder.mkdir(parents=True)
        self.file, self.corrected_file = folder / "power.csv", folder / "corrected.csv"
        self.bad_file, self.quarters = folder / "bad.csv", folder / "quarters.csv"
        _csv(self.file, self.date, self.kwh)
        _csv(self.corrected_file, self.date, self.corrected)
        _csv(self.bad_file, self.date + timedelta(days=7), self.kwh, self.bad)
        quarters = np.repeat(self.kwh / 4, 4, axis=1)
        _csv(self.quarters, self.date + timedelta(days=14), quarters)


def _csv(path: Path, day: date, kwh: Readings, bad: np.ndarray[Any, Any] | None = None) -> None:
    """A row per meter and interval, meter by meter. Bad rows: negative, absurd and no number."""
    step = 24 * 60 // kwh.shape[1]
    times = [f"{day}T{m // 60:02}:{m % 60:02}" for m in range(0, 24 * 60, step)]
    wrong = itertools.cycle(["-1", "9000", "x", "1,7"])
    with path.open("wb") as file:
        file.write(_HEADER)
        for meter, values in enumerate(kwh):
            texts = [f"{value:.4g}" for value in values.tolist()]
            if bad is not None:
                for at in np.flatnonzero(bad[meter]).tolist():
                    texts[at] = next(wrong)
            lines = zip(times, texts, strict=True)
            file.write("".join(f"power-{meter:07d},{at},{kwh}\n" for at, kwh in lines).encode())


# ── ours ─────────────────────────────────────────────────────────────────────
def _deliver(content: Path, **counts: int) -> None:
    delivery = intake.deliver(
        feed="power", content=content, filename="bench.csv", source="folder", now=NOW
    )
    for name, count in counts.items():
        found = getattr(delivery, name)
        verify(found == count, f"{found} rows {name} instead of {count}")


def _deliver_corrected(day: _Day) -> None:
    _deliver(
        day.corrected_file,
        corrected=day.changed,
        unchanged=day.households * 24 - day.changed,
    )


def _deliver_bad(day: _Day) -> None:
    wrong = int(day.bad.sum())
    _deliver(day.bad_file, rejected=wrong, accepted=day.households * 24 - wrong)


def _judged_before(ids: list[int]) -> None:
    """Homes have been judged up to the first day, as those of a living county have."""
    until = hours.hour_of(datetime(2026, 5, 31, 15, tzinfo=UTC))
    memory.put(np.array(ids, np.int64), memory.blank(len(ids)), np.full(len(ids), until))


# ── limit, yardstick, peer ───────────────────────────────────────────────────
def _tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_days"
            ' (day date, household_id bigint, metric varchar(12), "values" bytea)'
        )
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_rows (meter_id text, read_at timestamp, kwh real)"
        )


def _limit(day: _Day, ids: list[int]) -> Callable[[], None]:
    filled = copying.rows(_DAY_ROW, len(ids))
    filled["day"] = copying.as_day(day.date)
    filled["household"], filled["metric"] = ids, b"power"
    filled["values"] = day.kwh

    def work() -> None:
        code = pa.dictionary(pa.int32(), pa.string())
        arrow_csv.read_csv(
            day.file,
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict(zip(_NAMES, (code, code, pa.float32()), strict=True))
            ),
        )
        with transaction.atomic():
            copying.write("bench_days", ("day", "household_id", "metric", "values"), filled)

    return _into("bench_days", work)


def _yardstick(day: _Day, *, quarters: bool = False) -> Callable[[], None]:
    path = day.quarters if quarters else day.file

    def work() -> None:
        with transaction.atomic(), connection.cursor() as cursor, path.open("rb") as file:
            file.seek(len(_HEADER))
            cursor.copy_expert("COPY bench_rows FROM STDIN (DELIMITER ',')", file)

    return _into("bench_rows", work)


def _into(table: str, work: Callable[[], None]) -> Callable[[], None]:
    """The work into an empty table, as ours writes a day that is not there yet."""

    def emptied() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table}")
        work()

    return emptied


def _peer(households: int, folder: Path) -> Callable[[], None]:
    """The usual way: rows through `csv`, links in a dict, one object an hour, bulk_create."""
    day = _Day(households, 1)
    day.write(folder / "peer")

    def work() -> None:
        RawReading.objects.all().delete()
        links = dict(FeedLink.objects.values_list("partner_id", "household_id"))
        with transaction.atomic():
            RawReading.objects.bulk_create(_objects(day.file, links), batch_size=5000)

    return work


def _objects(path: Path, links: dict[str, int]) -> Iterator[RawReading]:
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            kwh = float(row["kwh"])
            if row["meter_id"] in links and 0 <= kwh <= 50:
                at = datetime.fromisoformat(f"{row['read_at']}+09:00")
                yield RawReading(
                    household_id=links[row["meter_id"]], metric=Metric.POWER, at=at, value=kwh
                )


# ── is it right? ─────────────────────────────────────────────────────────────
def _verify(days: list[_Day], ids: list[int], peers: int) -> None:
    for day in days:
        verify(np.array_equal(_kept(day.date, ids), day.corrected.astype("<f4")), "days differ")
        hours = _kept(day.date + timedelta(days=7), ids)
        expected = np.where(day.bad, np.nan, day.kwh).astype("<f4")
        verify(np.array_equal(hours, expected, equal_nan=True), "days with bad rows differ")
        hours = _kept(day.date + timedelta(days=14), ids)
        verify(np.allclose(hours, day.kwh, rtol=1e-3, atol=1e-3), "hours of quarters differ")
    theirs = sum(RawReading.objects.values_list("value", flat=True))
    ours = float(_Day(peers, 1).kwh.sum())
    verify(abs(theirs - ours) < 1e-6 * ours, "the peer stored something else")
    verify(not Delivery.objects.filter(unknown__gt=0).exists(), "meters were not recognised")


def _kept(day: date, ids: list[int]) -> np.ndarray[Any, np.dtype[np.float32]]:
    rows = SignalDay.objects.filter(day=day, metric=Metric.POWER).order_by("household_id")
    found = list(rows.values_list("household_id", "values"))
    verify([home for home, _values in found] == ids, "another number of days")
    return np.frombuffer(b"".join(bytes(values) for _home, values in found), "<f4").reshape(-1, 24)
