"""What is known about hours besides readings: absences, people seen alive, areas cut off."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np
from django.db.models import Max, OuterRef, Q, Subquery
from numpy.typing import NDArray

from households.models import Absence, EnrolmentEvent
from households.rules import WATCHED_STATES, State
from monitoring import hours, incidents
from monitoring.detection.outages import cancel_silence
from monitoring.models import LifeSign

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Row = tuple[int, datetime, datetime]  # household, begin, end


class Absences:
    """Planned absences of these homes that touch the time from hour `since` to hour `until`, and
    pauses of the watch, in which readings may come but nobody is judged by them.

    `whenever`: homes whose pauses count however long ago they ended. `known_at`: what was recorded
    by then.
    """

    def __init__(
        self,
        ids: Ints,
        since: int,
        until: int,
        *,
        whenever: Ints | None = None,
        known_at: datetime | None = None,
    ) -> None:
        rows = Absence.objects.overlapping(hours.begin_of(since), hours.begin_of(until))
        if known_at is not None:
            rows = rows.filter(recorded_at__lte=known_at)
        known = set(ids.tolist())
        self.rows = [
            (household, begins, ends)
            for household, begins, ends in rows.filter(_among(ids))
            .order_by("household_id", "starts_at")
            .values_list("household_id", "starts_at", "effective_end")
            if household in known
        ]
        ended = Q(at__gte=hours.begin_of(since))
        if known_at is not None:
            ended &= Q(at__lte=known_at)
        self.pauses = _pauses(ended & _among(ids, "enrolment__household"))
        if whenever is not None and len(whenever):
            self.pauses += _pauses(~ended & Q(enrolment__household__in=whenever.tolist()))
        begun = hours.begin_of(until)
        self.pauses = [row for row in self.pauses if row[0] in known and row[1] < begun]

    def held(self, ids: Ints, first: int, count: int) -> Flags | None:
        """(H, T) away in the hours `first`, first + 1, …, or not watched; None when nobody is."""
        rows = [*self.rows, *self.pauses]
        place = {int(household): i for i, household in enumerate(ids)} if rows else {}
        away = None
        for household, begins, ends in rows:
            start = max(hours.hour_of(begins) - first, 0)
            stop = min(hours.hour_of(ends) - first, count)
            if household in place and start < stop:
                away = np.zeros((len(ids), count), bool) if away is None else away
                away[place[household], start:stop] = True
        return away

    def watched_again(self, ids: Ints, first: int, count: int) -> Flags | None:
        """(H, T) in this hour the watch began again after a pause; None when none did."""
        return _marks(((row[0], row[2]) for row in self.pauses), ids, first, count)

    def resumed(self) -> dict[int, datetime]:
        """{household: when the watch began again, after the latest of its pauses}."""
        return {household: ends for household, _begins, ends in sorted(self.pauses)}

    def until(self, now: datetime) -> dict[int, datetime]:
        """{household: planned end} of those who are away at `now`."""
        return {one: ends for one, begins, ends in self.rows if begins <= now < ends}


def _pauses(of: Q) -> list[Row]:
    """(household, begin, end) of pauses that are over; `of` chooses the steps that ended them."""
    earlier = EnrolmentEvent.objects.filter(
        enrolment=OuterRef("enrolment"), to_state=State.PAUSED, id__lt=OuterRef("id")
    )
    ends = EnrolmentEvent.objects.filter(of, from_state=State.PAUSED, to_state__in=WATCHED_STATES)
    began = Subquery(earlier.order_by("-id").values("at")[:1])
    rows = ends.order_by().annotate(began=began).filter(began__isnull=False)
    return list(rows.values_list("enrolment__household_id", "began", "at"))


def _marks(rows: Iterable[tuple[int, datetime]], ids: Ints, first: int, count: int) -> Flags | None:
    """(H, T) True in the hours of `rows` (household, when); None when all lie elsewhere."""
    found = None
    place: dict[int, int] = {}
    for household, at in rows:
        place = place or {int(one): i for i, one in enumerate(ids)}
        hour = hours.hour_of(at) - first
        if household in place and 0 <= hour < count:
            found = np.zeros((len(ids), count), bool) if found is None else found
            found[place[household], hour] = True
    return found


class LifeSigns:
    """When people of these homes were seen or heard by somebody, since an hour.

    `whenever`: homes of which the latest time counts however long ago it was. `known_at`: what was
    recorded by then.
    """

    def __init__(
        self,
        ids: Ints,
        since: int,
        now: datetime,
        *,
        whenever: Ints | None = None,
        known_at: datetime | None = None,
    ) -> None:
        signs = LifeSign.objects.filter(_among(ids), at__gte=hours.begin_of(since), at__lte=now)
        if known_at is not None:
            signs = signs.filter(recorded_at__lte=known_at)
        rows = signs.values_list("household_id", "at")
        known = set(ids.tolist())
        self.rows = [(household, at) for household, at in rows.order_by("at") if household in known]
        self.earlier: dict[int, datetime] = {}
        if whenever is not None and len(whenever):
            old = LifeSign.objects.filter(household__in=whenever.tolist(), at__lte=now)
            latest = old.order_by().values("household_id").annotate(latest=Max("at"))
            self.earlier = dict(latest.values_list("household_id", "latest"))

    def seen(self, ids: Ints, first: int, count: int) -> Flags | None:
        """(H, T) a human saw or heard the person in that hour; None when nobody was."""
        return _marks(self.rows, ids, first, count)

    def among(self, ids: Ints) -> Flags:
        """(H,) who was seen at all in this time."""
        return np.isin(ids, [household for household, _ in self.rows])

    def latest(self) -> dict[int, datetime]:
        return {**self.earlier, **dict(self.rows)}  # of several, the latest stays


def _among(ids: Ints, field: str = "household") -> Q:
    """These households; others in their range too, where they lie densely."""
    if ids[-1] - ids[0] < 4 * len(ids):
        return Q(**{f"{field}__gte": int(ids[0]), f"{field}__lte": int(ids[-1])})
    return Q(**{f"{field}__in": ids.tolist()})


def without_outages(
    inputs: Floats, ids: Ints, first: int, *, known_at: datetime | None = None
) -> Floats:
    """`inputs` (5, H, T) from hour `first` on, as missing where an area was cut off."""
    begin, count = hours.begin_of(first), inputs.shape[2]
    masked = incidents.masks(ids.tolist(), begin, count, known_at=known_at)
    return cancel_silence(inputs, masked) if masked.any() else inputs
