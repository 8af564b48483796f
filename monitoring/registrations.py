"""What this floor shows on the pages of others: light, reasons and map of a household."""

from typing import Any, Literal

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from households import list_hooks
from households.list_hooks import ListHook
from households.registrations import PAGE
from households.rules import READERS, WATCHED_STATES
from monitoring import panels
from monitoring.models import Light
from monitoring.querysets import FEED_READERS
from monitoring.tiles import TILES
from ui.registry import Heading, MenuEntry, Panel, Tile, menu, tiles
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
            heading=Heading.RULES,
        )
    )
    menu.register(
        MenuEntry(
            key="feed-incidents",
            label=_("자료 사고"),
            url_name="monitoring:incidents",
            # Whoever reads the feeds finds them there.
            roles=frozenset({Role.TOWNSHIP_CLERK.value}),
            order=60,
            icon="warning",
        )
    )
    menu.register(
        MenuEntry(
            key="partner-tokens",
            label=_("협력기관 열쇠"),
            url_name="monitoring:tokens",
            roles=frozenset({Role.ADMINISTRATOR.value}),
            order=82,
            icon="key",
            heading=Heading.OFFICE,
        )
    )
    menu.register(
        MenuEntry(
            key="quieter",
            label=_("살펴볼 분"),
            url_name="monitoring:quieter",
            roles=_READERS,
            order=25,
            icon="eye",
            heading=Heading.PEOPLE,
        )
    )
    _panel(f"{PAGE}-light", "light", panels.light)
    _panel(f"{PAGE}-why", "why", panels.why)
    _panel(PAGE, "hints", panels.hints, order=5, column="side")
    _panel(PAGE, "activity", panels.activity)
    _panel(PAGE, "curve", panels.curve, order=12)
    _panel("case", "case-activity", panels.case_activity)
    for key, context in TILES.items():
        tiles.register(
            Tile(
                key=f"monitoring-{key}",
                order=10,
                template=f"monitoring/tiles/{key}.html",
                context=context,
                roles=_READERS,
            )
        )
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


def _panel(
    page: str,
    key: str,
    context: Any,
    *,
    order: int = 10,
    column: Literal["main", "side"] = "main",
) -> None:
    registry.register(
        Panel(
            page=page,
            key=f"monitoring-{key}",
            order=order,
            template=f"monitoring/panels/{key}.html",
            context=context,
            roles=_READERS,
            column=column,
        )
    )


register()
