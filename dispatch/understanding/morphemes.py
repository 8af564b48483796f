"""Kiwi, the Korean analyser: loaded at its first use, kept, shared by threads."""

import threading
from typing import NamedTuple

from kiwipiepy import Kiwi


class Piece(NamedTuple):
    """One morpheme: dictionary form, Sejong tag, and its place [start, end) in the text."""

    form: str
    tag: str
    start: int
    end: int


_lock = threading.Lock()
_kiwi: Kiwi | None = None


def load() -> Kiwi:
    """The analyser; at the first call 1 to 3 s and about 0.23 GB."""
    global _kiwi
    if _kiwi is None:
        with _lock:
            if _kiwi is None:
                # without the dictionaries of names: 230 MB instead of 500, a third of the time
                kiwi = Kiwi(
                    num_workers=1,
                    load_default_dict=False,
                    load_typo_dict=False,
                    load_multi_dict=False,
                )
                kiwi.tokenize("잘 지내고 있어요")  # the model's pages are read now, not in a call
                _kiwi = kiwi
    return _kiwi


def pieces(text: str) -> list[Piece]:
    return [Piece(token.form, token.tag, token.start, token.end) for token in load().tokenize(text)]
