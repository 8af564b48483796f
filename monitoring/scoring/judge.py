"""The lights of a chunk of homes at one moment, from what is kept of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from monitoring import copying, hours
from monitoring.detection import whole
from monitoring.detection.hot import SINCE, UNKNOWN_GAP
from monitoring.models import Light
from monitoring.scoring.forward import Context, seen_since
from monitoring.scoring.memory import UNKNOWN, Memory, instants
from monitoring.scoring.points import Scale, alone, held_back
from monitoring.sources import FEEDS_OF_SOURCE

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

LIGHTS: tuple[str, ...] = (
    Light.GREEN.value,
    Light.YELLOW.value,
    Light.RED.value,
    Light.GREY.value,
)
GREEN, YELLOW, RED, GREY = range(4)
ANY = SINCE.index("any")
_DAY_BITS = np.uint32(0xFFFFFF)


@dataclass(frozen=True)
class Judged:
    """H homes at `now`; codes are places in LIGHTS and points.BASES."""

    now: datetime
    ids: Ints
    light: NDArray[np.int8]
    value: Floats  # compared with scale.yellow and scale.red
    silent: Floats  # hours
    last_sign: Ints  # microseconds of PostgreSQL, copying.NEVER where there is none
    until: Ints  # hour number, UNKNOWN for none
    missing: Flags  # every source has been missing for too long
    patchy: Flags  # less than half of the last day came
    ended: Ints  # (H, 3) of each source the hour at which it ended too long ago, else UNKNOWN
    scale: Scale
    days: NDArray[np.uint8]  # learned
    group: NDArray[np.intp]
    away: dict[int, datetime]
    confirmed: dict[int, datetime]

    @property
    def lit(self) -> Flags:
        return (self.light == YELLOW) | (self.light == RED)


def judge(memory: Memory, context: Context, now: datetime) -> Judged:
    """What every home of the chunk shows at `now`."""
    kept, hot = memory.kept, memory.kept["hot"]
    scale = Scale.of(context.frame.points, context.group, kept["days"], alone(hot["gap"]))
    silent = np.ascontiguousarray(hot["silent"][:, ANY])
    value = scale.value(hot["evidence"], hot["fused"], silent)
    gap = np.ascontiguousarray(hot["gap"][:, : len(whole.SOURCES)].T)
    may_redden = whole.whole(gap, context.frame.patience)
    raw = held_back(scale.raw(value), kept["lit"], may_redden)
    known = memory.until != UNKNOWN
    lit = np.where(known, np.maximum(kept["lit"], raw), 0)
    confirmed = context.signs.latest()
    # Seen after everything that has been judged: nothing of it counts any more.
    fresh = seen_since(memory, confirmed, context.absences.resumed())
    lit = np.where(fresh, 0, lit)
    missing, patchy, ended = _gaps(memory, context.frame.grey_before)
    grey = (lit == 0) & (missing | patchy)
    return Judged(
        now=now,
        ids=memory.ids,
        light=np.where(grey, GREY, lit).astype(np.int8),
        value=np.where(fresh | ~known, np.minimum(value, 0), value).astype(np.float32),
        silent=np.where(fresh, 0, silent).astype(np.float32),
        last_sign=_last_sign(memory, confirmed),
        until=memory.until,
        missing=missing,
        patchy=patchy,
        ended=ended,
        scale=scale,
        days=kept["days"],
        group=context.group,
        away=context.absences.until(now),
        confirmed=confirmed,
    )


def _last_sign(memory: Memory, confirmed: dict[int, datetime]) -> Ints:
    """The latest of: an hour with a sign (its start), somebody's confirmation."""
    sign = memory.kept["last_sign"].astype(np.int64)
    found = np.where(sign == UNKNOWN, copying.NEVER, instants(sign))
    for household, at in confirmed.items():
        place = int(np.searchsorted(memory.ids, household))
        instant = copying.as_instant(at)
        if found[place] == copying.NEVER or found[place] < instant:
            found[place] = instant
    return found


def _gaps(memory: Memory, grey_before: Mapping[str, int]) -> tuple[Flags, Flags, Ints]:
    """(nothing can be known because no source comes any more, because too little came, which
    sources ended and when)."""
    nothing = memory.until == UNKNOWN
    gap = memory.kept["hot"]["gap"]
    before = np.array([min(grey_before[feed] for feed in feeds) for feeds in FEEDS_OF_SOURCE])
    came = gap < UNKNOWN_GAP
    end = memory.until[:, None] - gap.astype(np.int64)
    alive = (came & (end >= before)).any(axis=1)
    bits = np.bitwise_count(memory.kept["received"] & _DAY_BITS)
    ended = np.where(came & (end < before), end, UNKNOWN)
    return nothing | ~alive, ~nothing & (bits < hours.DAY // 2), ended
