"""A file from its bytes to believable rows: whole where it is small, share by share where not."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from monitoring.feeds import Connector
from monitoring.intake import parse, text
from monitoring.intake.gather import Gathered
from monitoring.intake.judge import Rows, judge
from monitoring.intake.parse import Header
from monitoring.intake.refusals import Refusal, Refused
from monitoring.intake.rejections import Rejections
from monitoring.intake.spool import ONE_BLOCK, Spool

_NEWLINE = b"\n"[0]
_LOOK = 64 * 1024


@dataclass(frozen=True)
class _Limits:
    delivered: int
    unpacked: int


@dataclass(frozen=True)
class _Place:
    """Where a block lies in the unpacked file, and the number of its first line."""

    offset: int
    size: int
    first_line: int


class Reading:
    """`read()` first. `rows` counts what is a row at all, good or bad."""

    def __init__(self, spool: Spool, connector: Connector, *, now: datetime) -> None:
        self.rejections = Rejections()
        self.rows = 0
        self._spool, self._connector, self._now = spool, connector, now
        self._header: Header | None = None
        self._places: list[_Place] = []
        self._only: bytes | None = None
        self._single: Rows | None = None
        self._gathered: Gathered | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def is_quick(self) -> bool:
        """Whether a short file looks as it should: where lines do not fit, or numbers are none,
        each is looked at alone, which takes ten times as long. Looks at its begin, middle and end
        and raises nothing; `read` says what is wrong."""
        size = self._spool.size
        try:
            top = text.plain(_lines_of(self._spool.peek(0, _LOOK)))
            header = parse.read_header(top, self._connector)
            parts = [top[header.first :]]
            for offset in (size // 2, size - _LOOK):
                piece = _lines_of(self._spool.peek(max(offset, 0), _LOOK))
                parts.append(text.plain(piece[piece.find(b"\n") + 1 :]))
            return all(parse.is_regular(part, header, self._connector) for part in parts)
        except Refused:
            return False

    def read(self) -> None:
        """Reads and judges all blocks. Raises Refused; nothing has touched the database yet."""
        largest = parse.MAX_FILE if self._spool.is_path else parse.MAX_DELIVERED
        unpacked = parse.MAX_FILE if self._spool.is_path else parse.MAX_UNPACKED
        offset, line = 0, 1
        for block in self._spool.blocks(_Limits(largest, unpacked)):
            self._places.append(_Place(offset, len(block), line))
            whole = text.one_line_end(block)
            rows = self._block(whole, line)
            if self._spool.plain_size <= ONE_BLOCK:
                self._only, self._single = whole, rows
                break  # there is no other
            self._gather(rows)
            offset += len(block)
            line += whole.count(b"\n")
        if not self.rows:
            raise Refused(Refusal.EMPTY, "the file has a header and no rows")

    def shares(self) -> Iterator[Rows]:
        """Rows in parts; all rows of one id are in the same part."""
        if self._single is not None:
            yield self._single
        elif self._gathered is not None:
            yield from self._gathered.shares()

    def errors(self) -> list[dict[str, Any]]:
        """The rejected rows that the receipt names, with what is written there."""
        lines = self._lines(self.rejections.lines)
        return self.rejections.as_list(lambda line, column: self._value(lines[line], column))

    def _block(self, block: bytes, line: int) -> Rows:
        plain = text.plain(block)
        body = pa.py_buffer(plain)
        if self._header is None:
            self._header = parse.read_header(plain, self._connector)
            body, line = body.slice(self._header.first), line + 1
        table = parse.read_block(body, self._header, self._connector, first_line=line)
        self.rows += len(table) + len(table.misfits)
        return judge(table, self._connector, self.rejections, now=self._now)

    def _gather(self, rows: Rows) -> None:
        if self._gathered is None:
            self._gathered = self._stack.enter_context(Gathered(self._spool.plain_size))
        self._gathered.add(rows)

    # ── what is written in a line ────────────────────────────────────────────
    def _value(self, line: bytes, column: str) -> str:
        """The field as written; where the line as a whole is wrong, what is too much of it."""
        if self._header is None:
            return ""
        found = text.fields(text.decode(line))
        if not column:
            beyond = found[len(self._header.names) :]
            return ",".join(beyond or found)
        place = self._header.place(column)
        return found[place].strip() if place < len(found) else ""

    def _lines(self, numbers: list[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        firsts = np.array([place.first_line for place in self._places])
        wanted = np.array(numbers, dtype=np.int64)
        blocks = np.searchsorted(firsts, wanted, side="right") - 1
        for number in np.unique(blocks).tolist():
            place = self._places[number]
            block = self._only
            if block is None:
                block = text.one_line_end(self._spool.read(place.offset, place.size))
            found |= _cut(block, wanted[blocks == number], place.first_line)
        return found


def _lines_of(piece: bytes) -> bytes:
    """Without what stands behind its last line end."""
    whole = text.one_line_end(piece)
    return whole[: whole.rfind(b"\n") + 1]


def _cut(block: bytes, numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]", first: int) -> dict:
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE)
    ends = np.append(ends, len(block))
    begins = np.r_[0, ends[:-1] + 1]
    return {
        number: block[begins[number - first] : ends[number - first]] for number in numbers.tolist()
    }
