"""Addresses a responder's phone talks to, the page that opens without a network, lost phones."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import audit, clock
from accounts.access import allow, allow_public
from accounts.roles import Role
from dispatch.field import keys, kit, receiving
from dispatch.models import FieldKey, Visit
from dispatch.rules import Refused
from dispatch.views.common import staff_of
from ui.words import moment

WORKER = "dispatch/field_worker.js"


def _own(request: HttpRequest, uid: UUID) -> Visit:
    """One's own visit, open or over; for everybody else it is not there."""
    visits = Visit.objects.select_related("case__household__township", "case__owner", "responder")
    found: Visit = get_object_or_404(visits, uid=uid, responder=staff_of(request))
    return found


@allow(Role.RESPONDER)
@require_POST
def visit_kit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The screens to come and, for a phone that has no key of this visit yet, its secret."""
    now = clock.now()
    visit = _own(request, uid)
    try:
        issued = keys.key_for(
            visit=visit, by=staff_of(request), known=request.POST.get("known", ""), now=now
        )
    except Refused as error:
        return JsonResponse({"gone": "ended", "words": str(error)}, status=410)
    if issued.secret:
        audit.record(
            actor=request.user,
            action="viewed",
            subject_kind="household",
            subject_uid=str(visit.case.household.uid),
            now=now,
            request=request,
            detail={"visit": str(visit.uid), "card": str(issued.key.uid)},
        )
    return JsonResponse(
        {
            "key": str(issued.key.uid),
            "secret": issued.secret,
            "card_until": _ms(issued.key.card_until),
            "now": _ms(clock.now()),
            "user": str(visit.responder.uid),
            "kit": _kit(request, visit, request.POST.get("knows"), now=now),
        }
    )


@allow(Role.RESPONDER)
@require_POST
def visit_queue(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What was done without a network: `{"key", "text", "signature"}`; `text` is the JSON that was
    signed with the key of this visit. A key of another visit or person, or one that was revoked, is
    refused; the phone then wipes what it has. Signed out: the middleware refuses, the phone waits.
    """
    now = clock.now()
    visit = _own(request, uid)
    if len(request.body) > receiving.MOST_BODY:
        return JsonResponse({"error": "too large"}, status=413)
    try:
        body = json.loads(request.body)
        key = visit.keys.filter(uid=UUID(str(body["key"])), user=staff_of(request)).first()
        text, signature = str(body["text"]), str(body["signature"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "unreadable"}, status=400)
    if key is None or not keys.may_send(key, now=now):
        return JsonResponse({"gone": "revoked"}, status=410)
    if not keys.is_signed(key, text, signature):
        return JsonResponse({"error": "signature"}, status=403)
    try:
        told = json.loads(text)
        items = [receiving.parse(raw, live=str(told.get("live", ""))) for raw in told["items"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"error": "unreadable"}, status=400)
    if receiving.too_many(items):
        return JsonResponse({"error": "too many"}, status=413)
    receipts = receiving.receive(key=key, items=items, by=staff_of(request), now=now)
    fresh = _own(request, uid)
    return JsonResponse(
        {
            "receipts": [receipt.as_json() for receipt in receipts],
            "now": _ms(clock.now()),
            "kit": _kit(request, fresh, told.get("knows"), now=now),
        }
    )


def _kit(request: HttpRequest, visit: Visit, told: object, *, now: datetime) -> dict[str, Any]:
    """`told`: what the phone's script says that it knows."""
    made = kit.of(visit, staff_of(request), now=now, phone_knows=kit.knows(told))
    return made.as_json()


@allow_public(why="a lost phone that was signed out must still hear that its card was revoked")
@never_cache
@require_GET
def card_alive(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Whether the card behind this key may stay on the phone: not after its owner signed out, nor
    where somebody else has signed in. Says nothing else: no visit, no name. 410 tells the phone to
    wipe it; what waits to be sent stays there unless the card was revoked."""
    key = FieldKey.objects.select_related("visit").filter(uid=uid).first()
    now = clock.now()
    if key is None or not keys.is_alive(key, now=now):
        revoked = key is None or key.revoked_at is not None
        return JsonResponse({"gone": "revoked" if revoked else "ended"}, status=410)
    if request.user.is_authenticated and request.user.pk != key.user_id:
        return JsonResponse({"gone": "ended"}, status=410)
    return JsonResponse({"alive": True, "now": _ms(now)})


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@allow_public(why="the empty page that a phone opens without a network; holds nothing of anybody")
@never_cache
@require_GET
def shell(request: HttpRequest) -> HttpResponse:
    """The frame of a visit's page without any visit: the phone fills it from what it keeps."""
    return render(request, "dispatch/visit_shell.html")


@allow_public(why="a script without data; a browser fetches it by itself, signed in or not")
@never_cache
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Served from /visits/: a worker only reaches what lies below it."""
    path = finders.find(WORKER)
    if path is None:  # static files are there wherever the portal runs
        raise Http404
    with open(str(path), encoding="utf-8") as file:
        script = file.read()
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


# ── lost phones ──────────────────────────────────────────────────────────────
@allow(Role.CONTROL_OPERATOR, Role.ADMINISTRATOR)
@require_GET
def cards(request: HttpRequest) -> HttpResponse:
    """Cards that lie on phones now: whose, since when. No resident's name, no address."""
    now = clock.now()
    return render(request, "dispatch/visit_cards.html", {"rows": _cards(now)})


def _cards(now: datetime) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    living = FieldKey.objects.filter(revoked_at__isnull=True, card_until__gt=now)
    living = living.filter(visit__ended_at__isnull=True)
    for key in living.select_related("visit__responder", "visit__case__household__township"):
        row = rows.setdefault(
            key.visit_id,
            {
                "visit": key.visit,
                "who": key.visit.responder.name,
                "place": key.visit.case.household.township.name,
                "case": key.visit.case.number,
                "phones": 0,
                "seen": moment(key.seen_at),
                "until": moment(key.card_until),
            },
        )
        row["phones"] += 1
    return list(rows.values())


@allow(Role.CONTROL_OPERATOR, Role.ADMINISTRATOR)
@require_POST
def revoke(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A phone is lost: its card dies, its owner is signed out. A second click says the same."""
    visit = get_object_or_404(Visit.objects.select_related("responder"), uid=uid)
    keys.revoke_cards(visit=visit, by=staff_of(request), now=clock.now())
    messages.success(
        request,
        _("%(who)s 님의 출동 카드를 회수했습니다. 그 휴대폰은 다음에 연결될 때 카드를 지웁니다.")
        % {"who": visit.responder.name},
    )
    return redirect("dispatch:cards")
