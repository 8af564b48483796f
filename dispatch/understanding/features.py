"""What the learned model sees of an answer: named marks, in blocks that weigh alike.

Everything is taken from the text without spaces, so that a recogniser's spacing changes nothing.
"""

from collections.abc import Iterator
from itertools import pairwise

from dispatch.understanding.hearing import Heard
from dispatch.understanding.kinds import DEGREES, kinds
from dispatch.understanding.morphemes import Piece, pieces
from dispatch.understanding.reading import Reading
from dispatch.understanding.slips import letters

WEIGHTS = {
    "syllables": 1.0,
    "letters": 1.0,
    "words": 0.5,
    "runs": 0.5,
    "pairs": 0.3,
    "end": 0.5,
    "kinds0": 0.5,
    "kinds1": 0.5,
    "kinds2": 0.5,
    "rules": 1.0,
}
"""Blocks and their share in the length of a row."""

CONTENT = ("N", "V", "M", "XR", "XS")
AFAR = 3  # a pair of content words may have two others between them
CONTRAST = ("근데", "그런데", "지만", "는데", "은데", "한데")


def blocks(heard: Heard, reading: Reading) -> dict[str, list[str]]:
    """Block -> its marks, each once. The strings never leave this process: weights are kept by
    their checksums."""
    words = pieces(heard.tight)
    return {
        "syllables": _once(_runs(f"^{heard.tight}$", 1, 4)),
        "letters": _once(_runs(f"^{letters(heard.tight)}$", 3, 6)),
        "words": _once(iter(_names(words))),
        "runs": _once(_word_runs(_names(words))),
        "pairs": _once(_pairs(_content(words))),
        "end": _once(_end(words)),
        **{f"kinds{degree}": _once(_kinds(words, degree)) for degree in range(len(DEGREES))},
        "rules": _once(_rules(heard, reading)),
    }


def _once(marks: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(marks))


def _runs(text: str, shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        for start in range(len(text) - size + 1):
            yield text[start : start + size]


def _names(words: list[Piece]) -> list[str]:
    """Form and tag; of the many tags of particles and endings only the first letter."""
    return [f"{word.form}/{word.tag[0] if word.tag[0] in 'JE' else word.tag[:2]}" for word in words]


def _word_runs(names: list[str]) -> Iterator[str]:
    around = ["<", *names, ">"]
    for size in (2, 3):
        for start in range(len(around) - size + 1):
            yield " ".join(around[start : start + size])


def _pairs(names: list[str]) -> Iterator[str]:
    for place, name in enumerate(names):
        for other in names[place + 1 : place + 1 + AFAR]:
            yield f"{name}~{other}"


def _content(words: list[Piece]) -> list[str]:
    return [
        name
        for name, word in zip(_names(words), words, strict=True)
        if word.tag.startswith(CONTENT)
    ]


def _kinds(words: list[Piece], degree: int) -> Iterator[str]:
    """Words as their kinds; particles, endings and strangers as themselves."""
    known = [kinds(word.form, word.tag) for word in words]
    plain = _names(words)
    names = [str(kind[degree]) if kind else name for kind, name in zip(known, plain, strict=True)]
    content = [str(kind[degree]) for kind in known if kind]
    yield from content
    yield from _word_runs(names)
    yield from _pairs(content)


def _end(words: list[Piece]) -> Iterator[str]:
    """The last words weigh twice: Korean says there what it means."""
    last = _names(words)[-5:]
    yield from last
    for one, other in pairwise(last):
        yield f"{one} {other}"


def _rules(heard: Heard, reading: Reading) -> Iterator[str]:
    for code in reading.strong:
        yield f"well:{code}"
    for sign in reading.found:
        yield f"{sign.label}:{sign.code}"
        yield f"{sign.label}:{'mild' if sign.mild else 'plain'}"
    yield f"any:{reading.any_well}"
    yield f"asked:{reading.asked}:{min(len(heard.asked), 2)}"
    yield f"rules:{reading.verdict()}"
    if reading.strong:
        before, after = heard.tight[: reading.first], heard.tight[reading.last :]
        yield f"before:{min(len(before) // 6, 4)}"
        yield f"after:{min(len(after) // 6, 4)}"
        yield f"contrast:{after.startswith(CONTRAST) or after[:6].find('근데') >= 0}"
