"""Forms of sign-in, staff and settings. They check what was typed; the verbs decide."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as MFAReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.county_settings import SettingSpec
from accounts.models import Organisation, Township, User
from accounts.models.access_log import AccessLog
from accounts.roles import Role


def _plain(field: forms.Field, label: Any, **attrs: str) -> None:
    """Korean label, no placeholder: a placeholder vanishes when it is needed."""
    field.label = label
    field.help_text = ""
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


# ── sign-in ──────────────────────────────────────────────────────────────────
class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["login"], _("아이디"), autocapitalize="none", spellcheck="false")
        _plain(self.fields["password"], _("비밀번호"))

    def clean_login(self) -> str:
        return super().clean_login().lower()


class OwnPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["oldpassword"], _("지금 비밀번호"))
        _plain(self.fields["password1"], _("새 비밀번호"))
        _plain(self.fields["password2"], _("새 비밀번호 한 번 더"))
        self.fields["password1"].help_text = PASSWORD_HELP


class ConfirmPasswordForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["password"], _("비밀번호"))


CODE = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"}


class SecondFactorForm(AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["code"], _("인증번호 6자리 또는 복구 코드"), **CODE)


class ConfirmSecondFactorForm(MFAReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["code"], _("인증번호 6자리 또는 복구 코드"), **CODE)


class SetUpSecondFactorForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["code"], _("앱에 보이는 인증번호 6자리"), **CODE)

    def clean_code(self) -> str:
        """The code that ends the set-up proves the person; the recovery codes come next."""
        code = super().clean_code()
        record_authentication(
            context.request, self.user, method="mfa", type="totp", reauthenticated=True
        )
        return code


PASSWORD_HELP = _(
    "10자 이상으로 정하세요. 아이디와 비슷하거나 숫자만 있거나 흔한 것은 쓸 수 없습니다."
)


class NewPasswordForm(forms.Form):
    """The person's own password behind a one-time link."""

    password = forms.CharField(
        label=_("새 비밀번호"),
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("새 비밀번호 한 번 더"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if self.cleaned_data.get("password") != again:
            raise forms.ValidationError(_("두 비밀번호가 서로 다릅니다."))
        return again


class OwnPhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("휴대전화"),
        required=False,
        max_length=20,
        help_text=_("바꾸면 새 번호로 인증번호를 다시 받아야 합니다."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )


class PhoneCodeForm(forms.Form):
    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("인증번호 6자리"),
        error_messages={"invalid": _("문자로 받은 숫자 6자리를 입력하세요.")},
        widget=forms.TextInput(attrs=CODE),
    )


# ── staff ────────────────────────────────────────────────────────────────────
class DateTimeInput(forms.DateTimeInput):
    """The browser's own picker; the value is local time of the county."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def _moment(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        widget=DateTimeInput(),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )


def or_now(typed: datetime | None, now: datetime) -> datetime:
    """What was typed, or now. The picker knows no seconds: this very minute means now."""
    if typed is None or timedelta(0) < now - typed < timedelta(minutes=1):
        return now
    return typed


class PersonForm(forms.Form):
    name = forms.CharField(label=_("이름"), max_length=40)
    organisation = forms.ModelChoiceField(
        label=_("기관"), queryset=Organisation.objects.all(), empty_label=_("고르세요")
    )
    title = forms.CharField(label=_("직위"), max_length=40, required=False)
    email = forms.EmailField(label=_("전자우편"), required=False)
    phone = forms.CharField(label=_("휴대전화"), max_length=20, required=False)


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("역할"), choices=Role.choices)
    organisation = forms.ModelChoiceField(
        label=_("역할을 하는 기관"), queryset=Organisation.objects.all(), empty_label=_("고르세요")
    )
    township = forms.ModelChoiceField(
        label=_("담당 읍·면"),
        queryset=Township.objects.all(),
        required=False,
        empty_label=_("정하지 않음"),
        help_text=_("읍·면 담당자는 꼭 고릅니다. 현장 출동은 고를 수 있습니다."),
    )
    starts_at = _moment(_("시작"), help_text=_("비우면 지금부터입니다."))
    ends_at = _moment(_("종료"), help_text=_("비우면 끝낼 때까지입니다."))
    reason = forms.CharField(
        label=_("사유"), max_length=200, help_text=_("예: 2026년 하반기 인사이동")
    )


class InviteForm(PersonForm):
    """A person and the first role; the role's organisation is the person's."""

    username = forms.CharField(
        label=_("아이디"),
        max_length=60,
        help_text=_("영문 소문자로 시작, 3자 이상. 나중에 바꾸지 못합니다."),
    )
    role = forms.ChoiceField(label=_("역할"), choices=Role.choices)
    township = forms.ModelChoiceField(
        label=_("담당 읍·면"),
        queryset=Township.objects.all(),
        required=False,
        empty_label=_("정하지 않음"),
        help_text=_("읍·면 담당자는 꼭 고릅니다. 현장 출동은 고를 수 있습니다."),
    )
    ends_at = _moment(_("역할 종료"), help_text=_("비우면 끝낼 때까지입니다."))
    reason = forms.CharField(
        label=_("사유"), max_length=200, help_text=_("예: 2026년 하반기 인사이동")
    )
    field_order = ("name", "username", "organisation", "title", "email", "phone", "role")


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("사유"), max_length=200)


class StandInForm(forms.Form):
    stand_in = forms.ModelChoiceField(
        label=_("대직자"), queryset=User.objects.none(), empty_label=_("고르세요")
    )
    starts_at = _moment(_("시작"), help_text=_("비우면 지금부터입니다."))
    ends_at = _moment(_("종료"), required=True)
    reason = forms.CharField(label=_("사유"), max_length=200, help_text=_("예: 여름휴가"))

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stand_in"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(is_active=True, ended_at__isnull=True).exclude(
            pk=person.pk
        )


class StaffFilterForm(forms.Form):
    """Filters of the staff list; they live in the URL."""

    q = forms.CharField(label=_("이름 또는 아이디"), required=False, max_length=60)
    role = forms.ChoiceField(
        label=_("역할"), required=False, choices=[("", _("모든 역할")), *Role.choices]
    )
    organisation = forms.ModelChoiceField(
        label=_("기관"),
        required=False,
        queryset=Organisation.objects.all(),
        empty_label=_("모든 기관"),
    )
    state = forms.ChoiceField(
        label=_("상태"),
        required=False,
        choices=[
            ("", _("사용 중")),
            ("invited", _("가입 전")),
            ("ended", _("종료됨")),
            ("all", _("모두")),
        ],
    )


# ── settings of the county ───────────────────────────────────────────────────
class SettingForm(forms.Form):
    """A new version of one setting; the field of the value follows its kind."""

    value = forms.CharField(label=_("새 값"))
    valid_from = _moment(
        _("적용 일시"), help_text=_("비우면 바로 적용합니다. 지난 때로는 정할 수 없습니다.")
    )
    reason = forms.CharField(label=_("변경 사유"), max_length=200)

    def __init__(self, *args: Any, spec: SettingSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        self.fields["value"] = _value_field(spec)
        self.fields["value"].label = _("새 값")

    def clean_value(self) -> Any:
        return self.spec.clean(self.cleaned_data["value"])


def _value_field(spec: SettingSpec) -> forms.Field:
    if spec.kind == "bool":
        return forms.ChoiceField(choices=[("true", _("예")), ("false", _("아니요"))])
    if spec.kind == "choice":
        return forms.ChoiceField(choices=spec.choices)
    if spec.kind == "json":
        return forms.JSONField(widget=forms.Textarea(attrs={"rows": "6"}))
    if spec.kind == "time":
        return forms.CharField(widget=forms.TextInput(attrs={"type": "time"}))
    step = "1" if spec.kind == "int" else "any"
    return forms.CharField(
        help_text=_("단위: %(unit)s") % {"unit": spec.unit} if spec.unit else "",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "step": step}),
    )


# ── access log ───────────────────────────────────────────────────────────────
class AccessLogFilterForm(forms.Form):
    """Filters of the access log; they live in the URL."""

    start = forms.DateField(
        label=_("시작일"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    end = forms.DateField(
        label=_("종료일"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    actor = forms.CharField(label=_("직원 아이디"), required=False, max_length=60)
    action = forms.ChoiceField(
        label=_("수행업무"),
        required=False,
        choices=[("", _("모든 업무")), *AccessLog.Action.choices],
    )
    subject = forms.CharField(
        label=_("대상 번호"),
        required=False,
        max_length=64,
        help_text=_("가구·직원 화면 주소의 긴 번호"),
    )

    def clean(self) -> dict[str, Any] | None:
        clean = super().clean()
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and end and end < start:
            self.add_error("end", _("종료일이 시작일보다 앞섭니다."))
        return clean
