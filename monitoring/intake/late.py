"""Hours that came after their homes were judged: those homes are judged again from there."""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from monitoring import copying, runs
from monitoring.intake.judge import Ints
from monitoring.intake.links import as_date, local_days
from monitoring.models import HabitsDay

_ROW = copying.row(("household", ">i8"), ("until", ">i8"))
_PG_EPOCH = 946_684_800


def touch(households: Ints, since: Ints) -> None:
    """Homes (distinct) and from which hour on they changed, UTC seconds. In the transaction.

    Nearly always the hours are new to the judge too. That is seen in one short query; otherwise
    ten thousands of homes would be named one by one.
    """
    if not len(households):
        return
    runs.hold(np.unique(households // runs.CHUNK).tolist(), shared=True)
    first = int(since.min())
    learned = as_date(int(local_days(np.array([first]))[0])) + timedelta(days=runs.LEARN_LAG)
    if HabitsDay.objects.filter(day__gt=learned).exists():
        late = np.ones(len(households), bool)
    else:
        late = _judged_beyond(households, since, first)
    if late.any():
        runs.touch(households[late], [_instant(at) for at in since[late].tolist()])


def _judged_beyond(households: Ints, since: Ints, first: int) -> npt.NDArray[np.bool_]:
    found = copying.read(
        "COPY (SELECT household_id, until FROM monitoring_hotstate"  # noqa: S608
        f" WHERE until > to_timestamp({first}) AND {copying.among(households)})"
        " TO STDOUT (FORMAT binary)",
        _ROW,
    )
    late = np.zeros(len(households), bool)
    if len(found):
        theirs = found["household"].astype(np.int64)
        place = np.searchsorted(households, theirs).clip(max=len(households) - 1)
        until = found["until"].astype(np.int64) // 1_000_000 + _PG_EPOCH
        late[place] |= (households[place] == theirs) & (until > since[place])
    return late


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
