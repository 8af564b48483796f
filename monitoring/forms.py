"""Forms of this floor. What they check is checked again by the verbs."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Township
from households.forms import CleanForm, DateInput
from households.models import Feed
from monitoring.models import NoteState


class NoteForm(CleanForm):
    """What became of a hint. The note is for colleagues, never for names or numbers."""

    state = forms.ChoiceField(
        choices=[(NoteState.DONE.value, _("처리함")), (NoteState.DISMISSED.value, _("아님"))]
    )
    note = forms.CharField(label=_("메모"), max_length=200, required=False)


class CloseIncidentForm(CleanForm):
    note = forms.CharField(
        label=_("어떻게 끝났나요"),
        max_length=200,
        help_text=_("예: 한전이 계량기 통신을 고쳤다고 알려 옴. 이름과 번호는 적지 않습니다."),
    )


_YEARS = range(2000, 2101)


def within_reach(day: date | None) -> date | None:
    """A day with a day before and after it in every time zone; ValidationError for others."""
    if day is not None and day.year not in _YEARS:
        years = {"first": _YEARS[0], "last": _YEARS[-1]}
        raise forms.ValidationError(_("%(first)d년부터 %(last)d년까지의 날을 적어 주세요.") % years)
    return day


class MonthField(forms.Field):
    """`2026-06` as the month's first day; None where nothing is chosen."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> date | None:
        if not value:
            return None
        try:
            month = date.fromisoformat(f"{value}-01")
        except ValueError as error:
            raise forms.ValidationError(_("2026-06처럼 적어 주세요.")) from error
        return within_reach(month)


class CalendarForm(forms.Form):
    feed = forms.ChoiceField(choices=Feed.choices, required=False, widget=forms.HiddenInput)
    month = MonthField(required=False, widget=forms.HiddenInput)
    township = forms.ModelChoiceField(
        label=_("읍·면"), queryset=Township.objects.all(), required=False, empty_label=_("모두")
    )


class FeedHomesForm(forms.Form):
    feed = forms.ChoiceField(label=_("자료"), choices=Feed.choices, required=False)
    day = forms.DateField(label=_("날짜"), required=False, widget=DateInput())
    township = forms.ModelChoiceField(
        label=_("읍·면"), queryset=Township.objects.all(), required=False, empty_label=_("모두")
    )
    only = forms.ChoiceField(
        label=_("보일 가구"),
        choices=[("", _("모두")), ("missing", _("덜 온 가구"))],
        required=False,
    )

    def clean_day(self) -> date | None:
        return within_reach(self.cleaned_data["day"])
