"""The watch on the county's dashboard: what waits for somebody, each number a door."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from accounts import clock
from monitoring.models import Decline, FeedIncident, Suggestion, UnknownId


def waiting(request: HttpRequest) -> dict[str, Any]:
    """Visits, data to put right, incidents, unknown ids; four counts."""
    now, user = clock.now(), request.user
    return {
        "visits": Decline.objects.visible_to(user, now=now).still_open().count(),
        "mends": Suggestion.objects.visible_to(user, now=now).still_open().count(),
        "incidents": FeedIncident.objects.visible_to(user, now=now).still_open().count(),
        "unknown": UnknownId.objects.visible_to(user, now=now).still_unlinked().count(),
    }


TILES: dict[str, Callable[[HttpRequest], dict[str, Any] | None]] = {"waiting": waiting}
