"""The project tests itself: migrations, beat, settings, templates, words that must not be there."""

import importlib
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template

ROOT = Path(__file__).parents[2]
APPS = ["ui", "accounts", "households", "monitoring", "dispatch", "reports", "yeoncheon_portal"]
OURS = [
    path
    for folder in [*APPS, "templates", "tests", "docs", "scripts"]
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".html", ".md", ".js", ".css", ".txt"}
    and "__pycache__" not in path.parts
]


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("app", ["accounts", "households", "monitoring", "dispatch", "reports"])
def test_migrations_stand_in_one_line(app):
    """max_migration.txt (django-linear-migrations) turns two heads into a merge conflict."""
    folder = ROOT / app / "migrations"
    newest = max(path.stem for path in folder.glob("0*.py"))
    assert (folder / "max_migration.txt").read_text().strip() == newest


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_every_beat_entry_names_a_task_and_expires(name):
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    module, task = entry["task"].rsplit(".", 1)
    assert hasattr(importlib.import_module(module), task)
    assert entry["options"]["expires"], "a wake-up that nobody took must not pile up"


def test_every_setting_of_the_environment_is_documented():
    asked = set()
    for path in [ROOT / "yeoncheon_portal" / name for name in ("settings.py", "env.py")]:
        asked |= set(
            re.findall(r'(?:text|flag|listing|secret|environ\.get)\("([A-Z_]+)"', path.read_text())
        )
    documented = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked <= documented, f"missing in .env.example: {sorted(asked - documented)}"


def templates() -> list[str]:
    return [
        str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.html")
    ]


@pytest.mark.parametrize("name", templates())
def test_every_template_compiles(name):
    get_template(name)


@cache
def product_texts() -> list[str]:
    """Every program and template, read once for all the templates that are looked for in them."""
    return [p.read_text() for p in OURS if p.suffix in {".py", ".html"} and "tests" not in p.parts]


@pytest.mark.parametrize("name", templates())
def test_every_template_is_used(name):
    if name.split("/")[0] in {"account", "mfa", "allauth"}:
        pytest.importorskip("allauth")  # packages name these themselves
        return
    folder, stem = name.rsplit("/", 1)[0], Path(name).stem
    texts = product_texts()
    by_key = any(f"{folder}/{{" in text for text in texts)  # f"households/panels/{key}.html"
    assert any(name in text or (by_key and f'"{stem}"' in text) for text in texts), (
        f"nobody renders {name}"
    )


def test_no_template_carries_script_or_style():
    """The security policy refuses them, so one would silently do nothing."""
    wrong = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    guilty = [p.name for p in (ROOT / "templates").rglob("*.html") if wrong.search(p.read_text())]
    assert guilty == []


def test_nothing_is_fetched_from_outside():
    """No address of another host in what a browser loads."""
    outside = re.compile(r"""(?:src|href)=["']https?://|url\(["']?https?://|@import ["']http""")
    guilty = [
        str(path.relative_to(ROOT))
        for path in OURS
        if path.suffix in {".html", ".css", ".js"}
        and "tests" not in path.parts
        and outside.search(path.read_text())
    ]
    assert guilty == []


def test_no_machine_path_and_no_registry_address_in_the_repository():
    wrong = re.compile(
        "|".join(["/wor" + "k/", "/ro" + "ot/", "index-" + "url", '"resolved": "http'])
    )
    guilty = []
    for path in tracked():
        if path.suffix in {".png", ".woff2", ".gz", ".mo"}:
            continue
        if wrong.search(path.read_text(errors="ignore")):
            guilty.append(str(path.relative_to(ROOT)))
    allowed = {"Makefile", "tests/project/test_house.py"}  # --no-emit-index-url
    assert sorted(set(guilty) - allowed) == []


def test_files_stay_readable():
    """One subject a file: beyond 400 lines it has become two."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in OURS
        if path.suffix == ".py"
        and "migrations" not in path.parts
        and "tests" not in path.parts
        and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
