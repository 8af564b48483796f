"""What apps register is offered to the roles it names, in its order, and to nobody else."""

from dataclasses import replace

import pytest
from django.urls import path

from tests.ui.viewers import Viewer, draw
from ui import checks, registry
from ui.registry import EVERYONE, Heading, Menu, MenuEntry, Panel, Panels, Tile, Tiles

CLERK = frozenset({"township_clerk"})
OPERATOR = frozenset({"control_operator"})

urlpatterns = [
    path("households/", lambda request: None, name="people"),
    path("households/new/", lambda request: None, name="enrol"),
]


def entry(key: str, order: int = 1, roles: frozenset[str] = CLERK, icon: str = "list") -> MenuEntry:
    return MenuEntry(key=key, label=key, url_name=key, roles=roles, order=order, icon=icon)


def panel(key: str, **changes: object) -> Panel:
    values = {
        "page": "household",
        "key": key,
        "order": 1,
        "template": "ui/empty.html",
        "context": lambda request, subject: {"title": f"{key} of {subject}"},
        "roles": CLERK,
    }
    return Panel(**(values | changes))


@pytest.fixture
def menu(monkeypatch):
    fresh = Menu()
    monkeypatch.setattr(registry, "menu", fresh)
    return fresh


@pytest.fixture
def panels(monkeypatch):
    fresh = Panels()
    monkeypatch.setattr(registry, "panels", fresh)
    return fresh


def test_the_menu_is_ordered_and_only_for_the_roles_named():
    menu = Menu()
    for made in (entry("b", 2), entry("a", 1), entry("desk", 0, OPERATOR)):
        menu.register(made)
    assert [e.key for e in menu.for_roles({"township_clerk"})] == ["a", "b"]
    assert [e.key for e in menu.for_roles({"control_operator", "township_clerk"})] == [
        "desk",
        "a",
        "b",
    ]


def test_no_roles_see_no_menu():
    menu = Menu()
    menu.register(entry("a"))
    menu.register(entry("nobody", roles=frozenset()))
    assert menu.for_roles(set()) == []
    assert [e.key for e in menu.for_roles({"township_clerk"})] == ["a"]


def test_an_entry_for_everyone_reaches_every_signed_in_viewer_but_no_visitor(menu, settings):
    settings.ROOT_URLCONF = __name__
    menu.register(entry("people", roles=EVERYONE))
    source = "{% menu_groups as found %}{{ found|length }}"
    assert draw(source, viewer=Viewer(roles=frozenset())) == "1"
    assert draw(source, viewer=Viewer(signed_in=False, roles=CLERK)) == "0"
    assert draw(source) == "0"


def test_the_same_registration_twice_is_one_and_another_under_its_key_is_refused():
    menu = Menu()
    menu.register(entry("a"))
    menu.register(entry("a"))
    with pytest.raises(ValueError, match="'a' is registered twice"):
        menu.register(entry("a", order=9))
    assert len(menu.all()) == 1


def test_the_longest_matching_address_is_the_current_entry(menu, settings):
    settings.ROOT_URLCONF = __name__
    menu.register(entry("people"))
    menu.register(entry("enrol"))
    source = (
        "{% menu_groups as found %}{% for group in found %}{% for e in group.items %}"
        "{% if e.current %}{{ e.url }}{% endif %}{% endfor %}{% endfor %}"
    )
    assert draw(source, "/households/new/", viewer=Viewer()) == "/households/new/"
    assert draw(source, "/households/17/", viewer=Viewer()) == "/households/"


def test_a_long_menu_stands_under_few_headings_and_a_lone_entry_under_none(menu, settings):
    settings.ROOT_URLCONF = __name__
    for n in range(7):
        heading = Heading.CONTROL if n < 5 else Heading.PEOPLE if n == 5 else Heading.NONE
        made = entry(f"e{n}", order=n)
        menu.register(replace(made, url_name="people", heading=heading))
    source = (
        "{% menu_groups as found %}"
        "{% for group in found %}[{{ group.label }}{{ group.items|length }}]{% endfor %}"
    )
    assert draw(source, viewer=Viewer()) == "[관제5][1][1]"


def test_a_page_shows_its_panels_by_column_and_leaves_out_the_empty_ones(panels):
    panels.register(panel("second", order=2))
    panels.register(panel("first", order=1))
    panels.register(panel("aside", column="side"))
    panels.register(panel("nothing", context=lambda request, subject: None))
    panels.register(panel("elsewhere", page="case"))
    panels.register(panel("secret", roles=OPERATOR))
    html = draw('{% panels "household" home column="main" %}', viewer=Viewer(), home="0058")
    assert html.index("first of 0058") < html.index("second of 0058")
    assert "aside" not in html
    assert "secret" not in html
    assert "elsewhere" not in html
    assert "aside of 0058" in draw('{% panels "household" home %}', viewer=Viewer(), home="0058")


def test_the_variables_of_one_panel_do_not_leak_into_the_page(panels):
    panels.register(panel("a"))
    assert draw('{% panels "household" 1 %}[{{ title }}]', viewer=Viewer()).endswith("[]")


def test_tiles_are_shown_to_their_roles(monkeypatch):
    tiles = Tiles()
    monkeypatch.setattr(registry, "tiles", tiles)
    shown = {"template": "ui/empty.html", "order": 1, "context": lambda request: {"title": "타일"}}
    tiles.register(Tile(key="a", roles=CLERK, **shown))
    assert "타일" in draw("{% tiles %}", viewer=Viewer())
    assert "타일" not in draw("{% tiles %}", viewer=Viewer(roles=OPERATOR))


def test_the_checks_tell_a_wrong_address_icon_or_template(menu, panels):
    menu.register(entry("no-such-url", icon="no-such-icon"))
    panels.register(panel("a", template="no/such.html"))
    assert [m.id for m in checks.menu_entries_lead_somewhere()] == ["ui.W001", "ui.W002"]
    assert [m.id for m in checks.registered_templates_exist()] == ["ui.W003"]


def test_all_that_is_registered_in_the_portal_is_sound():
    assert checks.menu_entries_lead_somewhere() == []
    assert checks.registered_templates_exist() == []
