"""Which rows of a block can be believed by themselves. Those of the same meter are compared later.

Ids and times are judged once per distinct value, numbers all at once.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.feeds import Connector
from monitoring.feeds.contract import HOUR, QUARTER
from monitoring.intake.parse import Table
from monitoring.intake.rejections import Judgement, Rejections
from monitoring.intake.text import ODD
from monitoring.intake.times import parse_times

ID_LONGEST = 64
_EARLIEST = 946_652_400  # 2000-01-01 in Seoul; clocks of meters that lost their time tell 1970
# What a spreadsheet makes of a long number: its last digits are gone for good.
_SHORTENED = r"^\d(\.\d+)?[eE]\+\d+$"

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float32]


@dataclass
class Rows:
    """Believable rows, as arrays of one length.

    `who` indexes `ids` (distinct), `when` indexes `times` (distinct, rising, UTC seconds: the
    start of the interval, or the instant). Amounts: one array of `values` per amount. Events: one
    array, and `kind` indexes the connector's events. `line` is the row's number in the file.
    """

    ids: pa.Array
    who: Codes
    times: Ints
    when: Codes
    values: list[Values]
    line: Ints
    kind: Codes | None = None

    def __len__(self) -> int:
        return len(self.who)

    def only(self, chosen: "Flags | Ints | None") -> "Rows":
        if chosen is None:
            return self
        return Rows(
            self.ids,
            self.who[chosen],
            self.times,
            self.when[chosen],
            [values[chosen] for values in self.values],
            self.line[chosen],
            None if self.kind is None else self.kind[chosen],
        )


def judge(table: Table, connector: Connector, rejections: Rejections, *, now: datetime) -> Rows:
    """The believable rows of a block. A row that starts after `now` is of the future."""
    rejections.add(table.misfits, "", "as many fields as the header has")
    bad = Judgement(table.line)
    ids, who = _ids(table, connector, bad)
    times, when = _times(table, connector, bad, now)
    kind = None
    if connector.events:
        kind, values = _events(table, connector, bad)
    else:
        values = table.numbers
        for amount, numbers in zip(connector.amounts, values, strict=True):
            _judge_amounts(numbers, amount.column, bad)
    bad.tell(rejections)
    return Rows(ids, who, times, when, values, table.line, kind).only(bad.good)


def _ids(table: Table, connector: Connector, bad: Judgement) -> tuple[pa.Array, Codes]:
    """(distinct ids without spaces around them, per row which)."""
    name, means = connector.id_column.name, connector.id_column.means
    stripped = pc.utf8_trim_whitespace(table.ids)
    who, ids = table.who, table.ids
    if not stripped.equals(ids):
        again = stripped.dictionary_encode()
        ids, who = again.dictionary, again.indices.to_numpy().astype(np.int32)[who]
    length = pc.utf8_length(ids).to_numpy(zero_copy_only=False)
    usable = (length > 0) & (length <= ID_LONGEST)
    usable &= pc.utf8_is_printable(ids).to_numpy(zero_copy_only=False)
    usable &= ~pc.match_substring(ids, ODD).to_numpy(zero_copy_only=False)
    if not usable.all():
        bad.add(~usable[who], name, f"{means} of 1 to {ID_LONGEST} characters")
    shortened = pc.match_substring_regex(ids, _SHORTENED).to_numpy(zero_copy_only=False)
    if shortened.any():
        bad.add(shortened[who], name, f"{means} in full, not shortened by a spreadsheet")
    return ids, who


def _times(table: Table, connector: Connector, bad: Judgement, now: datetime) -> tuple[Ints, Codes]:
    name = connector.time_column.name
    seconds, is_time = parse_times(table.texts)
    step = 1 if connector.events else min(connector.intervals)
    start = "the start of an hour or of a quarter of an hour" if step < HOUR else ""
    for good, expected in (
        (is_time, "a time like 2026-08-17 15:00, Asia/Seoul or with offset"),
        (seconds >= _EARLIEST, "a time since the year 2000"),
        (seconds % step == 0, start or "the start of an hour"),
        (seconds <= now.timestamp(), "a time that is not in the future"),
    ):
        if not good.all():
            bad.add(~good[table.when], name, expected)
    times, again = np.unique(seconds, return_inverse=True)
    if len(times) == len(seconds) and (again[1:] > again[:-1]).all():
        return seconds, table.when
    return times, again.astype(np.int32)[table.when]


def _judge_amounts(numbers: Values, column: str, bad: Judgement) -> None:
    # One pass where all is well: NaN fails every comparison.
    if len(numbers) and not numbers.min() >= 0:
        bad.add(np.isnan(numbers), column, "a number, with a point and not a comma")
        bad.add(numbers < 0, column, "0 or more")


def _events(table: Table, connector: Connector, bad: Judgement) -> tuple[Codes, list[Values]]:
    """(which event each row is, what is kept as its value)."""
    if table.words is None or table.what is None:
        raise ValueError("a table of events has events")
    names = [event.name for event in connector.events]
    kind, values = np.full(len(table.words), -1, np.int32), table.numbers[0].copy()
    for place, word in enumerate(table.words.to_pylist()):
        said = word.strip().lower()
        kind[place] = names.index(said) if said in names else -1
    kinds = kind[table.what]
    bad.add(kinds < 0, connector.names[2], f"one of {', '.join(names)}")
    for number, event in enumerate(connector.events):
        rows = kinds == number
        if event.most is None:
            values[rows] = event.stands_for
            continue
        with np.errstate(invalid="ignore"):
            wrong = rows & ~((values >= 0) & (values <= event.most))
        bad.add(wrong, connector.names[3], f"a number from 0 to {event.most:g} with {event.name}")
    return kinds, [values]


def is_off_hour(times: Ints) -> Flags:
    """Which instants tell by their minutes that they begin a quarter of an hour."""
    return times % HOUR >= QUARTER
