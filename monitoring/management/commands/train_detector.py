"""`manage.py train_detector SIGNALS… --out MODEL`: new trees from clean history."""

import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from accounts import clock
from monitoring.backtesting.files import BadFile, read_signals
from monitoring.detection import training
from monitoring.detection.model import card_path
from monitoring.detection.trials import Windows


class Command(BaseCommand):
    help = "Train the detector on clean signals files; collapses are put into copies of them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("signals", type=Path, nargs="+", help="clean signals files, gzip too")
        parser.add_argument("--out", type=Path, required=True, help="model file; its card beside")
        parser.add_argument("--seed", type=int, default=1, help="same seed, same file (default 1)")
        parser.add_argument(
            "--date", type=date.fromisoformat, help="written on the card (default today)"
        )
        parser.add_argument("--json", action="store_true", help="print the card as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        paths: list[Path] = options["signals"]
        out: Path = options["out"]
        names = [path.name for path in paths]
        command = f"train_detector {' '.join(names)} --out {out.name} --seed {options['seed']}"
        made_on = options["date"] or clock.real_now().date()
        try:
            sets = [
                Windows(group.history, group.free) for path in paths for group in read_signals(path)
            ]
            trained = training.train(
                sets,
                seed=options["seed"],
                made_on=made_on.isoformat(),
                command=command,
                sources=names,
            )
        except (BadFile, training.TooLittle) as error:
            self.stderr.write(str(error))
            sys.exit(2)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(trained.model)
        card_path(out).write_text(json.dumps(trained.card, indent=1) + "\n", "utf-8")
        if options["json"]:
            self.stdout.write(json.dumps(trained.card))
            return
        self.stdout.write(f"{trained.card['version']}: {out}, card {card_path(out)}")
        for row in trained.card["figures"]["as_given"]:
            self.stdout.write(
                f"{row['budget']} alarms per household-month: median {row['median_h']:.0f} h, "
                f"90 % within {row['p90_h']:.0f} h, missed {row['missed']:.1%}"
            )
