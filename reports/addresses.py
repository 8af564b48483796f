"""Addresses of the lists that numbers open. A figure and its list filter by the same words."""

from datetime import date
from typing import Protocol
from urllib.parse import urlencode

from django.urls import reverse


class Days(Protocol):
    """Whole days, both ends counted."""

    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...


def homes_url(**filters: str) -> str:
    """The list of households with these filters; empty ones are left out.

    Without a light or a year it lists the watched homes: those are what the county's pages count.
    """
    asked = {name: value for name, value in filters.items() if value}
    if not asked.keys() & {"light", "supported_in", "away"}:
        asked["state"] = "watched"
    return f"{reverse('households:list')}?{urlencode(asked)}"


def cases_url(period: Days | None = None, **filters: str) -> str:
    """The list of cases opened in the period with these filters, without drills."""
    days = {"opened_from": f"{period.first}", "opened_to": f"{period.last}"} if period else {}
    asked = {name: value for name, value in {**days, **filters}.items() if value}
    return f"{reverse('dispatch:cases')}?{urlencode({**asked, 'drill': 'no'})}"
