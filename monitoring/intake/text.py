"""Makes a block of a partner's file fit for a fast reader: UTF-8, `\\n`, no quotes.

Lines are never joined or split, so that the n-th line stays the n-th. What cannot be read in one
line becomes U+FFFD there, which no valid id, time or number contains, and costs no other line.
"""

import csv

import numpy as np

from monitoring.intake.refusals import Refusal, Refused

ODD = "\N{REPLACEMENT CHARACTER}"
_BOM = b"\xef\xbb\xbf"
_NEWLINE, _COMMA, _QUOTE = b"\n"[0], b","[0], b'"'[0]


def one_line_end(block: bytes) -> bytes:
    """`\\n` for `\\r\\n` and `\\r`, no byte order mark. Raises Refused for what is not text."""
    if b"\0" in block:
        raise Refused(Refusal.NOT_TEXT, "the file is not text in UTF-8 or CP949")
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return block.removeprefix(_BOM)


def plain(block: bytes) -> bytes:
    """The block in UTF-8 and without quotes."""
    if not block.isascii():
        block = _utf8(block)
    return _unquoted(block) if b'"' in block else block


def decode(line: bytes) -> str:
    """One line in whichever encoding fits it."""
    for encoding in ("utf-8", "cp949"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "replace")


def fields(line: str) -> list[str]:
    """The fields of one line; an unclosed quote costs this line and no other."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return [line]


def _utf8(block: bytes) -> bytes:
    """Whole where one encoding fits all, else line by line: some systems paste two together."""
    for encoding in ("utf-8", "cp949"):
        try:
            return block.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    lines = block.split(b"\n")
    return b"\n".join(line if line.isascii() else decode(line).encode() for line in lines)


def _unquoted(block: bytes) -> bytes:
    if _only_around_fields(block):
        return block.replace(b'"', b"")
    lines = block.split(b"\n")
    return b"\n".join(_flat(line) if b'"' in line else line for line in lines)


def _only_around_fields(block: bytes) -> bool:
    """Whether every quote opens or closes a whole field that has no comma and no line end in it."""
    letters = np.frombuffer(block, np.uint8)
    at = np.flatnonzero(letters == _QUOTE)
    if len(at) % 2:
        return False
    opening, closing = at[::2], at[1::2]
    before = letters[np.maximum(opening - 1, 0)]
    after = letters[np.minimum(closing + 1, len(letters) - 1)]
    starts = (opening == 0) | (before == _COMMA) | (before == _NEWLINE)
    ends = (closing == len(letters) - 1) | (after == _COMMA) | (after == _NEWLINE)
    if not (starts.all() and ends.all()):
        return False
    breaks = np.flatnonzero((letters == _COMMA) | (letters == _NEWLINE))
    return bool((np.searchsorted(breaks, opening) == np.searchsorted(breaks, closing)).all())


def _flat(line: bytes) -> bytes:
    """The line with as many fields and no quotes."""
    found = (field.replace(",", ODD).replace('"', ODD) for field in fields(line.decode()))
    return ",".join(found).encode()
