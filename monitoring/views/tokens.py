"""The partners' keys: administrators make, change and revoke them, officials look."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from accounts.views.common import oneself
from monitoring import partners
from monitoring.models import PartnerToken
from monitoring.partner_forms import IssueForm, LimitsForm, RotateForm
from monitoring.presenters import tokens as presenter

ENDED_SHOWN = 20


@allow(Role.ADMINISTRATOR, Role.COUNTY_OFFICIAL)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    at = clock.real_now()
    rows = PartnerToken.objects.select_related("organisation", "created_by")
    valid = rows.valid(at=at).order_by("feed", "organisation_id", "expires_at")
    ended = rows.exclude(pk__in=valid.values("pk"))[:ENDED_SHOWN]
    context = {
        "valid": presenter.rows(list(valid), at=at),
        "ended": presenter.rows(list(ended), at=at),
        "may_change": request_scope(request).has(Role.ADMINISTRATOR),
    }
    return render(request, "monitoring/tokens.html", context)


@allow(Role.ADMINISTRATOR)
@never_cache
@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest) -> HttpResponse:
    form = IssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made, secret = partners.issue(
                feed=data["feed"],
                organisation=data["organisation"],
                by=oneself(request),
                now=clock.real_now(),
                valid_for=timedelta(days=data["days"]),
                networks=data["networks"],
                per_minute=data["per_minute"],
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return _show_once(request, made, secret)
    return _form(request, form, _("새 열쇠"), _("열쇠 만들기"))


@allow(Role.ADMINISTRATOR)
@never_cache
@require_http_methods(["GET", "POST"])
def rotate(request: HttpRequest, token_id: int) -> HttpResponse:
    token = _token(token_id)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = partners.rotate(
                token=token,
                by=oneself(request),
                now=clock.real_now(),
                overlap=timedelta(days=form.cleaned_data["overlap_days"]),
                valid_for=timedelta(days=form.cleaned_data["days"]),
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return _show_once(request, made, secret)
    lead = _("같은 자료와 네트워크로 새 열쇠를 만듭니다. 헌 열쇠는 겹치는 기간 뒤에 끝납니다.")
    return _form(request, form, _("열쇠 바꾸기"), _("새 열쇠 만들기"), token, lead)


@allow(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def limits(request: HttpRequest, token_id: int) -> HttpResponse:
    token = _token(token_id)
    initial = {"networks": "\n".join(token.networks), "per_minute": token.per_minute}
    form = LimitsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            partners.set_limits(
                token=token, by=oneself(request), now=clock.real_now(), **form.cleaned_data
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("저장했습니다."))
            return redirect("monitoring:tokens")
    return _form(request, form, _("쓸 수 있는 곳과 횟수"), _("저장"), token)


@allow(Role.ADMINISTRATOR)
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    try:
        partners.revoke(token=_token(token_id), by=oneself(request), now=clock.real_now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, _("열쇠를 거두었습니다. 이제 아무것도 열지 못합니다."))
    return redirect("monitoring:tokens")


def _token(token_id: int) -> PartnerToken:
    return get_object_or_404(PartnerToken.objects.select_related("organisation"), pk=token_id)


def _form(
    request: HttpRequest,
    form: IssueForm | RotateForm | LimitsForm,
    title: str,
    button: str,
    token: PartnerToken | None = None,
    lead: str = "",
) -> HttpResponse:
    context = {"form": form, "heading": title, "button": button, "token": token, "lead": lead}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "monitoring/token_form.html", context, status=status)


def _show_once(request: HttpRequest, token: PartnerToken, secret: str) -> HttpResponse:
    """The one page that ever shows the key; it is in no address, cookie or database."""
    context = {"token": token, "secret": secret, "base_url": settings.PUBLIC_BASE_URL}
    return render(request, "monitoring/token_secret.html", context)
