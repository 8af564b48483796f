"""An assessment judged again: what the same inputs give now, or why that cannot be said."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from households.days import local_day
from households.models import Consent
from households.valve import FEED_OF_PURPOSE
from monitoring import hours, retention
from monitoring.circumstances import Absences, LifeSigns
from monitoring.models import Assessment
from monitoring.scoring import forward, memory, risk_groups, telling
from monitoring.scoring.forward import Context
from monitoring.scoring.frame import Frame
from monitoring.scoring.judge import LIGHTS, judge
from monitoring.scoring.points import Points
from monitoring.scoring.rule import Rules, of_version


@dataclass(frozen=True)
class Replay:
    """`deleted_on`: the readings are gone since that day, and nothing else is known.

    `same_inputs`: readings, absences, confirmations and outages are those of then; `same_rule`: the
    rule of that time is still kept (else the present one judged). Light, evidence and points as
    they come out.
    """

    deleted_on: date | None
    light: str | None = None
    evidence: float | None = None
    point_yellow: float | None = None
    point_red: float | None = None
    reasons: tuple[str, ...] = ()
    same_inputs: bool = False
    same_rule: bool = False

    def agrees(self, assessment: Assessment) -> bool:
        """Whether it comes to the same light from the same readings by the same rule."""
        return self.light == assessment.light and self.same_inputs and self.same_rule


def replay(assessment: Assessment, *, now: datetime) -> Replay:
    """Judge the home of `assessment` again at its time, from the readings that are stored now and
    the absences, confirmations and outages that were known by then; writes nothing.

    It starts two weeks before with nothing kept, by the settings and habits of then.
    """
    at, household = assessment.at, assessment.household_id
    ids = np.array([household], np.int64)
    same_inputs = telling.digests(ids, at)[0] == assessment.inputs_digest
    if not same_inputs:
        gone = _deleted_on(household, at, now)
        if gone is not None:
            return Replay(deleted_on=gone)
    rule = of_version(assessment.rule_version)
    frame = _frame(at, rule is not None, assessment.rule_version)
    end = hours.hour_of(at)
    since = end - (memory.WARM_UP_DAYS + 1) * hours.DAY
    context = Context(
        frame=frame,
        group=risk_groups(ids, at),
        signs=LifeSigns(ids, since, at, known_at=at),
        absences=Absences(ids, since, end + 1, known_at=at),
        keeps=False,
        known_at=at,
    )
    mind = memory.nothing(ids)
    forward.go(mind, context)
    judged = judge(mind, context, at)
    everybody = np.ones(1, bool)
    words = telling.tell(judged, mind, everybody, ~everybody, dict(frame.grey_before))
    return Replay(
        deleted_on=None,
        light=LIGHTS[judged.light[0]],
        evidence=round(float(judged.value[0]), 4),
        point_yellow=round(float(judged.scale.yellow[0]), 4),
        point_red=round(float(judged.scale.red[0]), 4),
        reasons=tuple(words.sentences[words.which[0]]),
        same_inputs=same_inputs,
        same_rule=rule is not None,
    )


def _frame(at: datetime, known: bool, version: str) -> Frame:
    frame = Frame.at(at)
    rule = of_version(version) if known else None
    if rule is None:
        return Frame(at, Rules(frame.rules.live, None), frame.points, frame.grey_before)
    return Frame(at, Rules(rule, None), Points.at(at, rule), frame.grey_before)


def _deleted_on(household_id: int, at: datetime, now: datetime) -> date | None:
    """The day since which readings of before `at` are gone, as far as the rows tell."""
    withdrawn = (
        Consent.objects.filter(
            household_id=household_id,
            purpose__in=list(FEED_OF_PURPOSE),
            withdrawn_at__gte=at,
            withdrawn_at__lte=now,
        )
        .order_by("withdrawn_at")
        .values_list("withdrawn_at", flat=True)
        .first()
    )
    if withdrawn is not None:
        return local_day(withdrawn)
    first = hours.day_of(hours.hour_of(at) // hours.DAY - memory.WARM_UP_DAYS)
    return retention.dropped_on(first, now=now)
