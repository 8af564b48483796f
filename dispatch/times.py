"""How long each case took, by its log: the figures of the reports.

Only the log and the assessment that opened the case are read, so that the figures can be made
again at any time and do not change when a case is corrected. Seconds, None where it never came to
that. Drills and cases opened for nothing (test, duplicate, wrong setting) are not counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

from django.db import connection

from dispatch.rules import SEEN_OR_HEARD, CloseReason, EventKind

NAMES = ("detect", "first_try", "claim", "human", "dispatch", "on_site", "safe")
NOT_COUNTED = (
    CloseReason.TEST.value,
    CloseReason.DUPLICATE.value,
    CloseReason.SETTING.value,
)
FEW = 10
"""Of fewer cases the time that 90 % keep to is that of the slowest one."""
SETTLED_AFTER_HOURS = 48
"""A month's figures settle so long after its end: callbacks and closings come late."""


@dataclass(frozen=True)
class CaseTimes:
    """Seconds of one case.

    began_at: its opening, or the moment at which a drill became real; what was done before that
    was an exercise. detect: from the light to the case. All others from the beginning, but
    `claim`, which counts from the moment at which people were asked, and `on_site`, from the
    decision to send whoever arrived first: asking the next of the rota in their place is the same
    decision; calling them back and sending somebody later is another. first_try: the first call by
    machine or person; claim and human: somebody took it; safe: closed by somebody who saw or heard
    the person.
    """

    case: int
    began_at: datetime
    detect: float | None
    first_try: float | None
    claim: float | None
    human: float | None
    dispatch: float | None
    on_site: float | None
    safe: float | None


@dataclass(frozen=True)
class Spread:
    """Median and 90 % time, in seconds, of the `n` cases that came so far. `p90` is the time of a
    case: at least 90 % of them took no longer (nearest rank; between two cases nothing is made up).
    `within`: how many of them took at most each of the limits that were asked for; `late`: how many
    others were asked for it, never came to it, and had waited longer than that when it ended or
    until now."""

    name: str
    n: int
    median: float | None
    p90: float | None
    within: tuple[int, ...] = ()
    late: tuple[int, ...] = ()


@dataclass(frozen=True)
class Month:
    """The cases that were opened in one month of Seoul; `stages` by NAMES."""

    first_day: date
    cases: int
    stages: dict[str, Spread]


# Each visit that an operator decides has its line; passing it on has none of this kind. The order
# is that in which the portal heard of things: a phone's arrival may carry an earlier time.
_DECISION = """max(e.at) FILTER (WHERE e.kind = %(assigned)s
          AND (door.id IS NULL OR e.id < door.id))"""
_TIMES = """
    SELECT c.id, s.at AS began_at,
      CASE WHEN s.at = c.opened_at
        THEN extract(epoch FROM c.opened_at - a.at)::float END AS detect,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = ANY(%(tries)s))
        - s.at)::float AS first_try,
      CASE WHEN min(e.at) FILTER (WHERE e.kind = %(claimed)s)
          >= min(e.at) FILTER (WHERE e.kind = ANY(%(asked)s))
        THEN extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(claimed)s)
          - min(e.at) FILTER (WHERE e.kind = ANY(%(asked)s)))::float END AS claim,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(claimed)s)
        - s.at)::float AS human,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(assigned)s)
        - s.at)::float AS dispatch,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(arrived)s)
        - {decision})::float AS on_site,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(closed)s
        AND e.data ->> 'evidence' = ANY(%(evidence)s)
        AND e.data ->> 'reason' <> %(death)s) - s.at)::float AS safe{more}
    FROM dispatch_case c
    CROSS JOIN LATERAL (
      SELECT coalesce(max(r.at), c.opened_at) AS at FROM dispatch_caseevent r
      WHERE r.case_id = c.id AND r.kind = %(raised)s AND r.data -> 'was_drill' = 'true'
    ) s
    CROSS JOIN LATERAL (
      SELECT min(v.id) AS id FROM dispatch_caseevent v
      WHERE v.case_id = c.id AND v.kind = %(arrived)s AND v.at >= s.at
    ) door
    JOIN dispatch_caseevent e ON e.case_id = c.id AND e.at >= s.at
    LEFT JOIN monitoring_assessment a ON a.id = c.assessment_id
    WHERE NOT c.drill AND NOT c.close_reason = ANY(%(nothing)s) AND {which}
    GROUP BY c.id, a.at, s.at, door.id
"""
# How long a case that never came to a stage has waited for it: until it was closed, until the
# visit was called back and none sent again, or until now; a visit from its decision on. LEAST
# passes over NULL.
_WAITED = """,
      CASE WHEN count(*) FILTER (WHERE e.kind = %(claimed)s) = 0
        THEN extract(epoch FROM LEAST(min(e.at) FILTER (WHERE e.kind = %(closed)s), %(now)s)
          - min(e.at) FILTER (WHERE e.kind = ANY(%(asked)s)))::float END AS claim_waited,
      CASE WHEN count(*) FILTER (WHERE e.kind = %(arrived)s) = 0
        THEN extract(epoch FROM LEAST(
            CASE WHEN max(e.at) FILTER (WHERE e.kind = %(cancelled)s)
                >= max(e.at) FILTER (WHERE e.kind = %(assigned)s)
              THEN max(e.at) FILTER (WHERE e.kind = %(cancelled)s) END,
            min(e.at) FILTER (WHERE e.kind = %(closed)s), %(now)s)
          - {decision})::float END AS on_site_waited"""
_WAITED_FOR = ("claim", "on_site")
_WORDS: dict[str, Any] = {
    "tries": [
        EventKind.CALL_STARTED.value,
        EventKind.CALL_RECORDED.value,
        EventKind.DESK_CALL.value,
    ],
    "raised": EventKind.RAISED.value,
    "asked": [EventKind.HUMAN_ASKED.value, EventKind.RAISED.value],
    "claimed": EventKind.CLAIMED.value,
    "assigned": EventKind.VISIT_ASSIGNED.value,
    "arrived": EventKind.VISIT_ARRIVED.value,
    "cancelled": EventKind.VISIT_CANCELLED.value,
    "closed": EventKind.CLOSED.value,
    "evidence": sorted(SEEN_OR_HEARD),
    "death": CloseReason.DEATH.value,
    "nothing": list(NOT_COUNTED),
}


def case_times(case_ids: Iterable[int]) -> list[CaseTimes]:
    """The times of these cases, by id; cases that are not counted are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TIMES.format(which="c.id = ANY(%(ids)s)", more="", decision=_DECISION)
            + " ORDER BY c.id",
            {**_WORDS, "ids": list(case_ids)},
        )
        return [CaseTimes(*row) for row in cursor.fetchall()]


def spread(name: str, seconds: Iterable[float]) -> Spread:
    """The same figures as `by_month`, of times that were already read with `case_times`."""
    found = sorted(seconds)
    if not found:
        return Spread(name, 0, None, None)
    rank = -(-len(found) * 9 // 10)  # rounded up
    return Spread(name, len(found), median(found), found[rank - 1])


def reached(case_ids: Iterable[int], name: str) -> list[int]:
    """Those of these cases that came to this stage of NAMES."""
    return [one.case for one in case_times(case_ids) if getattr(one, name) is not None]


def slower(case_ids: Iterable[int], name: str, seconds: float, *, now: datetime) -> list[int]:
    """Those that took longer to this stage, or never came to it and waited longer for it: what
    `by_month` counts in `n` and `late`, less `within`."""
    counted = _with_waiting("c.id = ANY(%(ids)s)")
    waited = f" OR {name}_waited > %(seconds)s" if name in _WAITED_FOR else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH times AS ({counted}) SELECT id FROM times"  # noqa: S608
            f" WHERE {name} > %(seconds)s{waited} ORDER BY id",
            {**_WORDS, "ids": list(case_ids), "now": now, "seconds": seconds},
        )
        return [row[0] for row in cursor.fetchall()]


Limits = Mapping[str, Sequence[float]]


def by_month(
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    light: str = "",
    townships: Sequence[str] | None = None,
    limits: Limits | None = None,
) -> list[Month]:
    """Median and 90 % time of the cases opened in [since, until), month by month, in one
    query. A month without a case is left out.

    `light`: "yellow" or "red" as the case was opened; "" for both. `townships`: codes, None: all.
    `limits`: seconds per name of NAMES, counted into `Spread.within` and `Spread.late`.
    """
    limits = limits or {}
    counted = _with_waiting(_which(light, townships))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH times AS ({counted})"  # noqa: S608
            " SELECT date_trunc('month', began_at AT TIME ZONE 'Asia/Seoul')::date, count(*), "
            + ", ".join(_columns(name, limits.get(name, ())) for name in NAMES)
            + " FROM times GROUP BY 1 ORDER BY 1",
            {
                **_WORDS,
                "since": since,
                "until": until,
                "now": now,
                "light": light,
                "townships": list(townships or ()),
            },
        )
        return [_month(row, limits) for row in cursor.fetchall()]


def _with_waiting(which: str) -> str:
    return _TIMES.format(which=which, more=_WAITED.format(decision=_DECISION), decision=_DECISION)


def _which(light: str, townships: Sequence[str] | None) -> str:
    which = "c.opened_at >= %(since)s AND c.opened_at < %(until)s"
    if light:
        which += " AND c.opened_light = %(light)s"
    if townships is not None:
        which += (
            " AND c.household_id IN (SELECT id FROM households_household"
            " WHERE township_id = ANY(%(townships)s))"
        )
    return which


def _columns(name: str, limits: Sequence[float]) -> str:
    late = f"{name}_waited > " if name in _WAITED_FOR else "false AND 0 < "
    counted = "".join(
        f", count(*) FILTER (WHERE {name} <= {float(one)})"
        f", count(*) FILTER (WHERE {late}{float(one)})"
        for one in limits
    )
    return (
        f"count({name}), percentile_cont(0.5) WITHIN GROUP (ORDER BY {name}),"
        f" percentile_disc(0.9) WITHIN GROUP (ORDER BY {name}){counted}"
    )


def _month(row: Sequence[Any], limits: Limits) -> Month:
    values = iter(row[2:])
    stages = {}
    for name in NAMES:
        n, median, p90 = (next(values) for _ in range(3))
        counted = [(next(values), next(values)) for _ in limits.get(name, ())]
        within, late = (tuple(pair[part] for pair in counted) for part in (0, 1))
        stages[name] = Spread(name, n, median, p90, within, late)
    return Month(row[0], row[1], stages)
