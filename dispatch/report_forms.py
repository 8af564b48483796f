"""What a neighbour, an 이장 or anybody else tells the desk about somebody who is not seen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.crypto import normal_phone
from dispatch.actions.reporting import PHONE_DIGITS
from dispatch.forms import NOTE_LENGTH, new_key
from dispatch.reported import Report
from dispatch.rules import Reporter
from households.forms import CHOOSE, CleanForm, MomentInput, PhoneInput


class ReportForm(CleanForm):
    """`report()` gives the clean values as the verb takes them."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    reporter = forms.ChoiceField(label=_("누가 알렸나"), choices=[CHOOSE, *Reporter.choices])
    words = forms.CharField(
        label=_("무엇을 보았나"),
        max_length=NOTE_LENGTH,
        help_text=_("들은 대로 적어 주세요. 예: 우편물이 쌓였고 밤에 불이 켜지지 않음"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    last_well_at = forms.DateTimeField(
        label=_("마지막으로 잘 있는 것을 본 때"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text=_("모르면 비워 둡니다."),
        widget=MomentInput,
        error_messages={"invalid": _("날짜와 시각을 다시 봐 주세요.")},
    )
    phone = forms.CharField(
        label=_("알린 사람의 전화번호"),
        max_length=20,
        required=False,
        help_text=_("다시 물어볼 때만 씁니다. 가려서 보이고, 볼 때마다 기록됩니다."),
        widget=PhoneInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", new_key())

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"]).strip()
        if phone and len(normal_phone(phone)) not in PHONE_DIGITS:
            raise forms.ValidationError(_("전화번호를 다시 봐 주세요."))
        return phone

    def report(self) -> Report:
        values = {name: self.cleaned_data[name] for name in ("reporter", "words", "phone")}
        return Report(**values, last_well_at=self.cleaned_data["last_well_at"])
