"""Which rows of a block can be believed by themselves. Those of the same meter are compared later.

Ids and times are judged once per distinct value, numbers all at once.
"""

from dataclasses import dataclass
from datetime import datetime
from string import ascii_letters, digits

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.feeds import Connector
from monitoring.feeds.contract import HOUR, QUARTER, Amount
from monitoring.intake.parse import Table
from monitoring.intake.rejections import Judgement, Rejections
from monitoring.intake.text import ODD
from monitoring.intake.times import MICROSECONDS, parse_instants, parse_times

ID_LONGEST = 64
_EARLIEST = 946_652_400  # 2000-01-01 in Seoul; clocks of meters that lost their time tell 1970
_PLAIN = np.zeros(256, bool)
_PLAIN[list(b"-_" + (ascii_letters + digits).encode())] = True
# What a spreadsheet makes of a long number: its last digits are gone for good.
_SHORTENED = r"^\d(\.\d+)?[eE]\+\d+$"

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float32]
NONE_LOST: tuple[Codes, Codes] = (np.empty(0, np.int32), np.empty(0, np.int32))


@dataclass
class Rows:
    """Believable rows, as arrays of one length.

    `who` indexes `ids` (distinct), `when` indexes `times` (distinct, rising, UTC seconds: the
    start of the interval; of events microseconds). Amounts: one array of `values` per amount.
    Events: one array, and `kind` indexes the connector's events. `line` is the row's number in
    the file. `lost` indexes ids and times of rejected rows that began a quarter of an hour: their
    amounts cannot be believed, that the meter is read by quarters can.
    """

    ids: pa.Array
    who: Codes
    times: Ints
    when: Codes
    values: list[Values]
    line: Ints
    kind: Codes | None = None
    lost: tuple[Codes, Codes] = NONE_LOST

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
            self.lost,
        )

    @property
    def seconds(self) -> Ints:
        """`times` in whole seconds."""
        return self.times if self.kind is None else self.times // MICROSECONDS

    def without(self, good: "Flags | None") -> "Rows":
        """The good rows; the others are rejected."""
        if good is None:
            return self
        gone = np.flatnonzero(~good) if self.kind is None else np.empty(0, np.int64)
        gone = gone[(is_off_hour(self.times) & (self.times % QUARTER == 0))[self.when[gone]]]
        left = self.only(good)
        left.lost = (
            np.concatenate([self.lost[0], self.who[gone]]),
            np.concatenate([self.lost[1], self.when[gone]]),
        )
        return left


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
            _judge_amounts(numbers, amount, bad)
    bad.tell(rejections)
    return Rows(ids, who, times, when, values, table.line, kind).without(bad.good)


def _ids(table: Table, connector: Connector, bad: Judgement) -> tuple[pa.Array, Codes]:
    """(distinct ids without spaces around them, per row which)."""
    if _all_plain(table.ids):
        return table.ids, table.who
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


def _all_plain(ids: pa.Array) -> bool:
    """Whether all ids are of a usable length, of letters, digits and hyphens: most files."""
    if not len(ids):
        return True
    _valid, offsets, data = ids.buffers()
    ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
    length = np.diff(ends)
    if length.min() < 1 or length.max() > ID_LONGEST:
        return False
    return bool(_PLAIN[np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]].all())


def _times(table: Table, connector: Connector, bad: Judgement, now: datetime) -> tuple[Ints, Codes]:
    name = connector.time_column.name
    if connector.events:
        found, is_time = parse_instants(table.texts)
        step, second = 1, MICROSECONDS
    else:
        found, is_time = parse_times(table.texts)
        step, second = min(connector.intervals), 1
    start = "the start of an hour or of a quarter of an hour" if step < HOUR else ""
    for good, expected in (
        (is_time, "a time like 2026-08-17 15:00, Asia/Seoul or with offset"),
        (found >= _EARLIEST * second, "a time since the year 2000"),
        (found % step == 0, start or "the start of an hour"),
        (found <= now.timestamp() * second, "a time that is not in the future"),
    ):
        if not good.all():
            bad.add(~good[table.when], name, expected)
    times, again = np.unique(found, return_inverse=True)
    if len(times) == len(found) and (again[1:] > again[:-1]).all():
        return found, table.when
    return times, again.astype(np.int32)[table.when]


def _judge_amounts(numbers: Values, amount: Amount, bad: Judgement) -> None:
    # One pass where all is well: NaN fails every comparison.
    if len(numbers) and not numbers.min() >= 0:
        bad.add(np.isnan(numbers), amount.column, "a number, with a point and not a comma")
        bad.add(numbers < 0, amount.column, "0 or more")
    if amount.whole:
        bad.add(numbers != np.floor(numbers), amount.column, f"a whole number of {amount.unit}")


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
        if event.whole:
            part = rows & (values != np.floor(values))
            bad.add(part, connector.names[3], f"a whole number with {event.name}")
    return kinds, [values]


def is_off_hour(times: Ints) -> Flags:
    """Which instants tell by their minutes that they begin a quarter of an hour."""
    return times % HOUR >= QUARTER
