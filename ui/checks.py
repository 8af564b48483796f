"""System checks over what was registered: a wrong name is told at start, not to a clerk."""

from typing import Any

from django.core.checks import CheckMessage, Warning
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse

from ui import icons, registry


def menu_entries_lead_somewhere(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for entry in registry.menu.all():
        try:
            reverse(entry.url_name)
        except NoReverseMatch:
            message = f"Menu entry {entry.key!r} names the unknown URL {entry.url_name!r}."
            found.append(Warning(message, id="ui.W001"))
        if entry.icon not in icons.SHAPES:
            message = f"Menu entry {entry.key!r} names the unknown icon {entry.icon!r}."
            found.append(Warning(message, hint="See ui/icons.py.", id="ui.W002"))
    return found


def registered_templates_exist(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    parts: list[registry.Panel | registry.Tile] = [*registry.panels.all(), *registry.tiles.all()]
    for part in parts:
        try:
            get_template(part.template)
        except TemplateDoesNotExist:
            message = f"{type(part).__name__} {part.key!r} names the unknown template."
            found.append(Warning(message, hint=part.template, id="ui.W003"))
    return found
