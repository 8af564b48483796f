"""How a home stands at this hour, for those who show it.

The row of a home that goes on as usual is rewritten once a day, not every hour: what moves with
the hours (the last sign, the silence, how far its data reach) stands in its accumulators, which
are rewritten anyway. Lights, and everything about a home that is not ordinary, are never older
than the last run.
"""

from typing import Any

import numpy as np
from django.db.models import OuterRef, Subquery

from monitoring import hours, reasons
from monitoring.models import HotState, HouseholdState, Light
from monitoring.scoring.judge import ANY
from monitoring.scoring.memory import FORMAT, KEPT, UNKNOWN


def of(household_id: int, *, assessment: bool = False) -> HouseholdState | None:
    """The state of a home as of its newest hour, in one query; not for saving. `assessment`: with
    the change that began its light."""
    kept = HotState.objects.filter(household_id=OuterRef("pk"))
    rows = HouseholdState.objects.filter(pk=household_id).annotate(
        kept_until=Subquery(kept.values("until")), kept=Subquery(kept.values("hot"))
    )
    state: Any = (rows.select_related("assessment") if assessment else rows).first()
    green = state is not None and state.light == Light.GREEN
    if green and state.kept is not None and state.kept_until != state.data_until:
        _bring_up(state)
    return state if isinstance(state, HouseholdState) else None


def _bring_up(state: Any) -> None:
    """What the run would have written if it had rewritten the row; see scoring.ordinary."""
    stored = bytes(state.kept)
    if len(stored) != KEPT.itemsize:
        return
    kept = np.frombuffer(stored, KEPT)[0]
    if kept["format"] != FORMAT:
        return  # of another program version: the next run writes both anew
    sign, silent = int(kept["last_sign"]), float(kept["hot"]["silent"][ANY])
    state.last_sign_at = None if sign == UNKNOWN else hours.begin_of(sign)
    state.silence_hours = silent
    state.evidence = round(float(kept["hot"]["evidence"]), 4)
    state.data_until = state.kept_until
    quiet = silent if silent >= reasons.WORTH_TELLING else 0.0
    state.reasons = [reasons.as_usual(state.last_sign_at, float(int(quiet)))]
