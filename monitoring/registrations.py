"""What this floor shows on the pages of others: light, reasons and map of a household."""

from typing import Any, Literal

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from households import list_hooks
from households.list_hooks import ListHook
from households.registrations import PAGE
from households.rules import READERS, WATCHED_STATES
from monitoring import panels
from monitoring.models import Light
from monitoring.querysets import FEED_READERS
from ui.registry import MenuEntry, Panel, menu
from ui.registry import panels as registry

_READERS = frozenset(role.value for role in READERS)


def register() -> None:
    menu.register(
        MenuEntry(
            key="feeds",
            label=_("자료 수신"),
            url_name="monitoring:feeds",
            roles=frozenset(role.value for role in FEED_READERS),
            order=60,
            icon="download",
        )
    )
    _panel(f"{PAGE}-light", "light", panels.light)
    _panel(f"{PAGE}-why", "why", panels.why)
    _panel(PAGE, "activity", panels.activity, column="main")
    _panel("case", "case-activity", panels.case_activity)
    list_hooks.register(
        ListHook(
            key="light",
            order=10,
            heading=_("신호등"),
            cells=panels.list_cells,
            filters={"light": light_filter},
        )
    )


def light_filter() -> django_filters.Filter:
    """`?light=red` on the list of households; the same lights as its column shows."""
    return LightFilter(label=_("신호등"), choices=Light.choices, empty_label=_("모두"))


class LightFilter(django_filters.ChoiceFilter):
    """Homes that are watched and have this light; one without a state yet is grey."""

    def filter(self, qs: Any, value: str) -> Any:
        if not value:
            return qs
        has_it = Q(monitoring_state__light=value)
        if value == Light.GREY:
            has_it |= Q(monitoring_state__isnull=True)
        return qs.filter(has_it, enrolment__state__in=WATCHED_STATES)


def _panel(page: str, key: str, context: Any, *, column: Literal["main", "side"] = "main") -> None:
    registry.register(
        Panel(
            page=page,
            key=f"monitoring-{key}",
            order=10,
            template=f"monitoring/panels/{key}.html",
            context=context,
            roles=_READERS,
            column=column,
        )
    )


register()
