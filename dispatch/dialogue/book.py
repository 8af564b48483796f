"""Reads the versions of the dialogue and refuses one that would leave the listener without words.

A file is checked as a whole when it is first read: an ending that is missing would otherwise be
found by a person who has just asked for help.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VERSIONS = Path(__file__).parent / "versions"
TURNS = frozenset({"first", "again_silent", "again_key", "again_speech"})
ENDINGS = frozenset(
    [
        "ok",
        "ok_person",
        "said_ok",
        "said_ok_person",
        "help_key",
        "help_said",
        "risk",
        "later",
        "later_person",
        "refuse",
        "away",
        "not_person",
        "speech",
        "unclear",
        "silent",
    ]
)
MUST_SAY = ("연천군", "인공지능")
"""In the very first sentence: an AI calls, and for whom (인공지능 기본법 제31조)."""


class BadDialogue(ValueError):
    """A file of the dialogue that must not speak to anybody."""


@dataclass(frozen=True)
class Listening:
    """How an answer is waited for. Seconds; `hints` are words the recogniser should expect."""

    speech_model: str
    speech_timeout: int
    timeout: int
    num_digits: int
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Dialogue:
    """One version. `turns`, `endings`: sentences by name; `repeats` come after the first time."""

    version: str
    language: str
    voice: str
    rate: str
    repeats: int
    listening: Listening
    turns: dict[str, tuple[str, ...]]
    endings: dict[str, tuple[str, ...]]

    @property
    def last_round(self) -> int:
        return 1 + self.repeats

    def turn(self, name: str) -> tuple[str, ...]:
        return self.turns[name]

    def ending(self, name: str) -> tuple[str, ...]:
        return self.endings[name]


def latest() -> Dialogue:
    """The version that speaks in a call that begins now: the highest number."""
    return of(str(max(int(path.stem) for path in VERSIONS.glob("*.toml"))))


def of(version: str) -> Dialogue:
    """The version a call began in; an unknown one (a restored backup) speaks in the latest."""
    if version.isascii() and version.isdigit() and (VERSIONS / f"{int(version)}.toml").is_file():
        return _read(str(int(version)))
    return latest()


@cache
def _read(version: str) -> Dialogue:
    return parse((VERSIONS / f"{version}.toml").read_text("utf-8"), version=version)


def parse(text: str, *, version: str) -> Dialogue:
    """The dialogue in this TOML text. Raises BadDialogue with what is wrong."""
    try:
        data = tomllib.loads(text)
        gather = data["gather"]
        found = Dialogue(
            version=version,
            language=data["language"],
            voice=data["voice"],
            rate=data["rate"],
            repeats=data["repeats"],
            listening=Listening(
                speech_model=gather["speech_model"],
                speech_timeout=gather["speech_timeout"],
                timeout=gather["timeout"],
                num_digits=gather["num_digits"],
                hints=tuple(gather["hints"]),
            ),
            turns=_sentences(data["turns"]),
            endings=_sentences(data["endings"]),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadDialogue(f"version {version}: {type(error).__name__} {error}") from error
    _check(found)
    return found


def _sentences(table: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(words) for name, words in table.items()}


def _check(found: Dialogue) -> None:
    problems = []
    for what, have, need in (
        ("turns", found.turns, TURNS),
        ("endings", found.endings, ENDINGS),
    ):
        if set(have) != need:
            problems.append(f"{what} missing or unknown: {sorted(set(have) ^ need)}")
        empty = [name for name, said in have.items() if not said or "" in map(str.strip, said)]
        if empty:
            problems.append(f"{what} without words: {sorted(empty)}")
    hello = (found.turns.get("first") or ("",))[0]
    problems += [f"the first sentence lacks '{word}'" for word in MUST_SAY if word not in hello]
    seconds = (found.listening.speech_timeout, found.listening.timeout)
    if not all(isinstance(value, int) and 1 <= value <= 60 for value in seconds):
        problems.append("speech_timeout and timeout must be whole seconds, 1 to 60")
    if not 1 <= found.repeats <= 2:
        problems.append("repeats must be 1 or 2")
    if problems:
        raise BadDialogue(f"version {found.version}: " + "; ".join(problems))
