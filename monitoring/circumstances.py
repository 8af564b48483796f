"""What is known about hours besides readings: absences, people seen alive, areas cut off."""

from datetime import datetime

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from households.models import Absence
from monitoring import hours, incidents
from monitoring.detection.outages import cancel_silence
from monitoring.models import LifeSign

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Absences:
    """Planned absences of these homes that touch the time from hour `since` to hour `until`."""

    def __init__(self, ids: Ints, since: int, until: int) -> None:
        rows = Absence.objects.overlapping(hours.begin_of(since), hours.begin_of(until))
        known = set(ids.tolist())
        self.rows = [
            (household, begins, ends)
            for household, begins, ends in rows.filter(_among(ids))
            .order_by("household_id", "starts_at")
            .values_list("household_id", "starts_at", "effective_end")
            if household in known
        ]

    def held(self, ids: Ints, first: int, count: int) -> Flags | None:
        """(H, T) away in the hours `first`, first + 1, …; None when nobody is."""
        place = {int(household): i for i, household in enumerate(ids)} if self.rows else {}
        away = None
        for household, begins, ends in self.rows:
            start = max(hours.hour_of(begins) - first, 0)
            stop = min(hours.hour_of(ends) - first, count)
            if household in place and start < stop:
                away = np.zeros((len(ids), count), bool) if away is None else away
                away[place[household], start:stop] = True
        return away

    def until(self, now: datetime) -> dict[int, datetime]:
        """{household: planned end} of those who are away at `now`."""
        return {one: ends for one, begins, ends in self.rows if begins <= now < ends}


class LifeSigns:
    """When people of these homes were seen or heard by somebody, since an hour."""

    def __init__(self, ids: Ints, since: int, now: datetime) -> None:
        rows = LifeSign.objects.filter(
            _among(ids), at__gte=hours.begin_of(since), at__lte=now
        ).values_list("household_id", "at")
        known = set(ids.tolist())
        self.rows = [(household, at) for household, at in rows.order_by("at") if household in known]

    def seen(self, ids: Ints, first: int, count: int) -> Flags | None:
        """(H, T) a human saw or heard the person in that hour; None when nobody was."""
        place = {int(household): i for i, household in enumerate(ids)}
        found = None
        for household, at in self.rows:
            hour = hours.hour_of(at) - first
            if household in place and 0 <= hour < count:
                found = np.zeros((len(ids), count), bool) if found is None else found
                found[place[household], hour] = True
        return found

    def among(self, ids: Ints) -> Flags:
        """(H,) who was seen at all in this time."""
        return np.isin(ids, [household for household, _ in self.rows])

    def latest(self) -> dict[int, datetime]:
        return dict(self.rows)  # of several, the latest stays


def _among(ids: Ints) -> Q:
    """These households; others in their range too, where they lie densely."""
    if ids[-1] - ids[0] < 4 * len(ids):
        return Q(household__gte=int(ids[0]), household__lte=int(ids[-1]))
    return Q(household__in=ids.tolist())


def without_outages(inputs: Floats, ids: Ints, first: int) -> Floats:
    """`inputs` (5, H, T) from hour `first` on, as missing where an area was cut off."""
    masked = incidents.masks(ids.tolist(), hours.begin_of(first), inputs.shape[2])
    return cancel_silence(inputs, masked) if masked.any() else inputs
