"""Nobody signs out owning an open case: the sign-out leads to the page where cases are handed over.

Only the person's own sign-out is held up. A session that ends by itself (idle, revoked) ends, and
the lease of the case returns it to the queue by its own time.
"""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dispatch.models import Case

Answer = Callable[[HttpRequest], HttpResponseBase]


class NobodyLeavesACase:
    """Stands behind the middleware that knows the person and the door of the view."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if name != "account_logout" or request.method != "POST":
            return None
        if not request.user.is_authenticated:
            return None
        owned = Case.objects.open().filter(owner=request.user).count()
        if not owned:
            return None
        messages.warning(
            request,
            _("맡은 건이 %(n)d건 있습니다. 넘기거나 대기로 돌려놓은 뒤 로그아웃해 주세요.")
            % {"n": owned},
        )
        return redirect("dispatch:handover")
