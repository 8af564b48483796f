"""One hour after the other into the accumulators: readings become evidence, and evidence adds up.

Every hour is a handful of float32 operations over all homes of the call; nothing is read again.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.detection import features, tables
from monitoring.detection.habits import HOUR
from monitoring.detection.hot import FADING, ROWS, UNKNOWN_GAP, as_rows
from monitoring.detection.inputs import OUTAGE_TAIL, PATTERNS, POWER, STEPS, Flags, Floats
from monitoring.detection.records import surprise

MOST = np.float32(90.0)  # a sum stops here, so that life brings it down within hours
STILL = np.float32(tables.SMALLEST_ACT)
# Of the increases which, frozen while which row is unknown, and what an hour leaves.
_FADES = tuple(
    (*{"power": (5, 0), "phone": (3, 1), "all": (7, 4)}[name], np.float32(np.exp(-1 / span)))
    for name, span in FADING
)
_DAY = np.float32(np.exp(-1 / 24))
_HALF_DAY = np.float32(1 / 12)


class Accumulated(NamedTuple):
    rows: Floats  # (floats, H) accumulators after the last hour
    features: Floats | None  # (T, H, F)
    fused: Floats  # (T, H)
    silent: Floats  # (T, H)
    judged: Flags  # (T, H): something was received and no absence held it
    seen: Flags  # (T, H)


def accumulate(
    hot: np.ndarray,
    habits: np.ndarray,
    hours: Floats,
    *,
    first_hour: int,
    free: Flags,
    held: Flags | None,
    seen: Flags | None,
    with_features: bool,
) -> Accumulated:
    """The part of `advance` that needs no trees; also what they are trained on."""
    _, homes, count = hours.shape
    rows = as_rows(hot)
    state = _Step(rows, habits)
    prepared = features.Prepared(habits) if with_features else None
    width = len(features.FEATURES)
    table = np.empty((count, homes, width), np.float32) if with_features else None
    now = np.empty((width, homes), np.float32)  # stays in the cache from hour to hour
    by_hour = np.ascontiguousarray(hours.transpose(2, 0, 1), np.float32)
    fused = np.empty((count, homes), np.float32)
    silent = np.empty((count, homes), np.float32)
    judged = np.empty((count, homes), bool)
    restart = np.zeros((count, homes), bool) if seen is None else np.ascontiguousarray(seen.T)
    for t in range(count):
        hour = (first_hour + t) % 24
        judged[t] = state.take(
            by_hour[t],
            hour,
            int(free[t]),
            None if held is None else held[:, t],
        )
        if seen is not None:
            state.begin_again(restart[t])
        fused[t] = rows[ROWS["sums"]][-1]
        silent[t] = rows[ROWS["silent"]][-1]
        if table is not None and prepared is not None:
            features.write(rows, prepared, hour, bool(free[t]), now)
            table[t] = now.T
    return Accumulated(rows, table, fused, silent, judged, restart)


# Rows of what one hour said: the sources, then power and telephone together, then any of them.
_POWER, _PHONE, _STEPS, _TELECOM, _ANY = range(5)
_PHONE_AT, _STEPS_AT = HOUR.fields["phone"][1], HOUR.fields["steps"][1]  # type: ignore[index]
_STEPS_PLACE = 4  # of the five looked up: three views, telephone, steps


class _Step:
    """The accumulators of H homes, and how an hour changes them."""

    def __init__(self, rows: Floats, habits: np.ndarray) -> None:
        homes = rows.shape[1]
        self.rows = rows
        self.habits = habits
        self.edges = np.ascontiguousarray(np.moveaxis(habits["edges"], 0, 2))  # (3, 5, H)
        self.outage = np.ascontiguousarray(habits["outage"])
        self.homes = np.arange(homes) * HOUR.itemsize
        # Of the hour at hand: evidence of the views, telephone and steps; by row as above.
        self.found = np.zeros((5, homes), np.float32)
        self.view_known = np.zeros((3, homes), bool)
        self.known = np.zeros((5, homes), bool)
        self.sign = np.zeros((5, homes), bool)
        self.missed = np.zeros((5, homes), np.float32)

    def take(self, hours: Floats, hour: int, type_: int, held: Flags | None) -> Flags:
        """One hour (5, H) into the accumulators; returns who was judged."""
        self._hear(hours, hour, type_)
        self._presence()
        if held is not None:
            frozen = held & ~self.sign[:_TELECOM].any(axis=0)
            self.known[:, frozen] = False
        self._add()
        return self.known[_ANY].copy()

    def begin_again(self, seen: Flags) -> None:
        """A human saw or heard these people."""
        if seen.any():
            for name in ("sums", "fading", "silent", "surprise", "constant", "hours"):
                self.rows[ROWS[name]] *= ~seen

    def _hear(self, hours: Floats, hour: int, type_: int) -> None:
        """What the hour says by each source, into the arrays of this object."""
        table = np.ascontiguousarray(self.habits["hours"][:, type_, hour])
        missed = surprise(table["active"].T)
        binned = np.empty((5, len(self.homes)), np.intp)
        power = self._without_outage(hours[POWER])
        self._hear_power(power, hour, binned)
        self.missed[_POWER] = missed[POWER]
        self._hear_phone(hours, missed, binned)
        steps = hours[STEPS]
        self.known[_STEPS] = np.isfinite(steps)
        binned[_STEPS_PLACE] = _counted(steps, tables.STEP_EDGES)
        self.sign[_STEPS] = binned[_STEPS_PLACE] > 0
        self.missed[_STEPS] = missed[STEPS]
        for view in range(3):
            binned[view] += view * tables.POWER_BINS
        binned[_STEPS_PLACE] += _STEPS_AT
        binned += self.homes
        found = table.view(np.int8).take(binned)
        np.multiply(found, np.float32(1 / tables.STEP), out=self.found)

    def _without_outage(self, power: Floats) -> Floats:
        tail = self.rows[ROWS["tail"]][0]
        out = (power <= self.outage) & (self.outage > 0)
        gone = out | (tail > 0)
        np.maximum(tail - 1, 0, out=tail)
        if not gone.any():
            return power
        tail[out] = OUTAGE_TAIL
        return np.where(gone, np.float32(np.nan), power)

    def _hear_power(self, power: Floats, hour: int, binned: NDArray[np.intp]) -> None:
        rest = np.maximum(power - self.habits["idle"][:, hour], 0)
        views = np.empty((3, len(power)), np.float32)
        views[0] = rest
        moves = _moves(rest, self.rows[ROWS["rest"]])
        flutter = np.float32(tables.FLUTTER) * (rest - moves[1])
        np.minimum(moves, _moves(power, self.rows[ROWS["power"]]), out=moves)
        np.maximum(moves - flutter, 0, out=views[1:])
        for name, now in (("power", power), ("rest", rest)):
            past = self.rows[ROWS[name]]
            past[1:] = past[:-1].copy()
            past[0] = now
        above = views > self.edges[:, 0]
        counted = above.astype(np.int8)
        for place in range(1, 5):
            counted += views > self.edges[:, place]
        binned[:3] = counted
        known = np.isfinite(views)
        self.view_known = known
        self.known[_POWER] = known[0]
        edge = self.edges[1:, tables.SIGN_EDGE] + STILL
        self.sign[_POWER] = (views[1:] > edge).any(axis=0)
        self._left_on(views, rest, moves[0], known)

    def _left_on(self, views: Floats, rest: Floats, change: Floats, known: Flags) -> None:
        """Level and change of half a day, and hours at a level that does not move."""
        level, moved = self.rows[ROWS["mean"]]
        both = known[0] & known[1]
        share = both * _HALF_DAY
        for mean, now in ((level, rest), (moved, change)):
            mean += share * (np.where(both, now, 0) - mean)
        constant = self.rows[ROWS["constant"]][0]
        # Above what runs by itself, and not moving: something was left on.
        still = (views[1] <= STILL) & (views[0] > self.edges[0, 1])
        constant += still
        constant *= still | ~known[1]

    def _hear_phone(self, hours: Floats, missed: Floats, binned: NDArray[np.intp]) -> None:
        """By the first pattern that arrived."""
        known, place = self.known[_PHONE], binned[3]
        known[:] = False
        place[:] = _PHONE_AT
        self.sign[_PHONE] = False
        self.missed[_PHONE] = 0
        for pattern, given in enumerate(PATTERNS):
            new = np.isfinite(hours[given]) & ~known
            if not new.any():
                continue
            counted = _counted(hours[given], tables.PHONE_EDGES)
            at = _PHONE_AT + pattern * tables.COUNT_BINS
            np.copyto(place, counted + np.intp(at), where=new)
            np.copyto(self.sign[_PHONE], counted > 0, where=new)
            np.copyto(self.missed[_PHONE], missed[given], where=new)
            known |= new

    def _presence(self) -> None:
        """What was received at all, absence or not."""
        received = self.known[:_TELECOM]
        gap = self.rows[ROWS["gap"]]
        gap += 1
        gap *= ~received
        np.minimum(gap, UNKNOWN_GAP, out=gap)
        share = self.rows[ROWS["share"]]
        share *= _DAY
        share += received * (1 - _DAY)

    def _add(self) -> None:
        rows, known, sign, missed = self.rows, self.known, self.sign, self.missed
        sign[:_TELECOM] &= known[:_TELECOM]
        missed[:_TELECOM] *= known[:_TELECOM]
        for given, joint in ((known, np.logical_or), (sign, np.logical_or), (missed, np.add)):
            joint(given[_POWER], given[_PHONE], out=given[_TELECOM])
            joint(given[_TELECOM], given[_STEPS], out=given[_ANY])
        found = self.found
        found[:3] *= self.view_known & known[_POWER]
        found[3:] *= known[_PHONE:_TELECOM]
        increase = np.empty((8, found.shape[1]), np.float32)
        increase[:5] = found
        np.divide(found[0] + found[1] + found[2], np.float32(3), out=increase[5])
        np.add(increase[5], increase[3], out=increase[6])
        np.add(increase[6], increase[4], out=increase[7])
        sums = rows[ROWS["sums"]]
        sums += increase
        np.clip(sums, 0, MOST, out=sums)
        fading = rows[ROWS["fading"]]
        for place, (of, by, span) in enumerate(_FADES):
            row = fading[place]
            row *= np.where(known[by], span, np.float32(1))
            row += increase[of]
        silent, surprised = rows[ROWS["silent"]], rows[ROWS["surprise"]]
        calm = ~sign
        silent += known
        silent *= calm
        surprised += missed
        surprised *= calm
        rows[ROWS["hours"]] += known[_ANY]


def _moves(now: Floats, past: Floats) -> Floats:
    """(2, H): absolute change, and height above the lowest of six hours."""
    found = np.empty((2, len(now)), np.float32)
    np.abs(np.subtract(now, past[0], out=found[0]), out=found[0])
    low = np.fmin(now, past[0])
    for hour in past[1:]:
        np.fmin(low, hour, out=low)
    np.subtract(now, low, out=found[1])
    return found


def _counted(values: Floats, edges: tuple[float, ...]) -> NDArray[np.int8]:
    found = (values > np.float32(edges[0])).astype(np.int8)
    for edge in edges[1:]:
        found += values > np.float32(edge)
    return found
