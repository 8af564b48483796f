"""`manage.py demo_month`: how many signals a quiet month of the demo county brings."""

import json
import logging
import os
import secrets
from datetime import date
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from yeoncheon_portal.bench import scratch
from yeoncheon_portal.demo.month import Month, run
from yeoncheon_portal.demo.story import Story

TODAY = date(2026, 7, 1)  # any day, but always the same: the same month, the same figures


class Command(BaseCommand):
    help = (
        "Plays a month of the demo county in which nothing happens, hour by hour through the door, "
        "in a scratch database, and counts the lights that turn on: every one is a false alarm."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--households", type=int, default=200, help="10 to 999 (default 200)")
        parser.add_argument("--days", type=int, default=30, help="1 to 90 (default 30)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 10 <= options["households"] <= 999:
            raise CommandError("--households must be 10 to 999", returncode=2)
        if not 1 <= options["days"] <= 90:
            raise CommandError("--days must be 1 to 90", returncode=2)
        if not scratch.inside():
            # Nobody measures seconds here, and a crash costs a month that never was.
            os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
            again = ["demo_month", f"--households={options['households']}"]
            again += [f"--days={options['days']}", *(["--json"] if options["json"] else [])]
            if code := scratch.run_inside(again):
                raise SystemExit(code)
            return
        logging.disable(logging.INFO)  # three receipts for every hour of a month
        call_command("migrate", verbosity=0)
        story = Story(
            today=TODAY.isoformat(), households=options["households"], without_emergencies=True
        )
        found = run(story, days=options["days"], secret=secrets.token_urlsafe(), say=self._say)
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json()))
        else:
            self._print(found)

    def _print(self, found: Month) -> None:
        for name, value in found.as_json().items():
            self.stdout.write(f"{name.replace('_', ' '):28} {value}")

    def _say(self, line: str) -> None:
        self.stderr.write(f"  {line}")
