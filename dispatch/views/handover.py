"""Handing cases over by name, and what the next shift should know."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import audit, clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from dispatch.forms import NOTE_LENGTH, HandOverForm
from dispatch.handover import actions, listing
from dispatch.models import Case, Handover
from dispatch.presenters import staff
from dispatch.rules import Refused
from dispatch.views.common import staff_of
from households.texts import without_resident_numbers

WHO = (Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)


@allow(*WHO)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """My cases, cases offered to me, and the facts of the change of shift."""
    now, me = clock.now(), staff_of(request)
    mine = listing.mine(me, now=now)
    audit.record(
        actor=me,
        action="listed",
        subject_kind="case",
        now=now,
        request=request,
        detail={"cases": len(mine)},
    )
    context: dict[str, Any] = {
        "mine": mine,
        "offered": listing.offered(me, now=now),
        "facts": listing.facts(me, now=now),
        "on_duty": listing.on_duty_now(now=now),
        "form": HandOverForm(operators=staff.operators(me, now=now)),
        "has_colleagues": staff.operators(me, now=now).exists(),
        "now": now,
    }
    return render(request, "dispatch/handover.html", context)


@allow(*WHO)
@require_POST
def offer_many(request: HttpRequest) -> HttpResponse:
    """Offer the ticked cases to one colleague. Each is still accepted one by one."""
    now, me = clock.now(), staff_of(request)
    form = HandOverForm(request.POST, operators=staff.operators(me, now=now))
    cases = Case.objects.open().filter(owner=me, uid__in=_uids(request.POST.getlist("case")))
    if not form.is_valid() or not cases:
        messages.error(request, _("넘길 건과 넘겨받을 사람을 골라 주세요."))
        return redirect("dispatch:handover")
    to = form.cleaned_data["to"]
    note = without_resident_numbers(request.POST.get("note", "")[:NOTE_LENGTH])
    made = 0
    for case in cases:
        try:
            actions.offer(case=case, to=to, by=me, now=now, note=note)
        except Refused as error:
            messages.error(request, f"{case.number}: {error}")
        else:
            made += 1
    if made:
        words = _("%(who)s 님에게 %(n)d건을 넘기겠다고 알렸습니다. 받을 때까지는 내 건입니다.")
        messages.success(request, words % {"who": to.name, "n": made})
    return redirect("dispatch:handover")


def _uids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            raise Http404 from None
    return found


VERBS = {
    "accept": (actions.accept, gettext_lazy("건을 넘겨받았습니다.")),
    "decline": (actions.decline, gettext_lazy("넘겨받지 않겠다고 알렸습니다.")),
    "withdraw": (actions.withdraw, gettext_lazy("인계 요청을 거두었습니다.")),
}


@allow(*WHO)
@require_POST
def answer_one(request: HttpRequest, uid: UUID, verb: str) -> HttpResponse:
    """accept, decline (the taker) or withdraw (the giver)."""
    if verb not in VERBS:
        raise Http404
    me = staff_of(request)
    standing = get_object_or_404(
        Handover.objects.filter(taker=me) | Handover.objects.filter(giver=me), uid=uid
    )
    do, words = VERBS[verb]
    try:
        do(handover=standing, by=me, now=clock.now())
    except Refused as error:
        messages.error(request, str(error))
        return redirect("dispatch:handover")
    messages.success(request, str(words))
    if verb == "accept" and request_scope(request).has(Role.CONTROL_OPERATOR):
        return redirect(f"/desk/?case={standing.case.uid}")
    return redirect("dispatch:handover")
