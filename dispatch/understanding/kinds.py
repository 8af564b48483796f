"""Kinds of words: words that stand in like company share a kind (이명 with 두통, 들깨 with 참깨).

So a noun that no written answer holds is not unknown to the model. The kinds are clusters of the
analyser's own word vectors at three degrees of fineness, kept in a table; `sort_words` makes it.
"""

import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from kiwipiepy import Kiwi

FILE = Path(__file__).parent / "model" / "kinds.npz"
DEGREES = (60, 200, 600)
COMMON = 30_000
"""Words sorted: the analyser numbers its words by how common they are."""
LEARNED = 15_000
ANCHORS = 300  # more than the 256 dimensions of the analyser's vectors
ROUNDS = 12
CONTENT = ("N", "V", "M", "XR")

Floats = npt.NDArray[np.float32]


class _Table(NamedTuple):
    words: npt.NDArray[np.uint32]  # sorted checksums of form/tag (n,)
    kinds: npt.NDArray[np.uint16]  # (n, degrees)


@cache
def _table() -> _Table:
    with np.load(FILE, allow_pickle=False) as file:
        return _Table(file["words"], file["kinds"])


def _sum(form: str, tag: str) -> int:
    return zlib.crc32(f"{form}/{tag}".encode())


@cache
def kinds(form: str, tag: str) -> tuple[int, ...] | None:
    """The word's kind at each degree, or None for a word without one."""
    table = _table()
    wanted = np.uint32(_sum(form, tag))
    at = int(np.searchsorted(table.words, wanted))
    if at == len(table.words) or table.words[at] != wanted:
        return None
    return tuple(table.kinds[at].tolist())


# ── making the table ─────────────────────────────────────────────────────────
def sort_words(kiwi: Kiwi) -> None:
    """Write the table anew, from the analyser's model alone (a minute). Same model, same table."""
    tokens = [kiwi.morpheme(number) for number in range(COMMON)]
    numbers = [n for n, token in enumerate(tokens) if token.tag.startswith(CONTENT)]
    places = _vectors(kiwi, numbers)
    found = np.stack([_clusters(places, degree) for degree in DEGREES], axis=1)
    sums = np.array([_sum(tokens[n].form, tokens[n].tag) for n in numbers], np.uint32)
    words, first = np.unique(sums, return_index=True)
    FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(FILE, words=words, kinds=found[first].astype(np.uint16))


def _vectors(kiwi: Kiwi, numbers: list[int]) -> Floats:
    """(n, 256) of length one. The analyser tells only how alike two words are; from the likeness
    to enough anchors the vectors follow, but for a turn of the axes."""
    anchors = np.random.default_rng(0).choice(numbers[: LEARNED // 2], ANCHORS, replace=False)
    alike = kiwi.morpheme_similarity
    near = np.array(
        [[alike(one, anchor) for anchor in anchors.tolist()] for one in numbers], np.float32
    )
    square = near[np.searchsorted(numbers, anchors)].astype(np.float64)
    sizes, axes = np.linalg.eigh((square + square.T) / 2)
    kept = sizes > sizes[-1] * 1e-4
    found = near @ (axes[:, kept] / np.sqrt(sizes[kept])).astype(np.float32)
    found -= found.mean(axis=0)  # what all words share tells nothing
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)


def _clusters(places: Floats, count: int) -> npt.NDArray[np.intp]:
    known = places[:LEARNED]
    dice = np.random.default_rng(0)
    middles = known[dice.choice(len(known) // 2, count, replace=False)]
    for _ in range(ROUNDS):
        nearest = (known @ middles.T).argmax(axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, nearest, known)
        middles = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    return (places @ middles.T).argmax(axis=1)
