"""A recipe can be followed: what it says to add to stands where it says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "docs" / "recipes").glob("*.md"))
_CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
_FILE = re.compile(r"`([\w./-]+\.(?:py|html|md))`")
_EXTENDED = re.compile(r"^(?:class (\w+)\(|(\w+)[^=\n]* = [{(\[])", re.MULTILINE)


def extensions(text: str) -> list[tuple[str, set[str]]]:
    """(name that a block of code extends, files named in its step) of blocks with an ellipsis."""
    found = []
    for step in re.split(r"^## ", text, flags=re.MULTILINE):
        files = set(_FILE.findall(step)) | set(re.findall(r"# (\w+\.py)$", step, re.MULTILINE))
        for code in _CODE.findall(step):
            for entry in re.split(r"^(?=\S)", code, flags=re.MULTILINE):
                names = _EXTENDED.match(entry)
                if names and "..." in entry:
                    found.append((names[1] or names[2], files))
    return found


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_what_a_recipe_extends_is_there(recipe):
    for name, files in extensions(recipe.read_text(encoding="utf-8")):
        places = [path for file in files for path in [*ROOT.glob(file), *ROOT.glob(f"*/{file}")]]
        defined = re.compile(rf"^(class {name}\b|{name}\b[^=\n]* = )", re.MULTILINE)
        assert any(defined.search(path.read_text(encoding="utf-8")) for path in places), (
            f"{recipe.name}: nothing named {name} in {sorted(files)}"
        )


def test_the_recipe_of_a_feed_extends_things():
    text = (ROOT / "docs" / "recipes" / "add-a-feed.md").read_text(encoding="utf-8")
    names = {name for name, _files in extensions(text)}
    assert {"Feed", "Purpose", "PURPOSE_OF_FEED", "Metric", "HOLDERS", "ICONS"} <= names
