"""From bytes to a table of text: gzip, encoding, header in any order, Korean or English.

No value is judged here, but every line keeps its number, so that a message can name it.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator

import numpy as np
import pandas as pd

from monitoring.intake.feeds import FORMATS, Format
from monitoring.intake.refusals import Refusal, Refused

MAX_DELIVERED = 64 * 1024 * 1024
# A gzip of zeros unpacks to a thousand times its size.
MAX_UNPACKED = 256 * 1024 * 1024
# Lines of nothing cost far more memory as rows than as bytes. 20,000 meters send two days of
# quarters of an hour in one file.
MAX_LINES = 4_000_000
MAX_HEADER = 16 * 1024

LINE, OVERFLOW = "line", "overflow"
_GZIP = b"\x1f\x8b"


def read_table(feed: str, content: bytes) -> pd.DataFrame:
    """The rows of a partner's file as written.

    Columns: `line` (int, number in the file, the header is 1), those of FORMATS[feed] as stripped
    text ("" where the line ends early) and `overflow` (text beyond the last column of the header).
    Blank lines are left out. Raises Refused.
    """
    plain = _unpacked(content)
    if max(plain.count(b"\n"), plain.count(b"\r")) > MAX_LINES:
        raise Refused(Refusal.TOO_LARGE, f"the file has more than {MAX_LINES} lines")
    header, body = _header_and_body(plain, FORMATS[feed], feed)
    frame = _fast(body, len(header))
    if frame is None:
        frame = _line_by_line(body, len(header))
    frame.columns = [*range(len(header)), OVERFLOW]
    places = [header.index(name) for name in FORMATS[feed].names]
    table = frame[[*places, OVERFLOW]].fillna("")
    table.columns = [*FORMATS[feed].names, OVERFLOW]
    table.insert(0, LINE, np.arange(len(table)) + 2)
    table = table[_not_blank(frame)].reset_index(drop=True)
    if table.empty:
        raise Refused(Refusal.EMPTY, "the file has a header and no rows")
    return table


def _unpacked(content: bytes) -> bytes:
    if not content.strip():
        raise Refused(Refusal.EMPTY, "the file is empty")
    if len(content) > MAX_DELIVERED:
        raise Refused(Refusal.TOO_LARGE, f"the file is larger than {_mb(MAX_DELIVERED)}")
    if not content.startswith(_GZIP):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(MAX_UNPACKED + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise Refused(Refusal.BAD_GZIP, "the gzip data are damaged or cut off") from error
    if len(plain) > MAX_UNPACKED:
        raise Refused(Refusal.TOO_LARGE, f"unpacked, the file is larger than {_mb(MAX_UNPACKED)}")
    if not plain.strip():
        raise Refused(Refusal.EMPTY, "the file is empty")
    return plain


def _mb(size: int) -> str:
    return f"{size // 1024 // 1024} MB"


def _header_and_body(plain: bytes, form: Format, feed: str) -> tuple[list[str], str]:
    """(column names of the header as ours, the text below it).

    An odd byte in one line must not cost the others: when no encoding fits the whole file, one
    that fits the header is used and the odd bytes become U+FFFD, which no valid row contains.
    """
    if b"\x00" in plain:
        raise Refused(Refusal.NOT_TEXT, "the file is not text in UTF-8 or CP949")
    first: list[str] | None = None
    for text in _decodings(plain):
        top, _newline, body = text.replace("\r\n", "\n").replace("\r", "\n").partition("\n")
        if len(top) > MAX_HEADER:
            raise Refused(Refusal.WRONG_HEADER, "the first line is too long for a header")
        names = _split(top)
        header = _ours(names, form)
        if set(form.names) <= set(header):
            if any(header.count(name) > 1 for name in form.names):
                raise Refused(Refusal.WRONG_HEADER, "the header names a column twice")
            return header, body
        first = first or names
    if first is None:
        raise Refused(Refusal.NOT_TEXT, "the file is not text in UTF-8 or CP949")
    raise _wrong_header(first, form, feed)


def _decodings(plain: bytes) -> Iterator[str]:
    for errors in ("strict", "replace"):
        for encoding in ("utf-8-sig", "cp949"):
            try:
                yield plain.decode(encoding, errors)
            except UnicodeDecodeError:
                continue


def _ours(names: list[str], form: Format) -> list[str]:
    by_alias = {column.alias: column.name for column in form.columns}
    cleaned = [name.strip().strip("\ufeff") for name in names]
    return [by_alias.get(name, name.lower()) for name in cleaned]


def _wrong_header(names: list[str], form: Format, feed: str) -> Refused:
    expected = ", ".join(form.names)
    for other, theirs in FORMATS.items():
        if other != feed and set(theirs.names) <= set(_ours(names, theirs)):
            return Refused(
                Refusal.OTHER_FEED,
                f"this is a file of feed '{other}'; '{feed}' expects the columns {expected}",
            )
    missing = [name for name in form.names if name not in _ours(names, form)]
    return Refused(
        Refusal.WRONG_HEADER,
        f"expected the columns {expected}; missing: {', '.join(missing)}",
    )


def _split(line: str) -> list[str]:
    """The fields of one line; an unclosed quote costs this line and no other."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return [line]


def _fast(body: str, width: int) -> pd.DataFrame | None:
    """All lines at once, or None where a line needs care (a quote, far too many fields)."""
    if '"' in body:
        return None
    try:
        return pd.read_csv(
            io.StringIO(body),
            header=None,
            names=range(width + 1),
            index_col=False,
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
            quoting=csv.QUOTE_NONE,
        )
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=range(width + 1), dtype=object)
    except pd.errors.ParserError:
        return None


def _line_by_line(body: str, width: int) -> pd.DataFrame:
    rows = [_split(line) for line in body.split("\n")]
    return pd.DataFrame(
        [[*row[:width], *[""] * (width - len(row)), "".join(row[width:])] for row in rows],
        columns=range(width + 1),
        dtype=object,
    )


def _not_blank(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Lines with anything but spaces. A blank line has nothing behind its first field."""
    filled = frame.fillna("")
    kept = (filled.iloc[:, 1:] != "").any(axis=1)
    alone = filled.loc[~kept, filled.columns[0]]
    kept[~kept] = alone.str.strip().ne("").astype(bool)
    return kept
