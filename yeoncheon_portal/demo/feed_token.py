"""The partners' tokens with which the demo's feeds post their files."""

from django.db import transaction

from accounts import clock
from accounts.models import Organisation
from monitoring import feeds, partners

from .partner_files import FEEDS


@transaction.atomic
def tokens_for_feeds() -> dict[str, str]:
    """{feed: a fresh token of its partner}; those of an earlier start are revoked.

    Tokens live on real time, whatever the demo's clock says; where that clock is behind, so is
    their beginning, or the access log would tell of the future.
    """
    return {feed: _token(feed) for feed in FEEDS}


def _token(feed: str) -> str:
    partner = Organisation.objects.get(code=feeds.connector(feed).partner)
    now = min(clock.now(), clock.real_now())
    partners.revoke_all(feed=feed, organisation=partner, by=None, now=now)
    _row, secret = partners.issue(feed=feed, organisation=partner, by=None, now=now)
    return secret
