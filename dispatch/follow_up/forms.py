"""Forms of the follow-up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dispatch.forms import NOTE_LENGTH, KeyedForm, WordsField
from dispatch.models import FollowUpHow, FollowUpResult, NeedKind


def _area(label: object, *, required: bool, prefix: str) -> WordsField:
    attrs = {"rows": 2, "maxlength": NOTE_LENGTH, "class": "input input--area", "id": prefix}
    return WordsField(
        label=label,  # type: ignore[arg-type]
        required=required,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs=attrs),
        error_messages={"required": _("무엇이 필요한지 적어 주세요.")},
    )


class FollowUpForm(forms.Form):
    how = forms.ChoiceField(
        label=_("방법"),
        choices=FollowUpHow.choices,
        widget=forms.Select(attrs={"class": "input", "id": "follow-how"}),
    )
    due_on = forms.DateField(
        label=_("언제까지"),
        widget=forms.DateInput(
            format="%Y-%m-%d", attrs={"type": "date", "class": "input", "id": "follow-due"}
        ),
        error_messages={
            "required": _("날짜를 적어 주세요."),
            "invalid": _("날짜를 2026-08-02처럼 적어 주세요."),
        },
    )
    note = _area(_("확인할 것"), required=False, prefix="follow-note")


class ResultForm(forms.Form):
    result = forms.ChoiceField(
        choices=FollowUpResult.choices,
        error_messages={"required": _("어떻게 되었는지 골라 주세요.")},
    )
    note = WordsField(required=False, max_length=NOTE_LENGTH)


class NeedForm(KeyedForm):
    kind = forms.ChoiceField(
        label=_("무엇이"),
        choices=NeedKind.choices,
        widget=forms.Select(attrs={"class": "input", "id": "need-kind"}),
    )
    note = _area(_("필요한 도움"), required=True, prefix="need-note")


def words_of(form: Any) -> str:
    """The first thing that is wrong with a form, as a sentence."""
    return str(next(iter(form.errors.values()))[0])
