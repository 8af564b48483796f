"""A person's own pages: the inbox, and what the portal knows of them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import actions, clock
from accounts.access import allow_signed_in
from accounts.forms import OwnPhoneForm, PhoneCodeForm
from accounts.masking import mask_phone
from accounts.middleware import has_second_factor
from accounts.models import Message, RoleGrant
from accounts.notify.inbox import Letter, mark_read, open_letter, own_letters
from accounts.views.common import oneself

PER_PAGE = 30


@allow_signed_in
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Messages to this person, the newest first; `?show=unread` leaves out what was read."""
    unread_only = request.GET.get("show") == "unread"
    rows = own_letters(request.user, unread_only=unread_only)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    letters = [Letter.of(row) for row in page.object_list]
    context = {"page": page, "letters": letters, "unread_only": unread_only, "now": clock.now()}
    return render(request, "accounts/inbox.html", context)


@allow_signed_in
@require_POST
def inbox_open(request: HttpRequest, uid: str) -> HttpResponse:
    """Mark one message read and go where it points. Somebody else's message is not there."""
    try:
        message = open_letter(user=request.user, uid=uid, now=clock.now())
    except Message.DoesNotExist:
        raise Http404 from None
    return redirect(message.link_path or "inbox")


@allow_signed_in
@require_POST
def inbox_read_all(request: HttpRequest) -> HttpResponse:
    count = mark_read(user=request.user, now=clock.now())
    if count:
        messages.success(request, _("%(n)d건을 읽음으로 표시했습니다.") % {"n": count})
    return redirect("inbox")


@allow_signed_in
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Own data, roles, telephone number with its proof, second factor."""
    return _me(request, OwnPhoneForm(initial={"phone": ""}), PhoneCodeForm())


@allow_signed_in
@require_POST
def me_phone(request: HttpRequest) -> HttpResponse:
    form = OwnPhoneForm(request.POST)
    if form.is_valid():
        try:
            actions.change_own_phone(
                user=oneself(request), phone=form.cleaned_data["phone"], now=clock.now()
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("번호를 저장했습니다."))
            return redirect("me")
    return _me(request, form, PhoneCodeForm(), status=422)


@allow_signed_in
@require_POST
def me_phone_code(request: HttpRequest) -> HttpResponse:
    """Ask for a code by SMS."""
    try:
        actions.request_phone_code(user=oneself(request), now=clock.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("인증번호를 보냈습니다. 10분 안에 입력하세요."))
    return redirect("me")


@allow_signed_in
@require_POST
def me_phone_confirm(request: HttpRequest) -> HttpResponse:
    form = PhoneCodeForm(request.POST)
    if form.is_valid():
        try:
            actions.confirm_phone(
                user=oneself(request), code=form.cleaned_data["code"], now=clock.now()
            )
        except ValidationError as error:
            form.add_error("code", error)
        else:
            messages.success(request, _("번호를 확인했습니다. 이제 문자를 받습니다."))
            return redirect("me")
    return _me(request, OwnPhoneForm(), form, status=422)


def _me(
    request: HttpRequest, phone_form: OwnPhoneForm, code_form: PhoneCodeForm, status: int = 200
) -> HttpResponse:
    now = clock.now()
    person = oneself(request)
    grants = RoleGrant.objects.filter(user=person).current(at=now)
    context = {
        "person": person,
        "grants": grants.select_related("organisation", "township"),
        "phone": mask_phone(person.phone) if person.phone else "",
        "phone_form": phone_form,
        "code_form": code_form,
        "second_factor": has_second_factor(person.pk),
    }
    return render(request, "accounts/me.html", context, status=status)
