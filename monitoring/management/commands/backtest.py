"""`manage.py backtest SIGNALS`: the detector on a file, without a database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.core.management.base import BaseCommand

from monitoring import backtest, setting_specs
from monitoring.detection import RULE_VERSION
from monitoring.detection.habits import LEARN_DAYS


class Command(BaseCommand):
    help = "Score a signals file hour by hour at the shipped points (power in kWh, local hours)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "signals", type=Path, help="household_id,ts,power_kwh,… CSV, gzip allowed"
        )
        parser.add_argument("--incidents", type=Path, help="household_id,started_at,kind CSV")
        parser.add_argument("--learn-days", type=int, default=LEARN_DAYS, help="days (default 60)")
        parser.add_argument("--out", type=Path, help="folder for scores.csv.gz and summary.json")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            summary = _run(options)
        except backtest.BadFile as error:
            self.stderr.write(str(error))
            sys.exit(2)
        if options["json"]:
            self.stdout.write(json.dumps(summary))
            return
        self.stdout.write(f"{summary['households']} homes, rule {summary['rule_version']}")
        for name in ("yellow", "red"):
            self.stdout.write(f"{name}: {summary[name]}")


def _run(options: dict[str, Any]) -> dict[str, Any]:
    groups = backtest.read_signals(options["signals"])
    path = options["incidents"]
    known = backtest.read_incidents(path) if path else backtest.Incidents()
    learn = options["learn_days"]
    tallies = {
        "yellow": backtest.Tally(setting_specs.YELLOW_POINT),
        "red": backtest.Tally(setting_specs.RED_POINT),
    }
    tables = []
    for group in groups:
        sums = backtest.scores(group, learn)[:, learn:].reshape(len(group.ids), -1)
        start = group.first + pd.Timedelta(days=learn)
        judged = [i for i, home in enumerate(group.ids) if home not in known.fading]
        onset = [_hour(known.collapses.get(group.ids[i]), start) for i in judged]
        for tally in tallies.values():
            tally.add(sums[judged], onset)
        tables.append(_table(group.ids, sums, start))
    summary = {
        "rule_version": RULE_VERSION,
        "households": sum(len(group.ids) for group in groups),
        **{name: tally.as_json() for name, tally in tallies.items()},
    }
    if options["out"]:
        options["out"].mkdir(parents=True, exist_ok=True)
        scores = pd.concat(tables)
        scores.to_csv(options["out"] / "scores.csv.gz", index=False)
        (options["out"] / "summary.json").write_text(json.dumps(summary, indent=2))
    return summary


def _hour(moment: pd.Timestamp | None, start: pd.Timestamp) -> int | None:
    return None if moment is None else int((moment - start) // pd.Timedelta(hours=1))


def _table(ids: list[str], sums: Any, start: pd.Timestamp) -> pd.DataFrame:
    """household_id,ts,evidence,light in time order for each home."""
    hours = pd.date_range(start, periods=sums.shape[1], freq="h")
    flat = sums.ravel()
    return pd.DataFrame(
        {
            "household_id": np.repeat(ids, len(hours)),
            "ts": np.tile(hours.strftime("%Y-%m-%dT%H:00"), len(ids)),
            "evidence": flat.round(3),
            "light": np.select(
                [flat > setting_specs.RED_POINT, flat > setting_specs.YELLOW_POINT],
                ["red", "yellow"],
                "green",
            ),
        }
    )
