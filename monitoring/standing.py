"""How a home stands at this hour, for those who show it.

The row of a home that goes on as usual is rewritten once a day, not every hour: what moves with
the hours (the last sign, the silence, how far its data reach) stands in its accumulators, which
are rewritten anyway. Lights, and everything about a home that is not ordinary, are never older
than the last run.
"""

from typing import Any

import numpy as np
from django.db.models import BinaryField, Func, IntegerField, Subquery

from monitoring import hot_blocks, hours, reasons
from monitoring.models import HotBlock, HouseholdState, Light
from monitoring.scoring.judge import ANY
from monitoring.scoring.memory import FORMAT, KEPT, UNKNOWN


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
