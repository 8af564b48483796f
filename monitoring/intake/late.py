"""Hours that came after their homes were judged: those homes are judged again from there."""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from monitoring import hot_blocks, hours, runs
from monitoring.intake.judge import Ints
from monitoring.intake.links import as_date, local_days
from monitoring.models import HabitsDay

_FIRST_HOUR = int(hours.begin_of(0).timestamp())


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
        late = _judged_beyond(households, since)
    if late.any():
        runs.touch(households[late], [_instant(at) for at in since[late].tolist()])


def _judged_beyond(households: Ints, since: Ints) -> npt.NDArray[np.bool_]:
    order = np.argsort(households)
    until = np.empty(len(households), np.int64)
    until[order] = hot_blocks.until(households[order])
    return np.asarray(until > (since - _FIRST_HOUR) // 3600, bool)


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
