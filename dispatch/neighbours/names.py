"""The one word of a name that a neighbour's link may show: never the family name beside it."""

import re

_TWO_SYLLABLES = frozenset({"남궁", "황보", "제갈", "사공", "선우", "서문", "독고", "동방"})
_HAN = re.compile(r"[가-힣]+|[\u4e00-\u9fff]+")
LONGEST_KOREAN = 4
"""Syllables of a name written in one word: one or two of the family, two, seldom more, of one's
own. What is longer is a name of another language written in 한글."""


def first_name(name: str) -> str:
    """'김영수' → '영수', '남궁민수' → '민수', '김 영수' → '영수'; 'John Smith' → 'John', 'SMITH,
    John' → 'John', '존 스미스' → '존'. A name of one word that is not Korean, and one of a single
    syllable, stays: there is nothing to leave out."""
    words = name.replace(",", " , ").split()
    if "," in words:  # the family name first, set off
        words = words[words.index(",") + 1 :] or [word for word in words if word != ","]
        return words[0] if words else ""
    if len(words) > 1:
        return "".join(words[1:]) if _is_family(words[0]) else words[0]
    word = words[0] if words else ""
    if not _HAN.fullmatch(word) or len(word) > LONGEST_KOREAN + (word[:2] in _TWO_SYLLABLES):
        return word
    family = 2 if len(word) > 2 and word[:2] in _TWO_SYLLABLES else 1
    return word[family:] or word


def _is_family(word: str) -> bool:
    """A Korean family name that stands by itself."""
    return word in _FAMILIES or word in _TWO_SYLLABLES


# Korean family names of one syllable, the common ones and most of the rare.
_FAMILIES = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천"
    "방공현함변염여추도소석선설마길연위표명기반라왕금옥육인맹제모탁국어은편용예경봉사부가복태목형"
    "피두감음빈동온호범좌팽승간상시갈단견당화"
)
