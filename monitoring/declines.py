"""The slow watch: whose life has become quieter over weeks. A list for visits, never an alarm."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from numpy.typing import NDArray

from households import valve
from households.days import local_day
from households.models import Household
from monitoring import circumstances, hours, runs, store
from monitoring.detection import decline as slow
from monitoring.models import Decline, NoteState

CHUNK = 500
"""Homes looked at in one piece: 70 MB of readings."""
LAG = 1
"""The newest day looked at is the day before yesterday: a daily partner has brought it by then."""
REST = timedelta(days=60)
"""Somebody looked into it: the same slow change is not listed again for so long."""
WORTH_SAYING = 0.85
_SAID = (
    "전기를 켜고 끄는 일",
    "전기를 쓰는 양",
    "휴대폰을 쓰는 시간",
    "걷는 시간",
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def find(*, now: datetime) -> int:
    """Look at every watched home, in this process; returns how many came newly onto the list.

    Homes already on it get their present index and reasons; nobody is taken off but by a person.
    Idempotent.
    """
    return _look_at(valve.watched(now), now)[1]


def find_range(part: runs.Part) -> tuple[int, int]:
    """The work of one chunk of the nightly run: homes looked at, and new ones on the list."""
    return _look_at(valve.watched(part.at).filter(pk__range=(part.first_id, part.last_id)), part.at)


def _look_at(homes: QuerySet[Household], now: datetime) -> tuple[int, int]:
    ids = np.fromiter(homes.order_by("pk").values_list("pk", flat=True).iterator(), np.int64)
    pieces = [ids[begin : begin + CHUNK] for begin in range(0, len(ids), CHUNK)]
    return len(ids), sum(_look(piece, now) for piece in pieces)


@transaction.atomic
def _look(ids: Ints, now: datetime) -> int:
    found = slow.decline(_history(ids, now))
    steep = np.flatnonzero(np.nan_to_num(found.index, nan=-np.inf) > slow.FLAGGED)
    if not len(steep):
        return 0
    standing = _standing(ids[steep].tolist(), now)
    fresh = []
    for home in steep.tolist():
        household = int(ids[home])
        values = {
            "index": round(float(found.index[home]), 3),
            "reasons": list(_reasons(found.ratio[:, home])),
        }
        if household not in standing:
            fresh.append(Decline(household_id=household, found_at=now, **values))
        elif standing[household] == NoteState.OPEN:
            Decline.objects.filter(household=household, state=NoteState.OPEN).update(**values)
    # Two nights at once (a late worker): the open one of the first stays.
    return len(Decline.objects.bulk_create(fresh, ignore_conflicts=True))


def _history(ids: Ints, now: datetime) -> Floats:
    """(5, H, D, 24) of the days looked at; outages and planned absences as not received."""
    last = local_day(now) - timedelta(days=1 + LAG)
    first = last - timedelta(days=slow.LOOK_BACK_DAYS - 1)
    inputs = store.read_inputs(ids, first, last)
    shape, begin = inputs.shape, hours.number_of(first) * hours.DAY
    flat = circumstances.without_outages(inputs.reshape(5, len(ids), -1), ids, begin)
    count = flat.shape[2]
    away = circumstances.Absences(ids, begin, begin + count).held(ids, begin, count)
    if away is not None:
        flat[:, away] = np.nan
    return flat.reshape(shape)


def _standing(ids: list[int], now: datetime) -> dict[int, str]:
    """{household: state} of hints that are open, or were decided so lately that they still hold."""
    rows = Decline.objects.filter(household__in=ids).order_by("found_at")
    return {
        household: state
        for household, state, decided in rows.values_list("household", "state", "decided_at")
        if state == NoteState.OPEN or now - decided < REST
    }


def _reasons(ratio: Floats) -> Iterator[str]:
    """One sentence per measure that fell, the steepest first; at least one."""
    order = [int(i) for i in np.argsort(ratio) if np.isfinite(ratio[i])]
    for place, measure in enumerate(order):
        if place and ratio[measure] >= WORTH_SAYING:
            return
        percent = round(100 * float(ratio[measure]))
        yield f"최근 2주 동안 {_SAID[measure]}이 두 달 전의 {percent}%입니다."
