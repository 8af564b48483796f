"""Staff pages, for administrators. They show people who work here, never residents."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, clock
from accounts.access import allow
from accounts.forms import (
    GrantForm,
    InviteForm,
    PersonForm,
    ReasonForm,
    StaffFilterForm,
    StandInForm,
    or_now,
)
from accounts.middleware import has_second_factor
from accounts.models import Invitation, RoleGrant, User
from accounts.roles import Role
from accounts.sign_in import is_locked_out
from accounts.staff_list import rows, staff
from accounts.views.common import oneself

PER_PAGE = 50
administrators = allow(Role.ADMINISTRATOR)


@administrators
@require_safe
def staff_page(request: HttpRequest) -> HttpResponse:
    form = StaffFilterForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    found = staff(filters, now=clock.now())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter_form": form,
        "page": page,
        "rows": rows(list(page.object_list)),
        "filtered": any(filters.values()),
    }
    return render(request, "accounts/staff_list.html", context)


@administrators
@require_safe
def person(request: HttpRequest, uid: str) -> HttpResponse:
    user = _person(uid)
    now = clock.now()
    grants = list(
        RoleGrant.objects.filter(user=user).select_related(
            "organisation", "township", "granted_by", "ended_by"
        )
    )
    for grant in grants:
        grant.is_open = grant.ended_at is None and (grant.ends_at is None or grant.ends_at > now)
    context = {
        "person": user,
        "grants": grants,
        "now": now,
        "myself": user.pk == request.user.pk,
        "joined": user.has_usable_password(),
        "second_factor": has_second_factor(user.pk),
        "locked": is_locked_out(user),
        "stand_in": user.stand_in_at(now),
        "open_link": Invitation.objects.filter(
            user=user,
            accepted_at__isnull=True,
            revoked_at__isnull=True,
            expires_at__gt=clock.real_now(),
        ).first(),
    }
    return render(request, "accounts/person.html", context)


@administrators
@never_cache
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _invite(request, form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _show_link(request, made.user, made.link)
    return _form(request, form, _("직원 초대"), _("초대 링크 만들기"))


def _invite(request: HttpRequest, data: dict[str, Any]) -> actions.Invited:
    now = clock.now()
    grant = actions.NewGrant(
        role=data["role"],
        organisation=data["organisation"],
        township=data["township"],
        starts_at=now,
        ends_at=data["ends_at"],
        reason=data["reason"],
    )
    return actions.invite(
        by=oneself(request),
        username=data["username"],
        name=data["name"],
        organisation=data["organisation"],
        email=data["email"],
        phone=data["phone"],
        title=data["title"],
        grant=grant,
        now=now,
    )


@administrators
@never_cache
@require_POST
def invite_again(request: HttpRequest, uid: str) -> HttpResponse:
    user = _person(uid)
    try:
        link = actions.invite_again(by=oneself(request), user=user, now=clock.now())
    except ValidationError as error:
        return _refused(request, user, error)
    return _show_link(request, user, link)


@administrators
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, uid: str) -> HttpResponse:
    user = _person(uid)
    names = ("name", "organisation", "title", "email", "phone")
    form = PersonForm(request.POST or None, initial={n: getattr(user, n) for n in names})

    def verb(data: dict[str, Any]) -> None:
        actions.change_person(by=oneself(request), user=user, now=clock.now(), **data)

    title = _("%(name)s 님 정보 변경") % {"name": user.name}
    return _answer(request, user, form, verb, title, _("저장"), done=_("저장했습니다."))


@administrators
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, uid: str) -> HttpResponse:
    user = _person(uid)
    form = GrantForm(request.POST or None, initial={"organisation": user.organisation})

    def verb(data: dict[str, Any]) -> None:
        now = clock.now()
        data["starts_at"] = or_now(data["starts_at"], now)
        actions.grant_role(by=oneself(request), user=user, now=now, **data)

    title = _("%(name)s 님 역할 부여") % {"name": user.name}
    return _answer(request, user, form, verb, title, _("역할 부여"), done=_("역할을 부여했습니다."))


@administrators
@require_http_methods(["GET", "POST"])
def end_role(request: HttpRequest, uid: str, grant_id: int) -> HttpResponse:
    user = _person(uid)
    held = get_object_or_404(RoleGrant.objects.select_related("user"), pk=grant_id, user=user)
    form = ReasonForm(request.POST or None)

    def verb(data: dict[str, Any]) -> None:
        actions.end_role(by=oneself(request), grant=held, now=clock.now(), **data)

    title = _("%(name)s 님의 역할 ‘%(role)s’ 해지") % {
        "name": user.name,
        "role": held.get_role_display(),
    }
    return _answer(request, user, form, verb, title, _("역할 해지"), done=_("역할을 해지했습니다."))


@administrators
@require_http_methods(["GET", "POST"])
def stand_in(request: HttpRequest, uid: str) -> HttpResponse:
    user = _person(uid)
    form = StandInForm(request.POST or None, person=user)

    def verb(data: dict[str, Any]) -> None:
        now = clock.now()
        data["starts_at"] = or_now(data["starts_at"], now)
        actions.set_stand_in(by=oneself(request), user=user, now=now, **data)

    title = _("%(name)s 님 대직 지정") % {"name": user.name}
    return _answer(request, user, form, verb, title, _("대직 지정"), done=_("대직을 정했습니다."))


@administrators
@require_http_methods(["GET", "POST"])
def end_person(request: HttpRequest, uid: str) -> HttpResponse:
    user = _person(uid)
    form = ReasonForm(request.POST or None)

    def verb(data: dict[str, Any]) -> None:
        actions.end_person(by=oneself(request), user=user, now=clock.now(), **data)

    title = _("%(name)s 님 사용 종료") % {"name": user.name}
    lead = _(
        "바로 로그아웃되고 모든 역할이 끝납니다. 되돌릴 수 없으며, 다시 일하면 새로 초대합니다."
    )
    return _answer(
        request, user, form, verb, title, _("사용 종료"), done=_("사용을 종료했습니다."), lead=lead
    )


@administrators
@never_cache
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest, uid: str) -> HttpResponse:
    user = _person(uid)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            link = actions.reset_access(
                by=oneself(request), user=user, reason=form.cleaned_data["reason"], now=clock.now()
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _show_link(request, user, link)
    title = _("%(name)s 님 로그인 초기화") % {"name": user.name}
    lead = _(
        "비밀번호와 2단계 인증을 지우고 로그아웃시킵니다. 새 비밀번호를 정하는 링크를 만듭니다."
    )
    return _form(request, form, title, _("초기화하고 링크 만들기"), user, lead)


@administrators
@require_POST
def unlock(request: HttpRequest, uid: str) -> HttpResponse:
    user = _person(uid)
    try:
        actions.unlock(by=oneself(request), user=user, now=clock.now())
    except ValidationError as error:
        return _refused(request, user, error)
    messages.success(request, _("로그인 잠금을 풀었습니다."))
    return redirect("person", uid=user.uid)


# ── shared ───────────────────────────────────────────────────────────────────
def _person(uid: str) -> User:
    return get_object_or_404(User.objects.select_related("organisation", "stand_in"), uid=uid)


def _answer(
    request: HttpRequest,
    user: User,
    form: forms.Form,
    verb: Callable[[dict[str, Any]], None],
    title: str,
    button: str,
    *,
    done: str,
    lead: str = "",
) -> HttpResponse:
    """Form → verb → back to the person's page; a refusal is shown in the form."""
    if request.method == "POST" and form.is_valid():
        try:
            verb(dict(form.cleaned_data))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, done)
            return redirect("person", uid=user.uid)
    return _form(request, form, title, button, user, lead)


def _form(
    request: HttpRequest,
    form: forms.Form,
    title: str,
    button: str,
    user: User | None = None,
    lead: str = "",
) -> HttpResponse:
    context = {"form": form, "heading": title, "button": button, "person": user, "lead": lead}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "accounts/staff_form.html", context, status=status)


def _refused(request: HttpRequest, user: User, error: ValidationError) -> HttpResponse:
    messages.error(request, " ".join(error.messages))
    return redirect("person", uid=user.uid)


def _show_link(request: HttpRequest, user: User, link: actions.Link) -> HttpResponse:
    """The one page that ever shows the link; it is in no address, cookie or database."""
    page = render(request, "accounts/link.html", {"person": user, "link": link})
    page["Cache-Control"] = "no-store"
    return page
