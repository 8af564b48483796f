"""Where higher floors announce what the frames show.

A page of one app shows parts of others without knowing them: each app registers its menu
entries, panels and tiles in `<app>/registrations.py`, imported from `AppConfig.ready()`.
What is not registered for one of the viewer's roles is not rendered. This decides what is
*offered*; whether a viewer may read a row is decided by the app that reads it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, Literal, Protocol, TypeVar

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A text that may be translated late.
Text = str | Promise

# For entries that every signed-in viewer gets: the template tags add it to the roles of whoever
# is signed in. An empty set of roles offers to nobody.
EVERYONE: frozenset[str] = frozenset({"*"})


class _Registered(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def order(self) -> int: ...
    @property
    def roles(self) -> frozenset[str]: ...


class Heading(Enum):
    """The headings of the main menu, in their order (decision 14). NONE stands by itself."""

    NONE = ""
    CONTROL = "control"
    PEOPLE = "people"
    RULES = "rules"
    OFFICE = "office"

    @property
    def label(self) -> Text:
        return _HEADINGS[self]


_HEADINGS: dict[Heading, Text] = {
    Heading.NONE: "",
    Heading.CONTROL: _("관제"),
    Heading.PEOPLE: _("대상자"),
    Heading.RULES: _("기준·자료"),
    Heading.OFFICE: _("관리"),
}


@dataclass(frozen=True, kw_only=True)
class MenuEntry:
    """One entry of the main menu. `url_name` must reverse without arguments."""

    key: str
    label: Text
    url_name: str
    roles: frozenset[str]
    order: int
    icon: str = "list"
    heading: Heading = Heading.NONE


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of somebody else's page.

    `context(request, subject)` gives the template's variables, or None to leave the panel
    out. `page` is the page's registry name, for instance "household".
    """

    page: str
    key: str
    order: int
    template: str
    context: Callable[[HttpRequest, Any], dict[str, Any] | None]
    roles: frozenset[str]
    column: Literal["main", "side"] = "main"


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A tile of the dashboard. `context(request)` gives its variables, or None to leave it out."""

    key: str
    order: int
    template: str
    context: Callable[[HttpRequest], dict[str, Any] | None]
    roles: frozenset[str]


Entry = TypeVar("Entry", bound=_Registered)


@dataclass
class _Registry(Generic[Entry]):
    entries: dict[str, Entry] = field(default_factory=dict)

    def all(self) -> list[Entry]:
        return list(self.entries.values())

    def _add(self, name: str, entry: Entry) -> None:
        if self.entries.setdefault(name, entry) != entry:
            raise ValueError(f"{type(entry).__name__} {name!r} is registered twice")

    def _for(self, roles: Iterable[str]) -> list[Entry]:
        held = frozenset(roles)
        offered = [e for e in self.entries.values() if e.roles & held]
        return sorted(offered, key=lambda e: (e.order, e.key))


class Menu(_Registry[MenuEntry]):
    def register(self, entry: MenuEntry) -> None:
        """Raises ValueError when another entry has the same key."""
        self._add(entry.key, entry)

    def for_roles(self, roles: Iterable[str]) -> list[MenuEntry]:
        return self._for(roles)


class Panels(_Registry[Panel]):
    def register(self, panel: Panel) -> None:
        """Raises ValueError when another panel of the page has the same key."""
        self._add(f"{panel.page}/{panel.key}", panel)

    def for_page(self, page: str, roles: Iterable[str]) -> list[Panel]:
        return [panel for panel in self._for(roles) if panel.page == page]


class Tiles(_Registry[Tile]):
    def register(self, tile: Tile) -> None:
        """Raises ValueError when another tile has the same key."""
        self._add(tile.key, tile)

    def for_roles(self, roles: Iterable[str]) -> list[Tile]:
        return self._for(roles)


menu = Menu()
panels = Panels()
tiles = Tiles()
