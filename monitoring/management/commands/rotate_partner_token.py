"""A new token for a partner, while the old one still opens for some days."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from monitoring import partners
from monitoring.models import PartnerToken


class Command(BaseCommand):
    help = (
        "Makes a new token like the one whose beginning is HINT (the page of partner tokens shows "
        "it), prints it once, and lets the old one end by itself after the overlap."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("hint", metavar="HINT", help="the first six characters of the old one")
        parser.add_argument(
            "--overlap-days",
            type=int,
            default=partners.OVERLAP.days,
            help="days for which the old token still opens (1-60, default 14)",
        )
        parser.add_argument(
            "--days", type=int, default=partners.VALID_FOR.days, help="days it is valid (1-730)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= partners.LONGEST.days:
            raise CommandError("--days must be between 1 and 730", returncode=2)
        if not 1 <= options["overlap_days"] <= partners.LONGEST_OVERLAP.days:
            raise CommandError("--overlap-days must be between 1 and 60", returncode=2)
        now = clock.real_now()
        found = list(PartnerToken.objects.valid(at=now).filter(hint=options["hint"])[:2])
        if len(found) != 1:
            raise CommandError("no valid token, or several, begin so", returncode=2)
        _token, secret = partners.rotate(
            token=found[0],
            by=None,
            now=now,
            overlap=timedelta(days=options["overlap_days"]),
            valid_for=timedelta(days=options["days"]),
        )
        self.stdout.write(secret)
