"""What the rows of one meter say together: running totals, amounts nobody can use, contradictions.

All rows of a meter must be at hand: a large file is split by meter before it comes here.
"""

from dataclasses import dataclass, replace

import numpy as np

from monitoring.feeds import Connector
from monitoring.feeds.contract import HOUR
from monitoring.intake.days import Matrix
from monitoring.intake.events import metric_codes
from monitoring.intake.judge import Codes, Flags, Ints, Rows, Values, is_off_hour
from monitoring.intake.rejections import Judgement, Rejections

_SHORTEST = 8
"""So many readings tell a running total; when none of them could be usage, three do."""
LONGEST = 24
"""And so many where they begin low: the use of a home falls at some time of a day."""
_NEARLY_ALL = 0.9
_INT32 = 1 << 31
NO_TOTAL = "{unit} used in the interval, not the running total of the meter"


def believable(rows: Rows, connector: Connector, rejections: Rejections) -> Rows:
    """Rows of amounts without running totals and without amounts beyond what an hour may hold."""
    bad = Judgement(rows.line)
    share = np.where(is_off_hour(rows.times), min(connector.intervals) / HOUR, 1.0)
    for amount, values in zip(connector.amounts, rows.values, strict=True):
        if connector.register_from is not None:
            total = _running_totals(rows, values, connector.register_from, amount.most)
            if total is not None:
                bad.add(total, amount.column, NO_TOTAL.format(unit=amount.unit))
        if len(values) and values.max() > amount.most * share.min():
            over = values > amount.most * share[rows.when]
            bad.add(over, amount.column, f"at most {amount.most:g} {amount.unit} in an hour")
    bad.tell(rejections)
    return rows.without(bad.good)


def _running_totals(rows: Rows, values: Values, least: float, most: float) -> Flags | None:
    """Rows of meters that told their total instead of the usage; None where there are none."""
    high = values >= least
    if not high.any():
        return None
    likely = np.zeros(len(rows.ids), bool)
    likely[rows.who[high]] = True
    # Of most files these are few: all that follows is asked of them alone.
    chosen = np.flatnonzero(likely[rows.who])
    who, at = rows.who[chosen], Readings.of(rows, values, chosen)
    low = np.zeros(len(rows.ids), bool)
    low[who[~high[chosen]]] = True
    long = np.bincount(who, minlength=len(rows.ids)) >= LONGEST
    likely &= ~low
    likely[at.ids] |= long[at.ids] & never_falling(at)
    chosen = chosen[likely[who]]
    if len(chosen) < 3:
        return None
    order = chosen[np.lexsort((rows.when[chosen], rows.who[chosen]))]
    who, value = rows.who[order], values[order].astype(np.float64)
    begins = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    count = np.diff(np.r_[begins, len(who)])
    step = np.diff(value, prepend=value[:1])
    step[begins] = 0.0
    falls = np.add.reduceat(step < 0, begins)
    rises = np.add.reduceat(step > 0, begins)
    lowest = np.minimum.reduceat(value, begins)
    total = (lowest >= least) & (rises * 2 >= count - 1) & (rises > 0)
    total &= (count >= _SHORTEST) | ((lowest > most) & (count >= 3))
    # Without the largest step: one high reading at the end is no total.
    climbed = np.maximum.reduceat(value, begins) - lowest - np.maximum.reduceat(step, begins)
    total |= (count >= LONGEST) & (rises >= _NEARLY_ALL * (count - 1)) & (climbed >= least)
    total &= falls == 0
    if not total.any():
        return None
    meters = np.zeros(len(rows.ids), bool)
    meters[who[begins[total]]] = True
    return meters[rows.who]


@dataclass(frozen=True)
class Readings:
    """Rows of some ids: `ids` are those, rising; per row `who` indexes them, `when` the `times`
    distinct instants."""

    ids: Ints
    who: Codes
    when: Codes
    times: int
    values: Values

    @classmethod
    def of(cls, rows: Rows, values: Values, chosen: Ints) -> "Readings":
        """`chosen`: all rows of the ids that are meant."""
        there = np.zeros(len(rows.ids), bool)
        there[rows.who[chosen]] = True
        place = (np.cumsum(there, dtype=np.int32) - 1)[rows.who[chosen]]
        ids = np.flatnonzero(there)
        return cls(ids, place, rows.when[chosen], len(rows.times), values[chosen])


def never_falling(at: Readings) -> Flags:
    """Beside `at.ids`: those without a reading that is less than an earlier one; a few others may
    be among them. Of most files none is left."""
    likely = np.ones(len(at.ids), bool)
    who, when, values = at.who, at.when, at.values
    falls = (who[1:] == who[:-1]) & ((values[1:] < values[:-1]) == (when[1:] > when[:-1]))
    falls &= (values[1:] != values[:-1]) & (when[1:] != when[:-1])
    likely[who[1:][falls]] = False
    if np.count_nonzero(likely) * 10 > len(likely) and len(likely) * at.times <= 4 * len(who):
        # A file in the order of time, in which neighbours are other meters.
        table = np.full((len(likely), at.times), np.nan, np.float32)
        table[who, when] = values
        likely &= ~(table[:, 1:] < table[:, :-1]).any(axis=1)
    return likely


def climbing(readings: Matrix, least: float) -> Flags:
    """(meters, instants in order), NaN where nothing is known → which are running totals, that is:
    LONGEST readings or more, none falls, nearly all rise, and by `least` together."""
    count = (readings == readings).sum(axis=1)
    highest = np.fmax.accumulate(readings, axis=1)
    with np.errstate(invalid="ignore"):
        falls = (readings < highest).any(axis=1)
        rises = (readings[:, 1:] > highest[:, :-1]).sum(axis=1)
        step = np.fmax.reduce(highest[:, 1:] - highest[:, :-1], axis=1)
        climbed = highest[:, -1] - np.fmin.reduce(readings, axis=1) - step >= least
    return (count >= LONGEST) & ~falls & (rises >= _NEARLY_ALL * (count - 1)) & climbed


def has_repeats(rows: Rows, connector: Connector) -> bool:
    """Whether any meter has two rows for one instant."""
    if len(rows) < 2:
        return False
    if len(rows.ids) * len(rows.times) <= 4 * len(rows) and rows.kind is None:
        seen = np.zeros(len(rows.ids) * len(rows.times), bool)
        kind = np.int32 if len(seen) < _INT32 else np.int64
        seen[np.multiply(rows.who, len(rows.times), dtype=kind) + rows.when] = True
        return int(np.count_nonzero(seen)) < len(rows)
    keys = np.sort(_keys(rows, connector))
    return bool((keys[1:] == keys[:-1]).any())


def once(rows: Rows, connector: Connector, rejections: Rejections) -> tuple[Rows, Ints]:
    """(one row per meter and instant, how often each was repeated).

    Rows that contradict each other are all rejected: nobody knows which one is right. Two events
    of different metrics at one instant are two.
    """
    keys = _keys(rows, connector)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    count = np.diff(np.r_[begins, len(ordered)])
    differs = np.zeros(len(begins), bool)
    for values in rows.values:
        value = values[order]
        differs |= np.minimum.reduceat(value, begins) != np.maximum.reduceat(value, begins)
    if differs.any():
        column = connector.amounts[0].column if connector.amounts else connector.names[3]
        what = f"one value per {_thing(connector)} and time; this file has several"
        rejections.add(rows.line[order[np.repeat(differs, count)]], column, what)
    chosen = order[begins[~differs]]
    by_line = np.argsort(chosen)
    if differs.any():
        good = np.ones(len(rows), bool)
        good[order[np.repeat(differs, count)]] = False
        rows = replace(rows, lost=rows.without(good).lost)
    return rows.only(chosen[by_line]), (count[~differs] - 1)[by_line]


def _keys(rows: Rows, connector: Connector) -> Ints:
    keys = rows.who.astype(np.int64) * len(rows.times) + rows.when
    return keys if rows.kind is None else keys * 32 + metric_codes(connector, rows)


def _thing(connector: Connector) -> str:
    return connector.id_column.name.removesuffix("_id")
