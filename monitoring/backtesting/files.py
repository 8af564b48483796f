"""The signals file of docs/contracts: one row per household and hour, as arrays per first day.

household_id,ts,power_kwh[,phone_events,steps]     an empty cell is "not received"
household_id,started_at,kind                       incidents
household_id,area                                  households (optional)
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HOUR = pd.Timedelta(hours=1)
MOST_DAYS = 800
# An outage of a whole area: so much of it without current in one hour, and so many homes of it.
AREA_SHARE, AREA_HOMES = 0.3, 5


class Unreadable(Exception):
    """The file is not what the contract says; the message is one English line."""


@dataclass(frozen=True)
class Signals:
    """Homes whose files begin on one day: `power` is (H, D, 24) kWh, NaN = not received.

    `present` (H, D, 24): the file has a row for that hour; only those get a score.
    """

    first: date
    ids: list[str]
    power: NDArray[np.float64]
    present: NDArray[np.bool_]


def read_signals(path: Path, areas: dict[str, str] | None = None) -> list[Signals]:
    """The file in groups of homes that begin on the same day. Raises Unreadable."""
    table = _table(path, ["household_id", "ts", "power_kwh"])
    table["ts"] = _times(table["ts"], path)
    table["power_kwh"] = _numbers(table["power_kwh"], path)
    if table.duplicated(["household_id", "ts"]).any():
        raise Unreadable(f"{path.name}: a household has two rows for one hour")
    if areas:
        table = _without_area_outages(table, areas)
    begins = table.groupby("household_id")["ts"].transform("min").dt.normalize()
    return [_group(day.date(), rows) for day, rows in table.groupby(begins)]


def _table(path: Path, needed: list[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype={"household_id": str, "area": str}, encoding="utf-8-sig")
    except (OSError, EOFError, ValueError, pd.errors.ParserError) as error:
        raise Unreadable(f"{path.name}: cannot be read ({type(error).__name__})") from error
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise Unreadable(f"{path.name}: no column {', '.join(missing)}")
    if table.empty:
        raise Unreadable(f"{path.name}: no rows")
    return table


def _times(column: "pd.Series[str]", path: Path) -> "pd.Series[pd.Timestamp]":
    times = pd.to_datetime(column, errors="coerce", format="ISO8601")
    if times.isna().any() or (times != times.dt.floor("h")).any():
        raise Unreadable(f"{path.name}: ts must be the start of an hour, like 2031-03-03T07:00")
    return times


def _numbers(column: "pd.Series[str]", path: Path) -> "pd.Series[float]":
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    if (numbers.isna() & column.notna()).any() or (numbers < 0).any() or np.isinf(numbers).any():
        raise Unreadable(f"{path.name}: power_kwh must be a number of 0 or more, or empty")
    return numbers


def _without_area_outages(table: pd.DataFrame, areas: dict[str, str]) -> pd.DataFrame:
    """Hours in which much of an area is zero or absent say nothing about its persons."""
    area = table["household_id"].map(areas)
    dark = table["power_kwh"].isna() | (table["power_kwh"] <= 0)
    by_hour = dark.groupby([area, table["ts"]])
    out = (by_hour.transform("mean") >= AREA_SHARE) & (by_hour.transform("size") >= AREA_HOMES)
    return table.assign(power_kwh=table["power_kwh"].mask(out & area.notna()))


def _group(first: date, rows: pd.DataFrame) -> Signals:
    ids = sorted(rows["household_id"].unique())
    hour = ((rows["ts"] - pd.Timestamp(first)) // HOUR).to_numpy(dtype=np.int64)
    days = int(hour.max()) // 24 + 1
    if days > MOST_DAYS:
        raise Unreadable(f"more than {MOST_DAYS} days of one household")
    place = pd.Categorical(rows["household_id"], categories=ids).codes
    power = np.full((len(ids), days * 24), np.nan)
    present = np.zeros(power.shape, bool)
    power[place, hour] = rows["power_kwh"].to_numpy(dtype=float)
    present[place, hour] = True
    return Signals(first, ids, power.reshape(-1, days, 24), present.reshape(-1, days, 24))


@dataclass(frozen=True)
class Incident:
    household: str
    started_at: pd.Timestamp
    kind: str


def read_incidents(path: Path) -> list[Incident]:
    """At most one per household. Raises Unreadable."""
    table = _table(path, ["household_id", "started_at", "kind"])
    started = pd.to_datetime(table["started_at"], errors="coerce", format="ISO8601")
    if started.isna().any():
        raise Unreadable(f"{path.name}: started_at must be a time like 2031-05-16T22:00")
    if table["household_id"].duplicated().any():
        raise Unreadable(f"{path.name}: a household has two incidents")
    rows = zip(table["household_id"], started, table["kind"].astype(str), strict=True)
    return [Incident(*row) for row in rows]


def read_areas(path: Path) -> dict[str, str]:
    """{household: area}. Raises Unreadable."""
    table = _table(path, ["household_id", "area"]).dropna()
    return dict(zip(table["household_id"], table["area"], strict=True))
