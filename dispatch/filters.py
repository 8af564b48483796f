"""The case list's filters. They live in the address, so that every number can open its list."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.models import Township
from dispatch import stages
from dispatch.models import Case
from dispatch.paths import BY_KEY, LONG, PATHS, SPAN_BY_KEY, SPANS
from dispatch.rules import CaseState, CloseReason, Light
from dispatch.times import NOT_COUNTED

STATES = [
    ("open", _("열린 건 모두")),
    ("held", _("자료 사고로 보류한 건")),
    *CaseState.choices,
]
ALL = _("모두")
DRILLS = [("no", _("훈련 빼고")), ("only", _("훈련만"))]
COUNTED = [("yes", _("세는 건")), ("no", _("시험·중복·설정 오류로 끝난 건"))]
TOOK = [
    *((s.key, format_lazy(_("{span} 안"), span=s.label) if s.upto else s.label) for s in SPANS),
    (LONG.key, LONG.label),
]
HOW = [
    ("person", _("사람이 종결")),
    ("auto", _("본인 대답으로 자동 종결")),
    ("unconfirmed", _("자동 종결 중 확인할 건")),
]


MOST_DAYS = 366


class CaseFilterForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        """A stage is read from the log of each case: of those of a year at most."""
        asked: dict[str, Any] = super().clean() or {}
        since, until = asked.get("opened_from"), asked.get("opened_to")
        if asked.get("stage") and not (since and until and (until - since).days < MOST_DAYS):
            self.add_error(
                "stage", _("열린 날을 부터와 까지 모두, 1년 안으로 골라야 단계별로 볼 수 있습니다.")
            )
        return asked


class CaseFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("상태"), choices=STATES, method="by_state", empty_label=ALL
    )
    light = django_filters.ChoiceFilter(label=_("신호등"), choices=Light.choices, empty_label=ALL)
    reason = django_filters.ChoiceFilter(
        label=_("종결 사유"),
        field_name="close_reason",
        choices=CloseReason.choices,
        empty_label=ALL,
    )
    closed_how = django_filters.ChoiceFilter(
        label=_("종결 방법"), choices=HOW, method="by_how", empty_label=ALL
    )
    path = django_filters.ChoiceFilter(
        label=_("어디까지 갔나"),
        choices=[(p.key, p.label) for p in PATHS],
        method="by_path",
        empty_label=ALL,
    )
    township = django_filters.ModelChoiceFilter(
        label=_("읍·면"),
        field_name="household__township",
        queryset=Township.objects.none(),
        empty_label=ALL,
    )
    opened_from = django_filters.DateFilter(
        label=_("열린 날 부터"), field_name="opened_at", lookup_expr="date__gte"
    )
    opened_to = django_filters.DateFilter(
        label=_("열린 날 까지"), field_name="opened_at", lookup_expr="date__lte"
    )
    closed_from = django_filters.DateFilter(
        label=_("끝난 날 부터"), field_name="closed_at", lookup_expr="date__gte"
    )
    closed_to = django_filters.DateFilter(
        label=_("끝난 날 까지"), field_name="closed_at", lookup_expr="date__lte"
    )
    took = django_filters.ChoiceFilter(
        label=_("걸린 시간"), choices=TOOK, method="by_span", empty_label=ALL
    )
    drill = django_filters.ChoiceFilter(
        label=_("훈련"), choices=DRILLS, method="by_drill", empty_label=ALL
    )
    opened_light = django_filters.ChoiceFilter(
        label=_("열릴 때 신호등"), choices=Light.choices, empty_label=ALL
    )
    counted = django_filters.ChoiceFilter(
        label=_("대응 시간 집계"), choices=COUNTED, method="by_counted", empty_label=ALL
    )
    # Behind the dates: it reads the log of what they leave.
    stage = django_filters.ChoiceFilter(
        label=_("대응 단계"),
        choices=[(key, words) for key, (_choice, words) in stages.CHOICES.items()],
        method="by_stage",
        empty_label=ALL,
    )
    household = django_filters.UUIDFilter(field_name="household__uid", method="by_household")

    class Meta:
        model = Case
        form = CaseFilterForm
        fields: list[str] = []

    def __init__(self, *args: Any, townships: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["township"].queryset = townships
        self.filters["township"].field.queryset = townships
        for name in ("opened_from", "opened_to", "closed_from", "closed_to"):
            self.form.fields[name].widget.input_type = "date"
            self.form.fields[name].widget.format = "%Y-%m-%d"
        self.form.fields["household"].widget = forms.HiddenInput()

    def by_state(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == "open":
            return rows.exclude(state=CaseState.CLOSED)
        if value == "held":
            return rows.filter(held_by__isnull=False)
        return rows.filter(state=value)

    def by_how(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == "unconfirmed":
            return rows.auto_closed_unconfirmed()  # type: ignore[attr-defined]
        return rows.filter(state=CaseState.CLOSED, closed_by__isnull=value == "auto")

    def by_path(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return rows.filter(BY_KEY[value].condition())

    def by_span(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """How long the case was open; of those that came to safety, how long that took."""
        span = SPAN_BY_KEY[value]
        if self.form.cleaned_data.get("stage") == stages.SAFE:
            ids = rows.order_by().values_list("pk", flat=True)
            return rows.filter(pk__in=stages.safe_within(ids, span))
        return rows.filter(span.condition())

    def by_drill(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return rows.filter(drill=value == "only")

    def by_counted(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        nothing = {"close_reason__in": NOT_COUNTED}
        return rows.exclude(**nothing) if value == "yes" else rows.filter(**nothing)

    def by_stage(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        ids = rows.order_by().values_list("pk", flat=True)
        return rows.filter(pk__in=stages.among(ids, value, now=clock.now()))

    def by_household(self, rows: QuerySet[Case], name: str, value: Any) -> QuerySet[Case]:
        return rows.filter(household__uid=value)
