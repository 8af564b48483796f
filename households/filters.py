"""The filters of the list. They live in the URL, so no name and no telephone number is one."""

from datetime import date, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Township
from accounts.scope import Scope
from households import list_hooks
from households.days import local_day, year_days
from households.models import Absence, Household, RiskGroup
from households.rules import State

HANDOVER_MONTHS = 6
"""How long before the 65th birthday's month a person stands in the hand-over list."""


def handover_until(today: date) -> date:
    """First day of the last month that counts as 만 65세 인계 예정."""
    months = today.year * 12 + today.month - 1 + HANDOVER_MONTHS
    return date(months // 12, months % 12 + 1, 1)


class HouseholdFilterSet(django_filters.FilterSet):
    """`HouseholdFilterSet(request.GET, queryset=…, now=…, scope=…)`.

    Without a chosen state or year people who have left are not listed; `state=ended` lists them.
    The queryset must be annotated by `with_risk_group`.
    """

    number = django_filters.NumberFilter(
        label=_("가구번호"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6}),
    )
    township = django_filters.ModelChoiceFilter(
        label=_("읍·면"), queryset=Township.objects.none(), empty_label=_("모두")
    )
    state = django_filters.ChoiceFilter(
        label=_("가입 단계"),
        choices=[("watched", _("학습·관제 중")), *State.choices],
        method="by_state",
        empty_label=_("종료 빼고 모두"),
    )
    risk = django_filters.ChoiceFilter(
        label=_("조사 위험군"),
        choices=[*RiskGroup.choices, ("none", _("평가 없음"))],
        empty_label=_("모두"),
        method="by_risk",
    )
    away = django_filters.BooleanFilter(
        label=_("부재 중"), widget=forms.CheckboxInput, method="by_absence"
    )
    handover = django_filters.BooleanFilter(
        label=_("만 65세 인계 예정"), widget=forms.CheckboxInput, method="by_handover"
    )

    supported_in = django_filters.NumberFilter(
        label=_("지원한 해"),
        method="by_year",
        min_value=2000,
        max_value=2100,
        decimal_places=0,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6}),
    )

    class Meta:
        model = Household
        fields: list[str] = []

    def __init__(self, *args: Any, now: datetime, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        townships = Township.objects.all()
        if not scope.sees_all_townships:
            townships = townships.filter(code__in=scope.township_codes)
        self.filters["township"].queryset = townships
        for hook in list_hooks.all_hooks():
            for name, make in hook.filters.items():
                self._add(name, make())

    def _add(self, name: str, one: django_filters.Filter) -> None:
        one.parent, one.model = self, Household
        one.field_name = one.field_name or name
        self.filters[name] = one

    def filter_queryset(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        queryset = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if not asked.get("state") and not asked.get("supported_in"):
            queryset = queryset.exclude(enrolment__state=State.ENDED)
        return queryset

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        if value == "watched":
            return queryset.watched()
        return queryset.filter(enrolment__state=value)

    def by_year(self, queryset: Any, name: str, value: Any) -> Any:
        """Who was watched on at least one day of the year, those who left since included."""
        return queryset.watched_between(*year_days(int(value)))

    def by_risk(self, queryset: Any, name: str, value: str) -> Any:
        if value == "none":
            return queryset.filter(risk_group__isnull=True)
        return queryset.filter(risk_group=value)

    def by_absence(self, queryset: Any, name: str, value: bool) -> Any:
        if not value:
            return queryset
        return queryset.filter(pk__in=Absence.objects.away_at(self.now).values("household_id"))

    def by_handover(self, queryset: Any, name: str, value: bool) -> Any:
        if not value:
            return queryset
        return queryset.handover_due(by_month=handover_until(local_day(self.now)))
