"""Learning the linear model: ridge regression of eight labels on the marks of features.py.

Least squares with a penalty has one answer and needs no luck: the same data gives the same weights
(to rounding), and what models without an author would say follows from the one of all.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from dispatch.understanding import kinds
from dispatch.understanding.answers import Answer
from dispatch.understanding.engine import (
    Thresholds,
    Weighed,
    rest_heard,
    spoils,
    vetoed,
    weighed,
)
from dispatch.understanding.features import blocks
from dispatch.understanding.hearing import Heard, hear
from dispatch.understanding.labels import URGENT, Label
from dispatch.understanding.model import (
    CARD_FILE,
    LABELS,
    WEIGHTS_FILE,
    Floats,
    Model,
    Sums,
    checksums,
    likely,
)
from dispatch.understanding.reading import Reading, read

PENALTY = 0.3
AT_LEAST = 2
"""Answers a mark must stand in to be learned."""
VIEWS = (
    ("syllables", "letters", "rules"),
    ("words", "runs", "pairs", "end", "kinds0", "kinds1", "kinds2", "rules"),
)
"""Blocks of the two models whose mean is kept."""
LOWEST_OK = {
    "ok_whole": 0.0,
    "ok_stated": 0.13,
    "ok_signed": 0.2,
    "ok_unsaid": 0.08,
    "ok_against": 0.2,
    "ok_misheard": 0.6,
}
MARGIN = 0.1
URGENT_REST = 0.85
"""A cry for help beside a plain statement leaves a rest of 0.97 and more, "no cry" seldom 0.85."""
HARMLESS_REST = -0.7
"""Lower, more cries pass beside a plain statement; higher, fewer oks are recognised."""
CAUGHT, LEAST_URGENT = 0.988, 0.08
SHARPNESS = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0)


@dataclass(frozen=True, slots=True)
class Example:
    """`rest`: the marks of what is left without the statements of well-being, if anything is."""

    sums: Sums
    rest: Sums | None
    label: int
    author: str


def examples(answers: list[Answer]) -> list[Example]:
    found = []
    for answer in answers:
        heard = hear(answer.text)
        reading = read(heard)
        rest = rest_heard(reading)
        found.append(
            Example(
                _sums(heard, reading, answer),
                _sums(rest, read(rest), answer) if rest else None,
                LABELS.index(answer.label),
                answer.author,
            )
        )
    return found


def _sums(heard: Heard, reading: Reading, answer: Answer) -> Sums:
    marks = blocks(heard, reading)
    if answer.rules_saw:
        marks["rules"] = []
    return checksums(marks)


def fit(learned: list[Example], sharpness: float = 4.0) -> Model:
    """Mean of two models, one of letters and one of words, which err on different answers; being
    linear, the mean is one model again."""
    empty = _vocabulary([one.sums for one in learned], sharpness)
    weights, bias = empty.weights.copy(), empty.bias.copy()
    for rows, rests in _views(empty, learned):
        for seen, wanted, columns in _tasks(rows, rests, learned):
            near = _near(seen)
            factor = linalg.cho_factor(near, lower=True, overwrite_a=True, check_finite=False)
            duals = linalg.cho_solve(factor, wanted, check_finite=False)
            weights[:, columns] += (seen.T @ duals) / np.float32(len(VIEWS))
            bias[columns] += duals.sum(axis=0) / np.float32(len(VIEWS))
    return replace(empty, weights=weights, bias=bias)


def _tasks(
    rows: sparse.csr_matrix, rests: sparse.csr_matrix, learned: list[Example]
) -> Iterator[tuple[sparse.csr_matrix, Floats, slice]]:
    """What is learned from what, and the columns it fills: labels (n, 8) of whole answers, and how
    harmless (n, 1) what is left of them is, from the rests alone."""
    labels = np.array([one.label for one in learned])
    wanted = np.full((len(learned), len(LABELS)), -1, np.float32)
    wanted[np.arange(len(learned)), labels] = 1
    yield rows, wanted, slice(0, len(LABELS))
    left = _has_rest(learned)
    harmless = (labels == LABELS.index(Label.OK)).astype(np.float32)
    harmless -= np.isin(labels, [LABELS.index(label) for label in URGENT])
    yield rests[left].tocsr(), harmless[left, None], slice(len(LABELS), None)


def _has_rest(learned: list[Example]) -> npt.NDArray[np.intp]:
    return np.flatnonzero([one.rest is not None for one in learned])


def _views(
    empty: Model, learned: list[Example]
) -> Iterator[tuple[sparse.csr_matrix, sparse.csr_matrix]]:
    """Of every view the rows of the answers, and of their rests (no marks where there is none)."""
    rows = _rows(empty, [one.sums for one in learned])
    rests = _rows(empty, [one.rest or {} for one in learned])
    for view in VIEWS:
        seen = np.unique(np.concatenate([one.sums[block] for one in learned for block in view]))
        kept = sparse.diags(np.isin(empty.known, seen).astype(np.float32))
        yield (rows @ kept).tocsr(), (rests @ kept).tocsr()


def _vocabulary(sums: list[Sums], sharpness: float) -> Model:
    """A model that knows its marks and has no weights yet."""
    marks, often = np.unique(
        np.concatenate([block for one in sums for block in one.values()]), return_counts=True
    )
    kept = often >= AT_LEAST
    rarity = np.log((1 + len(sums)) / (1 + often[kept])) + 1
    return Model(
        known=marks[kept],
        rarity=rarity.astype(np.float16).astype(np.float32),
        weights=np.zeros((int(kept.sum()), len(LABELS) + 1), np.float32),
        bias=np.zeros(len(LABELS) + 1, np.float32),
        unknown=float(np.log((1 + len(sums)) / 2) + 1),
        sharpness=sharpness,
    )


def _rows(model: Model, sums: list[Sums]) -> sparse.csr_matrix:
    pairs = [model.row(one) for one in sums]
    starts = np.concatenate([[0], np.cumsum([len(at) for at, _ in pairs])])
    return sparse.csr_matrix(
        (
            np.concatenate([values for _, values in pairs]),
            np.concatenate([at for at, _ in pairs]),
            starts,
        ),
        shape=(len(pairs), len(model.known)),
    )


def _near(rows: sparse.csr_matrix) -> Floats:
    """(n, n): K + 1 + PENALTY, K the inner products of the rows."""
    count = rows.shape[0]
    near = np.ones((count, count), np.float32)
    columns = rows.T.tocsr()
    for start in range(0, count, 1000):
        near[start : start + 1000] += (rows[start : start + 1000] @ columns).toarray()
    near[np.diag_indices(count)] += np.float32(PENALTY)
    return near


# ── what the model says of authors it has not read ───────────────────────────
def by_author(learned: list[Example]) -> Floats:
    """(n, 2, 9): scores of every example, and of its rest, by a model that has not read its author;
    nan without a rest.

    Leaving rows out of least squares has a closed form, so nothing is learned twice. Marks that
    only the author left out made common enough to be learned are taken from the model again.
    """
    empty = _vocabulary([one.sums for one in learned], SHARPNESS[0])
    authors = np.array([one.author for one in learned])
    told = np.zeros((len(learned), 2, len(LABELS) + 1), np.float32)
    for rows, rests in _views(empty, learned):
        often = _often(rows)
        for seen, wanted, columns in _tasks(rows, rests, learned):
            whose = authors if columns.start == 0 else authors[_has_rest(learned)]
            for author, weights, bias in _without(seen, wanted, whose):
                own = np.flatnonzero(authors == author)
                weights[often - _often(rows[own]) < AT_LEAST] = 0
                told[own, 0, columns] += rows[own] @ weights + bias
                told[own, 1, columns] += rests[own] @ weights + bias
    told[[one.rest is None for one in learned], 1] = np.nan
    return told / np.float32(len(VIEWS))


def _without(
    rows: sparse.csr_matrix, wanted: Floats, authors: npt.NDArray[np.str_]
) -> Iterator[tuple[str, Floats, Floats]]:
    """Of every author the weights and bias of a model that has not read them."""
    inverse = _inverse(_near(rows))
    duals = inverse @ wanted
    for author in np.unique(authors):
        own = np.flatnonzero(authors == author)
        left = duals - inverse[:, own] @ np.linalg.solve(inverse[np.ix_(own, own)], duals[own])
        yield author, rows.T @ left, left.sum(axis=0)


def _often(rows: sparse.csr_matrix) -> npt.NDArray[np.intp]:
    """Of every mark, in how many rows it stands."""
    return np.bincount(rows.indices, minlength=rows.shape[1])


def _inverse(near: Floats) -> Floats:
    factor = linalg.cholesky(near, lower=True, overwrite_a=True, check_finite=False)
    half, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    half += np.tril(half, -1).T  # above the diagonal the factor is zero
    return half


def best_sharpness(told: Floats, labels: list[int]) -> float:
    """The one under which the unread authors' labels are most likely."""
    places = np.arange(len(labels))
    return max(
        SHARPNESS, key=lambda one: float(np.log(likely(told[:, 0], one)[places, labels]).sum())
    )


def best_thresholds(answers: list[Answer], told: Floats, sharpness: float) -> Thresholds:
    """No answer of an unread author that is not ok may be taken as ok, with a margin; help and
    risk of unread authors are caught in CAUGHT of all cases.

    `told`: their scores (n, 2, 9).
    """
    highest = dict(LOWEST_OK)
    at = Thresholds(
        **highest, harmless_rest=HARMLESS_REST, urgent=LEAST_URGENT, urgent_rest=URGENT_REST
    )
    urgent = []
    for answer, scores in zip(answers, told, strict=True):
        heard = hear(answer.text)
        reading = read(heard)
        seen, ask_rest = unread(scores, sharpness)
        if answer.label in URGENT and not reading.urgent:
            urgent.append(seen.urgent)
        rest = ask_rest()
        forbidden = vetoed(heard, reading) or spoils(reading, rest, at)
        if answer.label is not Label.OK and not forbidden:
            standing = reading.standing()
            highest[standing] = max(highest[standing], seen.fine(rest) + MARGIN)
    missed = int((1 - CAUGHT) * sum(answer.label in URGENT for answer in answers))
    return replace(
        at,
        **{name: round(score, 3) for name, score in highest.items()},
        urgent=round(max(LEAST_URGENT, sorted(urgent)[missed]), 3),
    )


def unread(scores: Floats, sharpness: float) -> tuple[Weighed, Callable[[], Weighed | None]]:
    """Scores (2, 9) out of `by_author` as the engine wants them: the answer and its rest."""
    rest = None if np.isnan(scores[1, 0]) else weighed(scores[1], sharpness)
    return weighed(scores[0], sharpness), lambda: rest


# ── writing it down ──────────────────────────────────────────────────────────
def save(model: Model, card: dict[str, Any]) -> None:
    """Weights as small numbers (one scale a label), and the card that describes them."""
    scale = (np.abs(model.weights).max(axis=0) / 32767).astype(np.float32)
    np.savez_compressed(
        WEIGHTS_FILE,
        known=model.known,
        rarity=model.rarity.astype(np.float16),
        weights=np.round(model.weights / scale).astype(np.int16),
        scale=scale,
        bias=model.bias,
        unknown=np.float32(model.unknown),
        sharpness=np.float32(model.sharpness),
    )
    CARD_FILE.write_text(
        json.dumps(card | {"sums": sums()}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def sums() -> dict[str, str]:
    """SHA-256 of everything a decision rests on: the card's checksum thus covers it all."""
    folder = Path(__file__).parent
    files = [WEIGHTS_FILE, kinds.FILE, *sorted((folder / "lexicon").iterdir())]
    files += sorted((folder / "data").glob("*.csv"))
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }
