"""What the telephone company calls while it rings a member of staff. Signed or refused.

The call says how long the case has waited and nothing about whom it concerns: whoever takes the
receiver off may be somebody else. Key 1 takes the case for the person whose number it is.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.access import allow_webhook
from dispatch import late_rings, staff_calls, telephony
from dispatch.models import Case, StaffCall, StaffOutcome
from dispatch.rules import CallStatus, CaseState, Light
from dispatch.telephony import Ask, Heard, Tell

Handler = Callable[[Heard, Case, StaffCall, datetime], HttpResponse]
REPEATS = 2


def _signed(view: Handler) -> Callable[[HttpRequest, str], HttpResponse]:
    """POST only, signature first; then the ring of the token, its case locked."""

    @wraps(view)
    def checked(request: HttpRequest, token: str) -> HttpResponse:
        if not telephony.line().verify_webhook(request):
            return HttpResponseForbidden("bad signature\n", content_type="text/plain")
        found = StaffCall.objects.filter(token=token).values_list("pk", flat=True).first()
        if found is None:
            return telephony.respond(Tell())
        heard = telephony.hear(request)
        with transaction.atomic():
            case, call = staff_calls.lock_call(found)
            now = clock.now()
            if call.sid is None and call.is_live:
                staff_calls.adopt_sid(call, heard.sid, now=now)
            late_rings.take_back_ring(call, heard.sid, now=now)
            if call.sid != heard.sid or late_rings.came_too_late(call):
                return _end(_("연천군 신호등. 다른 전화가 있어 이 전화는 끊습니다."))
            return view(heard, case, call, now)

    return allow_webhook(why="the telephone company signs each request")(
        csrf_exempt(require_POST(checked))
    )


@_signed
def staff(heard: Heard, case: Case, call: StaffCall, now: datetime) -> HttpResponse:
    """The receiver is off: say what waits."""
    staff_calls.rise(case, call, CallStatus.IN_PROGRESS, now=now)
    if case.state != CaseState.WAITING:
        return _end(_("이 건은 이미 다른 사람이 맡았습니다. 고맙습니다."))
    waited = int((now - (case.queued_at or now)).total_seconds() // 60)
    words = _(
        "연천군 신호등입니다. 긴급 건이 %(minutes)d분째 기다립니다. 맡으려면 1번을 눌러 주세요."
        if case.light == Light.RED
        else "연천군 신호등입니다. 건이 %(minutes)d분째 기다립니다. 맡으려면 1번을 눌러 주세요."
    )
    said = words % {"minutes": waited}
    action = reverse("dispatch:staff_answer", args=[call.token])
    return telephony.respond(Ask((said,) * REPEATS, action))


@_signed
def staff_answer(heard: Heard, case: Case, call: StaffCall, now: datetime) -> HttpResponse:
    """A key, or none: only 1 takes the case."""
    if heard.digits != "1":
        return _end(_("맡지 않으셨습니다. 다음 사람에게 전화합니다."))
    if staff_calls.press(case, call, now=now) == StaffOutcome.CLAIMED:
        return _end(_("건을 맡으셨습니다. 관제 화면을 열어 주세요. 고맙습니다."))
    return _end(_("이 건은 이미 다른 사람이 맡았습니다. 고맙습니다."))


@_signed
def staff_status(heard: Heard, case: Case, call: StaffCall, now: datetime) -> HttpResponse:
    """The company tells how the line fares."""
    staff_calls.rise(case, call, heard.status, now=now)
    return HttpResponse(status=204)


def _end(sentence: str) -> HttpResponse:
    return telephony.respond(Tell((sentence,)))
