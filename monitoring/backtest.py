"""The detector on a file of signals, without a database: what it would have said, and how well.

An episode is a run of hours above a point; a new one can begin only after twelve hours at or below
it. Delay runs from the incident to the end of the hour in which a new episode begins; none within
96 hours counts as missed.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monitoring.detection import evidence
from monitoring.detection.signals import Floats

REARM_HOURS = 12
HORIZON_HOURS = 96
MONTH_HOURS = 720


class BadFile(ValueError):
    """The file cannot be used; the text says why, in English."""


@dataclass(frozen=True)
class Signals:
    """`power` (H, D, 24) kWh of homes that all begin on `first`, a whole day."""

    ids: list[str]
    first: pd.Timestamp
    power: Floats


def read_signals(path: Path) -> list[Signals]:
    """Homes of a signals file, grouped by the day on which they begin."""
    frame = _table(path, ["household_id", "ts"])
    if "power_kwh" not in frame:
        raise BadFile("column power_kwh is missing; this detector reads power")
    frame["ts"] = pd.to_datetime(frame["ts"], format="ISO8601", errors="coerce")
    frame["power_kwh"] = pd.to_numeric(frame["power_kwh"], errors="coerce")
    if frame["ts"].isna().any():
        row = int(frame["ts"].isna().to_numpy().argmax()) + 2
        raise BadFile(f"row {row}: ts must be YYYY-MM-DDTHH:00")
    begins = frame.groupby("household_id")["ts"].min().dt.normalize()
    return [_matrix(frame, day, ids.index.tolist()) for day, ids in begins.groupby(begins)]


def _matrix(frame: pd.DataFrame, first: Any, ids: list[str]) -> Signals:
    mine = frame[frame["household_id"].isin(ids)]
    hour = ((mine["ts"] - first) // pd.Timedelta(hours=1)).to_numpy()
    days = int(hour.max()) // 24 + 1
    power = np.full((len(ids), days * 24), np.nan)
    power[pd.Index(ids).get_indexer(pd.Index(mine["household_id"])), hour] = mine["power_kwh"]
    return Signals(ids, first, power.reshape(len(ids), days, 24))


@dataclass(frozen=True)
class Incidents:
    """`collapses`: {household: begin}. `fading`: homes that slowly fall silent; they are neither
    clean nor collapsed, so that no hour of theirs is counted."""

    collapses: dict[str, pd.Timestamp] = field(default_factory=dict)
    fading: frozenset[str] = frozenset()


def read_incidents(path: Path) -> Incidents:
    """The incidents of a file; without the column `kind` all of them are collapses."""
    frame = _table(path, ["household_id", "started_at"])
    fades = frame["kind"] == "slow_fade" if "kind" in frame else np.zeros(len(frame), bool)
    sudden = frame[~fades]
    begun = dict(zip(sudden["household_id"], pd.to_datetime(sudden["started_at"]), strict=True))
    return Incidents(begun, frozenset(frame["household_id"][fades]))


def _table(path: Path, needed: list[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype={"household_id": str})
    except (OSError, ValueError, EOFError) as error:
        raise BadFile(f"{path.name} cannot be read: {error}") from None
    missing = [name for name in needed if name not in frame]
    if missing:
        raise BadFile(f"{path.name}: column {missing[0]} is missing")
    return frame


def scores(signals: Signals, learn_days: int) -> Floats:
    """(H, D, 24) evidence after the learning days, NaN before them. Causal."""
    return evidence.backtest(signals.power, signals.first.weekday(), learn_days)


def episodes(sums: Floats, point: float) -> NDArray[np.bool_]:
    """(H, T): hours in which an episode above `point` begins."""
    low = np.full(len(sums), REARM_HOURS)
    begins = np.zeros(sums.shape, bool)
    for hour in range(sums.shape[1]):
        above = sums[:, hour] > point
        begins[:, hour] = above & (low >= REARM_HOURS)
        low = np.where(above, 0, low + 1)
    return begins


@dataclass
class Tally:
    """False alarms and delays over all groups of a file, at one point."""

    point: float
    false_alarms: int = 0
    hours: int = 0
    delays: list[int] | None = None

    def add(self, sums: Floats, onset: list[int | None]) -> None:
        """`sums` (H, T) of the judged hours; `onset` per home, counted in them, or None."""
        begins = episodes(sums, self.point)
        for home, begun in enumerate(onset):
            clean = sums.shape[1] if begun is None else min(max(begun, 0), sums.shape[1])
            self.false_alarms += int(begins[home, :clean].sum())
            self.hours += clean
            if begun is not None:
                self.delays = [*(self.delays or []), _delay(begins[home], begun)]

    def as_json(self) -> dict[str, Any]:
        months = self.hours / MONTH_HOURS
        found: dict[str, Any] = {
            "point": self.point,
            "false_alarms": self.false_alarms,
            "false_alarms_per_household_month": round(self.false_alarms / months, 3),
        }
        if self.delays:
            late = np.sort(self.delays)
            found |= {
                "incidents": len(late),
                "median_h": float(np.median(late)),
                "p90_h": float(np.quantile(late, 0.9, method="higher")),
                "missed": round(float((late >= HORIZON_HOURS).mean()), 4),
            }
        return found


def _delay(begins: NDArray[np.bool_], onset: int) -> int:
    seen = np.flatnonzero(begins[max(onset, 0) : onset + HORIZON_HOURS])
    return int(seen[0]) + 1 if len(seen) else HORIZON_HOURS
