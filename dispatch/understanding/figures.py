"""How well answers are understood: the figures of docs/understanding.md."""

from dataclasses import dataclass

from dispatch.understanding.answers import Answer
from dispatch.understanding.engine import Thresholds, decide
from dispatch.understanding.hearing import hear
from dispatch.understanding.labels import URGENT, Label, Understood
from dispatch.understanding.learn import unread
from dispatch.understanding.model import Floats
from dispatch.understanding.reading import read


@dataclass(frozen=True, slots=True)
class Figures:
    """`false_ok`: answers that are not ok, taken as ok; the rest are shares 0..1."""

    author: str
    answers: int
    false_ok: int
    ok_seen: float
    urgent_seen: float
    ok_called_urgent: float
    label_right: float


def figures(author: str, answers: list[Answer], told: list[Understood]) -> Figures:
    pairs = list(zip(answers, told, strict=True))
    return Figures(
        author=author,
        answers=len(answers),
        false_ok=sum(one.may_close and answer.label is not Label.OK for answer, one in pairs),
        ok_seen=_share([one.may_close for answer, one in pairs if answer.label is Label.OK]),
        urgent_seen=_share([one.urgent for answer, one in pairs if answer.label in URGENT]),
        ok_called_urgent=_share([one.urgent for answer, one in pairs if answer.label is Label.OK]),
        label_right=_share([one.label is answer.label for answer, one in pairs]),
    )


def _share(hits: list[bool]) -> float:
    return round(sum(hits) / max(1, len(hits)), 4)


def by_author_table(
    answers: list[Answer], scores: Floats, sharpness: float, at: Thresholds
) -> list[Figures]:
    """Figures of every author under scores (n, 2, 9) of models that had not read that author."""
    told = []
    for answer, row in zip(answers, scores, strict=True):
        heard = hear(answer.text)
        told.append(decide(heard, read(heard), *unread(row, sharpness), at))
    return [
        figures(
            author,
            [answer for answer in answers if answer.author == author],
            [one for answer, one in zip(answers, told, strict=True) if answer.author == author],
        )
        for author in dict.fromkeys(answer.author for answer in answers)
    ]
