"""`manage.py deliver FEED FILE`: a partner's file through the same door as the API."""

import json
import stat
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from households.models import Feed
from monitoring import feeds, intake
from monitoring.models import Delivery
from monitoring.models.deliveries import Source

_COUNTS = ("rows", "accepted", "unchanged", "corrected", "rejected", "unknown", "no_consent")


class Command(BaseCommand):
    help = (
        "Takes in a partner's file (CSV or gzip, UTF-8 or CP949, Korean or English headings in any "
        "order) and prints the receipt. Times are Asia/Seoul unless an offset is written. power: "
        "kWh in the hour or quarter of an hour that begins at read_at, at most 50 kWh an hour; "
        "telecom: counts and megabytes in the hour; app: one event a row. Bad rows are rejected "
        "alone. Exit 2 when the file is refused whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("feed", metavar="FEED", help=_one_of())
        parser.add_argument("file", metavar="FILE", help="path of the file, at most 4 GB")
        parser.add_argument("--json", action="store_true", help="print the receipt as one object")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = options["feed"]
        if feed not in Feed.values:
            raise CommandError(f"no feed '{feed}': {_one_of()}", returncode=2)
        delivery = self._deliver(feed, Path(options["file"]))
        if options["json"]:
            self.stdout.write(json.dumps(delivery.receipt(), ensure_ascii=False))
        if delivery.refused:
            raise CommandError(f"refused: {delivery.refusal_detail}", returncode=2)
        if not options["json"]:
            self._print(delivery)

    def _deliver(self, feed: str, path: Path) -> Delivery:
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise CommandError(f"cannot read {path}: not a plain file", returncode=2)
            with path.open("rb"):
                pass  # its errors are the user's; those of the door are ours
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}", returncode=2) from error
        try:
            return intake.deliver(
                feed=feed, content=path, filename=path.name, source=Source.COMMAND, now=clock.now()
            )
        except intake.FeedNotAccepted as error:
            raise CommandError(str(error), returncode=2) from error

    def _print(self, delivery: Delivery) -> None:
        receipt = delivery.receipt()
        self.stdout.write(f"delivery {receipt['delivery']} ({receipt['seconds']} s)")
        self.stdout.write(", ".join(f"{receipt[name]} {name}" for name in _COUNTS))
        for error in receipt["errors"]:
            self.stdout.write(
                f"row {error['row']}: {error['column'] or 'line'} is {error['value']!r}, "
                f"expected {error['expected']}"
            )


def _one_of() -> str:
    *others, last = (connector.feed for connector in feeds.all())
    return f"{', '.join(others)} or {last}"
