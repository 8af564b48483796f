"""A session that may show the wall and nothing else, for a screen that nobody sits at.

A screen at the end of the room must not sign itself out after some minutes, and must not be a way
into the portal. So its owner locks the session to the wall: from then on every other page leads
back to it, and only signing in again opens the rest.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

KEY = "wall_only"
OPEN = frozenset({"wall", "account_logout", "still_here", "idle"})

Answer = Callable[[HttpRequest], HttpResponseBase]


class WallOnly:
    """Stands behind the middleware that knows the person."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        if not request.user.is_authenticated or not request.session.get(KEY):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        return None if name in OPEN else redirect("dispatch:wall")
