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
from monitoring import copying, hot_blocks, hours, runs
from monitoring.circumstances import Absences, LifeSigns
from monitoring.scoring import forward, memory, states, telling
from monitoring.scoring.forward import Context
from monitoring.scoring.frame import Frame
from monitoring.scoring.judge import GREEN, Judged, judge
from monitoring.scoring.points import BASES, GROUPS

__all__ = ["ScoreResult", "risk_groups", "score", "score_range"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
            runs.hold(np.unique(part // runs.CHUNK).tolist())
            changed += judge_homes(part, frame)
    return ScoreResult(len(ids), changed)


def score_range(part: runs.Part) -> tuple[int, int]:
    """The work of one chunk of a run, in the transaction that holds its range.

    Homes judged at a later time than the run's already (a chunk that waited long) are left.
    """
    homes = valve.watched(part.at).filter(pk__range=(part.first_id, part.last_id))
    homes = homes.exclude(monitoring_state__computed_at__gt=part.at)
    # The rows of ordinary homes are not rewritten every hour; their accumulators are.
    ids = _ids(homes)
    ids = ids[hot_blocks.until(ids) <= hours.hour_of(part.at)]
    return len(ids), judge_homes(ids, Frame.at(part.at)) if len(ids) else 0


def _ids(homes: QuerySet[Household]) -> Ints:
    """Rising ids, in one array: a row each would cost more than judging them."""
    found = homes.order_by().aggregate(ids=ArrayAgg("pk"))["ids"]
    return np.sort(np.array(found or [], np.int64))


def _by_range(ids: Ints) -> list[Ints]:
    """Rising ids cut where their ranges end; a few homes go with the range before them, because
    the thirty statements of a part cost as much as some thousand homes."""
    if not len(ids):
        return []
    found: list[Ints] = []
    for part in np.split(ids, np.flatnonzero(np.diff(ids // runs.CHUNK)) + 1):
        if found and len(part) < runs.CHUNK // 10 and len(found[-1]) <= runs.CHUNK:
            part = np.concatenate([found.pop(), part])
        found.append(part)
    return found


def judge_homes(ids: Ints, frame: Frame) -> int:
    """Move these homes (rising, of ranges that are held) to `frame.now`; returns how many lights
    changed."""
    mind = memory.load(ids)
    stood = mind.until // hours.DAY
    back = memory.go_back(mind)
    end = hours.hour_of(frame.now)
    since = end - memory.WARM_UP_DAYS * hours.DAY
    # Nothing has come of these for so long; what people said of them since then counts still.
    silent = ids[(mind.until != memory.UNKNOWN) & (mind.until < since)]
    context = Context(
        frame=frame,
        group=risk_groups(ids, frame.now),
        signs=LifeSigns(ids, since, frame.now, whenever=silent),
        absences=Absences(ids, since, end + 1, whenever=silent),
    )
    gone = forward.go(mind, context)
    moved = gone.moved | back
    memory.save(mind, moved)
    memory.write_checkpoints(gone.checkpoints)
    memory.write_evidence(gone.evidence, frame.rules.live.version)
    if frame.rules.beside is not None:
        memory.write_evidence(gone.beside, frame.rules.beside.version)
    another_day = back | (mind.until // hours.DAY != stood)
    return _show(mind, context, moved, another_day)


def _show(mind: memory.Memory, context: Context, moved: Flags, another_day: Flags) -> int:
    """Writes the lights that changed and the rows of all who moved, save those that go on as
    usual within the same day: what has moved of them stands in their accumulators."""
    frame = context.frame
    judged = judge(mind, context, frame.now)
    version = frame.rules.live.version
    old = states.load(mind.ids, version)
    changed = judged.light != old.light
    told = [*judged.away, *context.absences.resumed()]
    special = judged.lit | np.isin(mind.ids, told) | context.signs.among(mind.ids)
    as_before = ordinary(judged) & old.ordinary & ~another_day
    wanted = changed | special | (moved & ~as_before)
    words = telling.tell(judged, mind, wanted, changed, dict(frame.grey_before))
    return states.write(judged, old, words, version, wanted)


def ordinary(judged: Judged) -> Flags:
    """(H,) of whom nothing is said but that all is as usual (`standing` says it of newer hours)."""
    learned = judged.scale.basis() == BASES.index("learned")
    lacking = (judged.ended != memory.UNKNOWN).any(axis=1)
    return np.asarray((judged.light == GREEN) & learned & ~lacking, bool)


def risk_groups(ids: Ints, now: datetime) -> NDArray[np.intp]:
    """(H,) places in GROUPS of the risk groups in force, of rising ids."""
    rows = copying.read(
        f"COPY (SELECT household_id, {_GROUP_PLACE}, from_date, id"  # noqa: S608
        f" FROM {RiskAssessment._meta.db_table} WHERE {copying.among(ids)}"
        f" AND from_date <= '{now.astimezone(hours.SEOUL).date()}') TO STDOUT (FORMAT binary)",
        _GROUP_ROW,
    )
    found = np.full(len(ids), GROUPS.index("general"), np.intp)
    place = np.searchsorted(ids, rows["household"]).clip(max=len(ids) - 1)
    ours = np.flatnonzero(ids[place] == rows["household"])
    # Of several the latest counts, which is written last.
    ours = ours[np.lexsort((rows["id"][ours], rows["from"][ours]))]
    found[place[ours]] = rows["group"][ours]
    return found


_GROUP_ROW = copying.row(("household", ">i8"), ("group", ">i4"), ("from", ">i4"), ("id", ">i8"))
_GROUP_PLACE = "array_position('{" + ",".join(GROUPS) + '}\'::varchar[], "group") - 1'
