"""manage.py understand: labels for spoken answers in a CSV, without a database."""

import csv
import json
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from dispatch.understanding import RULES_VERSION, understand

BAD_INPUT = 2
COLUMN = "text"


class _BadInput(Exception):
    """A sentence for stderr."""


class Command(BaseCommand):
    help = (
        "Label answers to the wellbeing call: reads the column `text` of a CSV (UTF-8), writes "
        "`text,label` with label in ok, help, risk, unclear, not_person, later, refuse, away. "
        "Opens no database. Some milliseconds a row after some seconds of loading."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV with a column `text`, UTF-8")
        parser.add_argument("--out", type=Path, required=True, help="CSV to write: text,label")
        parser.add_argument("--json", action="store_true", help="print a summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            texts = _texts(options["file"])
            start = time.monotonic()
            labels = [understand(text).label for text in texts]
            seconds = time.monotonic() - start
            _write(options["out"], texts, [label.value for label in labels])
        except _BadInput as error:
            self.stderr.write(str(error))
            sys.exit(BAD_INPUT)
        counts = dict(sorted(Counter(label.value for label in labels).items()))
        if options["json"]:
            summary = {
                "rows": len(texts),
                "labels": counts,
                "seconds": round(seconds, 3),
                "rules_version": RULES_VERSION,
            }
            self.stdout.write(json.dumps(summary))
            return
        told = ", ".join(f"{label} {count}" for label, count in counts.items())
        self.stdout.write(f"{len(texts)} answers in {seconds:.1f} s: {told or 'none'}")


def _texts(path: Path) -> list[str]:
    """The column, in order; an empty cell is an answer in which nothing was said."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if COLUMN not in (reader.fieldnames or ()):
                raise _BadInput(f"{path}: no column `{COLUMN}` in the header")
            return [row[COLUMN] or "" for row in reader]
    except OSError as error:
        raise _BadInput(f"{path}: {error.strerror or 'cannot be read'}") from error
    except UnicodeDecodeError as error:
        raise _BadInput(f"{path}: not UTF-8 (byte {error.start})") from error
    except csv.Error as error:
        raise _BadInput(f"{path}: not a CSV file ({error})") from error


def _write(path: Path, texts: list[str], labels: list[str]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([COLUMN, "label"])
            writer.writerows(zip(texts, labels, strict=True))
    except OSError as error:
        raise _BadInput(f"{path}: {error.strerror or 'cannot be written'}") from error
