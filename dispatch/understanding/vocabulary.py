"""Whether every content word outside the safe phrases is one of the safe vocabulary."""

from dispatch.understanding.hearing import Heard
from dispatch.understanding.lexicons import safe_words
from dispatch.understanding.morphemes import Piece, pieces

FREE_TAGS = ("J", "E", "XP", "XS", "SF", "SP", "SS", "SE", "SO", "SN", "VCP", "IC", "MM", "Z")
"""Particles, endings, affixes, numbers, interjections: they carry no content of their own."""
HELPERS = frozenset(
    ("있", "주", "보", "하", "되", "놓", "두", "가", "오", "나", "내", "드리", "계시", "대", "지")
) | {"나가", "먹", "가지"}  # the last: what the analyser calls a helper after another verb
"""Helping verbs that change nothing. 싶-, 않-, 못하-, 말-, 버리- are not among them."""


def unexplained(heard: Heard, covered: tuple[bool, ...]) -> int:
    """How many content words nothing explains. Asks the analyser only when something is left."""
    if all(covered):
        return 0
    hidden = [True] * len(heard.spaced)
    for place, safe in zip(heard.places, covered, strict=True):
        hidden[place] = safe
    return sum(
        not all(hidden[piece.start : piece.end]) and not _is_safe(piece)
        for piece in pieces(heard.spaced)
    )


def _is_safe(piece: Piece) -> bool:
    words = safe_words()
    if piece.tag.startswith(FREE_TAGS):
        return True
    if piece.tag.startswith("VX"):
        return piece.form in HELPERS
    if piece.tag.startswith("V"):
        return piece.form in words["verb"]
    if piece.tag.startswith("MA"):
        return piece.form in words["adverb"]
    return piece.form in words["noun"] or piece.form in words["adverb"]
