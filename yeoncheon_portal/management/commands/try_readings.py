"""`manage.py try_readings FILE`: the whole path on a file of readings of real homes."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from yeoncheon_portal.demo.trial import Alarms, CannotTry, Report, try_file

CAUTION = (
    "Nobody in these homes was watched: every alarm on them is a false one. Do not take a figure "
    "from here as true for Korean one-person households."
)


class Command(BaseCommand):
    help = (
        "Enrols one trial household per meter of FILE (power format, CSV or gzip), delivers it, "
        "learns, judges the last 30 days hour by hour (kWh per hour, evidence without unit) and "
        "prints what came out. Refused where there are real households."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="at least 61 days of hourly readings")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}", returncode=2) from error
        try:
            report = try_file(content, path.name, now=clock.now())
        except CannotTry as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._print(report)

    def _print(self, report: Report) -> None:
        receipt, lights = report.receipt, report.lights
        self.stdout.write(f"meters      {report.meters} ({report.enrolled} newly enrolled)")
        counts = ("rows", "accepted", "unchanged", "corrected", "rejected", "unknown")
        self.stdout.write("readings    " + ", ".join(f"{receipt[n]} {n}" for n in counts))
        self.stdout.write("lights now  " + ", ".join(f"{n} {light}" for light, n in lights.items()))
        self._print_alarms("yellow", report.yellow, report.judged_days)
        self._print_alarms("red", report.red, report.judged_days)
        self.stdout.write(CAUTION)

    def _print_alarms(self, light: str, alarms: Alarms, days: int) -> None:
        first = f"the first at {alarms.first}" if alarms.first else "none"
        self.stdout.write(
            f"{light:<11} {alarms.count} alarms in {alarms.homes} homes over {days} days "
            f"({alarms.per_household_month} per household-month), {first}"
        )
