"""Members of staff for a benchmark, signed in past the pages that hash a password."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.crypto import encrypt
from accounts.models import Township, User
from accounts.roles import Role
from yeoncheon_portal.bench import county


def signed_in(role: str, *, now: datetime, username: str = "") -> Client:
    """A client of somebody with this role and a second factor, as everybody must have."""
    township = Township.objects.earliest("order") if role == Role.TOWNSHIP_CLERK else None
    username = username or f"bench-{role}"
    user = User.objects.filter(username=username).first()
    user = user or county.staff(username, role, now=now, township=township)
    Authenticator.objects.get_or_create(
        user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": encrypt("A" * 32)}}
    )
    client = Client(SERVER_NAME="localhost")  # a host of ours also where none is configured
    client.force_login(user)
    return client
