"""Kiwi, the Korean analyser: loaded at its first use, kept, shared by threads."""

import threading
from typing import NamedTuple

from kiwipiepy import Kiwi

from dispatch.understanding.lexicons import safe_words


class Piece(NamedTuple):
    """One morpheme: dictionary form, Sejong tag, and its place [start, end) in the text."""

    form: str
    tag: str
    start: int
    end: int


_lock = threading.Lock()
_kiwi: Kiwi | None = None


def _analyser() -> Kiwi:
    global _kiwi
    if _kiwi is None:
        with _lock:
            if _kiwi is None:
                kiwi = Kiwi(num_workers=1)
                for word in safe_words()["noun"]:
                    if len(word) > 2:  # "야간조", "급식실": in our list, not in every dictionary
                        kiwi.add_user_word(word, "NNG")
                kiwi.tokenize("잘 지내고 있어요")  # the model's pages are read now, not in a call
                _kiwi = kiwi
    return _kiwi


def warm_up() -> None:
    """Load the analyser (seconds, about 0.5 GB) before somebody waits for an answer."""
    _analyser()


def pieces(text: str) -> list[Piece]:
    return [
        Piece(token.form, token.tag, token.start, token.end) for token in _analyser().tokenize(text)
    ]
