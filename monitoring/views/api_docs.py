"""The description of the partners' API, for machines and for people."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView

from accounts.access import allow_public, allow_signed_in

schema: Callable[..., Any] = allow_public(
    why="the format of the files, for partners' programmers; it holds no secret and no data"
)(SpectacularAPIView.as_view())


@allow_signed_in
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "monitoring/api_docs.html")
