"""Two judgements that patterns cannot make: whom a "fine" is about, and cries that are misspelt."""

import re

from dispatch.understanding.labels import Label, Understood
from dispatch.understanding.lexicons import subjects

POINTED = ("그", "저", "이", "그런", "저런", "딴", "옆")
"""Before "사람" they mean somebody else; alone it is the speaker ("the person is well")."""
PARTICLES = ("께서는", "들은", "들이", "들도", "께서", "은", "는", "이", "가", "도")


def about_self(before: list[str]) -> bool:
    """Whether the statement after these words is about the speaker.

    The nearest word with a subject's particle decides; without one Korean means the speaker.
    """
    known = subjects()
    pointed_at = before[-2:-1] and before[-2] in POINTED
    if pointed_at and before[-1].startswith("사람") and before[-1] != "사람아":
        return False
    glued = "".join(word for word in before[-4:] if word not in known["adverb"])
    for particle in ("", *PARTICLES):  # wherever the recogniser put its spaces
        bare = glued.removesuffix(particle)
        if (particle == "" or bare != glued) and bare.endswith(_long(known["thing"])):
            return False
    for word in reversed(before[-3:]):
        if word in known["adverb"]:
            continue
        for particle in PARTICLES:
            if len(word) > len(particle) and word.endswith(particle):
                return word[: -len(particle)] in known["self"] or _is_clause(word)
        return not _is_thing(word, known["thing"])
    return True


def _long(things: frozenset[str]) -> tuple[str, ...]:
    return tuple(thing for thing in things if len(thing) > 1)


def _is_thing(word: str, things: frozenset[str]) -> bool:
    """Whether a word names something else, also with "this" or "there" stuck to it (이옷)."""
    pointed = word[1:] if word[:1] in ("이", "그", "저") else word
    ends = any(len(thing) > 1 and word.endswith(thing) for thing in things)
    return ends or word in things or pointed in things


def _is_clause(word: str) -> bool:
    """A word that ends like a particle but is a verb's ending (있는, 하고는, 그렇지는)."""
    return word.endswith(tuple(subjects()["clause"]))


# ── words that only fill ─────────────────────────────────────────────────────
def without_filling(spaced: str, places: tuple[int, ...], bare: str) -> str:
    """`bare` (letters at `places` of `spaced`) without the words that only fill."""
    filling = subjects()["filling"]
    at = dict(zip(places, bare, strict=True))
    kept, start = [], 0
    for word in spaced.split(" "):
        if word not in filling:
            kept.append("".join(at[place] for place in range(start, start + len(word))))
        start += len(word) + 1
    return "".join(kept)


# ── cries with a slip of the tongue or of the recogniser ─────────────────────
CRIES: tuple[tuple[str, Label, int], ...] = (
    ("도와주세요", Label.HELP, 2),
    ("도와주", Label.HELP, 1),
    ("도와줘", Label.HELP, 1),
    ("살려주세요", Label.HELP, 2),
    ("살려줘", Label.HELP, 1),
    ("아파요", Label.HELP, 1),
    ("넘어졌", Label.HELP, 1),
    ("쓰러졌", Label.HELP, 1),
    ("다쳤어요", Label.HELP, 1),
    ("못일어나", Label.HELP, 1),
    ("숨이차", Label.HELP, 1),
    ("어지러워", Label.HELP, 1),
    ("죽고싶", Label.RISK, 1),
    ("살기싫", Label.RISK, 1),
    ("자살", Label.RISK, 0),
)


def letters(text: str) -> str:
    """Hangul taken apart into its letters; an empty ending is left out, ㅐ and ㅔ are one."""
    apart = []
    for sign in text:
        code = ord(sign) - 0xAC00
        if not 0 <= code < 11172:
            apart.append(sign)
            continue
        first, rest = divmod(code, 588)
        middle, last = divmod(rest, 28)
        apart.append(chr(0x1100 + first) + chr(0x1161 + _SAME.get(middle, middle)))
        if last:
            apart.append(chr(0x11A7 + last))
    return "".join(apart)


_SAME = {5: 1, 7: 3, 10: 15, 11: 15}
"""ㅔ→ㅐ, ㅖ→ㅒ, ㅙ and ㅚ→ㅞ: heard alike."""


_EVERYDAY = re.compile(
    "(?:혼|남|여|각)자살(?!할|하|했|려)|다녔(?=어|습|지|는|고|더|네|거)|알려줬|도와주신덕"
    "|(?:떠서?|사서?|담아서?|싸서?|꿔|나눠|갖다|가져다|보내|끓여|그릇|한잔|대접해)주고싶(?=네|은|지|소|구만)"
)
"""Harmless words that sound nearly like a cry: lives alone, went about, told, thanks to you, would
like to give."""


def nearly(bare: str) -> Understood | None:
    """A cry that was misheard by a letter or two in what no safe phrase covers."""
    said = letters(_EVERYDAY.sub(lambda match: "·" * len(match[0]), bare))
    for cry, label, slack in CRIES:
        if within(letters(cry), said, slack):
            return Understood(label, 0.6, (f"{label}:misheard",))
    return None


def within(word: str, said: str, slack: int) -> bool:
    """Whether `word` stands in `said` with at most `slack` letters wrong, missing or too many."""
    piece = len(word) // (slack + 1)
    starts = range(0, piece * (slack + 1), piece)
    if not any(word[at : at + piece] in said for at in starts):
        return False  # of slack + 1 pieces at least one is without a slip
    row = [0] * (len(said) + 1)
    for place, letter in enumerate(word, 1):
        diagonal, row[0] = row[0], place
        for column, other in enumerate(said, 1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (letter != other)),
            )
    return min(row) <= slack
