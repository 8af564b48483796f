"""Everything a page needs comes from this host, and npm's part of it from node_modules."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from ui.finders import NPM_FILES, NpmFinder

STATIC = Path(settings.BASE_DIR) / "ui" / "static" / "ui"
SHEETS = sorted(STATIC.glob("css/*.css"))
SCRIPTS = sorted(STATIC.glob("js/*.js"))


@pytest.mark.parametrize("name", sorted(NPM_FILES))
def test_npm_files_are_found_under_their_static_names(name):
    assert Path(finders.find(name)).is_file()


def test_nothing_else_of_node_modules_is_served():
    assert finders.find("krds-uiux/package.json") is None
    assert NpmFinder().find("../settings.py") == []


def test_missing_node_modules_are_an_error_that_says_what_to_do(settings, tmp_path):
    settings.NODE_MODULES = tmp_path
    (error,) = NpmFinder().check()
    assert error.id == "ui.E001"
    assert "make setup" in error.hint
    assert finders.find("krds/krds_tokens.css") is None
    assert list(NpmFinder().list(None)) == []


def test_installed_node_modules_are_no_error():
    assert NpmFinder().check() == []


def test_collected_files_carry_their_hash_and_find_each_other(settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    (fonts,) = tmp_path.glob("ui/css/fonts.*.css")
    urls = re.findall(r'url\("([^"]+)"\)', fonts.read_text())
    assert len(urls) == 3
    assert all((fonts.parent / url).resolve().is_file() for url in urls)


@pytest.mark.parametrize("path", [*SHEETS, *SCRIPTS], ids=lambda p: p.name)
def test_no_style_or_script_names_a_foreign_host(path):
    assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text()) == []


@pytest.mark.parametrize("path", SHEETS, ids=lambda p: p.name)
def test_style_sheets_are_linked_and_their_pictures_exist(path):
    styles = (Path(settings.BASE_DIR) / "templates/ui/styles.html").read_text()
    assert f"ui/css/{path.name}" in styles
    for url in re.findall(r'url\("([^"]+)"\)', path.read_text()):
        name = str((path.parent / url).resolve())
        static_name = name.split("/static/")[-1]
        assert finders.find(static_name), url


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_scripts_are_linked_and_obey_the_security_policy(path):
    linked = "".join(
        (Path(settings.BASE_DIR) / "templates" / name).read_text()
        for name in ("base_root.html", "ui/scripts.html")
    )
    text = path.read_text()
    assert f"ui/js/{path.name}" in linked
    assert not re.search(r"\beval\(|new Function|innerHTML|setAttribute\(\"style\"", text)


def test_the_colours_of_components_are_roles():
    """Night overrides roles: a literal colour in a component would shine through at night."""
    allowed = {"roles.css", "print.css"}
    literal = re.compile(r"#[0-9a-f]{3,8}\b", re.IGNORECASE)
    found = {p.name: literal.findall(p.read_text()) for p in SHEETS if p.name not in allowed}
    assert {name: hits for name, hits in found.items() if hits} == {"frame.css": ["#fff"]}


def test_no_script_writes_midnight_as_24():
    """Five minutes past it, `hour12: false` is 24:05 in Korean and `hourCycle: "h23"` 00:05."""
    scripts = Path(settings.BASE_DIR).glob("*/static/**/*.js")
    assert [one.name for one in scripts if "hour12" in one.read_text("utf-8")] == []
