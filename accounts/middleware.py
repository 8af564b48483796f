"""What surrounds every page: settings read once, the idle signed out, the second factor set up."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import to_sign_in
from accounts.county_settings import remembered, setting

ACTIVE_AT = "active_at"
"""Session key: seconds since 1970 (real time) of the last thing the person did."""

TOUCH_EVERY_S = 15
"""The session is written at most this often, so that clicking through pages is not all writes."""

SET_UP_PAGES = {
    "mfa_activate_totp",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
    "account_reauthenticate",
    "account_logout",
    "still_here",
    "idle",
}
"""All that a person sees who is signed in but has no second factor yet."""

Answer = Callable[[HttpRequest], HttpResponseBase]


def is_background(request: HttpRequest) -> bool:
    """A request that a page makes by itself (the desk's refresh): it proves nobody is there."""
    return request.headers.get("X-Background") == "1"


def idle_seconds(request: HttpRequest) -> int:
    """After how many seconds without a human act this county signs a person out."""
    return int(setting("accounts.idle_minutes", at=clock.now())) * 60


class RememberedSettingsMiddleware:
    """A page sees one state of the county's settings, read with one query."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with remembered():
            return self.get_response(request)


class IdleSignOutMiddleware:
    """Signs out a person who did nothing for `accounts.idle_minutes`. Real time, not demo time."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.get_response(request)
        now = clock.real_now().timestamp()
        last = request.session.get(ACTIVE_AT)
        if last is not None and now - last >= idle_seconds(request):
            sign_out_idle(request)
            return to_sign_in(request)
        if not is_background(request) and (last is None or now - last >= TOUCH_EVERY_S):
            request.session[ACTIVE_AT] = now
        return self.get_response(request)


def sign_out_idle(request: HttpRequest) -> None:
    """End the session of an idle person; the sign-in page will say why."""
    request.signed_out_why = "idle"  # type: ignore[attr-defined]
    logout(request)
    messages.warning(request, _("한동안 쓰지 않아 로그아웃했습니다. 다시 로그인해 주세요."))


class SecondFactorMiddleware:
    """Whoever has no second factor reaches only the pages that set it up, and sign-out."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated:
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in SET_UP_PAGES or has_second_factor(request.user.pk):
            return None
        return redirect("mfa_activate_totp")


def has_second_factor(user_id: int) -> bool:
    return Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).exists()
