"""`manage.py demo_seed` builds the demo county; `manage.py demo` runs it."""

import argparse
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from dispatch.tasks import sweep
from households.models import Household
from yeoncheon_portal.demo.county import SEOUL
from yeoncheon_portal.demo.opening import open_story
from yeoncheon_portal.demo.phones import tell_company
from yeoncheon_portal.demo.places import demo_folder, phones_url
from yeoncheon_portal.demo.story import Story
from yeoncheon_portal.tasks import worker_heartbeat


class Command(BaseCommand):
    help = "Builds the demo county: staff, synthetic households, their history, the first signal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--households", type=int, default=200, help="10 to 999 (default 200)")
        parser.add_argument("--days", type=int, default=90, help="days of history, 30 to 365")
        parser.add_argument(
            "--emergencies",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="let two residents get into trouble",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PORTAL_DEMO:
            raise CommandError("the demo county is built only with PORTAL_DEMO=1", returncode=2)
        if Household.objects.filter(synthetic=False).exists():
            # Its staff all know one password, and its clock decides when a telephone rings.
            raise CommandError("this database holds real people: no demo here", returncode=2)
        if not 10 <= options["households"] <= 999:
            raise CommandError("--households must be 10 to 999", returncode=2)
        if not 30 <= options["days"] <= 365:
            raise CommandError("--days must be 30 to 365", returncode=2)
        fresh = Story(
            today=clock.real_now().astimezone(SEOUL).date().isoformat(),
            households=options["households"],
            history_days=options["days"],
            without_emergencies=not options["emergencies"],
        )
        call_command("load_pledge_card", stdout=self.stdout)
        story = open_story(demo_folder(), fresh, say=self._say)
        if url := phones_url():
            self._set_phones(url, story)
        # Beat will wake both every few seconds; the first time need not wait for it.
        worker_heartbeat.delay()
        sweep.delay()

    def _set_phones(self, url: str, story: Story) -> None:
        """Before anybody is called. The company was started when we were: ask until it answers."""
        end = time.monotonic() + 60
        while True:
            try:
                tell_company(url, story.county(), story.troubled())
                return
            except OSError as error:
                if time.monotonic() > end:
                    raise CommandError(f"the telephone company does not answer: {error}") from error
                time.sleep(0.3)

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()
