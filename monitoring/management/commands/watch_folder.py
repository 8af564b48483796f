"""`manage.py watch_folder`: takes in what lies in the watched folder."""

from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from monitoring.doors import folder


class Command(BaseCommand):
    help = (
        "Takes in partners' files from FOLDER/<feed>/incoming (feeds: power, telecom, app); they "
        "go to FOLDER/<feed>/done or refused, each with its receipt. The worker does the same "
        "every minute where FEED_FOLDER is set."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, help="instead of FEED_FOLDER")
        parser.add_argument("--once", action="store_true", help="one pass, and no more")
        parser.add_argument("--every", type=int, default=60, help="seconds between passes (60)")
        parser.add_argument(
            "--settle",
            type=int,
            default=int(folder.SETTLE.total_seconds()),
            help="seconds that a file must lie untouched before it is taken (20)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path | None = options["folder"] or (
            Path(settings.FEED_FOLDER) if settings.FEED_FOLDER else None
        )
        if root is None:
            raise CommandError("no folder: set FEED_FOLDER or give --folder", returncode=2)
        if options["settle"] < 0 or options["every"] < 1:
            raise CommandError("--settle must be 0 or more, --every 1 or more", returncode=2)
        while True:
            self._pass(root, timedelta(seconds=options["settle"]))
            if options["once"]:
                return
            sleep(options["every"])

    def _pass(self, root: Path, settle: timedelta) -> None:
        try:
            taken = folder.watch_once(root, now=clock.now(), settle=settle)
            folder.purge(root, keep=timedelta(days=settings.FEED_FOLDER_KEEP_DAYS))
        except OSError as error:
            raise CommandError(f"cannot use {root}: {error.strerror}", returncode=2) from error
        for one in taken:
            if one.delivery is None or one.problem:
                self.stdout.write(f"{one.feed} {one.name}: refused: {one.problem}")
                continue
            receipt = one.delivery.receipt()
            self.stdout.write(
                f"{one.feed} {one.name}: {receipt['rows']} rows, {receipt['accepted']} accepted, "
                f"{receipt['rejected']} rejected, delivery {receipt['delivery']}"
            )
