"""`manage.py deliver FEED FILE`: a partner's file through the same door as the API."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from households.models import Feed
from monitoring import intake
from monitoring.intake.parse import MAX_DELIVERED
from monitoring.models import Delivery
from monitoring.models.deliveries import Source

_COUNTS = ("rows", "accepted", "unchanged", "corrected", "rejected", "unknown", "no_consent")


class Command(BaseCommand):
    help = (
        "Takes in a partner's file (CSV or gzip, UTF-8 or CP949) and prints the receipt. power: "
        "meter_id, read_at (start of the hour or quarter of an hour, Asia/Seoul unless an offset "
        "is written), kwh (in that interval, at most 50 kWh an hour). Bad rows are rejected alone. "
        "Exit 2 when the file is refused whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("feed", metavar="FEED", help="power, telecom or app")
        parser.add_argument("file", metavar="FILE", help="path of the file, at most 64 MB")
        parser.add_argument("--json", action="store_true", help="print the receipt as one object")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = options["feed"]
        if feed not in Feed.values:
            raise CommandError(f"no feed '{feed}': power, telecom or app", returncode=2)
        path = Path(options["file"])
        delivery = self._deliver(feed, path, _content(path))
        if options["json"]:
            self.stdout.write(json.dumps(delivery.receipt(), ensure_ascii=False))
        if delivery.refused:
            raise CommandError(f"refused: {delivery.refusal_detail}", returncode=2)
        if not options["json"]:
            self._print(delivery)

    def _deliver(self, feed: str, path: Path, content: bytes) -> Delivery:
        try:
            return intake.deliver(
                feed=feed,
                content=content,
                filename=path.name,
                source=Source.COMMAND,
                now=clock.now(),
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


def _content(path: Path) -> bytes:
    """The file, read no further than one byte past what the door takes."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_DELIVERED + 1)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}", returncode=2) from error
