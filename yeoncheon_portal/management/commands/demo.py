"""`manage.py demo` (`make demo`): the whole product with a living demo county."""

import argparse
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yeoncheon_portal.demo.places import demo_folder
from yeoncheon_portal.demo.supervisor import (
    CannotStart,
    ChildFailed,
    Options,
    Stopped,
    Supervisor,
    reset,
)


class Command(BaseCommand):
    help = (
        "Runs the whole product: web, worker, beat, telephone company, partner feeds and a living "
        "demo county. PORT chooses the web port (8000), PORTAL_DEMO_DIR the folder (.local/demo). "
        "Stop with Ctrl-C."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="forget the demo county and end")
        parser.add_argument("--households", type=int, default=200, help="10 to 999 (default 200)")
        parser.add_argument("--days", type=int, default=90, help="days of history (default 90)")
        parser.add_argument(
            "--emergencies",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="let two residents get into trouble",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["reset"]:
                stale = reset(demo_folder())
                self._say(f"forgotten: {demo_folder()} ({stale} stale processes ended)")
                return
            Supervisor(self._options(options), self._say).run()
        except Stopped:
            return
        except CannotStart as error:
            raise CommandError(str(error), returncode=2) from error
        except ChildFailed as error:
            raise CommandError(str(error), returncode=1) from error

    def _options(self, options: dict[str, Any]) -> Options:
        text = os.environ.get("PORT", "").strip() or "8000"
        if not text.isdigit() or not 1 <= int(text) <= 65535:
            raise CannotStart("PORT must be a number from 1 to 65535")
        return Options(
            port=int(text),
            folder=demo_folder(),
            households=options["households"],
            days=options["days"],
            emergencies=options["emergencies"],
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
