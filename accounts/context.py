"""What every template knows of the person who looks at it. ui reads it as plain values."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import clock
from accounts.access import request_scope
from accounts.county_settings import setting
from accounts.models import Message
from accounts.roles import labels


@dataclass(frozen=True)
class Viewer:
    """`unread`: messages in the inbox; `idle_seconds`: until sign-out, 0 when not signed in."""

    name: str = ""
    organisation: str = ""
    roles: frozenset[str] = frozenset()
    role_labels: list[str] = field(default_factory=list)
    signed_in: bool = False
    unread: int = 0
    idle_seconds: int = 0
    demo: bool = False


def viewer(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Lazy: a page without a frame asks the database nothing."""
    return {"viewer": SimpleLazyObject(lambda: viewer_of(request))}


def viewer_of(request: HttpRequest) -> Viewer:
    """The viewer behind a request; anonymous where nobody is signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Viewer(demo=settings.PORTAL_DEMO)
    roles = request_scope(request).roles
    return Viewer(
        name=user.name,
        organisation="" if user.organisation is None else user.organisation.name,
        roles=roles,
        role_labels=labels(roles),
        signed_in=True,
        unread=Message.objects.filter(
            recipient_id=user.pk, channel=Message.Channel.INBOX, read_at__isnull=True
        ).count(),
        idle_seconds=60 * setting("accounts.idle_minutes", at=clock.now()),
        demo=settings.PORTAL_DEMO,
    )
