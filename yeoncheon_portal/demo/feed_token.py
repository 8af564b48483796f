"""The partner's token with which the demo's feed posts its files."""

from django.db import transaction

from accounts import clock
from accounts.models import Organisation
from monitoring import partners


@transaction.atomic
def token_for_feed() -> str:
    """A fresh token for the power feed; the one of an earlier start is revoked.

    Tokens live on real time, whatever the demo's clock says.
    """
    utility, now = Organisation.objects.get(code="kepco-yeoncheon"), clock.real_now()
    partners.revoke_all(feed="power", organisation=utility, by=None, now=now)
    _token, secret = partners.issue(feed="power", organisation=utility, by=None, now=now)
    return secret
