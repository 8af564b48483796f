"""A token for a partner's deliveries; printed once, kept as a hash."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import clock
from accounts.models import Organisation
from households.models import Feed
from monitoring import feeds, networks, partners


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
            "--network",
            action="append",
            default=[],
            metavar="CIDR",
            help="it opens from this network only, like 203.0.113.0/28 (may be repeated)",
        )
        parser.add_argument(
            "--per-minute",
            type=int,
            default=partners.PER_MINUTE,
            help="files that it may deliver a minute (default 240)",
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
        try:
            networks.normal_list(options["network"])
        except networks.BadNetwork as bad:
            raise CommandError(f"--network: {bad}", returncode=2) from bad
        if not 1 <= options["per_minute"] <= partners.MOST_PER_MINUTE:
            most = partners.MOST_PER_MINUTE
            raise CommandError(f"--per-minute must be between 1 and {most}", returncode=2)
        code = options["organisation"] or feeds.connector(feed).partner
        organisation = Organisation.objects.filter(code=code).first()
        if organisation is None:
            raise CommandError(f"no organisation {code!r}", returncode=2)
        self.stdout.write(self._issue(feed, organisation, clock.real_now(), options))

    @transaction.atomic
    def _issue(
        self, feed: str, organisation: Organisation, now: datetime, options: dict[str, Any]
    ) -> str:
        if options["replace"]:
            partners.revoke_all(feed=feed, organisation=organisation, by=None, now=now)
        _token, secret = partners.issue(
            feed=feed,
            organisation=organisation,
            by=None,
            now=now,
            valid_for=timedelta(days=options["days"]),
            networks=options["network"],
            per_minute=options["per_minute"],
        )
        return secret
