"""What this floor offers to the frame and to the others: settings, menu entries, panels."""

from typing import Literal

from django.utils.translation import gettext_lazy as _

from accounts import county_settings
from accounts.county_settings import SettingSpec
from households import panels
from households.rules import LEARNING_DAYS, READERS, WRITERS
from ui.registry import Heading, MenuEntry, Panel, menu
from ui.registry import panels as registry

PAGE = "household"
"""Registry name of the household page: `Panel(page="household", …)` gets the `Household`.

Three more places on it: "household-light" (beside the name), "household-why" (the middle of the
head) and "household-act" (its buttons on the right).
"""

_READERS = frozenset(role.value for role in READERS)


def register() -> None:
    county_settings.register(
        SettingSpec(
            "households.learning_days",
            "int",
            default=LEARNING_DAYS,
            minimum=14,
            maximum=120,
            unit=_("일"),
            label=_("학습 기간"),
            help=_("가입한 뒤 이 기간 동안 평소 생활을 배우고 나서 관제로 넘어갑니다."),
        )
    )
    menu.register(
        MenuEntry(
            key="households",
            label=_("대상자"),
            url_name="households:list",
            roles=_READERS,
            order=20,
            icon="people",
            heading=Heading.PEOPLE,
        )
    )
    menu.register(
        MenuEntry(
            key="enrol",
            label=_("가입"),
            url_name="households:enrol",
            roles=frozenset(role.value for role in WRITERS),
            order=30,
            icon="plus",
            heading=Heading.PEOPLE,
        )
    )
    for order, (key, context) in enumerate(panels.SIDE.items(), start=1):
        _panel(key, context, order=order * 10, column="side")
    # Below what the higher floors put into the main column.
    for order, (key, context) in enumerate(panels.MAIN.items(), start=1):
        _panel(key, context, order=80 + order, column="main")


def _panel(
    key: str, context: panels.Context, *, order: int, column: Literal["main", "side"]
) -> None:
    registry.register(
        Panel(
            page=PAGE,
            key=f"households-{key}",
            order=order,
            template=f"households/panels/{key}.html",
            context=context,
            roles=_READERS,
            column=column,
        )
    )
