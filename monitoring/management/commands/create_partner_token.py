"""A token for a partner's deliveries; printed once, kept as a hash."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from accounts.models import Organisation
from households.models import Feed
from monitoring import partners

PARTNER_OF_FEED = {"power": "kepco-yeoncheon", "telecom": "skt", "app": "happyconnect"}


class Command(BaseCommand):
    help = (
        "Makes a bearer token with which a partner delivers one feed to "
        "POST /api/v1/feeds/FEED/deliveries, and prints it. It is shown once and kept as a hash."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("feed", metavar="FEED", help="power, telecom or app")
        parser.add_argument("--organisation", help="code of the partner (default: the feed's own)")
        parser.add_argument(
            "--days", type=int, default=partners.VALID_FOR.days, help="days it is valid (1-730)"
        )
        parser.add_argument(
            "--replace", action="store_true", help="revoke the partner's older tokens of this feed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        feed = options["feed"]
        if feed not in Feed.values:
            raise CommandError(f"no feed {feed!r}: power, telecom or app", returncode=2)
        if not 1 <= options["days"] <= 730:
            raise CommandError("--days must be between 1 and 730", returncode=2)
        code = options["organisation"] or PARTNER_OF_FEED[feed]
        organisation = Organisation.objects.filter(code=code).first()
        if organisation is None:
            raise CommandError(f"no organisation {code!r}", returncode=2)
        now = clock.real_now()
        if options["replace"]:
            partners.revoke_all(feed=feed, organisation=organisation, by=None, now=now)
        _token, secret = partners.issue(
            feed=feed,
            organisation=organisation,
            by=None,
            now=now,
            valid_for=timedelta(days=options["days"]),
        )
        self.stdout.write(secret)
