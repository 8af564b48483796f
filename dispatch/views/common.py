"""What every page of a case does: load it with access, and answer where the form stood."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import request_scope
from accounts.models import AccessLog, User
from dispatch.models import Case
from dispatch.presenters import board_bar, queue
from dispatch.presenters.case import view
from dispatch.presenters.case_view import CaseView, Page
from dispatch.rules import Refused

DESK, ALONE = "desk", "case"
LOOK = timedelta(hours=1)  # one look at a case, however often its page refreshes itself
_REVEALED = "revealed"  # session: {uid of the case: ["person", uid of a contact, …]}


@dataclass(frozen=True)
class Problem:
    """Why nothing happened, shown beside the buttons; what was typed stays."""

    title: str
    text: str = ""
    tone: str = "warn"
    icon: str = "warning"


@dataclass
class Result:
    """How an action ended: `done` words, or a problem with the forms as they were typed."""

    done: str = ""
    problem: Problem | None = None
    forms: dict[str, Any] = field(default_factory=dict)
    open: str = ""
    saved: str = ""  # prefix of the ids of fields whose draft may be forgotten


def staff_of(request: HttpRequest) -> User:
    """The person who acts; the door of every view here lets only signed-in staff through."""
    return cast(User, request.user)


def load_case(request: HttpRequest, uid: UUID, *, now: datetime) -> Case:
    """The case, if this person may see it; 404 otherwise, whether it exists or not."""
    cases = Case.objects.visible_to(request.user, now=now).select_related(
        "household__township", "owner", "assessment", "previous", "closed_by"
    )
    case: Case = get_object_or_404(cases, uid=uid)
    return case


def case_view(
    request: HttpRequest, case: Case, *, now: datetime, origin: str, result: Result | None = None
) -> CaseView:
    result = result or Result()
    page = Page(
        origin=origin,
        open=result.open,
        forms=dict(result.forms),
        revealed=revealed(request, case),
    )
    return view(case, request.user, request_scope(request).roles, now=now, page=page)


def revealed(request: HttpRequest, case: Case) -> frozenset[str]:
    """Which numbers of this case its owner has asked for. Nothing for anybody else."""
    if not case.is_open or case.owner_id != request.user.pk:
        return frozenset()
    return frozenset(request.session.get(_REVEALED, {}).get(str(case.uid), []))


def remember_revealed(request: HttpRequest, case: Case, what: str) -> None:
    kept = request.session.get(_REVEALED, {})
    kept[str(case.uid)] = sorted({*kept.get(str(case.uid), []), what})
    request.session[_REVEALED] = kept


def log_view(request: HttpRequest, case: Case, *, now: datetime) -> None:
    """Who looked at whom. A page that refreshes itself repeats its own look and is not logged
    again; a look that was not logged before is, whatever the request says of itself."""
    subject = str(case.household.uid)
    if request.headers.get("X-Background") == "1" and _seen_lately(request, subject, now=now):
        return
    audit.record(
        actor=request.user,
        action="viewed",
        subject_kind="household",
        subject_uid=subject,
        now=now,
        request=request,
        detail={"case": case.number},
    )


def _seen_lately(request: HttpRequest, subject: str, *, now: datetime) -> bool:
    return AccessLog.objects.filter(
        actor_id=request.user.pk, action="viewed", subject_uid=subject, at__gte=now - LOOK
    ).exists()


def refused(case: Case, error: Refused, user: Any) -> Problem:
    """The rule's own sentence; somebody else's case is told as news, not as a fault."""
    taken = case.owner_id not in (None, user.pk)
    return Problem(title=str(error), tone="info" if taken else "warn", text=_kept_words(taken))


def _kept_words(taken: bool) -> str:
    return str(_("적던 내용은 그대로 있습니다.")) if taken else ""


def answer(request: HttpRequest, uid: UUID, result: Result, *, now: datetime) -> HttpResponse:
    """After an action: the two columns for htmx; otherwise back to the page, or the page with
    the problem and everything that was typed."""
    case = load_case(request, uid, now=now)
    origin = DESK if request.POST.get("from") == DESK else ALONE
    if getattr(request, "htmx", False):
        return _partial(request, case, result, origin=origin, now=now)
    if result.problem is None:
        if result.done:
            messages.success(request, result.done)
        return redirect(home_of(case, origin, opened=result.open))
    return whole_page(request, case, origin=origin, now=now, result=result)


def home_of(case: Case, origin: str, *, opened: str = "") -> str:
    if origin == DESK and case.is_open:
        query = f"?case={case.uid}" + (f"&open={opened}" if opened else "")
        return reverse("dispatch:desk") + query
    return reverse("dispatch:case", args=[case.uid]) + (f"?open={opened}" if opened else "")


def _partial(
    request: HttpRequest, case: Case, result: Result, *, origin: str, now: datetime
) -> HttpResponse:
    context = {
        "c": case_view(request, case, now=now, origin=origin, result=result),
        "now": now,
        "problem": result.problem,
        "done_words": result.done,
    }
    response = render(request, "dispatch/_selected.html", context)
    response["HX-Trigger"] = "queue-changed"
    if result.saved and result.problem is None:
        response["X-Saved"] = result.saved
    return response


def whole_page(
    request: HttpRequest, case: Case, *, origin: str, now: datetime, result: Result
) -> HttpResponse:
    """The page the form stood on, with the case in it."""
    context: dict[str, Any] = {
        "c": case_view(request, case, now=now, origin=origin, result=result),
        "now": now,
        "problem": result.problem,
    }
    if origin != DESK:
        return render(request, "dispatch/case.html", context)
    board = queue.board(request.user, now=now, selected=str(case.uid))
    board.view = "case"
    return render(
        request, "dispatch/desk.html", {**context, **desk_context(request, board, now=now)}
    )


def desk_context(request: HttpRequest, board: queue.Board, *, now: datetime) -> dict[str, Any]:
    return {
        "board": board,
        "now": now,
        "feeds": board_bar.feeds(now=now),
        "people": board.people,
        "keys": board_bar.KEYS,
    }
