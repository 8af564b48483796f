"""Webhooks of the telephone company for short messages. Unsigned callers get 403."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.access import allow_webhook
from accounts.notify.receipts import record_inbound, record_status
from accounts.twilio_client import verify


@allow_webhook(why="the telephone company reports how a message fared; signature checked")
@csrf_exempt
@require_POST
def sms_status(request: HttpRequest) -> HttpResponse:
    _must_be_signed(request)
    try:
        message_uid = str(UUID(request.GET.get("m", "")))
    except ValueError:
        # Signed, but not about a message of this outbox: nothing to do, and nothing to repeat.
        return HttpResponse(status=204)
    record_status(
        message_uid=message_uid,
        sid=request.POST.get("MessageSid", "")[:64],
        status=request.POST.get("MessageStatus", "")[:20],
        error_code=request.POST.get("ErrorCode", ""),
        now=clock.now(),
    )
    return HttpResponse(status=204)


@allow_webhook(why="the telephone company passes on an answer to our message; signature checked")
@csrf_exempt
@require_POST
def sms_inbound(request: HttpRequest) -> HttpResponse:
    _must_be_signed(request)
    sid = request.POST.get("MessageSid", "")[:64]
    if sid:
        record_inbound(
            sid=sid,
            sender=request.POST.get("From", ""),
            body=request.POST.get("Body", "")[:1600],
            now=clock.now(),
        )
    return HttpResponse("<Response/>", content_type="text/xml")


def _must_be_signed(request: HttpRequest) -> None:
    if not verify(request):
        raise PermissionDenied(_("서명을 확인할 수 없는 요청입니다."))
