"""Parts of the household's page with an address of their own: the map's sources, the slip."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import allow
from accounts.models import AccessLog
from households.models import Household
from households.rules import READERS, WATCHED_STATES
from monitoring import panels, standing
from monitoring.presenters import why_words


def _load(request: HttpRequest, uid: UUID) -> Household:
    visible = Household.objects.visible_to(request.user, now=clock.now())
    found: Household = get_object_or_404(visible.select_related("township", "enrolment"), uid=uid)
    return found


@allow(*READERS)
@require_safe
def activity(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The panel of the map: when the page has come, and again with another source (htmx)."""
    context = panels.activity_part(request, _load(request, uid))
    return render(request, "monitoring/_activity.html", context)


@allow(*READERS)
@require_safe
def why(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One A4 in large type: why the light is what it is. It leaves the office, so it is logged."""
    now = clock.now()
    household = _load(request, uid)
    watched = household.enrolment.state in WATCHED_STATES
    state = standing.of(household.pk) if watched else None
    audit.record(
        actor=request.user,
        action=AccessLog.Action.PRINTED,
        subject_kind="household",
        subject_uid=str(household.uid),
        now=now,
        request=request,
        detail={"what": "why"},
    )
    return render(
        request,
        "monitoring/why.html",
        {
            "household": household,
            "level": state.light if state else "grey",
            "watched": watched,
            "why": why_words.of(household, state, now=now),
            "now": now,
        },
    )
