"""The wall view: a screen at the end of the room. It shows counts and times, never a person."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import clock
from accounts.access import allow
from accounts.roles import Role
from dispatch import wall_only
from dispatch.presenters import wall as presenter


@allow(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)
@require_GET
def wall(request: HttpRequest) -> HttpResponse:
    """The whole page, or for htmx its body; unchanged since the caller's ETag: 304."""
    now = clock.now()
    shown = presenter.of(request.user, now=now)
    etag = presenter.fingerprint(shown, now=now)
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        part = bool(getattr(request, "htmx", False))
        template = "dispatch/_wall.html" if part else "dispatch/wall.html"
        response = render(request, template, _context(request, shown, now, etag))
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Desk-Wall"] = "1"
    return response


def _context(
    request: HttpRequest, shown: presenter.Wall, now: datetime, etag: str
) -> dict[str, Any]:
    locked = bool(request.session.get(wall_only.KEY))
    return {"wall": shown, "now": now, "etag": etag, "locked": locked}


@allow(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)
@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """From now on this session shows the wall alone, and does not sign itself out."""
    request.session[wall_only.KEY] = True
    return redirect("dispatch:wall")
