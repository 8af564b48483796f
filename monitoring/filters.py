"""The filters of this floor's lists; they live in the URL."""

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Township
from accounts.scope import Scope
from households.models import Feed
from monitoring.models import Decline, Delivery, FeedIncident, NoteState
from monitoring.models.deliveries import Source

RESULTS = [
    ("refused", _("거절한 파일")),
    ("rejected", _("오류가 있는 파일")),
    ("unknown", _("모르는 번호가 있는 파일")),
    ("no_consent", _("동의 없는 행이 있는 파일")),
]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DeliveryFilterSet(django_filters.FilterSet):
    feed = django_filters.ChoiceFilter(label=_("자료"), choices=Feed.choices, empty_label=_("모두"))
    result = django_filters.ChoiceFilter(
        label=_("살펴볼 것"), choices=RESULTS, empty_label=_("모두"), method="by_result"
    )
    source = django_filters.ChoiceFilter(
        label=_("들어온 길"), choices=Source.choices, empty_label=_("모두")
    )
    day = django_filters.DateFilter(
        label=_("받은 날"), field_name="received_at", lookup_expr="date", widget=DayInput
    )

    class Meta:
        model = Delivery
        fields: list[str] = []

    def by_result(self, queryset: Any, name: str, value: str) -> Any:
        if value == "refused":
            return queryset.filter(state="refused")
        return queryset.filter(**{f"{value}__gt": 0})


class IncidentFilterSet(django_filters.FilterSet):
    """Open ones unless the closed are asked for."""

    state = django_filters.ChoiceFilter(
        label=_("상태"),
        choices=[("closed", _("끝난 사고")), ("all", _("모두"))],
        empty_label=_("지금 열린 사고"),
        method="by_state",
    )
    feed = django_filters.ChoiceFilter(label=_("자료"), choices=Feed.choices, empty_label=_("모두"))

    class Meta:
        model = FeedIncident
        fields: list[str] = []

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        return queryset

    def filter_queryset(self, queryset: Any) -> Any:
        found = super().filter_queryset(queryset)
        state = self.form.cleaned_data.get("state")
        if state == "all":
            return found
        return found.filter(closed_at__isnull=state != "closed")


class NoteFilterSet(django_filters.FilterSet):
    """Of hints (declines and suggestions): open ones unless the decided are asked for."""

    township = django_filters.ModelChoiceFilter(
        label=_("읍·면"),
        field_name="household__township",
        queryset=Township.objects.none(),
        empty_label=_("모두"),
    )
    state = django_filters.ChoiceFilter(
        label=_("상태"),
        choices=[(value, label) for value, label in NoteState.choices if value != "open"],
        empty_label=NoteState.OPEN.label,
        method="by_state",
    )

    class Meta:
        model = Decline
        fields: list[str] = []

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Township.objects.all()
        if not scope.sees_all_townships:
            places = places.filter(code__in=scope.township_codes)
        self.filters["township"].queryset = places

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        return queryset

    def filter_queryset(self, queryset: Any) -> Any:
        found = super().filter_queryset(queryset)
        return found.filter(state=self.form.cleaned_data.get("state") or NoteState.OPEN)
