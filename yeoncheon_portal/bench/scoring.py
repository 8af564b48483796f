"""Judging all homes for a day (24 hours that came at once), or for one new hour.

Limit: reading the rows that are read, the trees on a ready matrix, writing the rows that are
written into unlogged tables. Peer: the lean pandas loop (lean_loop.py), home by home, scaled.
"""

import statistics
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection

from households.days import day_start
from monitoring import calendar, copying, hours, learning, scoring
from monitoring.detection.advance import advance
from monitoring.detection.features import FEATURES
from monitoring.detection.habits import LEARN_DAYS, learn
from monitoring.detection.hot import SINCE, fresh
from monitoring.hot_blocks import HOMES
from monitoring.models import HouseholdState
from monitoring.runs import CHUNK, LEARN_LAG
from monitoring.scoring import memory
from monitoring.scoring.memory import KEPT
from monitoring.scoring.rule import rules
from yeoncheon_portal.bench import county, lean_loop, lives
from yeoncheon_portal.bench.frame import RUNS, peak_mb, result, timed, verify

DAY = date(2026, 6, 17)  # a Wednesday
PEERS = 60
WARM_DAYS = lean_loop.WINDOW_DAYS
NOON = 12
_ANY = SINCE.index("any")


def run(*, households: int, hours: int | None = None) -> dict[str, Any]:
    """The JSON of `bench scoring`; `hours` 1 is the hourly run."""
    bench = Bench(households)
    if (hours or 24) == 24:
        return _json("scoring", bench, bench.measure((0, 24))[0], 24)
    whole, one = bench.measure((0, 24), (NOON, 1))
    daily = whole["engine"]
    return _json("scoring", bench, one, 1) | {
        "hours": 1,
        "daily_seconds": round(daily, 3),
        "ratio_to_daily": round(one["engine"] / daily, 3),
        "daily_ratio_to_limit": round(whole["limit"] / daily, 3),
    }


def _json(name: str, bench: "Bench", seconds: dict[str, float], count: int) -> dict[str, Any]:
    peers = min(PEERS, bench.households)
    return result(
        name,
        households=bench.households,
        rows=bench.households * count,
        seconds=seconds["engine"],
        limit=seconds["limit"],
        peer=seconds["peer"] * bench.households / peers,
        peer_households=peers,
        us_per_household_hour=round(seconds["engine"] / bench.households / count * 1e6, 3),
    ) | {"peak_mb": bench.peak_mb}


class Bench:
    """A county whose homes have been judged up to the morning of `day`, of which all has come."""

    def __init__(self, households: int, *, day: date = DAY) -> None:
        self.households = households
        self.day = hours.number_of(day)
        self.midnight = day_start(day)
        self.ids = np.array(county.build(households, now=self.midnight), np.int64)
        found = lives.metrics(LEARN_DAYS + LEARN_LAG + WARM_DAYS + 1)
        self.inputs = lives.as_inputs(found)
        self.habits = learned(self.inputs, self.day)
        lives.store(self.ids, found[:, :, -1:], day)
        self._keep_habits()
        self._keep_memory()
        scoring.score(now=self.midnight)
        self.peak_mb = 0

    def _keep_habits(self) -> None:
        days = np.full(len(self.ids), LEARN_DAYS, np.int64)
        learning.keep(self.ids, self.day, self.habits[np.arange(len(self.ids)) % lives.POOL], days)

    def _keep_memory(self) -> None:
        """The accumulators after the warm-up, as if every home had been judged hour by hour."""
        kept = warmed_up(self.inputs, self.habits, self.day)
        kept = kept[np.arange(len(self.ids)) % lives.POOL]
        memory.put(self.ids, kept, np.full(len(self.ids), self.day * 24))

    # ── one measurement ──────────────────────────────────────────────────────
    def measure(self, *spans: tuple[int, int]) -> list[dict[str, float]]:
        """Median seconds of engine, limit and peer over each span (first hour, hours), in rounds of
        all spans; checked. Spans in rising order."""
        made = [_Span(self, *span) for span in spans]
        for _ in range(RUNS):
            for span in made:
                span.once()
        return [
            {name: statistics.median(taken) for name, taken in span.seconds.items()}
            for span in made
        ]

    def peer(self, hour: int) -> list[float]:
        """Silence of the first homes at `hour`, each by its own pandas frame."""
        model = rules().live.model
        silent = []
        for place in range(min(PEERS, self.households)):
            home = place % lives.POOL
            window = self.inputs[:, home, -1 - WARM_DAYS :].reshape(5, -1)[
                :, : WARM_DAYS * 24 + hour
            ]
            frame = lean_loop.home(window[0], window[1], window[4], self.habits[home])
            if model is not None:
                lean_loop.judge(frame, model, 24, len(FEATURES))
            silent.append(float(frame["silent"].iloc[-1]))
        return silent


class _Span:
    """Some hours of DAY that are judged at once, again and again from the same beginning."""

    def __init__(self, bench: Bench, from_hour: int, count: int) -> None:
        self.bench, self.from_hour, self.hour = bench, from_hour, from_hour + count
        self.end = bench.midnight + timedelta(hours=self.hour)
        if from_hour:
            scoring.score(now=bench.midnight + timedelta(hours=from_hour))
        snapshot(from_hour)
        self.limit = _Limit(bench, from_hour, count)
        self.seconds: dict[str, list[float]] = {"engine": [], "limit": [], "peer": []}

    def once(self) -> None:
        restore(self.from_hour)
        self.seconds["engine"].append(timed(lambda: scoring.score(now=self.end)))
        self.bench.peak_mb = self.bench.peak_mb or peak_mb()
        self._verify()
        self.seconds["limit"].append(timed(self.limit.once))
        self.seconds["peer"].append(timed(lambda: self.bench.peer(self.hour)))

    def _verify(self) -> None:
        bench = self.bench
        mind = memory.load(bench.ids)
        verify(bool((mind.until == bench.day * 24 + self.hour).all()), "not every home was moved")
        ours = mind.kept["hot"]["silent"][:PEERS, _ANY].tolist()
        verify(ours == bench.peer(self.hour), "silence differs from the peer's")
        states = HouseholdState.objects.all()
        verify(states.count() == bench.households, "not every home has a light")
        # Within a day the rows of homes that go on as usual stay; see monitoring.standing.
        old = states.exclude(computed_at=self.end)
        if self.hour - self.from_hour < hours.DAY:
            old = old.exclude(light="green")
        verify(not old.exists(), "not every light was written")


def learned(inputs: lives.Floats, day: int) -> np.ndarray:
    """Habits of the pool's homes as of `day`, the last of `inputs` (5, POOL, days, 24)."""
    last = inputs.shape[2] - 1 - LEARN_LAG
    window = slice(last - LEARN_DAYS, last)
    first = day - inputs.shape[2] + 1
    free = calendar.free_days(hours.day_of(first + nth) for nth in range(window.start, last))
    return learn(inputs[:, :, window], free)


def warmed_up(inputs: lives.Floats, habits: np.ndarray, day: int) -> np.ndarray:
    """Accumulators of the pool's homes at the midnight before `day`."""
    hot = fresh(lives.POOL)
    for back in range(WARM_DAYS, 0, -1):
        free = np.full(24, calendar.is_free(hours.day_of(day - back)))
        hot = advance(
            hot, habits, inputs[:, :, -1 - back], first_hour=0, free=free, model=rules().live.model
        ).hot
    kept = memory.blank(lives.POOL)
    kept["hot"], kept["days"], kept["received"] = hot, LEARN_DAYS, 0xFFFFFFFF
    return kept


# ── snapshots ────────────────────────────────────────────────────────────────
_TABLES = (
    "monitoring_hotblock",
    "monitoring_householdstate",
    "monitoring_assessment",
    "monitoring_checkpoint",
    "monitoring_evidenceday",
)


def snapshot(name: int) -> None:
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS bench_{name}_{table}")
            cursor.execute(f"CREATE TABLE bench_{name}_{table} AS TABLE {table}")


def restore(name: int) -> None:
    """The tables as they were; as a fresh run of tomorrow would find them."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = 'replica'")
        cursor.execute(f"TRUNCATE {', '.join(_TABLES)} CASCADE")
        for table in _TABLES:
            cursor.execute(f"INSERT INTO {table} SELECT * FROM bench_{name}_{table}")  # noqa: S608
        cursor.execute("SET session_replication_role = 'origin'")
        for table in _TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")


class _Limit:
    """What no program can leave out: the same rows read, the trees, the same rows written."""

    def __init__(self, bench: Bench, from_hour: int, count: int) -> None:
        self.bench, self.from_hour, self.count = bench, from_hour, count
        rng = np.random.default_rng(1)
        self.model = rules().live.model
        self.table = rng.random((min(CHUNK, bench.households) * count, len(FEATURES)), np.float32)
        self.whole_day = from_hour + count == 24
        self.writes = self._writes()

    def once(self) -> None:
        for first in range(0, self.bench.households, CHUNK):
            ids = self.bench.ids[first : first + CHUNK]
            for statement in self._reads(ids):
                copying.read(*statement)
            if self.model is not None:
                self.model.predict(self.table[: len(ids) * self.count])
            for table, columns, filled in self.writes:
                copying.write(f"bench_limit_{table}", columns, filled[: len(ids)])
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE " + ", ".join(f"bench_limit_{name}" for name, *_ in self.writes)
            )

    def _reads(self, ids: np.ndarray) -> list[tuple[str, Any]]:
        homes = copying.among(ids)
        return [
            (
                # There are no metrics here but those that are read.
                'COPY (SELECT household_id, "values" FROM monitoring_signalday'  # noqa: S608
                f" WHERE day = '{DAY}' AND {homes}) TO STDOUT (FORMAT binary)",
                copying.row(("household", ">i8"), ("values", ("<f4", 24))),
            ),
            (
                "COPY (SELECT first_id, hot FROM monitoring_hotblock WHERE"  # noqa: S608
                f" {copying.among(ids, 'first_id')}) TO STDOUT (FORMAT binary)",
                copying.row(("first", ">i8"), ("hot", (KEPT, HOMES))),
            ),
            (
                f"COPY (SELECT household_id, habits FROM monitoring_habitsday WHERE day = '{DAY}'"  # noqa: S608
                f" AND {homes}) TO STDOUT (FORMAT binary)",
                copying.row(("household", ">i8"), ("habits", (self.bench.habits.dtype, ()))),
            ),
        ]

    def _writes(self) -> list[tuple[str, tuple[str, ...], np.ndarray]]:
        homes = min(CHUNK, self.bench.households)
        kept = copying.row(("household", ">i8"), ("until", ">i8"), ("hot", (KEPT, ())))
        block = copying.row(("first", ">i8"), ("hot", (KEPT, HOMES)))
        hot, blocks = copying.rows(kept, homes), copying.rows(block, homes // HOMES + 1)
        state = copying.rows(
            copying.row(("household", ">i8"), ("said", "S160"), ("values", ("<f8", 8))), homes
        )
        made: list[tuple[str, tuple[str, ...], np.ndarray]] = [
            ("hot", ("a", "c"), blocks),
        ]
        if self.whole_day:  # within a day the rows of ordinary homes are not rewritten
            made.append(("state", ("a", "c", "d"), state))
        if self.from_hour == 0:
            made.append(("checkpoint", ("a", "b", "c"), hot))
        if self.whole_day:
            evidence = copying.row(("household", ">i8"), ("evidence", ("<f4", 24)))
            made.append(("evidence", ("a", "c"), copying.rows(evidence, homes)))
        with connection.cursor() as cursor:
            for name, *_ in made:
                cursor.execute(f"DROP TABLE IF EXISTS bench_limit_{name}")
                cursor.execute(
                    f"CREATE UNLOGGED TABLE bench_limit_{name}"
                    " (a bigint, b bigint, c bytea, d bytea)"
                )
        return made


Work = Callable[[], Any]
