"""How long each case took, by its log: the figures of the reports.

Only the log and the assessment that opened the case are read, so that the figures can be made
again at any time and do not change when a case is corrected. Seconds, None where it never came to
that. Drills and cases opened for nothing (test, duplicate, wrong setting) are not counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from dispatch.rules import SEEN_OR_HEARD, CloseReason, EventKind

NAMES = ("detect", "first_try", "human", "dispatch", "on_site", "safe")
NOT_COUNTED = (
    CloseReason.TEST.value,
    CloseReason.DUPLICATE.value,
    CloseReason.SETTING.value,
)
SETTLED_AFTER_HOURS = 48
"""A month's figures settle so long after its end: callbacks and closings come late."""


@dataclass(frozen=True)
class CaseTimes:
    """Seconds of one case.

    detect: from the light to the case. All others from the opening of the case, but `on_site`,
    which counts from the decision to send somebody. first_try: the first call by machine or
    person; human: somebody took it; safe: closed by somebody who saw or heard the person.
    """

    case: int
    opened_at: datetime
    detect: float | None
    first_try: float | None
    human: float | None
    dispatch: float | None
    on_site: float | None
    safe: float | None


@dataclass(frozen=True)
class Spread:
    """Median and 90 % quantile, in seconds, of the `n` cases that came so far."""

    name: str
    n: int
    median: float | None
    p90: float | None


_TIMES = """
    SELECT c.id, c.opened_at,
      extract(epoch FROM c.opened_at - a.at)::float AS detect,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = ANY(%(tries)s))
        - c.opened_at)::float AS first_try,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(claimed)s)
        - c.opened_at)::float AS human,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(assigned)s)
        - c.opened_at)::float AS dispatch,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(arrived)s)
        - min(e.at) FILTER (WHERE e.kind = %(assigned)s))::float AS on_site,
      extract(epoch FROM min(e.at) FILTER (WHERE e.kind = %(closed)s
        AND e.data ->> 'evidence' = ANY(%(evidence)s)
        AND e.data ->> 'reason' <> %(death)s) - c.opened_at)::float AS safe
    FROM dispatch_case c
    JOIN dispatch_caseevent e ON e.case_id = c.id
    LEFT JOIN monitoring_assessment a ON a.id = c.assessment_id
    WHERE NOT c.drill AND NOT c.close_reason = ANY(%(nothing)s) AND {which}
    GROUP BY c.id, a.at
"""
_WORDS: dict[str, Any] = {
    "tries": [
        EventKind.CALL_STARTED.value,
        EventKind.CALL_RECORDED.value,
        EventKind.DESK_CALL.value,
    ],
    "claimed": EventKind.CLAIMED.value,
    "assigned": EventKind.VISIT_ASSIGNED.value,
    "arrived": EventKind.VISIT_ARRIVED.value,
    "closed": EventKind.CLOSED.value,
    "evidence": sorted(SEEN_OR_HEARD),
    "death": CloseReason.DEATH.value,
    "nothing": list(NOT_COUNTED),
}


def case_times(case_ids: Iterable[int]) -> list[CaseTimes]:
    """The times of these cases, by id; cases that are not counted are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TIMES.format(which="c.id = ANY(%(ids)s)") + " ORDER BY c.id",
            {**_WORDS, "ids": list(case_ids)},
        )
        return [CaseTimes(*row) for row in cursor.fetchall()]


def monthly(
    *, since: datetime, until: datetime, light: str = "", townships: Sequence[str] | None = None
) -> list[Spread]:
    """Median and 90 % quantile of the cases opened in [since, until), one row for each of NAMES.

    `light`: "yellow" or "red" as the case was opened; "" for both. `townships`: codes, None: all.
    """
    which = "c.opened_at >= %(since)s AND c.opened_at < %(until)s"
    if light:
        which += " AND c.opened_light = %(light)s"
    if townships is not None:
        which += (
            " AND c.household_id IN (SELECT id FROM households_household"
            " WHERE township_id = ANY(%(townships)s))"
        )
    columns = ", ".join(
        f"count({name}), percentile_cont(0.5) WITHIN GROUP (ORDER BY {name}),"
        f" percentile_cont(0.9) WITHIN GROUP (ORDER BY {name})"
        for name in NAMES
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH times AS ({_TIMES.format(which=which)}) SELECT {columns} FROM times",  # noqa: S608
            {
                **_WORDS,
                "since": since,
                "until": until,
                "light": light,
                "townships": list(townships or ()),
            },
        )
        row = cursor.fetchone()
    return [Spread(name, *row[3 * n : 3 * n + 3]) for n, name in enumerate(NAMES)]
