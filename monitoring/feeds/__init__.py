"""The feeds: a folder per partner's stream, found by itself.

A folder's `__init__` has CONNECTOR. How one is added: docs/recipes/add-a-feed.md.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from monitoring.feeds.contract import Amount, Column, Connector, Event, Fold, Schedule

__all__ = [
    "Amount",
    "Column",
    "Connector",
    "Event",
    "Fold",
    "Schedule",
    "all",
    "connector",
]


@cache
def _found() -> dict[str, Connector]:
    folders = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    found: list[Connector] = [import_module(f"{__name__}.{folder}").CONNECTOR for folder in folders]
    return {one.feed: one for one in found}


def all() -> tuple[Connector, ...]:
    """Every connector, in the order of their folders' names."""
    return tuple(_found().values())


def connector(feed: str) -> Connector:
    """That of a feed. KeyError where no folder brings it."""
    return _found()[feed]
