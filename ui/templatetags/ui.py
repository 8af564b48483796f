"""What page templates load: `{% load ui %}`."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.template.engine import Engine
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ui import actogram, formview, registry, words
from ui.icons import LIGHT_SHAPES, SHAPES
from ui.lights import LIGHT_WORDS, RISK_GROUPS

register = template.Library()

TAG_KINDS = frozenset({"", "accent", "ok", "warn", "bad"})
MENU_SHORT = 6


# ── small pieces ─────────────────────────────────────────────────────────────
@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A line icon. Without `label` it is decoration beside words; with one it speaks."""
    said = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" {}>{}</svg>',
        f"i {css}".strip(),
        said,
        mark_safe(SHAPES[name]),
    )


@register.simple_tag
def light_shape(level: str | None) -> SafeString:
    """Only the light's shape, for places that write the word themselves."""
    return format_html(
        '<svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">{}</svg>',
        mark_safe(LIGHT_SHAPES[level or "grey"]),
    )


@register.simple_tag
def light(level: str | None, large: bool = False, word: str = "") -> SafeString:
    """A light as colour, shape and word. A home without a state yet has no data: grey."""
    level = level or "grey"
    return format_html(
        '<span class="light light--{}{}">{}{}</span>',
        level,
        " light--l" if large else "",
        light_shape(level),
        word or LIGHT_WORDS[level],
    )


@register.simple_tag
def light_word(level: str | None) -> str:
    return str(LIGHT_WORDS[level or "grey"])


@register.simple_tag
def tag(text: str, kind: str = "", icon_name: str = "") -> SafeString:
    """A short fact. `kind`: accent, ok, warn, bad or empty."""
    if kind not in TAG_KINDS:
        raise ValueError(f"unknown kind of tag: {kind!r}")
    css = f"tag tag--{kind}" if kind else "tag"
    return format_html(
        '<span class="{}">{}{}</span>', css, icon(icon_name) if icon_name else "", text
    )


@register.simple_tag
def risk_group(group: str) -> SafeString:
    """The survey's group: bars and words. It is not a light and has no colour."""
    filled, word = RISK_GROUPS[group]
    bars = format_html_join(
        "", "<i{}></i>", ((mark_safe("" if n < filled else ' class="off"'),) for n in range(3))
    )
    return format_html(
        '<span class="tag"><span class="bars3" aria-hidden="true">{}</span>{}</span>', bars, word
    )


@register.inclusion_tag("ui/timer.html")
def timer(
    due: datetime,
    now: datetime,
    text: str = "{}",
    over: str = "",
    start: datetime | None = None,
) -> dict[str, Any]:
    """Time left in words, kept alive by timers.js.

    `text` and `over` hold `{}` where the length goes: "방문 결정까지 {}", "{} 넘김". With
    `start` the ring shows how much of the whole is left. `now` is programme time.
    """
    return formview.timer(due=due, now=now, text=text, over=over or _("{} 넘김"), start=start)


@register.inclusion_tag("ui/empty.html")
def empty(
    title: str,
    text: str = "",
    action_url: str = "",
    action_label: str = "",
    icon_name: str = "check",
) -> dict[str, Any]:
    """An empty list: what that means and what to do next."""
    return {
        "title": title,
        "text": text,
        "action_url": action_url,
        "action_label": action_label,
        "icon_name": icon_name,
    }


@register.inclusion_tag("ui/heat.html")
def heat(
    days: list[dict[str, Any]], label: str, light: str = "red", turned: bool = False
) -> dict[str, Any]:
    """The 24 hours x N days map; see ui/actogram.py for the shape of `days`."""
    return {
        "map": actogram.draw(days, turned=turned),
        "label": label,
        "light": light,
        "turned": turned,
    }


# ── time ─────────────────────────────────────────────────────────────────────
@register.filter
def kdate(value: date | datetime | None) -> str:
    return words.day(value) if value else "–"


@register.filter
def kweekday(value: date | datetime | None) -> str:
    return words.weekday(value) if value else "–"


@register.filter
def kdatetime(value: datetime | None) -> str:
    return words.moment(value) if value else "–"


@register.filter
def ktime(value: datetime | None) -> str:
    return words.clock_time(value) if value else "–"


@register.filter
def kago(value: datetime | None, now: datetime) -> str:
    return words.ago(value, now) if value else "–"


@register.filter
def kduration(value: timedelta | None) -> str:
    return words.span(value) if value is not None else "–"


# ── forms ────────────────────────────────────────────────────────────────────
@register.inclusion_tag("ui/form_errors.html")
def form_errors(*forms: Any) -> dict[str, Any]:
    """The summary above a form: how many answers to correct, a link to each."""
    return {"problems": formview.problems(*forms)}


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, choices: str = "") -> dict[str, Any]:
    """One question of a form. `choices="duo"` puts two answers side by side."""
    return {"field": bound, "choices_class": choices}


@register.inclusion_tag("ui/form_fields.html")
def form_fields(form: Any) -> dict[str, Any]:
    """All questions of a form, hidden ones included; the summary is `form_errors`."""
    return {"form": form}


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """The bare input of a field, with the portal's classes."""
    return formview.control(bound)


@register.filter
def kind_of(bound: BoundField) -> str:
    return formview.kind_of(bound)


@register.filter
def necessity(bound: BoundField) -> str:
    return formview.necessity(bound)


@register.simple_tag(takes_context=True)
def error_count(context: Context) -> str:
    """`(확인 2) ` in front of the page's title while its form has errors."""
    found = formview.problems(*formview.forms_in(context))
    return _("(확인 %(n)d) ") % {"n": len(found)} if found else ""


# ── what others registered ───────────────────────────────────────────────────
@register.simple_tag(takes_context=True)
def menu_groups(context: Context) -> list[dict[str, Any]]:
    """The viewer's menu under its headings, each where its first entry stands (decision 14).

    A short menu stays as it is, and a heading over a single entry is that entry: opening a box
    to find one line in it helps nobody.
    """
    entries = _menu_entries(context)
    if len(entries) <= MENU_SHORT:
        return [_group([entry]) for entry in entries]
    by_heading: dict[Any, list[dict[str, Any]]] = {}
    for found in entries:
        heading = found["entry"].heading
        key = found["entry"].key if heading is registry.Heading.NONE else heading
        by_heading.setdefault(key, []).append(found)
    return [_group(found) for found in by_heading.values()]


def _menu_entries(context: Context) -> list[dict[str, Any]]:
    """What this viewer gets; the entry with the longest matching address is the current one."""
    entries = list(_reversed_entries(_roles(context)))
    path = context["request"].path if "request" in context else ""
    matching = [e["url"] for e in entries if path == e["url"] or path.startswith(e["url"])]
    current = max(matching, key=len, default=None)
    return [e | {"current": e["url"] == current} for e in entries]


def _group(found: list[dict[str, Any]]) -> dict[str, Any]:
    heading = found[0]["entry"].heading
    return {
        "label": heading.label if len(found) > 1 else "",
        "key": heading.value,
        "items": found,
        "current": any(item["current"] for item in found),
    }


@register.simple_tag(takes_context=True)
def panels(context: Context, page: str, subject: Any = None, column: str = "") -> SafeString:
    """Panels that the apps registered for this page; `column` is main, side or both."""
    chosen = [
        p for p in registry.panels.for_page(page, _roles(context)) if column in ("", p.column)
    ]
    return _rendered(
        context, ((p.template, p.context(context["request"], subject)) for p in chosen)
    )


@register.simple_tag(takes_context=True)
def tiles(context: Context) -> SafeString:
    chosen = registry.tiles.for_roles(_roles(context))
    return _rendered(context, ((t.template, t.context(context["request"])) for t in chosen))


def _roles(context: Context) -> frozenset[str]:
    viewer = context.get("viewer")
    if viewer is None or not viewer.signed_in:
        return frozenset()
    return frozenset(viewer.roles) | registry.EVERYONE


def _reversed_entries(roles: frozenset[str]) -> Iterator[dict[str, Any]]:
    for entry in registry.menu.for_roles(roles):
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:  # told by the system check ui.W001
            continue
        yield {"entry": entry, "url": url}


def _rendered(context: Context, parts: Iterable[tuple[str, dict[str, Any] | None]]) -> SafeString:
    """Each part sees the page's context (viewer, csrf_token) under its own variables."""
    engine = Engine.get_default()
    html = []
    for name, variables in parts:
        if variables is None:
            continue
        part = engine.get_template(name)
        with context.push(**variables):
            html.append(part.render(context))
    return mark_safe("".join(html))


# ── lists ────────────────────────────────────────────────────────────────────
@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(context: Context, page: Page) -> dict[str, Any]:
    pages = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "pages": list(pages),
        "gap": page.paginator.ELLIPSIS,
        "request": context["request"],
    }
