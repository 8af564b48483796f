"""The page behind a neighbour's link, and the operator's form that sends one.

A GET changes nothing, so that a messenger's preview neither opens nor uses up the link.
"""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from redis.exceptions import RedisError

from accounts import audit, clock
from accounts.access import allow, allow_public
from dispatch.models import NeighbourAnswer, NeighbourAsk
from dispatch.neighbours import actions
from dispatch.neighbours.names import first_name
from dispatch.rules import Refused
from dispatch.views.case import OWNERS
from dispatch.views.common import Result, load_case, refused, staff_of
from dispatch.views.common import answer as answer_page
from households.models import Contact

WHY = "a neighbour has no account; the token in the link is the proof, and shows a first name only"
MOST_A_MINUTE = 30
"""Requests of one address: a guess at 256 bits is hopeless, this spares the server the trying."""

View = Callable[[HttpRequest, str], HttpResponse]


def _quiet(view: View) -> View:
    """Not stored, not indexed, not often, and the token travels to nobody."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        if _too_often(request):
            response = HttpResponse(status=429)
            response["Retry-After"] = "60"
        else:
            response = view(request, token)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"
        return response

    return wrapped


def _too_often(request: HttpRequest) -> bool:
    minute = int(clock.real_now().timestamp() // 60)
    key = f"neighbour:{audit.client_ip(request)}:{minute}"
    try:
        cache.add(key, 0, timeout=120)
        return cache.incr(key) > MOST_A_MINUTE
    except (RedisError, ValueError):
        return False  # without a counter the length of the token still guards it


@allow_public(why=WHY)
@never_cache
@require_safe
@_quiet
def neighbour(request: HttpRequest, token: str) -> HttpResponse:
    ask = actions.find(token)
    if ask is not None and ask.answered_at is not None:
        return render(request, "dispatch/neighbour_thanks.html")
    if ask is None or not actions.is_open(ask, now=clock.now()):
        return _gone(request)
    return _question(request, ask, token)


def _question(request: HttpRequest, ask: NeighbourAsk, token: str) -> HttpResponse:
    context = {
        "first_name": first_name(ask.case.household.name),
        "answers": NeighbourAnswer,
        "token": token,
    }
    return render(request, "dispatch/neighbour.html", context)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "dispatch/neighbour_gone.html", status=410)


@allow_public(why=WHY)
@never_cache
@require_POST
@_quiet
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The page tells that a person sees it; sent by its script."""
    ask = actions.find(token)
    if ask is not None:
        actions.opened(ask=ask, now=clock.now())
    return HttpResponse(status=204)


@allow_public(why=WHY)
@never_cache
@require_POST
@_quiet
def answer(request: HttpRequest, token: str) -> HttpResponse:
    ask = actions.find(token)
    if ask is None:
        return _gone(request)
    try:
        actions.answer(ask=ask, said=request.POST.get("said", ""), now=clock.now())
    except Refused:
        if actions.is_open(ask, now=clock.now()):
            return _question(request, ask, token)
        return _gone(request)
    return redirect("dispatch:neighbour", token=token)


@allow(*OWNERS)
@require_POST
def ask_neighbour(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send the link to the chosen contact; the operator stays on the page they stand on."""
    now = clock.now()
    case = load_case(request, uid, now=now)
    contact = _chosen(request.POST.get("contact", ""))
    result = Result()
    try:
        if contact is None:
            raise Refused(_("누구에게 물을지 골라 주세요."))
        actions.ask_neighbour(case=case, contact=contact, by=staff_of(request), now=now)
    except Refused as error:
        result.problem = refused(load_case(request, uid, now=now), error, request.user)
    else:
        result.done = _("문자로 물었습니다. 대답이 오면 알려 드립니다.")
    return answer_page(request, uid, result, now=now)


def _chosen(uid: str) -> Contact | None:
    try:
        return get_object_or_404(Contact, uid=UUID(uid)) if uid else None
    except ValueError:
        return None
