"""Scores a signals file hour by hour as the portal would have done, and sums it up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monitoring.backtesting import evaluation
from monitoring.backtesting.evaluation import Trial
from monitoring.backtesting.files import Incident, Signals, Unreadable
from monitoring.detection import RULE_VERSION, evidence

GREY_HOURS = 30


@dataclass(frozen=True)
class Points:
    yellow: float
    red: float


def scores(groups: list[Signals], learn_days: int, points: Points) -> pd.DataFrame:
    """household_id, ts, evidence, light for every hour of the file after its learning days.

    Causal: an hour's row depends on nothing later. Raises Unreadable where no home has more days.
    """
    parts = [
        _group_scores(group, learn_days, points)
        for group in groups
        if group.power.shape[1] > learn_days
    ]
    if not parts:
        raise Unreadable(f"no household has more than {learn_days} days")
    return pd.concat(parts).sort_values(["ts", "household_id"], ignore_index=True)


def _group_scores(group: Signals, learn_days: int, points: Points) -> pd.DataFrame:
    homes = len(group.ids)
    sums = evidence.backtest(group.power, group.first.weekday(), learn_days)
    received = np.isfinite(group.power).reshape(homes, -1)
    found = sums[:, learn_days:].reshape(homes, -1)
    light = _lights(found, _hours_since(received)[:, learn_days * 24 :], points)
    hours = pd.date_range(
        pd.Timestamp(group.first) + pd.Timedelta(days=learn_days),
        periods=found.shape[1],
        freq="h",
    ).strftime("%Y-%m-%dT%H:%M")
    table = pd.DataFrame(
        {
            "household_id": np.repeat(group.ids, found.shape[1]),
            "ts": np.tile(hours, homes),
            "evidence": found.ravel().round(4),
            "light": light.ravel(),
        }
    )
    return table[group.present[:, learn_days:].ravel()]


def _hours_since(received: "np.ndarray[Any, np.dtype[np.bool_]]") -> "np.ndarray[Any, Any]":
    """(H, T) hours since the last one that was received."""
    hours = np.arange(received.shape[1])
    last = np.maximum.accumulate(np.where(received, hours, -1), axis=1)
    return np.where(last >= 0, hours - last, GREY_HOURS)


def _lights(
    sums: "np.ndarray[Any, Any]", missing: "np.ndarray[Any, Any]", points: Points
) -> "np.ndarray[Any, Any]":
    """By evidence alone; an alarm never turns grey, and what is missing is never green."""
    return np.select(
        [sums >= points.red, sums >= points.yellow, missing >= GREY_HOURS],
        ["red", "yellow", "grey"],
        "green",
    )


def trial_of(table: pd.DataFrame, incidents: list[Incident]) -> Trial:
    """The scores as a matrix, every home from its own first scored hour on."""
    ids = sorted(table["household_id"].unique())
    place = pd.Categorical(table["household_id"], categories=ids).codes
    times = pd.to_datetime(table["ts"])
    first = times.groupby(table["household_id"]).min()
    hour = ((times - table["household_id"].map(first)) // pd.Timedelta(hours=1)).to_numpy(int)
    matrix = np.full((len(ids), int(hour.max()) + 1), np.nan)
    matrix[place, hour] = table["evidence"].to_numpy(float)
    onset, kinds = np.full(len(ids), -1), [""] * len(ids)
    where = {household: i for i, household in enumerate(ids)}
    for incident in incidents:
        i = where.get(incident.household)
        if i is not None:
            began = (incident.started_at - first[incident.household]) // pd.Timedelta(hours=1)
            onset[i], kinds[i] = max(int(began), 0), incident.kind
    return Trial(matrix, onset, kinds)


def summary(table: pd.DataFrame, trial: Trial, points: Points, learn_days: int) -> dict[str, Any]:
    """What summary.json holds."""
    lights = table["light"].value_counts()
    return {
        "rule_version": RULE_VERSION,
        "households": len(trial.kinds),
        "hours": len(table),
        "learn_days": learn_days,
        "household_months": round(float(trial.exposure.sum() / evaluation.MONTH), 2),
        "incidents": int((trial.onset >= 0).sum()),
        "points": {
            "yellow": evaluation.at(trial, points.yellow),
            "red": evaluation.at(trial, points.red),
        },
        "hours_by_light": {str(light): int(count) for light, count in lights.items()},
        "budgets": evaluation.operating_points(trial),
    }


def write(folder: Path, table: pd.DataFrame) -> None:
    """scores.csv.gz; the same scores always make the same bytes."""
    table.to_csv(
        folder / "scores.csv.gz",
        index=False,
        compression={"method": "gzip", "compresslevel": 6, "mtime": 1},
    )
