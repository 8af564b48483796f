"""A file of many blocks, split by meter: whatever its order, the rows of a meter come together.

Rows lie in temporary files, one per share of the meters, in Arrow's format; a share is as large as
a small delivery and takes the same way from there.
"""

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import IO

import numpy as np
import pyarrow as pa

from monitoring.intake.judge import Rows
from monitoring.intake.spool import ONE_BLOCK


class Gathered:
    """Takes the rows of every block, gives them back share by share. Opened with `with`."""

    def __init__(self, size: int) -> None:
        """`size`: bytes of the whole file, unpacked; about as many are written to disk."""
        self._shares = size // (ONE_BLOCK // 2) + 1
        self._stack = ExitStack()
        self._files: list[IO[bytes]] = []
        self._writers: list[pa.RecordBatchStreamWriter | None] = [None] * self._shares

    def __enter__(self) -> "Gathered":
        for _ in range(self._shares):
            self._files.append(self._stack.enter_context(tempfile.TemporaryFile()))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, rows: Rows) -> None:
        rows = _with_lost(rows)
        share = np.array(
            [zlib.crc32(text.encode()) % self._shares for text in rows.ids.to_pylist()]
        )
        of_row = share[rows.who] if len(rows) else np.empty(0, np.int64)
        order = np.argsort(of_row, kind="stable")
        ends = np.searchsorted(of_row[order], np.arange(self._shares), side="right")
        begin = 0
        for number, end in enumerate(ends.tolist()):
            if end > begin:
                self._append(number, rows.only(order[begin:end]))
            begin = end

    def shares(self) -> Iterator[Rows]:
        for number, writer in enumerate(self._writers):
            if writer is not None:
                writer.close()
                self._files[number].seek(0)
                with pa.ipc.open_stream(self._files[number]) as reader:
                    yield _rows(reader.read_all())

    def _append(self, number: int, rows: Rows) -> None:
        batch = _batch(rows)
        writer = self._writers[number]
        if writer is None:
            writer = pa.ipc.new_stream(self._files[number], batch.schema)
            self._writers[number] = writer
        writer.write_batch(batch)


_LOST = -1  # as a line's number


def _with_lost(rows: Rows) -> Rows:
    """Rejected quarters go with the others of their meter, as rows without a line."""
    who, when = rows.lost
    if not len(who):
        return rows
    return Rows(
        rows.ids,
        np.concatenate([rows.who, who]),
        rows.times,
        np.concatenate([rows.when, when]),
        [np.concatenate([values, np.zeros(len(who), np.float32)]) for values in rows.values],
        np.concatenate([rows.line, np.full(len(who), _LOST, np.int64)]),
    )


def _batch(rows: Rows) -> pa.RecordBatch:
    columns = {
        "id": rows.ids.take(pa.array(rows.who)),
        "at": rows.times[rows.when],
        "line": rows.line,
    }
    if rows.kind is not None:
        columns["kind"] = rows.kind
    columns |= {f"value {n}": values for n, values in enumerate(rows.values)}
    return pa.RecordBatch.from_pydict(columns)


def _rows(table: pa.Table) -> Rows:
    ids = table.column("id").combine_chunks().dictionary_encode()
    times, when = np.unique(table.column("at").to_numpy(), return_inverse=True)
    values = [name for name in table.column_names if name.startswith("value")]
    rows = Rows(
        ids=ids.dictionary,
        who=ids.indices.to_numpy(),
        times=times,
        when=when.astype(np.int32),
        values=[table.column(name).to_numpy() for name in values],
        line=table.column("line").to_numpy(),
        kind=table.column("kind").to_numpy() if "kind" in table.column_names else None,
    )
    lost = rows.line == _LOST
    if not lost.any():
        return rows
    return replace(rows.only(~lost), lost=(rows.who[lost], rows.when[lost]))
