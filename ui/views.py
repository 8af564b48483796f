"""Error pages: one template says what happened and what to do next.

They stand on base_plain.html alone, without request, session or database, so that they
also work when one of those is what failed. Machines get the same facts in English.
"""

from http import HTTPStatus

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MACHINE_PATHS = ("/api/", "/hooks/")

# status -> title, what happened, what to do next
WORDS = {
    400: (
        gettext_lazy("요청을 알아듣지 못했습니다"),
        gettext_lazy("주소나 보낸 내용이 온전하지 않습니다. 바뀐 것은 없습니다."),
        gettext_lazy("앞 화면으로 돌아가 다시 해 보세요."),
    ),
    403: (
        gettext_lazy("볼 수 없는 화면입니다"),
        gettext_lazy("이 화면을 볼 권한이 없습니다."),
        gettext_lazy("업무에 필요하면 시스템 관리자에게 권한을 요청하세요."),
    ),
    404: (
        gettext_lazy("찾는 화면이 없습니다"),
        gettext_lazy("주소가 틀렸거나, 옮겨졌거나, 담당 지역이 아닌 가구입니다."),
        gettext_lazy("주소를 확인하거나 처음 화면에서 다시 찾아 보세요."),
    ),
    405: (
        gettext_lazy("이렇게는 열 수 없는 주소입니다"),
        gettext_lazy("단추를 눌러야 하는 주소를 바로 열었습니다. 바뀐 것은 없습니다."),
        gettext_lazy("앞 화면으로 돌아가 단추를 눌러 주세요."),
    ),
    409: (
        gettext_lazy("그 사이 내용이 바뀌었습니다"),
        gettext_lazy("다른 사람이 먼저 고쳤습니다. 방금 한 일은 반영되지 않았습니다."),
        gettext_lazy("앞 화면을 새로 고쳐 지금 내용을 확인한 뒤 다시 해 주세요."),
    ),
    413: (
        gettext_lazy("보낸 내용이 너무 큽니다"),
        gettext_lazy("한 번에 받을 수 있는 크기를 넘어 받지 않았습니다."),
        gettext_lazy("파일을 나누거나 줄여서 다시 보내 주세요."),
    ),
    429: (
        gettext_lazy("잠시 쉬었다 해 주세요"),
        gettext_lazy("짧은 시간에 너무 여러 번 요청했습니다."),
        gettext_lazy("몇 분 뒤에 다시 해 보세요. 계속되면 시스템 관리자에게 알려 주세요."),
    ),
    500: (
        gettext_lazy("처리하지 못했습니다"),
        gettext_lazy("프로그램에 문제가 생겼습니다. 방금 한 일은 저장되지 않았을 수 있습니다."),
        gettext_lazy("잠시 뒤 다시 해 보세요. 급한 건은 화면을 기다리지 말고 전화로 처리하세요."),
    ),
    503: (
        gettext_lazy("지금은 열 수 없습니다"),
        gettext_lazy("점검 중이거나 자료 저장소에 닿지 않습니다."),
        gettext_lazy("몇 분 뒤 다시 해 보세요. 급한 건은 화면을 기다리지 말고 전화로 처리하세요."),
    ),
}
# Errors that a second try may clear.
WORTH_A_RETRY = frozenset({429, 500, 503})


def error_page(
    status: int,
    request: HttpRequest | None = None,
    *,
    title: str = "",
    happened: str = "",
    next_step: str = "",
) -> HttpResponse:
    """The page of one status; given texts replace the usual ones."""
    if request is not None and not wants_page(request):
        return JsonResponse({"detail": HTTPStatus(status).phrase}, status=status)
    usual = WORDS[status]
    context = {
        "status": status,
        "title": title or usual[0],
        "happened": happened or usual[1],
        "next_step": next_step or usual[2],
        "retry": status in WORTH_A_RETRY,
    }
    return HttpResponse(render_to_string("error.html", context), status=status)


def wants_page(request: HttpRequest) -> bool:
    return not request.path.startswith(MACHINE_PATHS) and request.accepts("text/html")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(413 if isinstance(exception, RequestDataTooBig) else 400, request)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The sentence given to PermissionDenied says who may see the page."""
    said = str(exception) if isinstance(exception, PermissionDenied) else ""
    return error_page(403, request, happened=said)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(404, request)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(500, request)


def unavailable(request: HttpRequest) -> HttpResponse:
    response = error_page(503, request)
    response["Retry-After"] = "60"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        403,
        request,
        title=_("화면이 오래되어 보내지 못했습니다"),
        happened=_("그 사이 로그인이 바뀌었거나 화면을 연 지 오래되었습니다. 바뀐 것은 없습니다."),
        next_step=_("앞 화면으로 돌아가 새로 고친 뒤 다시 보내 주세요."),
    )
