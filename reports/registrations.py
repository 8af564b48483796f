"""What the reports add to other pages."""

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from ui.registry import MenuEntry, menu

OFFICIAL = frozenset({Role.COUNTY_OFFICIAL.value})


def register() -> None:
    menu.register(
        MenuEntry(
            key="dashboard",
            label=_("오늘"),
            url_name="reports:dashboard",
            roles=OFFICIAL,
            order=5,
            icon="home",
        )
    )
    menu.register(
        MenuEntry(
            key="pledge",
            label=_("목표·예산"),
            url_name="reports:pledge",
            roles=OFFICIAL | {Role.TOWNSHIP_CLERK.value},
            order=70,
            icon="document",
        )
    )
