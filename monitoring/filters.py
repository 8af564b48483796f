"""The filters of the deliveries page; they live in the URL."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from households.models import Feed
from monitoring.models import Delivery

RESULTS = [
    ("refused", _("거절한 파일")),
    ("rejected", _("오류가 있는 파일")),
    ("unknown", _("모르는 번호가 있는 파일")),
    ("no_consent", _("동의 없는 행이 있는 파일")),
]


class DeliveryFilterSet(django_filters.FilterSet):
    feed = django_filters.ChoiceFilter(label=_("자료"), choices=Feed.choices, empty_label=_("모두"))
    result = django_filters.ChoiceFilter(
        label=_("살펴볼 것"), choices=RESULTS, empty_label=_("모두"), method="by_result"
    )

    class Meta:
        model = Delivery
        fields: list[str] = []

    def by_result(self, queryset: Any, name: str, value: str) -> Any:
        if value == "refused":
            return queryset.filter(state="refused")
        return queryset.filter(**{f"{value}__gt": 0})
