"""What a case costs the staff, from the log of the cases themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import fmean, median

from dispatch.models import Case, CaseEvent
from dispatch.rules import CaseState, EventKind, Light

LOOK_BACK = timedelta(days=180)
MOST_CASES = 2000
ENOUGH = 10  # fewer cases than this say too little

ASSUMED_MINUTES = 15.0
"""Staff minutes of a case a person handled, until the county has its own. Nothing is published."""
ASSUMED_SHARE = 0.6
"""Share of signals that reached a person: 116 of 194 (Yongin, first quarter of 2024)."""

# From these on somebody is busy with the case, and until those.
_BUSY = frozenset(
    {
        EventKind.CLAIMED,
        EventKind.VISIT_DEPARTED,
        EventKind.VISIT_FOUND,
        EventKind.VISIT_DECLINED,
        EventKind.VISIT_CANCELLED,
    }
)
_IDLE = frozenset(
    {EventKind.RELEASED, EventKind.LEASE_OUT, EventKind.VISIT_ASSIGNED, EventKind.CLOSED}
)


@dataclass(frozen=True)
class Handling:
    """`minutes` (mean, for they are added up) of a case that a person handled, `middle` their
    median; `share` of yellow ones that reached one.

    `handled` and `yellow` tell how many cases that rests on; with fewer than ENOUGH the assumed
    number stands.
    """

    handled: int = 0
    yellow: int = 0
    own_minutes: float | None = None
    middle: float | None = None
    own_share: float | None = None

    @property
    def minutes(self) -> float:
        return ASSUMED_MINUTES if self.own_minutes is None else self.own_minutes

    @property
    def share(self) -> float:
        return ASSUMED_SHARE if self.own_share is None else self.own_share

    def people(self, *, signals: float, red: float) -> float:
        """Cases that reach a person: every red one, and a share of those that stay yellow."""
        return red + max(signals - red, 0) * self.share

    def staff_minutes(self, *, signals: float, red: float) -> float:
        return self.people(signals=signals, red=red) * self.minutes


def measure(*, now: datetime) -> Handling:
    """From the cases of the last half year that are closed; drills are left out."""
    cases = Case.objects.filter(
        state=CaseState.CLOSED, drill=False, closed_at__gt=now - LOOK_BACK, closed_at__lte=now
    ).order_by("-closed_at")[:MOST_CASES]
    lights = dict(cases.values_list("pk", "opened_light"))
    spent = _minutes_of(lights)
    yellow = [pk for pk, light in lights.items() if light == Light.YELLOW]
    handled = [minutes for minutes in spent.values() if minutes is not None]
    reached = sum(spent.get(pk) is not None for pk in yellow)
    return Handling(
        handled=len(handled),
        yellow=len(yellow),
        own_minutes=round(fmean(handled), 1) if len(handled) >= ENOUGH else None,
        middle=round(median(handled), 1) if len(handled) >= ENOUGH else None,
        own_share=reached / len(yellow) if len(yellow) >= ENOUGH else None,
    )


def _minutes_of(cases: Iterable[int]) -> dict[int, float | None]:
    """{case: minutes somebody was busy with it}; None where no person ever had it."""
    rows = (
        CaseEvent.objects.filter(case__in=list(cases), kind__in=[*_BUSY, *_IDLE])
        .order_by("case_id", "at", "id")
        .values_list("case_id", "kind", "at")
    )
    return {
        case: busy_minutes((kind, at) for _case, kind, at in lines)
        for case, lines in groupby(rows, key=lambda row: row[0])
    }


def busy_minutes(lines: Iterable[tuple[str, datetime]]) -> float | None:
    """Minutes of the desk and of the way: from taking the case to laying it down, and from
    setting out to coming back; waiting for the responder is nobody's minute. None: nobody had it.
    """
    spent, since, had = timedelta(0), None, False
    for kind, at in lines:
        if kind in _BUSY:
            had = True
            since = since or at
        elif since is not None:
            spent += at - since
            since = None
    return spent.total_seconds() / 60 if had else None
