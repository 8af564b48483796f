"""Rows that cannot be believed: how many, and what the receipt says of the first of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
ERRORS_SHOWN = 100
VALUE_SHOWN = 40

Found = tuple[int, str, str]


@dataclass
class Rejections:
    """`column` is empty where the line as a whole is wrong; `expected` is English, for the partner.

    Only the first lines are remembered, so that a file of nothing but errors costs no memory.
    """

    count: int = 0
    _found: list[Found] = field(default_factory=list)

    def add(self, lines: Ints, column: str, expected: str) -> None:
        """`lines`: numbers in the file, each rejected for this reason and no other."""
        if not len(lines):
            return
        self.count += len(lines)
        first = np.sort(lines)[:ERRORS_SHOWN].tolist()
        self._found = sorted([*self._found, *((line, column, expected) for line in first)])
        del self._found[ERRORS_SHOWN:]

    @property
    def lines(self) -> list[int]:
        """The lines that the receipt names, in the order of the file."""
        return [line for line, _column, _expected in self._found]

    def as_list(self, value_of: Callable[[int, str], str]) -> list[dict[str, Any]]:
        """At most ERRORS_SHOWN of {row, column, value, expected}, in the order of the file."""
        return [
            {
                "row": line,
                "column": column,
                "value": value_of(line, column)[:VALUE_SHOWN],
                "expected": expected,
            }
            for line, column, expected in self._found
        ]


class Judgement:
    """The first problem of every row of a block; rows without one are good."""

    def __init__(self, lines: Ints) -> None:
        self._lines = lines
        self._bad: npt.NDArray[np.bool_] | None = None
        self._found: list[tuple[Ints, str, str]] = []

    def add(self, bad: npt.NDArray[np.bool_], column: str, expected: str) -> None:
        """Rows of `bad` that had no problem before have this one."""
        fresh = bad if self._bad is None else bad & ~self._bad
        if not fresh.any():
            return
        self._found.append((self._lines[fresh], column, expected))
        self._bad = bad.copy() if self._bad is None else self._bad | bad

    @property
    def good(self) -> npt.NDArray[np.bool_] | None:
        """None when every row is."""
        return None if self._bad is None else ~self._bad

    def tell(self, rejections: Rejections) -> None:
        for lines, column, expected in self._found:
            rejections.add(lines, column, expected)
