"""Where higher floors add a column and filters to the list of households.

    list_hooks.register(
        ListHook(
            key="light",
            order=10,
            heading=_("신호등"),
            cells=lambda households, now: {household_id: html, …},
            filters={"light": lambda: django_filters.ChoiceFilter(field_name="state__light", …)},
        )
    )

`cells` is called once per page with the households on it, so that a page has a fixed number of
queries; a household it leaves out has an empty cell. A filter's name is its name in the URL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import django_filters
from django.utils.functional import Promise

if TYPE_CHECKING:
    from households.models import Household

Cells = Callable[[Sequence["Household"], datetime], Mapping[int, str]]


@dataclass(frozen=True, kw_only=True)
class ListHook:
    key: str
    order: int
    heading: str | Promise
    cells: Cells
    filters: Mapping[str, Callable[[], django_filters.Filter]] = field(default_factory=dict)


_hooks: dict[str, ListHook] = {}


def register(hook: ListHook) -> None:
    """Raises ValueError when another hook has the same key."""
    if _hooks.setdefault(hook.key, hook) is not hook:
        raise ValueError(f"list hook {hook.key!r} is registered twice")


def all_hooks() -> list[ListHook]:
    return sorted(_hooks.values(), key=lambda hook: (hook.order, hook.key))
