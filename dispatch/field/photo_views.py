"""The photo of a visit on the case's page: offered to whoever may read the words of a case, and
fetched only when somebody opens it, so that the access log names each look."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts import audit, clock
from accounts.access import allow, request_scope
from accounts.crypto import KeyDestroyed
from accounts.roles import Role
from dispatch.field import photos
from dispatch.models import Case, VisitPhoto
from dispatch.presenters import people
from dispatch.views.common import load_case
from ui.words import moment

OFFERED = people.READERS | {Role.COUNTY_OFFICIAL.value}
"""The county's duty official as well, where the case is theirs."""


def _may_look(request: HttpRequest, case: Case) -> bool:
    reads = bool(request_scope(request).roles & people.READERS)
    return reads or people.is_owner(case, request.user)


def panel(request: HttpRequest, case: Case) -> dict[str, Any] | None:
    """What the case's page says of its photos; None where there is none to look at."""
    if not _may_look(request, case):
        return None
    taken = VisitPhoto.objects.filter(visit__case=case).defer("image").order_by("taken_at", "id")
    rows = [_row(case, photo) for photo in taken.select_related("taken_by")]
    return {"photos": rows} if rows else None


def _row(case: Case, photo: VisitPhoto) -> dict[str, str]:
    words = {"at": moment(photo.taken_at), "who": photo.taken_by.name}
    return {
        "case": str(case.uid),
        "uid": str(photo.uid),
        "words": _("%(at)s %(who)s") % words,
    }


@allow(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL, Role.TOWNSHIP_CLERK)
@never_cache
@require_GET
def case_photo(request: HttpRequest, uid: UUID, photo: UUID) -> HttpResponse:
    """The JPEG. 404 for everybody who may not see the case or read its words."""
    now = clock.now()
    case = load_case(request, uid, now=now)
    found = VisitPhoto.objects.filter(uid=photo, visit__case=case).first()
    if found is None or not _may_look(request, case):
        raise Http404
    found.visit.case = case
    try:
        image = photos.opened(found)
    except KeyDestroyed as error:
        raise Http404 from error
    _log_look(request, case, found, now=now)
    response = HttpResponse(image, content_type="image/jpeg")
    response["Content-Disposition"] = "inline"
    return response


def _log_look(request: HttpRequest, case: Case, photo: VisitPhoto, *, now: datetime) -> None:
    audit.record(
        actor=request.user,
        action="viewed",
        subject_kind="household",
        subject_uid=str(case.household.uid),
        now=now,
        request=request,
        detail={"case": case.number, "photo": str(photo.uid)},
    )
