"""Learning the habits of all homes from sixty days, as every night.

Limit: reading the history, chunk by chunk. Peer: the same learning home by home.
"""

import statistics
from datetime import date, timedelta
from typing import Any

import numpy as np

from households.days import day_start
from monitoring import hours, learning, store
from monitoring.detection.habits import HABITS, LEARN_DAYS
from monitoring.models import HabitsDay
from monitoring.runs import LEARN_LAG
from yeoncheon_portal.bench import county, lives
from yeoncheon_portal.bench.frame import RUNS, peak_mb, result, timed, verify

DAY = date(2026, 6, 17)
PEERS = 40
_STEP = 500  # homes whose history is in memory at a time, as in the engine


def run(*, households: int, hours: int | None = None) -> dict[str, Any]:
    """The JSON of `bench learning`; `hours` says nothing here."""
    bench = _Bench(households)
    seconds: dict[str, list[float]] = {"engine": [], "limit": [], "peer": []}
    peak = 0
    for _ in range(RUNS):
        HabitsDay.objects.all().delete()
        seconds["engine"].append(timed(bench.engine))
        peak = peak or peak_mb()
        seconds["limit"].append(timed(bench.limit))
        seconds["peer"].append(timed(bench.peer))
    bench.verify()
    engine, limit, peer = (statistics.median(taken) for taken in seconds.values())
    return result(
        "learning",
        households=households,
        rows=bench.rows,
        seconds=engine,
        limit=limit,
        peer=peer * households / bench.peers,
        peer_households=bench.peers,
        ms_per_household=round(engine / households * 1e3, 3),
        times_reading=round(engine / limit, 2),
    ) | {"peak_mb": peak}


class _Bench:
    """A county with sixty days of readings of all its homes."""

    def __init__(self, households: int) -> None:
        self.day = hours.number_of(DAY)
        self.ids = np.array(county.build(households, now=day_start(DAY)), np.int64)
        self.first = DAY - timedelta(days=LEARN_DAYS + LEARN_LAG)
        self.last = DAY - timedelta(days=LEARN_LAG + 1)
        self.rows = lives.store(self.ids, lives.metrics(LEARN_DAYS), self.first)
        self.peers = min(PEERS, households)

    def engine(self) -> None:
        for first in range(0, len(self.ids), 5000):
            learning.learn_missing(self.ids[first : first + 5000], self.day)

    def limit(self) -> None:
        for first in range(0, len(self.ids), _STEP):
            store.read_inputs(self.ids[first : first + _STEP], self.first, self.last)

    def peer(self) -> np.ndarray:
        """One home after the other."""
        found = np.zeros(self.peers, HABITS)
        for place in range(self.peers):
            found[place] = learning.learn_days(self.ids[place : place + 1], self.day, self.day)[0][
                0
            ]
        return found

    def verify(self) -> None:
        verify(HabitsDay.objects.count() == len(self.ids), "not every home was learned")
        habits, days = learning.load(self.ids, self.day)
        verify(bool((days == LEARN_DAYS).all()), "days are missing")
        same = habits[: self.peers].tobytes() == self.peer().tobytes()
        verify(same, "habits differ from those learned one by one")
