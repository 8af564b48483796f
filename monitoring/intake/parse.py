"""From a block of text to columns: header in any order, Korean or English; typed where it can be.

First everything at once: ids and times as dictionaries, numbers as numbers. Only a block in which
that fails is read again with numbers as text, and only one whose lines do not fit line by line;
only what is wrong there is wrong afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from monitoring import feeds
from monitoring.feeds import Connector
from monitoring.intake import text
from monitoring.intake.refusals import Refusal, Refused

MAX_DELIVERED = 64 * 1024 * 1024
"""Bytes of a file that comes as bytes, over the network."""
# A gzip of zeros unpacks to a thousand times its size.
MAX_UNPACKED = 256 * 1024 * 1024
MAX_FILE = 4 * 1024 * 1024 * 1024
"""Bytes of a file that comes as a path, and of what it may unpack to: it is read block by block."""
# Of one block. Lines of nothing cost far more memory as rows than as bytes; a block of rows that
# say something has fewer.
MAX_LINES = 4_000_000
MAX_HEADER = 16 * 1024

Ints = npt.NDArray[np.int64]
_NEWLINE = b"\n"[0]
_CHUNK = 1 << 20
"""So much the cores take in turn. A longer line is read with all the block at once."""
_CODE = pa.dictionary(pa.int32(), pa.string())
_NO_LINES = np.empty(0, np.int64)
_NUMBER = r"^\s*[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?|inf|nan)\s*$"


@dataclass(frozen=True)
class Header:
    """Our names of the file's columns, in its order; `first` is the offset of the line below."""

    names: list[str]
    first: int

    def place(self, name: str) -> int:
        return self.names.index(name)


@dataclass
class Table:
    """Rows of a block that have as many fields as the header, blank lines left out.

    `ids`, `texts` (times) and `words` (events) are distinct values; the arrays beside them say
    which one a row has. `numbers`: one column per number, NaN where there is none. `line` numbers
    count from 1 in the whole file. `misfits`: lines with another number of fields.
    """

    ids: pa.Array
    who: npt.NDArray[np.int32]
    texts: pa.Array
    when: npt.NDArray[np.int32]
    numbers: list[npt.NDArray[np.float32]]
    line: Ints
    misfits: Ints
    words: pa.Array | None = None
    what: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.who)


def read_header(block: bytes, connector: Connector) -> Header:
    """The header of a file's first block (text.plain). Raises Refused."""
    end = block.find(b"\n", 0, MAX_HEADER + 1)
    top = block[: end if end >= 0 else MAX_HEADER + 1]
    if len(top) > MAX_HEADER:
        raise Refused(Refusal.WRONG_HEADER, "the first line is too long for a header")
    written = text.fields(text.decode(top))
    names = _ours(written, connector)
    if not set(connector.names) <= set(names):
        raise _wrong_header(written, connector)
    if any(names.count(name) > 1 for name in connector.names):
        raise Refused(Refusal.WRONG_HEADER, "the header names a column twice")
    return Header(names, len(block) if end < 0 else end + 1)


def read_block(body: pa.Buffer, header: Header, connector: Connector, *, first_line: int) -> Table:
    """The rows of a block (text.plain, no header); its first line is `first_line` of the file."""
    _refuse_countless(body)
    reader = _Reader(header, connector)
    table, misfits = reader.read(body)
    if len(misfits):
        kept = np.arange(len(table))
        kept += np.searchsorted(misfits - np.arange(len(misfits)), kept, side="right")
        table.line = kept + first_line
        table.misfits = misfits[reader.with_text] + first_line
    else:
        table.line = np.arange(first_line, first_line + len(table))
    return _without_blanks(table, reader.bare)


def is_regular(body: bytes, header: Header, connector: Connector) -> bool:
    """Whether every line of a piece (text.plain) fits, with a number where one belongs."""
    return _Reader(header, connector).is_regular(pa.py_buffer(body))


def _refuse_countless(body: pa.Buffer) -> None:
    letters, lines = np.frombuffer(body, np.uint8), 1
    for begin in range(0, len(letters), _CHUNK):  # a chunk stays in the processor's cache
        lines += int(np.count_nonzero(letters[begin : begin + _CHUNK] == _NEWLINE))
    if lines > MAX_LINES:
        raise Refused(Refusal.TOO_LARGE, f"the file has more than {MAX_LINES} lines")


def _ours(written: list[str], connector: Connector) -> list[str]:
    by_alias = {column.alias: column.name for column in connector.columns}
    cleaned = [name.strip().strip("\ufeff").strip() for name in written]
    return [by_alias.get(name, name.lower()) for name in cleaned]


def _wrong_header(written: list[str], connector: Connector) -> Refused:
    expected = ", ".join(connector.names)
    for other in feeds.all():
        if other is not connector and set(other.names) <= set(_ours(written, other)):
            return Refused(
                Refusal.OTHER_FEED,
                f"this is a file of feed '{other.feed}'; "
                f"'{connector.feed}' expects the columns {expected}",
            )
    if mark := _other_separator(written, connector):
        return Refused(Refusal.WRONG_HEADER, f"the columns are separated by {mark}; expected ','")
    missing = [name for name in connector.names if name not in _ours(written, connector)]
    return Refused(
        Refusal.WRONG_HEADER,
        f"expected the columns {expected}; missing: {', '.join(missing)}",
    )


def _other_separator(written: list[str], connector: Connector) -> str:
    """How the mark is told that would make a header of the line; "" where none would."""
    for mark, told in ((";", "';'"), ("\t", "a tab"), ("|", "'|'")):
        parts = ",".join(written).split(mark)
        if set(connector.names) <= set(_ours(parts, connector)):
            return told
    return ""


@dataclass
class _Reader:
    """pyarrow's reader with the columns of a feed. `with_text`: which misfits are not blank;
    `bare`: rows without any text where a number belongs, where that is not as good as NaN."""

    header: Header
    connector: Connector
    with_text: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    bare: npt.NDArray[np.bool_] | None = None

    @property
    def number_columns(self) -> list[str]:
        if self.connector.events:
            return [self.connector.names[3]]
        return [amount.column for amount in self.connector.amounts]

    @property
    def code_columns(self) -> list[str]:
        return list(self.connector.names[: 3 if self.connector.events else 2])

    def read(self, body: pa.Buffer) -> tuple[Table, Ints]:
        """(rows, 0-based lines that do not fit). Lines that do not fit cost the other core."""
        for number in (pa.float32(), _CODE):
            try:
                return self._table(self._read(body, number, on_misfit=_refuse)), _NO_LINES
            except pa.ArrowInvalid:
                continue
        misfits: list[tuple[int, bool]] = []

        def note(row: arrow_csv.InvalidRow) -> str:
            misfits.append((row.number - 1, bool(row.text.strip())))
            return "skip"

        found = self._read(body, _CODE, threads=False, on_misfit=note)
        self.with_text = np.array([filled for _line, filled in misfits], dtype=bool)
        return self._table(found), np.array([line for line, _filled in misfits], dtype=np.int64)

    def is_regular(self, body: pa.Buffer) -> bool:
        try:
            self._read(body, pa.float32(), threads=False, on_misfit=_refuse)
        except pa.ArrowInvalid:
            return False
        return True

    def _table(self, found: pa.Table) -> Table:
        found = found.unify_dictionaries()
        codes = [_codes(found.column(name)) for name in self.code_columns]
        words, what = codes[2] if self.connector.events else (None, None)
        return Table(
            ids=codes[0][0],
            who=codes[0][1],
            texts=codes[1][0],
            when=codes[1][1],
            numbers=[self._numbers(found.column(name)) for name in self.number_columns],
            line=_NO_LINES,
            misfits=_NO_LINES,
            words=words,
            what=what,
        )

    def _numbers(self, column: pa.ChunkedArray) -> npt.NDArray[np.float32]:
        """NaN where there is no number; texts are looked at once each."""
        if column.type != _CODE:
            return column.to_numpy().astype(np.float32, copy=False)
        texts, code = _codes(column)
        bare = pc.equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)[code]
        self.bare = bare if self.bare is None else self.bare & bare
        good = pc.match_substring_regex(texts, _NUMBER, ignore_case=True)
        numbers = pc.if_else(good, texts, pa.scalar(None, pa.string())).cast(pa.float32())
        return numbers.to_numpy(zero_copy_only=False).astype(np.float32, copy=False)[code]

    def _read(
        self,
        body: pa.Buffer,
        number: pa.DataType,
        *,
        threads: bool = True,
        on_misfit: Callable[[arrow_csv.InvalidRow], str],
    ) -> pa.Table:
        names = [f"column {place}" for place in range(len(self.header.names))]
        ours = {name: names[self.header.place(name)] for name in self.connector.names}
        types = {ours[name]: _CODE for name in self.code_columns}
        types |= {ours[name]: number for name in self.number_columns}
        if not body.size:
            return pa.table({name: pa.array([], types[ours[name]]) for name in ours})
        found = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(
                column_names=names,
                block_size=_CHUNK if threads else body.size,
                use_threads=threads,
            ),
            parse_options=arrow_csv.ParseOptions(
                quote_char=False, ignore_empty_lines=False, invalid_row_handler=on_misfit
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=list(ours.values()),
                null_values=[""],
                strings_can_be_null=False,
                check_utf8=False,  # text.plain has made it so
            ),
        )
        return found.rename_columns(list(ours))


def _refuse(row: arrow_csv.InvalidRow) -> str:
    return "error"


def _codes(column: pa.ChunkedArray) -> tuple[pa.Array, npt.NDArray[np.int32]]:
    if not column.num_chunks:
        return pa.array([], pa.string()), np.empty(0, np.int32)
    parts = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in column.chunks]
    codes = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return column.chunk(0).dictionary, codes.astype(np.int32, copy=False)


def _without_blanks(table: Table, bare: npt.NDArray[np.bool_] | None) -> Table:
    """Lines of nothing but separators and spaces say nothing: they are no rows."""
    empty_id = pc.equal(pc.utf8_trim_whitespace(table.ids), "").to_numpy(zero_copy_only=False)
    if not empty_id.any():
        return table
    empty_time = pc.equal(pc.utf8_trim_whitespace(table.texts), "").to_numpy(zero_copy_only=False)
    blank = empty_id[table.who] & empty_time[table.when]
    if bare is not None:
        blank &= bare
    for number in table.numbers:
        blank &= np.isnan(number)
    if table.words is not None and table.what is not None:
        empty_word = pc.equal(table.words, "").to_numpy(zero_copy_only=False)
        blank &= empty_word[table.what]
    kept = ~blank
    return Table(
        ids=table.ids,
        who=table.who[kept],
        texts=table.texts,
        when=table.when[kept],
        numbers=[number[kept] for number in table.numbers],
        line=table.line[kept],
        misfits=table.misfits,
        words=table.words,
        what=None if table.what is None else table.what[kept],
    )
