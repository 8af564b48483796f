"""A delivered file as blocks of plain bytes: whatever its size, only the block at hand is held.

A small file is one block. A large one is read from where it lies, a large gzip is unpacked into a
temporary file first, so that a line can be looked up again when a message must name it.
"""

import hashlib
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import IO, Protocol

from monitoring.intake.refusals import Refusal, Refused

BLOCK = 32 * 1024 * 1024
ONE_BLOCK = 96 * 1024 * 1024
SHORT = 16 * 1024 * 1024
"""Plain text of which, where it is what it should be, everything is known within a second."""
WORTH = 256 * 1024
"""Less is read sooner than another thread is begun."""
KEPT = 64 * 1024 * 1024
"""So much of a refused file is kept: enough to see what is wrong with it."""
_GZIP = b"\x1f\x8b"
_PIECE = 1024 * 1024
_SPACE = re.compile(rb"\s*\Z")


class Limits(Protocol):
    """Bytes: of the file as delivered, and of what a gzip may unpack to."""

    @property
    def delivered(self) -> int: ...

    @property
    def unpacked(self) -> int: ...


class Spool:
    """Opened with `with`; afterwards the temporary file is gone.

    `size` and `sha256()` are of the file as it was delivered, `plain_size` of what it unpacks to
    (known with the first block).
    """

    def __init__(self, content: bytes | Path) -> None:
        self._stack = ExitStack()
        self._content = content
        self.is_path = isinstance(content, Path)
        self.plain_size = 0
        self.size = content.stat().st_size if isinstance(content, Path) else len(content)
        self._plain: IO[bytes] | None = None
        self._digest: Future[str] | None = None
        self._file: IO[bytes]

    def __enter__(self) -> "Spool":
        content = self._content
        opened = content.open("rb") if isinstance(content, Path) else BytesIO(content)
        self._file = self._stack.enter_context(opened)
        return self

    @property
    def is_short(self) -> bool:
        """Whether it is of a size to be read beside; of something packed nobody knows."""
        return WORTH <= self.size <= SHORT and self.peek(0, 2) != _GZIP

    def peek(self, offset: int, size: int) -> bytes:
        """Some bytes as they were delivered."""
        self._file.seek(offset)
        return self._file.read(size)

    def hash_beside(self) -> None:
        """Begin with the digest in another thread, while this one waits for the database."""
        if self.size > WORTH:
            pool = self._stack.enter_context(ThreadPoolExecutor(1))
            self._digest = pool.submit(self._hash)

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def sha256(self) -> str:
        return self._digest.result() if self._digest else self._hash()

    def head(self) -> bytes:
        """The first KEPT bytes as delivered."""
        if isinstance(self._content, bytes):
            return self._content[:KEPT]
        self._file.seek(0)
        return self._file.read(KEPT)

    def blocks(self, limits: Limits) -> Iterator[bytes]:
        """Pieces of whole lines, in order; a last line without an end is whole too.

        Raises Refused: empty, too large, a gzip that is damaged, cut off or a bomb.
        """
        plain = self._unpacked(limits)
        self.plain_size = plain.seek(0, os.SEEK_END)
        plain.seek(0)
        if self.plain_size <= ONE_BLOCK:
            here = isinstance(self._content, bytes) and plain is self._file
            whole = self._content if here else plain.read()
            if not isinstance(whole, bytes) or _SPACE.match(whole):
                raise Refused(Refusal.EMPTY, "the file is empty")
            yield whole
            return
        yield from self._pieces(plain)

    def read(self, offset: int, size: int) -> bytes:
        """Plain bytes again, for a message about them."""
        if self._plain is None:
            raise ValueError("the blocks come first")
        self._plain.seek(offset)
        return self._plain.read(size)

    def _pieces(self, plain: IO[bytes]) -> Iterator[bytes]:
        at = 0
        while True:
            plain.seek(at)
            piece = plain.read(BLOCK)
            if not piece:
                return
            end = max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, -1)) + 1
            if len(piece) == BLOCK:
                if not end:
                    raise Refused(Refusal.NOT_TEXT, "the file has a line of many megabytes")
                piece = piece[:end]
            at += len(piece)
            yield piece

    def _unpacked(self, limits: Limits) -> IO[bytes]:
        if self.size > limits.delivered:
            raise Refused(Refusal.TOO_LARGE, f"the file is larger than {_mb(limits.delivered)}")
        self._file.seek(0)
        packed = self._file.read(2) == _GZIP
        self._file.seek(0)
        self._plain = self._unzip(limits.unpacked) if packed else self._file
        return self._plain

    def _unzip(self, limit: int) -> IO[bytes]:
        """Unpacked piece by piece, no further than the limit; members one after another count."""
        plain: IO[bytes] = self._stack.enter_context(
            tempfile.SpooledTemporaryFile(max_size=ONE_BLOCK)  # noqa: SIM115 (the stack closes it)
        )
        machine, total = zlib.decompressobj(31), 0
        try:
            while piece := machine.unconsumed_tail or self._file.read(_PIECE):
                if machine.eof:
                    if not piece.strip(b"\0"):
                        continue  # tapes and some tools fill up with zeros
                    machine = zlib.decompressobj(31)
                part = machine.decompress(piece, _PIECE)
                total += plain.write(part)
                if total > limit:
                    raise Refused(
                        Refusal.TOO_LARGE, f"unpacked, the file is larger than {_mb(limit)}"
                    )
                if machine.eof:
                    self._file.seek(-len(machine.unused_data), os.SEEK_CUR)
        except zlib.error as error:
            raise _damaged() from error
        if not machine.eof:
            raise _damaged()
        return plain

    def _hash(self) -> str:
        if isinstance(self._content, bytes):
            return hashlib.sha256(self._content).hexdigest()
        with self._content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged() -> Refused:
    return Refused(Refusal.BAD_GZIP, "the gzip data are damaged or cut off")


def _mb(size: int) -> str:
    return f"{size // 1024 // 1024} MB"
