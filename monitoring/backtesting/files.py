"""Signals, incidents and households files of the contract, as arrays.

household_id,ts,power_kwh,phone_events,steps    one row per home and hour; empty = not received
household_id,started_at,kind                    incidents
household_id,area                               households (optional)
"""

import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monitoring.detection.inputs import INPUTS, PHONE, POWER, STEPS, Flags, Floats

HOUR = pd.Timedelta(hours=1)
MOST_DAYS = 800
COLUMNS = {"power_kwh": POWER, "phone_events": PHONE, "steps": STEPS}


class BadFile(ValueError):
    """The file is not what the contract says; the message is one English line."""


@dataclass(frozen=True)
class Signals:
    """Homes whose rows begin on one day: `history` (5 inputs, H, D, 24), NaN = not received.

    `present` (H, D, 24): the file has a row for that hour; only those get a score.
    `area` (H,): number of the home's area, -1 = unknown.
    """

    first: date
    ids: list[str]
    history: Floats
    present: Flags
    area: NDArray[np.intp]

    @property
    def free(self) -> Flags:
        """(D,) weekends; a signals file names no country, so that no holidays are known."""
        return (self.first.weekday() + np.arange(self.history.shape[2])) % 7 >= 5


def read_signals(path: Path, areas: dict[str, str] | None = None) -> list[Signals]:
    """The file in groups of homes that begin on the same day. Raises BadFile."""
    table = _table(path, ["household_id", "ts"])
    given = [name for name in COLUMNS if name in table.columns]
    if not given:
        raise BadFile(f"{path.name}: none of the columns {', '.join(COLUMNS)}")
    table["ts"] = _times(table["ts"], path)
    for name in given:
        table[name] = _numbers(table[name], path)
    if table.duplicated(["household_id", "ts"]).any():
        raise BadFile(f"{path.name}: a household has two rows for one hour")
    begins = table.groupby("household_id")["ts"].transform("min").dt.normalize()
    return [
        _group(day.date(), rows, given, path, areas or {}) for day, rows in table.groupby(begins)
    ]


def _table(path: Path, needed: list[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype={"household_id": str, "area": str}, encoding="utf-8-sig")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BadFile(f"{path.name}: cannot be read ({type(error).__name__})") from error
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise BadFile(f"{path.name}: column {missing[0]} is missing")
    if table.empty:
        raise BadFile(f"{path.name}: no rows")
    if table["household_id"].isna().any():
        row = int(table["household_id"].isna().to_numpy().argmax()) + 2
        raise BadFile(f"{path.name}: row {row}: household_id is empty")
    return table


def _times(column: "pd.Series[str]", path: Path) -> "pd.Series[pd.Timestamp]":
    times = pd.to_datetime(column, errors="coerce", format="ISO8601")
    wrong = times.isna() | (times != times.dt.floor("h"))
    if wrong.any():
        row = int(wrong.to_numpy().argmax()) + 2
        raise BadFile(f"{path.name}: row {row}: ts must be an hour's start, like 2031-03-03T07:00")
    if times.dt.tz is not None:
        raise BadFile(f"{path.name}: ts must be local hours without an offset")
    return times


def _numbers(column: "pd.Series[str]", path: Path) -> "pd.Series[float]":
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = (numbers.isna() & column.notna()) | (numbers < 0) | np.isinf(numbers)
    if wrong.any():
        row = int(wrong.to_numpy().argmax()) + 2
        raise BadFile(
            f"{path.name}: row {row}: {column.name} must be a number of 0 or more, or empty"
        )
    return numbers


def _group(
    first: date, rows: pd.DataFrame, given: list[str], path: Path, areas: dict[str, str]
) -> Signals:
    ids = sorted(rows["household_id"].unique())
    hour = ((rows["ts"] - pd.Timestamp(first)) // HOUR).to_numpy(dtype=np.int64)
    days = int(hour.max()) // 24 + 1
    if days > MOST_DAYS:
        raise BadFile(f"{path.name}: more than {MOST_DAYS} days of one household")
    place = pd.Index(ids).get_indexer(pd.Index(rows["household_id"]))
    history = np.full((len(INPUTS), len(ids), days * 24), np.nan, np.float32)
    present = np.zeros(history.shape[1:], bool)
    for name in given:
        history[COLUMNS[name], place, hour] = rows[name].to_numpy(dtype=np.float32)
    present[place, hour] = True
    area = pd.factorize(pd.Series([areas.get(home) for home in ids], dtype=object))[0]
    shape = (len(ids), days, 24)
    return Signals(first, ids, history.reshape(len(INPUTS), *shape), present.reshape(shape), area)


@dataclass(frozen=True)
class Incident:
    """What happened in one home, and when it began."""

    household: str
    started_at: pd.Timestamp
    kind: str


def read_incidents(path: Path) -> list[Incident]:
    """At most one per household; without the column `kind` all are collapses. Raises BadFile."""
    table = _table(path, ["household_id", "started_at"])
    started = pd.to_datetime(table["started_at"], errors="coerce", format="ISO8601")
    if started.isna().any():
        raise BadFile(f"{path.name}: started_at must be a time like 2031-05-16T22:00")
    if table["household_id"].duplicated().any():
        raise BadFile(f"{path.name}: a household has two incidents")
    kinds = table["kind"].astype(str) if "kind" in table else ["collapse"] * len(table)
    rows = zip(table["household_id"], started, kinds, strict=True)
    return [Incident(*row) for row in rows]


def read_areas(path: Path) -> dict[str, str]:
    """{household: area}. Raises BadFile."""
    table = _table(path, ["household_id", "area"]).dropna()
    return dict(zip(table["household_id"], table["area"], strict=True))
