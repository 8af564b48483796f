"""From readings to lights: every watched home is judged after each delivery and every hour.

What a home shows is a function of what is stored about it and of the time: judging twice changes
nothing, and late or corrected readings end in the lights that punctual ones would have made. A
range of homes is judged in one transaction, by one worker at a time.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import QuerySet
from numpy.typing import NDArray

from households import valve
from households.models import Household, RiskAssessment
from monitoring import copying, hours, runs
from monitoring.circumstances import Absences, LifeSigns
from monitoring.scoring import forward, memory, states, telling
from monitoring.scoring.forward import Context
from monitoring.scoring.frame import Frame
from monitoring.scoring.judge import judge
from monitoring.scoring.points import GROUPS

__all__ = ["ScoreResult", "risk_groups", "score", "score_range"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ScoreResult:
    """How many homes were judged, and how many lights changed."""

    scored: int
    changed: int


def score(*, now: datetime, household_ids: list[int] | None = None) -> ScoreResult:
    """Judge the watched homes (or those of them that are named) at `now`, in this process."""
    homes = valve.watched(now)
    if household_ids is not None:
        homes = homes.filter(pk__in=household_ids)
    ids = _ids(homes)
    frame = Frame.at(now)
    changed = 0
    for part in _by_range(ids):
        with transaction.atomic():
            runs.hold([runs.range_of(int(part[0]))])
            changed += judge_homes(part, frame)
    return ScoreResult(len(ids), changed)


def score_range(part: runs.Part) -> tuple[int, int]:
    """The work of one chunk of a run, in the transaction that holds its range.

    Homes judged at a later time than the run's already (a chunk that waited long) are left.
    """
    homes = valve.watched(part.at).filter(pk__range=(part.first_id, part.last_id))
    homes = homes.exclude(monitoring_state__computed_at__gt=part.at)
    ids = _ids(homes)
    return len(ids), judge_homes(ids, Frame.at(part.at)) if len(ids) else 0


def _ids(homes: QuerySet[Household]) -> Ints:
    """Rising ids, in one array: a row each would cost more than judging them."""
    found = homes.order_by().aggregate(ids=ArrayAgg("pk", order_by="pk"))["ids"]
    return np.array(found or [], np.int64)


def _by_range(ids: Ints) -> list[Ints]:
    """Rising ids cut where their ranges end."""
    if not len(ids):
        return []
    return np.split(ids, np.flatnonzero(np.diff(ids // runs.CHUNK)) + 1)


def judge_homes(ids: Ints, frame: Frame) -> int:
    """Move these homes (rising, of one range) to `frame.now`; returns how many lights changed."""
    mind = memory.load(ids)
    back = memory.go_back(mind)
    end = hours.hour_of(frame.now)
    since = end - memory.WARM_UP_DAYS * hours.DAY
    context = Context(
        frame=frame,
        group=risk_groups(ids, frame.now),
        signs=LifeSigns(ids, since, frame.now),
        absences=Absences(ids, since, end + 1),
    )
    gone = forward.go(mind, context)
    moved = gone.moved | back
    memory.save(mind, moved)
    memory.write_checkpoints(gone.checkpoints)
    memory.write_evidence(gone.evidence, frame.rules.live.version)
    if frame.rules.beside is not None:
        memory.write_evidence(gone.beside, frame.rules.beside.version)
    return _show(mind, context, moved)


def _show(mind: memory.Memory, context: Context, moved: NDArray[np.bool_]) -> int:
    frame = context.frame
    judged = judge(mind, context, frame.now)
    old = states.load(mind.ids)
    changed = judged.light != old.light
    special = judged.lit | np.isin(mind.ids, list(judged.away))
    wanted = changed | moved | special | context.signs.among(mind.ids)
    words = telling.tell(judged, mind, wanted, changed, dict(frame.grey_before))
    return states.write(judged, old, words, frame.rules.live.version, wanted)


def risk_groups(ids: Ints, now: datetime) -> NDArray[np.intp]:
    """(H,) places in GROUPS of the risk groups in force, of rising ids."""
    rows = copying.read(
        f"COPY (SELECT DISTINCT ON (household_id) household_id, {_GROUP_PLACE}"  # noqa: S608
        f" FROM {RiskAssessment._meta.db_table} WHERE {copying.among(ids)}"
        f" AND from_date <= '{now.astimezone(hours.SEOUL).date()}'"
        f" ORDER BY household_id, from_date DESC, id DESC) TO STDOUT (FORMAT binary)",
        _GROUP_ROW,
    )
    found = np.full(len(ids), GROUPS.index("general"), np.intp)
    place = np.searchsorted(ids, rows["household"]).clip(max=len(ids) - 1)
    ours = ids[place] == rows["household"]
    found[place[ours]] = rows["group"][ours]
    return found


_GROUP_ROW = copying.row(("household", ">i8"), ("group", ">i4"))
_GROUP_PLACE = "array_position('{" + ",".join(GROUPS) + '}\'::varchar[], "group") - 1'
