"""The shipped model on real homes into which a collapse was put; none of them trained it.

Real readings stay out of the repository. British homes, not Korean one-person households.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitoring.detection import evaluation
from monitoring.detection.advance import advance
from monitoring.detection.habits import learn
from monitoring.detection.hot import fresh
from monitoring.detection.inputs import LEARN_DAYS, PHONE, POWER, STEPS
from monitoring.detection.model import shipped

ROOT = Path(__file__).parents[3]
HOMES = 12
WARM_UP = 7 * 24  # hours judged and not counted, so that the first sums have a past
COLUMNS = {"power_kwh": POWER, "phone_events": PHONE, "steps": STEPS}


@pytest.fixture(scope="module")
def trial():
    """(evidence (H, T) of the days after the learning, hour of the collapse, kinds)."""
    beside = ROOT.parent / "shared/data/detection/public"
    folder = Path(os.environ.get("PORTAL_REAL_SIGNALS") or beside)
    if not (folder / "hourly.csv.gz").is_file():
        pytest.skip(f"no real signals at {folder} (PORTAL_REAL_SIGNALS names another place)")
    incidents = pd.read_csv(folder / "incidents.csv", parse_dates=["started_at"])
    sudden = incidents[incidents["kind"] != "slow_fade"].drop_duplicates("household_id")
    chosen = sudden.head(HOMES).set_index("household_id")
    table = pd.read_csv(folder / "hourly.csv.gz", parse_dates=["ts"])
    table = table[table["household_id"].isin(chosen.index)]
    first = table["ts"].min()
    hours = np.full((5, HOMES, 90 * 24), np.nan, np.float32)
    for name, place in COLUMNS.items():
        by_home = table.pivot_table(index="household_id", columns="ts", values=name, dropna=False)
        hours[place] = by_home.reindex(chosen.index).to_numpy()
    onset = (chosen["started_at"] - first) // pd.Timedelta(hours=1) - LEARN_DAYS * 24
    return judged(hours, first), onset.to_numpy(), chosen["kind"].tolist()


def judged(hours: np.ndarray, first: pd.Timestamp) -> np.ndarray:
    free = np.array([(first.weekday() + day) % 7 >= 5 for day in range(90)])
    learned = hours.reshape(5, HOMES, 90, 24)[:, :, :LEARN_DAYS]
    begin = LEARN_DAYS * 24 - WARM_UP
    done = advance(
        fresh(HOMES),
        learn(learned, free[:LEARN_DAYS]),
        hours[:, :, begin:],
        first_hour=0,
        free=np.repeat(free, 24)[begin:],
        model=shipped(),
    )
    return done.evidence[:, WARM_UP:]


def test_real_homes_with_a_collapse_are_found_within_a_day_at_the_shipped_point(trial):
    found = evaluation.at(evaluation.Trial(*trial), shipped().point(0.32))
    assert found["median_h"] <= 20
    assert found["missed"] <= 1 / HOMES
    assert found["false_alarms"] <= 1.0  # six household-months: one or two alarms either way
