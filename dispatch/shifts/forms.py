"""Forms of the shift plan. Every one keeps what was typed on an error."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from dispatch.forms import PersonField
from dispatch.models import DayKind, Duty

_DATE = ["%Y-%m-%d"]


def _date(label: object) -> forms.DateField:
    return forms.DateField(
        label=label,  # type: ignore[arg-type]
        input_formats=_DATE,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("날짜를 적어 주세요."),
            "invalid": _("날짜를 다시 봐 주세요."),
        },
    )


def _time(label: object, **more: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,  # type: ignore[arg-type]
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={
            "required": _("시각을 적어 주세요."),
            "invalid": _("시각을 다시 봐 주세요."),
        },
        **more,
    )


class PeopleField(forms.ModelMultipleChoiceField):
    """Several colleagues by name."""

    def label_from_instance(self, obj: User) -> str:
        return obj.name


class _PlanForm(forms.Form):
    duty = forms.ChoiceField(label=_("근무 구분"), choices=Duty.choices)
    since = _time(_("시작 시각"))
    until = _time(_("끝 시각"), help_text=_("시작보다 이르거나 같으면 다음 날입니다."))

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].queryset = people  # type: ignore[attr-defined]


class ShiftForm(_PlanForm):
    """One shift of one person."""

    who = PersonField(
        label=_("사람"),
        queryset=User.objects.none(),
        to_field_name="uid",
        empty_label=_("고르세요"),
        error_messages={"required": _("근무할 사람을 골라 주세요.")},
    )
    day = _date(_("날"))
    field_order = ("duty", "who", "day", "since", "until")


class PatternForm(_PlanForm):
    """People who take turns, day by day, over a span."""

    who = PeopleField(
        label=_("돌아가며 설 사람"),
        queryset=User.objects.none(),
        to_field_name="uid",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("이름 순서로 하루씩 돌아갑니다."),
        error_messages={"required": _("근무할 사람을 골라 주세요.")},
    )
    kind = forms.ChoiceField(label=_("어떤 날"), choices=DayKind.choices)
    first = _date(_("첫날"))
    last = _date(_("마지막 날"))
    field_order = ("duty", "who", "kind", "since", "until", "first", "last")
