"""The learned half: a linear score for each label and one more, from a file of plain numbers.

The file holds no words: a mark is known by the CRC-32 of its name. Trained by learn.py.
"""

import json
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dispatch.understanding.features import WEIGHTS
from dispatch.understanding.labels import Label
from dispatch.understanding.morphemes import load

FOLDER = Path(__file__).parent / "model"
WEIGHTS_FILE, CARD_FILE = FOLDER / "weights.npz", FOLDER / "card.json"
LABELS = tuple(Label)

Floats = npt.NDArray[np.float32]


Sums = dict[str, npt.NDArray[np.uint32]]


def checksums(marks: dict[str, list[str]]) -> Sums:
    """Block -> the CRC-32 of its marks, each once."""
    return {block: np.unique(_sums(block, names)) for block, names in marks.items()}


def _sums(block: str, names: list[str]) -> npt.NDArray[np.uint32]:
    start = zlib.crc32(block.encode())
    return np.array([zlib.crc32(name.encode(), start) for name in names], dtype=np.uint32)


@dataclass(frozen=True)
class Model:
    """`known`: sorted checksums (n,); `rarity`: how much a mark tells (n,),
    `unknown`: how much one would that is not among them; `weights`: (n, 9) in the order of
    `Label` and then how harmless a rest is; `bias`: (9,); `sharpness` turns scores of labels into
    probabilities."""

    known: npt.NDArray[np.uint32]
    rarity: Floats
    weights: Floats
    bias: Floats
    unknown: float
    sharpness: float

    def row(self, sums: Sums) -> tuple[npt.NDArray[np.intp], Floats]:
        """Places of the known marks in `known` and their values. Every block has its length, and
        unknown marks take their part of it: who says much that is new is believed less."""
        places, values = [], []
        for block, marks in sums.items():
            if not len(self.known) or not len(marks):
                continue
            at = np.searchsorted(self.known, marks)
            at[at == len(self.known)] = 0
            at = at[self.known[at] == marks]
            value = self.rarity[at]
            strange = (len(marks) - len(at)) * self.unknown**2
            length = np.sqrt(np.square(value).sum() + strange)
            places.append(at)
            values.append(value * (np.sqrt(WEIGHTS[block]) / length))
        if not places:
            return np.empty(0, np.intp), np.empty(0, np.float32)
        return np.concatenate(places), np.concatenate(values).astype(np.float32)

    def scores(self, sums: Sums) -> Floats:
        """(9,): about 1 for a label that fits, about -1 for one that does not; then of what is left
        of an answer without its statements of well-being: about 1 beside an ok, -1 in a cry."""
        at, values = self.row(sums)
        return values @ self.weights[at] + self.bias


def likely(scores: Floats, sharpness: float) -> Floats:
    """Scores (…, 9) to probabilities (…, 8)."""
    scores = scores[..., : len(LABELS)]
    power = np.exp(sharpness * (scores - scores.max(axis=-1, keepdims=True)))
    return power / power.sum(axis=-1, keepdims=True)


def _version() -> str:
    """ "2." and the checksum of the card, which names the data, the weights and the thresholds."""
    return f"2.{zlib.crc32(CARD_FILE.read_bytes()):08x}"


RULES_VERSION = _version()
"""Kept on the attempt beside the label, so that a decision can be told from a later one."""


def warm_up() -> None:
    """Load the analyser and the weights (1 to 3 s, about 0.25 GB) before somebody waits."""
    load()
    model()


@cache
def card() -> dict[str, Any]:
    """What the weights were learned from, how they did, and the thresholds."""
    return json.loads(CARD_FILE.read_text(encoding="utf-8"))


@cache
def model() -> Model:
    with np.load(WEIGHTS_FILE, allow_pickle=False) as file:
        return Model(
            known=file["known"],
            rarity=file["rarity"].astype(np.float32),
            weights=file["weights"].astype(np.float32) * file["scale"],
            bias=file["bias"],
            unknown=float(file["unknown"]),
            sharpness=float(file["sharpness"]),
        )
