"""The control board: the queue, the selected case, and taking the newest red."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from dispatch import actions
from dispatch.models import Case, CaseEvent
from dispatch.presenters import board_bar, queue, queue_shared
from dispatch.rules import EventKind, Light, Refused
from dispatch.views.common import (
    DESK,
    Problem,
    Result,
    answer,
    case_view,
    desk_context,
    load_case,
    log_view,
    staff_of,
    whole_page,
)

# Lines without an actor that are never the portal's own doing.
_TOLD_BY_OTHERS = frozenset(
    {
        EventKind.ANSWERED.value,
        EventKind.LATE_ANSWER.value,
        EventKind.NEIGHBOUR_SAID.value,
        EventKind.RAISED.value,
        EventKind.SIGNAL.value,
    }
)


@allow(Role.CONTROL_OPERATOR)
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The whole board; for htmx only the two columns of the case that was chosen."""
    now = clock.now()
    asked = _uid(request.GET.get("case"))
    if asked is None:
        mine = _mine_first(request, now=now)
        return _whole(request, mine, explicit=False, now=now)
    case = load_case(request, asked, now=now)
    if getattr(request, "htmx", False) and not request.htmx.history_restore_request:  # type: ignore[attr-defined]
        log_view(request, case, now=now)
        shown = case_view(request, case, now=now, origin=DESK, result=_opened(request))
        return render(request, "dispatch/_selected.html", {"c": shown, "now": now})
    return _whole(request, case, explicit=True, now=now)


def _whole(
    request: HttpRequest, case: Case | None, *, explicit: bool, now: datetime
) -> HttpResponse:
    if case is not None:
        log_view(request, case, now=now)
        if explicit:
            return whole_page(request, case, origin=DESK, now=now, result=_opened(request))
        board = queue.board(request.user, now=now, selected=str(case.uid))
        shown = case_view(request, case, now=now, origin=DESK)
        return render(
            request, "dispatch/desk.html", {"c": shown, **desk_context(request, board, now=now)}
        )
    board = queue.board(request.user, now=now)
    queue.add_quiet(board, request.user, now=now)
    return render(request, "dispatch/desk.html", desk_context(request, board, now=now))


def _opened(request: HttpRequest) -> Result:
    return Result(open=request.GET.get("open", ""))


def _mine_first(request: HttpRequest, *, now: datetime) -> Case | None:
    """The case this operator is working on; otherwise the most urgent one, if there is any."""
    cases = queue_shared.cases_in_order(request.user, now=now)
    first = cases.filter(owner=request.user).first() or cases.first()
    return load_case(request, first.uid, now=now) if first else None


def _uid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@allow(Role.CONTROL_OPERATOR)
@require_GET
def queue_part(request: HttpRequest) -> HttpResponse:
    """The queue column. Unchanged since the caller's ETag: 304, two small queries of the queue's
    own, nothing decrypted. A desk that asks by its clock says what it has seen (X-Desk-Seen) and
    does not wait for another one's reading; one that asks because of what its operator did does.
    A desk that says how far it shows its case (`shown`) learns whose the later lines are."""
    now = clock.now()
    selected = str(_uid(request.GET.get("case")) or "")
    roles = request_scope(request).roles
    seen = request.headers.get("X-Desk-Seen", "")
    shared = queue_shared.of(
        request.user, now=now, roles=roles, seen=int(seen) if _is_line(seen) else None
    )
    etag = queue.etag_of(shared, request.user, selected)
    if request.headers.get("If-None-Match") == etag:
        return _marked(HttpResponse(status=304), etag, shared.newest)
    board = queue.board(request.user, now=now, selected=selected, shared=shared)
    context: dict[str, Any] = {"board": board, "now": now, "people": board.people, "live": True}
    response = _marked(render(request, "dispatch/_queue.html", context), board.etag, board.newest)
    if whose := _whose_news(request, selected, now=now):
        response["X-News-By"] = whose
    return response


def _whose_news(request: HttpRequest, selected: str, *, now: datetime) -> str:
    """Who wrote what the asking desk does not show of its case yet: "me" (in another window) or
    "others"; "" where there is nothing. What the portal writes beside one's own lines follows from
    them, as the end of a telephone that a claim cuts; not so what somebody at the home said."""
    shown = request.GET.get("shown", "")
    if not selected or not _is_line(shown):
        return ""
    seen = Case.objects.visible_to(request.user, now=now).filter(uid=selected)
    later = CaseEvent.objects.filter(case__in=seen, id__gt=int(shown)).order_by()
    lines: set[tuple[int | None, str]] = set(later.values_list("actor_id", "kind"))
    mine = {line for line in lines if line[0] == request.user.pk}
    if mine:
        lines = {line for line in lines if line[0] is not None or line[1] in _TOLD_BY_OTHERS}
    if not lines:
        return ""
    return "me" if lines == mine else "others"


@allow(Role.CONTROL_OPERATOR)
@require_GET
def feeds_part(request: HttpRequest) -> HttpResponse:
    """How far each feed reaches, and the programme's time: they go on while no case moves."""
    now = clock.now()
    context = {"feeds": board_bar.feeds(now=now), "now": now}
    return render(request, "dispatch/_feeds.html", context)


def _is_line(text: str) -> bool:
    """What a page sent as the number of a line of the log."""
    return text.isascii() and text.isdigit() and len(text) < 20


def _marked(response: HttpResponse, etag: str, newest: int) -> HttpResponse:
    response["ETag"] = etag
    response["X-Desk-Seen"] = str(newest)
    response["X-Desk-Queue"] = "1"
    response["Cache-Control"] = "no-store, private"  # names; the page keeps the ETag itself
    return response


@allow(Role.CONTROL_OPERATOR)
@require_POST
def claim_newest(request: HttpRequest) -> HttpResponse:
    """Take the newest red that nobody has. When somebody was faster, the next one."""
    now = clock.now()
    reds = Case.objects.visible_to(request.user, now=now).open()
    for case in reds.filter(light=Light.RED, owner__isnull=True).order_by("-opened_at", "-id")[:5]:
        try:
            actions.claim(case=case, by=staff_of(request), now=now)
        except Refused:
            continue
        response = answer(request, case.uid, Result(done=_("건을 맡았습니다.")), now=now)
        if getattr(request, "htmx", False):
            response["HX-Push-Url"] = f"{request.path.removesuffix('claim/')}?case={case.uid}"
        return response
    return _none_left(request, now=now)


def _none_left(request: HttpRequest, *, now: datetime) -> HttpResponse:
    words = _("담당 없는 긴급 건이 없습니다.")
    if not getattr(request, "htmx", False):
        return redirect("dispatch:desk")
    mine = _mine_first(request, now=now)
    if mine is not None:
        problem = Problem(title=words, tone="info", icon="info")
        return answer(request, mine.uid, Result(problem=problem), now=now)
    board = queue.board(request.user, now=now)
    queue.add_quiet(board, request.user, now=now)
    return render(request, "dispatch/_selected.html", {"board": board, "now": now})
