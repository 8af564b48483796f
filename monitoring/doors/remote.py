"""What fetching over SFTP and over HTTP have in common."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import BinaryIO, Protocol

from monitoring.doors.sources import Source

CONNECT_SECONDS = 15
ANSWER_SECONDS = 30
# One file, however slowly the other side sends; below the time limit of a task.
FILE_SECONDS = 120
PIECE = 256 * 1024


class FetchFailed(Exception):
    """The other side could not be reached, or did not behave. English, without secrets."""


@dataclass(frozen=True)
class Remote:
    """A file on the other side. `fingerprint` differs when the file does; "" is not known yet."""

    path: str
    name: str
    fingerprint: str


class Server(Protocol):
    """An open connection. Both methods raise FetchFailed."""

    def listing(self) -> list[Remote]:
        """Files that lie complete on the other side, the oldest first."""

    def fetch(self, remote: Remote, *, known: frozenset[str], into: BinaryIO) -> Remote | None:
        """Writes the file and gives it with its fingerprint; None when it is not there, still
        changes, or its fingerprint is `known`."""


Opener = Callable[[Source, date], AbstractContextManager[Server]]


def copy(read: Callable[[int], bytes], into: BinaryIO, *, most: int) -> bool:
    """Copies what `read(n)` gives, and stops what never ends. Whether the end was reached: a file
    larger than `most` is cut off there, and the door refuses it with a receipt.

    Raises FetchFailed when the time is over.
    """
    until, left = monotonic() + FILE_SECONDS, most
    while left > 0:
        piece = read(min(PIECE, left))
        if not piece:
            return True
        into.write(piece)
        left -= len(piece)
        if monotonic() > until:
            raise FetchFailed(f"the file did not arrive within {FILE_SECONDS} s")
    return False
