"""The lexicons: tables of patterns with the label and the reason, read once from `lexicon/`.

Everything a rule knows about Korean is data there; the engine only knows the order of labels.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dispatch.understanding.labels import Label

FOLDER = Path(__file__).parent / "lexicon"


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of something that is not ok."""

    code: str
    label: Label
    pattern: re.Pattern[str]
    mild: bool
    """Beside a statement of well-being it makes the answer unclear instead of a cry for help."""
    whole: bool
    """Looked for in everything that was said, not only in what no safe phrase covers."""
    soft: bool
    """Does not stand against a complete statement of well-being ("at work, all is well")."""
    never_ok: bool
    """No answer with it is ok, whatever the model says."""


@dataclass(frozen=True, slots=True)
class Say:
    """A statement of well-being, or a harmless phrase (`strong` False)."""

    code: str
    pattern: re.Pattern[str]
    strong: bool
    subject: bool
    """Counts only when it is about the person: "the house's food is fine" is not."""
    alone: bool
    """Counts only when nothing else was said."""
    never: re.Pattern[str] | None
    """Words that must not stand inside the phrase."""


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _compiled(
    patterns: list[str], macros: dict[str, str], run_on: dict[str, str] | None = None
) -> re.Pattern[str]:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    if run_on:
        ends = "|".join(f"(?<={letter})(?!{after})" for letter, after in run_on.items())
        joined = f"(?:{joined})(?:{ends}|(?<![{''.join(run_on)}]))"
    for _ in range(3):  # a macro may use another
        for name, meaning in macros.items():
            joined = joined.replace("{" + name + "}", meaning)
    return re.compile(joined)


@cache
def turns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Spellings and what they become, in order."""
    return tuple(
        (
            re.compile(
                "|".join(
                    one.replace("^^", r"(?<!\S)").replace("$$", r"(?!\S)") for one in turn["from"]
                )
            ),
            turn["to"],
        )
        for turn in _table("normal.toml")["turn"]
    )


@cache
def signs() -> tuple[Sign, ...]:
    found = []
    for name in ("danger.toml", "others.toml"):
        table = _table(name)
        for sign in table["sign"]:
            found.append(  # noqa: PERF401
                Sign(
                    code=sign["code"],
                    label=Label(sign["label"]),
                    pattern=_compiled(sign["like"], table["macro"]),
                    mild=sign.get("mild", False),
                    whole=sign.get("whole", False),
                    soft=sign.get("soft", False),
                    never_ok=sign.get("never_ok", False),
                )
            )
    return tuple(found)


@cache
def says() -> tuple[Say, ...]:
    found = []
    for name, key in (("explained.toml", "phrase"), ("well.toml", "say")):
        table = _table(name)
        for say in table[key]:
            found.append(  # noqa: PERF401
                Say(
                    code=say["code"],
                    pattern=_compiled(
                        say["like"],
                        table["macro"],
                        table["run_on"] if say.get("strong", False) else None,
                    ),
                    strong=say.get("strong", False),
                    subject=say.get("subject", False),
                    alone=say.get("alone", False),
                    never=re.compile(say["never"]) if "never" in say else None,
                )
            )
    return tuple(found)


@cache
def subjects() -> dict[str, frozenset[str]]:
    """Words that tell whom a statement is about (self, thing, adverb, clause), and filling ones."""
    return _words("subjects.txt")


def _words(name: str) -> dict[str, frozenset[str]]:
    words: dict[str, set[str]] = {}
    kind = ""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        if line.startswith("@"):
            kind = line[1:].strip()
            words.setdefault(kind, set())
        else:
            words[kind].update(line.split())
    return {kind: frozenset(forms) for kind, forms in words.items()}


def reasons_in_files() -> dict[str, str]:
    """Code -> its reason in Korean, of every sign and every statement of well-being."""
    return {
        entry["code"]: entry["why"]
        for name, key in (("danger.toml", "sign"), ("others.toml", "sign"), ("well.toml", "say"))
        for entry in _table(name)[key]
    }
