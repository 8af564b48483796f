"""PostgreSQL's binary COPY, spoken by NumPy: rows of fixed width in one piece, both ways.

Every field of a row is its length (int32) and its bytes; a row begins with the number of fields.
Where no field may be NULL, all rows are of one width, and a structured array is the file.
"""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import IntegrityError, connection, transaction
from numpy.typing import NDArray

_HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
_TRAILER = b"\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's
_FIRST_DAY = date(2000, 1, 1)
NEVER = np.iinfo(np.int64).max  # the timestamp 'infinity', which stands for NULL on our way
_AT_ONCE = 1 << 18  # bytes that the driver sends in one message
_MICROSECOND = timedelta(microseconds=1)

Field = tuple[str, Any]


def row(*fields: Field) -> np.dtype[np.void]:
    """The dtype of a row with these fields: name and big-endian type, or any raw bytes."""
    parts: list[Any] = [("#", ">i2")]
    for name, kind in fields:
        parts += [(f"#{name}", ">i4"), (name, *kind) if isinstance(kind, tuple) else (name, kind)]
    return np.dtype(parts)


def rows(kind: np.dtype[np.void], count: int) -> NDArray[np.void]:
    """`count` rows to be filled, their lengths set."""
    found = np.zeros(count, kind)
    names = [name for name in kind.names or () if not name.startswith("#")]
    found["#"] = len(names)
    for name in names:
        found[f"#{name}"] = kind[name].itemsize
    return found


def read(statement: str, kind: np.dtype[np.void]) -> NDArray[np.void]:
    """The rows of a `COPY … TO STDOUT (FORMAT binary)`. ValueError when a row is not of `kind`."""
    file = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, file)
    size = file.tell() - len(_HEADER) - len(_TRAILER)
    if size % kind.itemsize:
        raise ValueError("COPY gave rows of another width")
    found = np.frombuffer(file.getbuffer(), kind, size // kind.itemsize, len(_HEADER))
    names = [name for name in kind.names or () if not name.startswith("#")]
    for name in names:
        if (found[f"#{name}"] != kind[name].itemsize).any():
            raise ValueError(f"COPY gave another width of {name}")
    return found


def write(table: str, columns: Sequence[str], filled: NDArray[np.void]) -> None:
    """Append rows (made by `rows`) to a table."""
    if not len(filled):
        return
    names = ", ".join(f'"{column}"' for column in columns)
    file = io.BytesIO()
    for part in (_HEADER, np.ascontiguousarray(filled).view(np.uint8).data, _TRAILER):
        file.write(part)
    file.seek(0)
    # The driver's own method: its errors are not Django's unless they are made so.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)", file, _AT_ONCE)


def replace(
    table: str,
    columns: Sequence[str],
    filled: NDArray[np.void],
    *,
    day: date,
    ids: NDArray[np.int64],
    rule: str = "",
) -> None:
    """Append rows of one day and these households. Where one is there already (a day that is
    judged again), all of them are replaced; that is rare, and appending costs half of an upsert."""
    try:
        with transaction.atomic():
            write(table, columns, filled)
    except IntegrityError:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE day = %s AND household_id = ANY(%s)"  # noqa: S608
                + (" AND rule = %s" if rule else ""),
                [day, ids.tolist(), *([rule] if rule else [])],
            )
        write(table, columns, filled)


def among(ids: NDArray[np.int64], column: str = "household_id") -> str:
    """SQL that holds for these households: a range where they are dense (it may hold for others
    too, which the caller drops), else their list. Numbers only, so nothing needs quoting."""
    first, last = int(ids.min()), int(ids.max())
    if last - first < 4 * len(ids):
        return f"{column} BETWEEN {first} AND {last}"
    return listed(ids, column)


def listed(ids: NDArray[np.int64], column: str = "household_id") -> str:
    """SQL that holds for exactly these households."""
    return f"{column} = ANY('{{{','.join(map(str, ids.tolist()))}}}'::bigint[])"


def as_slice(places: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """Rising places that follow one another as a slice: a look at an array instead of a copy."""
    if len(places) and places[-1] - places[0] == len(places) - 1:
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def as_day(day: date) -> int:
    """PostgreSQL's number of a day."""
    return (day - _FIRST_DAY).days


def as_instant(at: datetime) -> int:
    """PostgreSQL's number of an instant: microseconds since 2000."""
    return (at - EPOCH) // _MICROSECOND


def instant(number: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(number))
