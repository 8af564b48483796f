"""Forms of this floor. What they check is checked again by the verbs; here it gets a place."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from households.models import (
    AbsenceKind,
    AbsenceSource,
    ConsentMethod,
    ContactHours,
    MayBeTold,
    Relation,
    RiskGroup,
)
from households.rules import EndReason, PauseReason, RevealReason
from households.texts import RESIDENT_NUMBER_MESSAGE, holds_resident_number

DATE_FORMATS = ["%Y-%m-%d", "%Y%m%d", "%Y.%m.%d", "%Y. %m. %d.", "%Y. %m. %d"]
CHOOSE = ("", _("고르기"))


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class PhoneInput(forms.TextInput):
    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "tel", "autocomplete": "off"})


class CleanForm(forms.Form):
    """A form that never takes, keeps or shows again a resident registration number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField)
            field.error_messages["required"] = (
                _("하나를 골라 주세요.") if chosen else _("이 칸을 채워 주세요.")
            )

    def full_clean(self) -> None:
        refused = self._drop_resident_numbers()
        super().full_clean()
        for name in refused:
            self.errors.pop(name, None)
            self.add_error(name, RESIDENT_NUMBER_MESSAGE)

    def _drop_resident_numbers(self) -> list[str]:
        """Empties such answers in the bound data, so that they reach no page and no draft."""
        named = {self.add_prefix(name): name for name in self.fields}
        refused = [
            key
            for key in named
            if self.is_bound and holds_resident_number(str(self.data.get(key) or ""))
        ]
        if refused:
            self.data = MultiValueDict(
                {key: [""] if key in refused else [self.data[key]] for key in self.data}
            )
        return [named[key] for key in refused]


class ConfirmForm(CleanForm):
    """Nothing to fill in: the button is the answer."""


class ConsentGivenForm(CleanForm):
    method = forms.ChoiceField(
        label=_("동의를 받은 방법"), choices=ConsentMethod.choices, widget=forms.RadioSelect
    )
    on = forms.DateField(label=_("동의한 날"), widget=DateInput, input_formats=DATE_FORMATS)


class ContactForm(CleanForm):
    name = forms.CharField(label=_("이름"), max_length=40)
    phone = forms.CharField(label=_("전화번호"), max_length=20, widget=PhoneInput)
    relation = forms.ChoiceField(label=_("관계"), choices=[CHOOSE, *Relation.choices])
    may_be_told = forms.ChoiceField(
        label=_("알려도 되는 것"), choices=MayBeTold.choices, widget=forms.RadioSelect
    )
    hours = forms.ChoiceField(
        label=_("전화해도 되는 때"), choices=ContactHours.choices, widget=forms.RadioSelect
    )


class AbsenceForm(CleanForm):
    kind = forms.ChoiceField(label=_("까닭"), choices=[CHOOSE, *AbsenceKind.choices])
    starts_at = forms.DateTimeField(
        label=_("떠나는 때"), widget=MomentInput, input_formats=["%Y-%m-%dT%H:%M"]
    )
    ends_at = forms.DateTimeField(
        label=_("돌아올 때"),
        widget=MomentInput,
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text=_("이때가 지나면 다시 살피고 안부를 확인합니다."),
    )
    source = forms.ChoiceField(
        label=_("누가 알렸나"), choices=AbsenceSource.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("메모"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        start, end = values.get("starts_at"), values.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("돌아올 때가 떠날 때보다 뒤여야 합니다."))
        return values


class RiskForm(CleanForm):
    group = forms.ChoiceField(
        label=_("위험군"), choices=RiskGroup.choices, widget=forms.RadioSelect
    )
    from_date = forms.DateField(label=_("적용일"), widget=DateInput, input_formats=DATE_FORMATS)
    reason = forms.CharField(
        label=_("이유"),
        max_length=300,
        help_text=_("조사 결과나 바뀐 형편을 짧게 적습니다."),
    )


class LinkForm(CleanForm):
    partner_id = forms.CharField(label=_("기관이 쓰는 번호"), max_length=64)
    valid_from = forms.DateField(label=_("이날부터"), widget=DateInput, input_formats=DATE_FORMATS)


class SwapForm(CleanForm):
    partner_id = forms.CharField(label=_("새 번호"), max_length=64)
    valid_from = forms.DateField(
        label=_("바꾼 날"),
        widget=DateInput,
        input_formats=DATE_FORMATS,
        help_text=_("이날부터 새 번호로 받습니다. 지난 날도 됩니다."),
    )


class UnlinkForm(CleanForm):
    on = forms.DateField(
        label=_("끊는 날"),
        widget=DateInput,
        input_formats=DATE_FORMATS,
        required=False,
        help_text=_("이날부터 받지 않습니다. 비워 두면 오늘입니다."),
    )


class PauseForm(CleanForm):
    reason = forms.ChoiceField(
        label=_("멈추는 까닭"), choices=PauseReason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("메모"), max_length=300, required=False)


class EndForm(CleanForm):
    reason = forms.ChoiceField(
        label=_("끝내는 까닭"), choices=EndReason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("메모"), max_length=300, required=False)


class RevealForm(CleanForm):
    reason = forms.ChoiceField(
        label=_("보는 까닭"), choices=RevealReason.choices, widget=forms.RadioSelect
    )


class CorrectionForm(CleanForm):
    """Empty answers leave what is recorded; the recorded words are not put into the page."""

    phone = forms.CharField(
        label=_("새 전화번호"), max_length=20, required=False, widget=PhoneInput
    )
    address = forms.CharField(label=_("새 주소"), max_length=200, required=False)
    access_note = forms.CharField(label=_("찾아가는 길·출입"), max_length=300, required=False)
    dog = forms.CharField(label=_("개"), max_length=100, required=False)
    illness = forms.CharField(
        label=_("질병·복약"),
        max_length=500,
        required=False,
        help_text=_("건강 정보 동의가 있을 때만 적을 수 있습니다."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and not any(values.values()):
            raise forms.ValidationError(_("고칠 내용을 하나 이상 적어 주세요."))
        return values


class SearchForm(CleanForm):
    q = forms.CharField(
        label=_("가구번호·전화번호·이름"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": _("가구번호·전화번호·이름")}
        ),
    )
