"""How a home stands at this hour, for those who show it.

The row of a home that goes on as usual is rewritten once a day, not every hour: what moves with
the hours (the last sign, the silence, how far its data reach) stands in its accumulators, which
are rewritten anyway. Lights, and everything about a home that is not ordinary, are never older
than the last run.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import BinaryField, Func, IntegerField, Subquery

from households.models import FeedLink
from monitoring import hot_blocks, hours, reasons, store
from monitoring.detection.inputs import INPUTS, Flags
from monitoring.models import HotBlock, HouseholdState, Light
from monitoring.scoring.judge import ANY
from monitoring.scoring.memory import FORMAT, KEPT, UNKNOWN, WARM_UP_DAYS
from monitoring.scoring.silence import live_feeds
from monitoring.sources import FEED_OF_INPUT, FEEDS


def of(household_id: int, *, assessment: bool = False) -> HouseholdState | None:
    """The state of a home as of its newest hour, in one query; not for saving. `assessment`: with
    the change that began its light."""
    home = np.array([household_id], np.int64)
    first = int(hot_blocks.first_of(home)[0])
    slot, size = household_id - first, KEPT.itemsize
    whole = Func("hot", function="octet_length", output_field=IntegerField())
    own = Func("hot", slot * size + 1, size, function="substring", output_field=BinaryField())
    block = HotBlock.objects.annotate(width=whole, own=own)
    kept = block.filter(pk=first, width=size * hot_blocks.HOMES)
    rows = HouseholdState.objects.filter(pk=household_id).annotate(
        kept_until=Subquery(kept.values(f"until__{slot}")), kept=Subquery(kept.values("own"))
    )
    state: Any = (rows.select_related("assessment") if assessment else rows).first()
    green = state is not None and state.light == Light.GREEN
    if green and state.kept is not None:
        _bring_up(state)
    return state if isinstance(state, HouseholdState) else None


def _bring_up(state: Any) -> None:
    """What the run would have written if it had rewritten the row; see scoring.ordinary."""
    kept = np.frombuffer(bytes(state.kept), KEPT)[0]
    if kept["format"] != FORMAT:
        return  # none, or of another program version: the next run writes both anew
    if hours.begin_of(state.kept_until) == state.data_until:
        return
    sign, silent = int(kept["last_sign"]), float(kept["hot"]["silent"][ANY])
    state.last_sign_at = None if sign == UNKNOWN else hours.begin_of(sign)
    state.silence_hours = silent
    state.evidence = round(float(kept["hot"]["evidence"]), 4)
    state.data_until = hours.begin_of(state.kept_until)
    quiet = silent if silent >= reasons.WORTH_TELLING else 0.0
    state.reasons = [reasons.as_usual(state.last_sign_at, float(int(quiet)))]


@dataclass(frozen=True)
class Behind:
    """A feed of a home that ends before its data do. `until`: the end of its newest hour; None:
    nothing of it came in the two weeks before. `is_new`: it is linked for less than these."""

    until: datetime | None
    is_new: bool = False


def behind(state: HouseholdState | None) -> dict[str, Behind]:
    """{feed: how far behind} of a home. Most homes have one feed, which costs nothing."""
    if state is None or state.data_until is None:
        return {}
    live = live_feeds([state.household_id]).get(state.household_id, frozenset())
    if len(live) < 2:
        return {}
    end = hours.hour_of(state.data_until)
    first = (end - 1) // hours.DAY - WARM_UP_DAYS
    days = hours.day_of(first), hours.day_of((end - 1) // hours.DAY)
    inputs = store.read_inputs([state.household_id], *days)[:, 0]
    came = np.isfinite(inputs.reshape(len(INPUTS), -1))
    if not came.any():
        return {}  # forgotten since
    links = FeedLink.objects.filter(household=state.household_id, valid_to=None)
    since = dict(links.order_by().values_list("feed", "valid_from"))
    found = {}
    for feed in FEEDS:
        if feed not in live or feed not in since or since[feed] > days[1]:
            continue  # one that is linked from a later day on is not waited for
        until = _until(came, feed, zero=first * hours.DAY)
        if until is None or until < end:
            at = None if until is None else hours.begin_of(until)
            found[feed] = Behind(at, is_new=since[feed] > days[0])
    return found


def _until(came: Flags, feed: str, *, zero: int) -> int | None:
    """The end of the newest hour of a feed; `came` (5, T) begins with the hour `zero`."""
    inputs = [one for one, name in FEED_OF_INPUT.items() if name == feed]
    there = np.flatnonzero(came[inputs].any(axis=0))
    return zero + int(there[-1]) + 1 if len(there) else None
