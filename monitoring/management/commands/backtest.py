"""`manage.py backtest SIGNALS`: the detector on a file, without a database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from monitoring.backtesting import peers, picture, rules, run
from monitoring.backtesting.files import BadFile, read_areas, read_incidents, read_signals
from monitoring.detection import evaluation
from monitoring.detection.inputs import LEARN_DAYS, MIN_DAYS
from monitoring.detection.model import Model, UnusableModel, shipped

FAILED = 2


class Command(BaseCommand):
    help = "Judge a signals file hour by hour as the portal would have done (no database)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "signals", type=Path, help="household_id,ts,power_kwh,phone_events,steps; gzip allowed"
        )
        parser.add_argument("--incidents", type=Path, help="household_id,started_at,kind")
        parser.add_argument("--households", type=Path, help="household_id,area: outages of areas")
        parser.add_argument("--learn-days", type=int, default=LEARN_DAYS, help="default 60")
        parser.add_argument("--model", type=Path, help="model file (default: the shipped one)")
        parser.add_argument(
            "--out", type=Path, help="folder: scores.csv.gz, summary.json, curve.svg"
        )
        parser.add_argument(
            "--compare",
            nargs="?",
            const="rules",
            choices=("rules", "all"),
            help="beside it the published rules, or all peers (requirements-bench.txt)",
        )
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            summary = _run(options)
        except (BadFile, UnusableModel) as error:
            self.stderr.write(str(error))
            sys.exit(FAILED)
        if options["json"]:
            self.stdout.write(json.dumps(summary))
            return
        self.stdout.write(f"{summary['households']} homes, rule {summary['rule_version']}")
        for name in ("yellow", "red"):
            self.stdout.write(f"{name}: {_words(summary[name])}")
        for row in summary["budgets"]:
            self.stdout.write(f"at {row['budget']} alarms per household-month: {_words(row)}")
        for name, rows in summary.get("compare", {}).items():
            for row in rows:
                self.stdout.write(f"{name}, at {row['budget']}: {_words(row)}")


def _words(row: dict[str, Any]) -> str:
    said = f"{row['false_alarms']:.3f} false alarms per household-month"
    if "median_h" in row:
        said += (
            f", found after {row['median_h']:.0f} h (90 % within {row['p90_h']:.0f} h), "
            f"missed {row['missed']:.1%} of {row['collapses']}"
        )
    return said


def _run(options: dict[str, Any]) -> dict[str, Any]:
    learn_days = options["learn_days"]
    if learn_days < MIN_DAYS:
        raise BadFile(f"--learn-days must be {MIN_DAYS} or more")
    model = Model.load(options["model"]) if options["model"] else shipped()
    areas = read_areas(options["households"]) if options["households"] else None
    incidents = read_incidents(options["incidents"]) if options["incidents"] else []
    judged = run.judge_all(read_signals(options["signals"], areas), learn_days, model)
    summary = run.summary(judged, incidents, model)
    found = run.trial(judged, incidents, [group.evidence for group in judged])
    lines = [picture.Line(model.version, evaluation.curve(found))]
    if options["compare"]:
        summary["compare"] = {}
        others = rules.scored(judged)
        if options["compare"] == "all":
            others |= peers.scored(judged)
        for name, scores in others.items():
            other = run.trial(judged, incidents, scores)
            summary["compare"][name] = evaluation.operating_points(other)
            lines.append(rules.line(name, other))
    if options["out"]:
        _write(options["out"], run.table(judged, run.Points.of(model)), summary, lines)
    return summary


def _write(folder: Path, scores: Any, summary: dict[str, Any], lines: list[picture.Line]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        run.write_scores(folder, scores)
        (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
        (folder / "curve.svg").write_text(picture.svg(lines), "utf-8")
    except OSError as error:
        raise BadFile(f"--out {folder}: {error.strerror}") from error
