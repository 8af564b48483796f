"""The page of one case, and everything an operator does with it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import audit, clock
from accounts.access import allow
from accounts.roles import Role
from dispatch import actions, forms, reported
from dispatch.evidence import UnfitTime
from dispatch.handover import actions as handover
from dispatch.models import Case
from dispatch.presenters import emergency as emergency_page
from dispatch.presenters import staff
from dispatch.rules import CallResult, Refused, UnfitNote
from dispatch.views.common import (
    ALONE,
    Problem,
    Result,
    answer,
    load_case,
    log_view,
    refused,
    remember_revealed,
    staff_of,
    whole_page,
)

READERS = (Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL, Role.TOWNSHIP_CLERK)
# The county's duty official owns a case only after the telephone chain reached them; the verbs
# ask for ownership.
OWNERS = (Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)


@allow(*READERS)
@require_GET
def case(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Read-only for the county and for the clerk of the township; operators act on it."""
    now = clock.now()
    found = load_case(request, uid, now=now)
    log_view(request, found, now=now)
    result = Result(open=request.GET.get("open", ""))
    return whole_page(request, found, origin=ALONE, now=now, result=result)


Do = Callable[[Case, datetime], Result]


def _act(request: HttpRequest, uid: UUID, do: Do, *, typed: Result | None = None) -> HttpResponse:
    """Run one verb. A refusal is shown in place, with the forms of `typed` as they were."""
    now = clock.now()
    found = load_case(request, uid, now=now)
    try:
        result = do(found, now)
    except Refused as error:
        fresh = load_case(request, uid, now=now)
        result = typed or Result()
        result.problem = refused(fresh, error, request.user)
    return answer(request, uid, result, now=now)


def _invalid(result: Result) -> Result:
    """A form with errors: its box stays open, the errors stand beside its fields."""
    result.problem = Problem(
        title=_("아직 저장하지 않았습니다."), text=_("표시한 곳을 고쳐 주세요.")
    )
    return result


@allow(Role.CONTROL_OPERATOR)
@require_POST
def claim(request: HttpRequest, uid: UUID) -> HttpResponse:
    def do(found: Case, now: datetime) -> Result:
        actions.claim(case=found, by=staff_of(request), now=now)
        return Result(done=_("건을 맡았습니다."))

    return _act(request, uid, do)


@allow(*OWNERS)
@require_POST
def reveal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a number to the owner: with a reason, and into the access log."""
    form = forms.RevealForm(request.POST)
    result = Result(forms={"reveal": form})

    def do(found: Case, now: datetime) -> Result:
        if found.owner_id != request.user.pk or not found.is_open:
            raise Refused(_("건을 맡은 사람만 번호를 볼 수 있습니다."))
        if not form.is_valid():
            return _invalid(result)
        contact = form.cleaned_data["contact"]
        audit.record(
            actor=request.user,
            action="revealed",
            subject_kind=_whose(found, contact),
            subject_uid=str(contact or found.household.uid),
            now=now,
            request=request,
            reason=str(forms.REVEAL_REASONS[form.cleaned_data["reason"]]),
            detail={"case": found.number, "field": "phone"},
        )
        remember_revealed(request, found, str(contact) if contact else "person")
        return Result(done=_("번호를 열었습니다. 열람이 기록되었습니다."))

    return _act(request, uid, do, typed=result)


def _whose(found: Case, uid: UUID | None) -> str:
    """Whose number is asked for, as the access log names it: the person's, a contact's, or that of
    somebody who reported. 404 for anybody else's."""
    if uid is None:
        return "household"
    if reported.find(found, uid) is not None:
        return "reporter"
    get_object_or_404(found.household.contacts.current(), uid=uid)
    return "contact"


@allow(*OWNERS)
@require_POST
def record_call(request: HttpRequest, uid: UUID) -> HttpResponse:
    form = forms.CallForm(request.POST)
    result = Result(forms={})

    def do(found: Case, now: datetime) -> Result:
        if not form.is_valid():
            result.problem = Problem(title=_("통화 결과를 골라 주세요."))
            return result
        data = form.cleaned_data
        chosen, contact = data["result"], data["callee"]
        if contact is not None:
            get_object_or_404(found.household.contacts.current(), uid=contact)
        actions.record_call(
            case=found,
            by=staff_of(request),
            result=chosen,
            now=now,
            callee=str(contact) if contact else "resident",
            key=data["key"],
        )
        words = _("통화 결과를 기록했습니다: %(result)s") % {"result": CallResult(chosen).label}
        return Result(done=words, open="close" if chosen == CallResult.SAFE else "")

    return _act(request, uid, do, typed=result)


@allow(*OWNERS)
@require_POST
def note(request: HttpRequest, uid: UUID) -> HttpResponse:
    form = forms.NoteForm(request.POST)
    result = Result(forms={"note": form})

    def do(found: Case, now: datetime) -> Result:
        if not form.is_valid():
            return _invalid(result)
        data = form.cleaned_data
        actions.add_note(
            case=found, by=staff_of(request), note=data["text"], now=now, key=data["key"]
        )
        return Result(done=_("메모를 남겼습니다."), saved="note")

    return _act(request, uid, do, typed=result)


@allow(*OWNERS)
@require_POST
def absence(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The person is away: entered where it was heard, by the owner of the case."""
    form = forms.AbsenceForm(request.POST)
    result = Result(open="absence", forms={"absence": form})

    def do(found: Case, now: datetime) -> Result:
        if not form.is_valid():
            return _invalid(result)
        actions.note_absence(case=found, by=staff_of(request), now=now, **form.cleaned_data)
        words = _("부재를 적었습니다. 들은 사람과 때를 적고 종결할 수 있습니다.")
        return Result(done=words, saved="absence")

    return _act(request, uid, do, typed=result)


@allow(*OWNERS)
@require_POST
def emergency(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask 119 or 112: the log line, then the sheet to read out or to print."""
    form = forms.EmergencyForm(request.POST)
    now = clock.now()
    found = load_case(request, uid, now=now)
    result = Result(open="emergency", forms={"emergency": form})
    if not form.is_valid():
        return answer(request, uid, _invalid(result), now=now)
    data = form.cleaned_data
    try:
        actions.ask_emergency(
            case=found,
            by=staff_of(request),
            service=data["service"],
            now=now,
            key=data["key"],
            request=request,
        )
    except Refused as error:
        result.problem = refused(load_case(request, uid, now=now), error, request.user)
        return answer(request, uid, result, now=now)
    sheet = reverse("dispatch:emergency_sheet", args=[found.uid])
    if getattr(request, "htmx", False):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = sheet
        return response
    return redirect(sheet)


@allow(*OWNERS)
@require_GET
def emergency_sheet(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The one page, unmasked: for whoever asked, while the case is theirs. Each look is logged."""
    now, me = clock.now(), staff_of(request)
    found = load_case(request, uid, now=now)
    event = emergency_page.asked(found, me)
    if event is None or found.owner_id != me.pk or not found.is_open:
        raise Http404
    audit.record(
        actor=me,
        action="printed",
        subject_kind="household",
        subject_uid=str(found.household.uid),
        now=now,
        request=request,
        reason=str(_("119·112 신변확인 요청")),
        detail={"case": found.number},
    )
    sheet = emergency_page.sheet(found, event, me, now=now)
    return render(request, "dispatch/emergency.html", {"s": sheet, "case": found, "now": now})


@allow(Role.CONTROL_OPERATOR)
@require_POST
def stop_ai(request: HttpRequest, uid: UUID) -> HttpResponse:
    """No more AI calls for this case; one that rings is ended."""

    def do(found: Case, now: datetime) -> Result:
        actions.stop_ai(case=found, by=staff_of(request), now=now)
        return Result(done=_("AI 전화를 멈추었습니다. 이제 사람이 겁니다."))

    return _act(request, uid, do)


@allow(*OWNERS)
@require_POST
def send(request: HttpRequest, uid: UUID) -> HttpResponse:
    result = Result(open="send")

    def do(found: Case, now: datetime) -> Result:
        standing = found.visits.open().filter(responder__uid=_uuid(request.POST.get("responder")))
        people = staff.free_responders(found, now=now) | staff.of_visits(standing)
        form = forms.SendForm(request.POST, responders=people.distinct())
        result.forms["send"] = form
        if not form.is_valid():
            return _invalid(result)
        chosen = form.cleaned_data["responder"]
        actions.send_responder(case=found, responder=chosen, by=staff_of(request), now=now)
        return Result(done=_("%(who)s 님에게 출동을 보냈습니다.") % {"who": chosen.name})

    return _act(request, uid, do, typed=result)


@allow(*OWNERS)
@require_POST
def call_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Cancel the visit that is under way."""

    def do(found: Case, now: datetime) -> Result:
        visit = found.visits.order_by("-assigned_at", "-id").first()
        if visit is None:
            raise Refused(_("취소할 출동이 없습니다."))
        actions.cancel_visit(visit=visit, by=staff_of(request), now=now)
        return Result(done=_("출동을 취소했습니다. 나간 사람에게 알렸습니다."))

    return _act(request, uid, do)


@allow(*OWNERS)
@require_POST
def hand_over(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Offer the case to a colleague, who takes it by name; or put it back into the queue."""
    result = Result(open="hand")

    def do(found: Case, now: datetime) -> Result:
        if request.POST.get("what") == "release":
            actions.release(case=found, by=staff_of(request), now=now)
            return Result(done=_("담당을 풀었습니다. 건은 대기로 돌아갔습니다."))
        others = staff.operators(request.user, now=now)
        form = forms.HandOverForm(request.POST, operators=others)
        result.forms["hand"] = form
        if not form.is_valid():
            return _invalid(result)
        to = form.cleaned_data["to"]
        handover.offer(case=found, to=to, by=staff_of(request), now=now)
        words = _("%(who)s 님에게 넘기겠다고 알렸습니다. 받을 때까지는 내 건입니다.")
        return Result(done=words % {"who": to.name})

    return _act(request, uid, do, typed=result)


@allow(*OWNERS)
@require_POST
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    form = forms.CloseForm(request.POST)
    result = Result(open="close", forms={"close": form})

    def do(found: Case, now: datetime) -> Result:
        if not form.is_valid():
            return _invalid(result)
        data = form.cleaned_data
        try:
            actions.close(
                case=found,
                by=staff_of(request),
                reason=data["reason"],
                evidence_kind=data["evidence_kind"],
                note=form.words(now=now),
                evidence_at=form.heard_at(now=now),
                remark=data["note"],
                now=now,
            )
        except (UnfitTime, UnfitNote) as error:
            form.add_error("seen_at" if isinstance(error, UnfitTime) else "note", str(error))
            return _invalid(result)
        return Result(done=_("건을 종결했습니다."), saved="close")

    return _act(request, uid, do, typed=result)


@allow(Role.CONTROL_OPERATOR)
@require_POST
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """An operator has looked at a case that the resident's own key closed."""

    def do(found: Case, now: datetime) -> Result:
        actions.confirm_auto_close(case=found, by=staff_of(request), now=now)
        return Result(done=_("확인한 것으로 적었습니다."))

    return _act(request, uid, do)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
