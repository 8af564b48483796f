"""What was heard, in one spelling: with single spaces for the analyser, and without any for rules.

Recognisers put spaces where they like and write dialect by ear. Rules therefore read `tight` (no
spaces); every character of it knows its place in `spaced`, which the analyser reads.
"""

import re
import unicodedata
from dataclasses import dataclass

from dispatch.understanding.lexicons import turns

MAX_CHARS = 600
"""An answer longer than this is cut: nobody speaks so long into one <Gather>, and time is bounded.
What was cut off is unexplained, so a cut answer is never ok (`Heard.cut`)."""

_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_NOT_SPOKEN = re.compile(r"[^0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ?]+")
_LONE_LETTERS = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]+")
_STUTTER = re.compile(r"(?<!\S)([가-힣]{1,3}) (?=\1[가-힣])")
_REPEATED = re.compile(r"(.)\1{3,}")


@dataclass(frozen=True, slots=True)
class Heard:
    """`places[i]` is where `tight[i]` stands in `spaced`; `asked` holds the places in `tight`
    after which a question mark stood."""

    spaced: str
    tight: str
    places: tuple[int, ...]
    asked: frozenset[int]
    cut: bool


def hear(text: str) -> Heard:
    """Bring any text into the one spelling. Never fails on a str."""
    whole = unicodedata.normalize("NFKC", _ZERO_WIDTH.sub("", text)).lower()
    cut = len(whole) > MAX_CHARS
    line = _LONE_LETTERS.sub(" ", _NOT_SPOKEN.sub(" ", whole[:MAX_CHARS]))
    line = _STUTTER.sub("", line)
    line = _REPEATED.sub(r"\1\1\1", " ".join(line.replace("?", " ? ").split()))
    for pattern, to in turns():
        line = pattern.sub(to, line)
    return _without_marks(" ".join(line.split()), cut)


def _without_marks(line: str, cut: bool) -> Heard:
    spaced: list[str] = []
    tight: list[str] = []
    places: list[int] = []
    asked: set[int] = set()
    for letter in line:
        if letter == "?":
            asked.add(len(tight))
            continue
        if letter != " ":
            places.append(len(spaced))
            tight.append(letter)
        spaced.append(letter)
    return Heard("".join(spaced), "".join(tight), tuple(places), frozenset(asked), cut)
