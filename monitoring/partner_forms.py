"""Forms around the partners: their tokens, and ids that belong to nobody yet."""

import re
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, Township
from accounts.models.organisations import OrganisationKind
from accounts.scope import Scope
from households.forms import CHOOSE, DATE_FORMATS, CleanForm, DateInput
from households.models import Feed
from monitoring import networks, partners
from monitoring.models import UnknownId
from monitoring.unknown_ids import DiscardReason, LookReason

_SENDERS = (OrganisationKind.PARTNER, OrganisationKind.CONTROL_CENTRE)


class NetworksField(forms.CharField):
    """One network a line; gives the list in normal form."""

    widget = forms.Textarea

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("열쇠를 쓸 수 있는 네트워크"),
            required=False,
            max_length=2000,
            help_text=gettext_lazy(
                "한 줄에 하나씩 적습니다(예: 203.0.113.0/28). 비우면 어디서나 쓸 수 있습니다."
            ),
            widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        )

    def clean(self, value: Any) -> Any:
        texts = [part for part in re.split(r"[\s,]+", super().clean(value)) if part]
        try:
            return networks.normal_list(texts)
        except networks.BadNetwork as bad:
            raise forms.ValidationError(
                _("네트워크로 읽을 수 없습니다: %(text)s") % {"text": bad.text[:60]}
            ) from bad


def _rate_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("1분에 받는 파일 수"),
        initial=partners.PER_MINUTE,
        min_value=1,
        max_value=partners.MOST_PER_MINUTE,
    )


def _days_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("쓸 수 있는 기간(일)"),
        initial=partners.VALID_FOR.days,
        min_value=1,
        max_value=partners.LONGEST.days,
        help_text=gettext_lazy("끝나기 30일 전과 7일 전에 알려 드립니다."),
    )


class LimitsForm(CleanForm):
    networks = NetworksField()
    per_minute = _rate_field()


class IssueForm(CleanForm):
    feed = forms.ChoiceField(
        label=gettext_lazy("자료"), choices=Feed.choices, widget=forms.RadioSelect
    )
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("기관"), queryset=Organisation.objects.none(), empty_label=CHOOSE[1]
    )
    days = _days_field()
    networks = NetworksField()
    per_minute = _rate_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partners_only = Organisation.objects.filter(kind__in=_SENDERS)
        self.fields["organisation"].queryset = partners_only  # type: ignore[attr-defined]


class RotateForm(CleanForm):
    overlap_days = forms.IntegerField(
        label=gettext_lazy("헌 열쇠를 더 쓸 수 있는 기간(일)"),
        initial=partners.OVERLAP.days,
        min_value=1,
        max_value=partners.LONGEST_OVERLAP.days,
        help_text=gettext_lazy("기관이 새 열쇠로 바꾸는 동안 둘 다 씁니다. 그 뒤 저절로 끝납니다."),
    )
    days = _days_field()


# ── ids that belong to nobody ────────────────────────────────────────────────
class UnknownFilterSet(django_filters.FilterSet):
    feed = django_filters.ChoiceFilter(
        label=gettext_lazy("자료"), choices=Feed.choices, empty_label=gettext_lazy("모두")
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("상태"),
        choices=[("discarded", gettext_lazy("치운 번호"))],
        empty_label=gettext_lazy("기다리는 번호"),
        method="by_state",
    )

    class Meta:
        model = UnknownId
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        queryset = super().filter_queryset(queryset)
        return queryset if self.form.cleaned_data.get("state") else queryset.still_unlinked()

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(discarded_at__isnull=False) if value else queryset


class FindHomeForm(forms.Form):
    """Lives in the URL: a case number and a township, never a name."""

    number = forms.IntegerField(
        label=gettext_lazy("가구번호"),
        required=False,
        min_value=1,
        max_value=999_999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6}),
    )
    township = forms.ModelChoiceField(
        label=gettext_lazy("읍·면"),
        required=False,
        queryset=Township.objects.none(),
        empty_label=gettext_lazy("모두"),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        townships = Township.objects.all()
        if not scope.sees_all_townships:
            townships = townships.filter(code__in=scope.township_codes)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]


class LinkUnknownForm(CleanForm):
    household = forms.ChoiceField(label=gettext_lazy("가구"), widget=forms.RadioSelect)
    valid_from = forms.DateField(
        label=gettext_lazy("이날부터"),
        widget=DateInput,
        input_formats=DATE_FORMATS,
        help_text=gettext_lazy("이날의 자료부터 이 가구의 것으로 받습니다."),
    )

    def __init__(self, *args: Any, homes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["household"].choices = homes  # type: ignore[attr-defined]


class DiscardForm(CleanForm):
    why = forms.ChoiceField(
        label=gettext_lazy("치우는 까닭"),
        choices=DiscardReason.choices,
        widget=forms.RadioSelect,
    )


class LookForm(CleanForm):
    why = forms.ChoiceField(
        label=gettext_lazy("보는 까닭"), choices=LookReason.choices, widget=forms.RadioSelect
    )
