"""How django-allauth is used here: nobody registers himself, secrets are stored encrypted."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import audit, crypto


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come from an administrator's invitation only."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _(
            "아이디 또는 비밀번호가 맞지 않습니다. 다시 입력해 주세요."
        ),
        "email_password_mismatch": _("아이디 또는 비밀번호가 맞지 않습니다. 다시 입력해 주세요."),
        "account_inactive": _("사용이 종료된 계정입니다. 시스템 관리자에게 문의하세요."),
        "incorrect_password": _("비밀번호가 맞지 않습니다."),
        "enter_current_password": _("지금 쓰는 비밀번호를 입력해 주세요."),
        "too_many_login_attempts": _("시도가 너무 많습니다. 잠시 뒤에 다시 로그인해 주세요."),
        "rate_limited": _("시도가 너무 많습니다. 1분 뒤에 다시 해 주세요."),
        "incorrect_code": _("인증번호가 맞지 않습니다. 앱에 지금 보이는 번호를 입력해 주세요."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not for the first set-up of the second factor, which follows the sign-in at once."""
        user = context.request.user
        if app == "allauth.mfa" and not Authenticator.objects.filter(user_id=user.pk).exists():
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords are counted by axes, durably; "login_failed" is for second factors."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same address as in the access log: behind a proxy of ours, the person's own."""
        return audit.client_ip(request) or super().get_client_ip(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own notices ("Successfully signed in as …") are noise here; pages say it."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every e-mail leaves through the outbox (accounts.notify), none from inside a request."""


class MFAAdapter(DefaultMFAAdapter):
    """The key of an authenticator app is as good as a password: it is stored encrypted."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("인증번호가 맞지 않습니다. 앱에 지금 보이는 번호를 입력해 주세요."),
        "cannot_delete_authenticator": _(
            "2단계 인증은 끌 수 없습니다. 전화기를 바꾸면 시스템 관리자에게 초기화를 요청하세요."
        ),
        "rate_limited": _("시도가 너무 많습니다. 5분 뒤에 다시 해 주세요."),
    }

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Where the second factor is required, only another administrator takes it away."""
        return not settings.SECOND_FACTOR_REQUIRED
