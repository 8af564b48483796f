"""The detector on files: causal, counted as its definitions say, clear about bad files."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitoring import backtest
from tests.monitoring.test_detection import home, silent_from

ROOT = Path(__file__).parents[2]
FIRST = pd.Timestamp("2031-03-03")


def write(path: Path, power: np.ndarray) -> Path:
    homes, days = power.shape[:2]
    hours = pd.date_range(FIRST, periods=days * 24, freq="h").strftime("%Y-%m-%dT%H:00")
    pd.DataFrame(
        {
            "household_id": np.repeat([f"h{i}" for i in range(homes)], days * 24),
            "ts": np.tile(hours, homes),
            "power_kwh": power.ravel().round(4),
        }
    ).to_csv(path, index=False)
    return path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "backtest", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    power = np.concatenate([home(), silent_from(home(seed=3), 66, 10)])
    signals = write(folder / "signals.csv", power)
    incidents = folder / "incidents.csv"
    incidents.write_text("household_id,started_at,kind\nh1,2031-05-08T10:00:00,quiet_home\n")
    return signals, incidents, folder


def test_the_collapse_is_found_and_the_other_home_stays_calm(files):
    signals, incidents, folder = files
    done = run(str(signals), "--incidents", str(incidents), "--out", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["yellow"]["false_alarms"] == 0
    assert 0 < said["yellow"]["median_h"] < 96
    scores = pd.read_csv(folder / "scores.csv.gz")
    assert list(scores.columns) == ["household_id", "ts", "evidence", "light"]
    assert set(scores[scores.household_id == "h0"].light) == {"green"}


def test_a_home_that_fades_is_neither_clean_nor_collapsed(files, tmp_path):
    signals = files[0]
    incidents = tmp_path / "fading.csv"
    incidents.write_text("household_id,started_at,kind\nh1,2031-05-08T10:00:00,slow_fade\n")
    done = run(str(signals), "--incidents", str(incidents), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)["yellow"]
    assert said["false_alarms"] == 0
    assert "incidents" not in said


def test_scores_do_not_change_when_the_file_is_cut_off_after_them(files, tmp_path):
    signals = backtest.read_signals(files[0])[0]
    whole = backtest.scores(signals, 60)
    cut = signals.power.copy()
    cut[:, 70, 12:] = np.nan
    cut[:, 71:] = np.nan
    again = backtest.scores(backtest.Signals(signals.ids, signals.first, cut), 60)
    assert np.array_equal(whole[:, :70], again[:, :70], equal_nan=True)
    assert np.array_equal(whole[:, 70, :12], again[:, 70, :12], equal_nan=True)


def test_an_episode_begins_again_only_after_twelve_calm_hours():
    sums = np.zeros((1, 60))
    sums[0, [5, 10, 30]] = 9.0
    assert np.flatnonzero(backtest.episodes(sums, 5.0)[0]).tolist() == [5, 30]


def test_an_alarm_that_was_already_running_does_not_count_as_found():
    sums = np.full((1, 200), 9.0)
    tally = backtest.Tally(5.0)
    tally.add(sums, [50])
    assert (tally.false_alarms, tally.delays) == (1, [backtest.HORIZON_HOURS])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "column household_id is missing"),
        ("household_id,ts\nh,2031-03-03T00:00\n", "power_kwh is missing"),
        ("household_id,ts,power_kwh\nh,yesterday,1\n", "row 2: ts"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path, text, words):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    done = run(str(path))
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
