"""`manage.py pull_feeds`: fetches what partners lay out on their own servers."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from households.models import Feed
from monitoring.doors import pulling


class Command(BaseCommand):
    help = (
        "Fetches new files from the servers that FEED_PULL_POWER, FEED_PULL_TELECOM and "
        "FEED_PULL_APP name (sftp:// or https://, see .env.example) and takes them in. The worker "
        "does the same every five minutes. Exit 1 when a source could not be read or used."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--feed", help="only this feed: power, telecom or app")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = options["feed"]
        if feed is not None and feed not in Feed.values:
            raise CommandError(f"no feed {feed!r}: {', '.join(Feed.values)}", returncode=2)
        results = pulling.pull(now=clock.now(), feed=feed)
        if not results:
            raise CommandError("no source is configured (FEED_PULL_…)", returncode=2)
        for result in results:
            for delivery in result.deliveries:
                receipt = delivery.receipt()
                self.stdout.write(
                    f"{result.feed} {delivery.filename}: {receipt['rows']} rows, "
                    f"{receipt['accepted']} accepted, delivery {receipt['delivery']}"
                )
            if result.problem:
                self.stderr.write(f"{result.feed}: {result.problem}")
        if any(result.problem for result in results):
            sys.exit(1)
