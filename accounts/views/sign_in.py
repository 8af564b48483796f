"""Round the sign-in: one-time links, still-here pings, the lock-out page."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions, clock
from accounts.access import allow_public, allow_signed_in
from accounts.forms import NewPasswordForm
from accounts.middleware import sign_out_idle


@allow_public(why="somebody invited cannot sign in yet; the token in the link is the proof")
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set one's own password behind a one-time link, then sign in with it."""
    found = actions.find_invitation(token)
    if found is None:
        return render(request, "accounts/invitation_gone.html", status=410)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.accept_invitation(
                token=token, password=form.cleaned_data["password"], now=clock.now()
            )
        except actions.Refused:
            return render(request, "accounts/invitation_gone.html", status=410)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            messages.success(request, _("비밀번호를 정했습니다. 이제 로그인하세요."))
            return redirect("account_login")
    page = render(request, "accounts/invitation.html", {"form": form, "person": found.user})
    # The address holds the token: it must not travel to another host. Not "no-referrer": with it
    # a browser sends `Origin: null` with the form, and the CSRF check refuses that.
    page["Referrer-Policy"] = "same-origin"
    return page


@allow_signed_in
@require_POST
def still_here(request: HttpRequest) -> HttpResponse:
    """The person answered the idle warning; the middleware has taken note already."""
    return HttpResponse(status=204)


@allow_signed_in
@require_POST
def idle(request: HttpRequest) -> HttpResponse:
    """The page's own clock ran out: sign out before it goes to the sign-in page.

    Without this the page would arrive there still signed in, be sent back, and count as active.
    """
    sign_out_idle(request)
    return HttpResponse(status=204)


def locked_out(
    request: HttpRequest, original: HttpResponse | None, credentials: object
) -> HttpResponse:
    """The answer of django-axes after too many failed sign-ins."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"limit": settings.AXES_FAILURE_LIMIT, "minutes": minutes}
    return render(request, "accounts/locked_out.html", context, status=429)
