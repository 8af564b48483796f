"""The detector on files: causal, counted as its definitions say, clear about bad files."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitoring.backtesting import files, picture, rules, run
from monitoring.detection.model import shipped
from tests.monitoring.detection.homes import history

ROOT = Path(__file__).parents[2]
FIRST = pd.Timestamp("2031-03-03")
DAYS = 64
ONSET = 61 * 24 + 10


def collapsed() -> np.ndarray:
    """(5, 2, T): an ordinary home, and one in which nobody acts from ONSET on."""
    past = history(2, days=DAYS, seed=3).reshape(5, 2, -1)
    rng = np.random.default_rng(9)
    past[0, 1, ONSET:] = 0.06 + 0.02 * rng.random(past.shape[2] - ONSET)
    past[[1, 4], 1, ONSET:] = 0
    return past


def write(path: Path, past: np.ndarray, columns: str = "power_kwh phone_events steps") -> Path:
    homes, hours = past.shape[1:]
    times = pd.date_range(FIRST, periods=hours, freq="h").strftime("%Y-%m-%dT%H:00")
    table = pd.DataFrame(
        {
            "household_id": np.repeat([f"h{i}" for i in range(homes)], hours),
            "ts": np.tile(times, homes),
        }
    )
    for name, place in files.COLUMNS.items():
        if name in columns:
            table[name] = past[place].ravel().round(4)
    table.to_csv(path, index=False)
    return path


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "backtest", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    write(folder / "signals.csv.gz", collapsed())
    at = FIRST + pd.Timedelta(hours=ONSET)
    (folder / "incidents.csv").write_text(
        f"household_id,started_at,kind\nh1,{at.isoformat()},quiet_home\n"
    )
    return folder


def judged(path: Path, areas: dict[str, str] | None = None) -> list[run.Judged]:
    return run.judge_all(files.read_signals(path, areas), 60, shipped())


def test_the_command_finds_the_collapse_and_leaves_the_other_home_calm(folder):
    done = command(
        str(folder / "signals.csv.gz"),
        *("--incidents", str(folder / "incidents.csv")),
        *("--out", str(folder / "out"), "--compare", "--json"),
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["yellow"]["false_alarms"] == 0
    assert 0 < said["yellow"]["median_h"] <= 24
    assert said == json.loads((folder / "out" / "summary.json").read_text())
    assert set(said["compare"]) == {
        "no change of power",
        "no change, no telephone",
        "no large change, no telephone",
        "below predicted, 24 h",
    }
    scores = pd.read_csv(folder / "out" / "scores.csv.gz")
    assert list(scores.columns) == ["household_id", "ts", "evidence", "light"]
    assert scores["ts"].is_monotonic_increasing
    assert len(scores) == 2 * 24 * (DAYS - 60)
    assert set(scores[scores.household_id == "h0"].light) == {"green"}
    ET.fromstring((folder / "out" / "curve.svg").read_text())  # noqa: S314


def test_scores_do_not_change_when_the_file_is_cut_off_after_them(folder, tmp_path):
    cut = 62 * 24 + 7
    short = write(tmp_path / "short.csv", collapsed()[:, :, :cut])
    whole = judged(folder / "signals.csv.gz")[0].evidence
    again = judged(short)[0].evidence
    hours = cut - 60 * 24
    assert np.array_equal(whole[:, :hours], again[:, :hours])


def test_homes_that_begin_on_other_days_are_judged_on_their_own_calendar(tmp_path):
    one = write(tmp_path / "a.csv", collapsed())
    table = pd.read_csv(one)
    later = table[(table.household_id == "h1")].copy()
    later["ts"] = (pd.to_datetime(later["ts"]) + pd.Timedelta(days=7)).dt.strftime("%Y-%m-%dT%H:%M")
    both = tmp_path / "both.csv"
    pd.concat([table[table.household_id == "h0"], later]).to_csv(both, index=False)
    groups = judged(both)
    assert [len(group.signals.ids) for group in groups] == [1, 1]
    assert np.allclose(groups[1].evidence, judged(one)[0].evidence[1:], atol=1e-4)


@pytest.mark.parametrize("columns", ["power_kwh", "phone_events", "power_kwh steps"])
def test_a_file_may_lack_columns(tmp_path, columns):
    path = write(tmp_path / "part.csv", collapsed(), columns)
    evidence = judged(path)[0].evidence
    assert np.isfinite(evidence).all()
    assert evidence[1, -1] > evidence[0].max()


def test_a_power_cut_of_an_area_is_nobodys_silence(tmp_path):
    past = history(6, days=DAYS, seed=5, inputs="power").reshape(5, 6, -1)
    past[0, :, 62 * 24 : 62 * 24 + 20] = 0.055  # not zero: the meters feed themselves
    past[0, :3, 62 * 24 : 62 * 24 + 20] = 0.0
    path = write(tmp_path / "cut.csv", past, "power_kwh")
    areas = {f"h{i}": "A" for i in range(6)}
    hours = slice(2 * 24, 2 * 24 + 20)
    cut = judged(path, areas)[0].evidence[:, hours]
    assert (cut == cut[:, :1]).all()


def test_the_published_rules_count_hours_without_change(folder):
    signals = files.read_signals(folder / "signals.csv.gz")[0]
    hours = rules.without_change(signals, 60, phone=True)
    assert hours[1, -1] >= (DAYS * 24 - ONSET) * 0.8
    assert hours[0].max() < 24
    assert rules.below_predicted(signals, 60)[1, -1] > 0.5


def test_a_picture_without_incidents_says_so():
    assert "no incidents given" in picture.svg([picture.Line("trees", [])])


BAD = [
    ("a,b\n1,2\n", "column household_id is missing"),
    ("household_id,ts\nh,2031-03-03T00:00\n", "none of the columns power_kwh"),
    ("household_id,ts,power_kwh\nh,yesterday,1\n", "row 2: ts"),
    ("household_id,ts,power_kwh\nh,2031-03-03T00:30,1\n", "row 2: ts"),
    ("household_id,ts,power_kwh\nh,2031-03-03T00:00,-1\n", "row 2: power_kwh"),
    ("household_id,ts,power_kwh\nh,2031-03-03T00:00,1\nh,2031-03-03T00:00,2\n", "two rows"),
    ("household_id,ts,power_kwh\nh,2031-03-03T00:00,1\n", "no household has more than 60"),
    ("household_id,ts,power_kwh\n", "no rows"),
    ("", "cannot be read"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_a_bad_file_is_refused_in_words(tmp_path, text, words):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(files.BadFile, match=words):
        judged(path)


def test_the_command_answers_a_bad_file_with_one_line_and_a_code(tmp_path):
    path = tmp_path / "bad.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08 cut off")
    done = command(str(path))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
