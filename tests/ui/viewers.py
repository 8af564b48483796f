"""A viewer as the templates know one: plain values, no account behind them."""

from dataclasses import dataclass, field

from django.template import Context, Template
from django.test import RequestFactory


@dataclass
class Viewer:
    name: str = "윤재호"
    organisation: str = "군남면 복지팀"
    roles: frozenset[str] = frozenset({"township_clerk"})
    role_labels: list[str] = field(default_factory=lambda: ["읍·면 담당자"])
    signed_in: bool = True
    unread: int = 0
    idle_seconds: int = 1800
    demo: bool = False


def draw(source: str, path: str = "/", **variables: object) -> str:
    """The template text rendered for a request, after `{% load ui %}`."""
    context = Context({"request": RequestFactory().get(path), **variables})
    context.request = context["request"]  # where {% querystring %} looks for it
    return Template("{% load ui %}" + source).render(context)
