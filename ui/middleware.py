"""Answers that Django gives without a page become one."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ui import views

logger = logging.getLogger(__name__)

# Statuses for which Django (or a throttle) answers with an empty or bare body.
BARE = frozenset({405, 413, 429})


class ErrorPages:
    """405, 413 and 429 get the error page; a database out of reach is told as such, not as 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            response.status_code not in BARE
            or not _is_bare(response)
            or not views.wants_page(request)
        ):
            return response
        page = views.error_page(response.status_code, request)
        for name in ("Allow", "Retry-After"):
            if name in response:
                page[name] = response[name]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.error(
            "The database did not answer: %s", type(exception).__name__, exc_info=exception
        )
        return views.unavailable(request)


def _is_bare(response: HttpResponseBase) -> bool:
    content = getattr(response, "content", None)
    return content is not None and b"<html" not in content[:400].lower()
