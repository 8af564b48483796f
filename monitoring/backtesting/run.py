"""Scores a signals file hour by hour with the functions of the hourly run, and sums it up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monitoring.backtesting.files import BadFile, Incident, Signals
from monitoring.detection import evaluation
from monitoring.detection.advance import advance
from monitoring.detection.evaluation import Trial
from monitoring.detection.habits import learn
from monitoring.detection.hot import UNKNOWN_GAP, fresh
from monitoring.detection.inputs import LEARN_DAYS, MIN_DAYS, POWER, Flags, Floats, outage_limit
from monitoring.detection.model import Model
from monitoring.detection.nightly import WARM_UP_DAYS
from monitoring.detection.outages import area_faults
from monitoring.detection.whole import SOURCES, gaps, lights, received, whole

GREY_HOURS = 30
YELLOW_ALARMS, RED_ALARMS = 0.32, 0.10  # shipped operating points, per household-month


@dataclass(frozen=True)
class Points:
    """Evidence above which a light is yellow, and red."""

    yellow: float
    red: float

    @classmethod
    def of(cls, model: Model) -> "Points":
        return cls(model.point(YELLOW_ALARMS), model.point(RED_ALARMS))


@dataclass(frozen=True)
class Judged:
    """Evidence (H, T) of the hours after the learning days of one group."""

    signals: Signals
    learn_days: int
    evidence: Floats
    fused: Floats
    received: Flags  # (H, T) anything at all
    may_redden: Flags  # (H, T) nothing is missing that the home lives by

    @property
    def begins(self) -> pd.Timestamp:
        return pd.Timestamp(self.signals.first) + pd.Timedelta(days=self.learn_days)


def judge(signals: Signals, learn_days: int, model: Model) -> Judged:
    """Learn every night and advance by the day. Causal.

    The portal learns a night later, and heeds holidays, absences and those who are still new.

    The WARM_UP_DAYS before the first reported day are judged too, so that its sums have a past.
    """
    history = without_area_faults(signals, learn_days)
    homes, days = history.shape[1:3]
    free = signals.free
    hot = fresh(homes)
    evidence, fused = [], []
    for day in range(max(MIN_DAYS, learn_days - WARM_UP_DAYS), days):
        begin = max(0, day - LEARN_DAYS)
        done = advance(
            hot,
            learn(history[:, :, begin:day], free[begin:day]),
            history[:, :, day],
            first_hour=0,
            free=np.full(24, free[day]),
            model=model,
        )
        hot = done.hot
        if day >= learn_days:
            evidence.append(done.evidence)
            fused.append(done.fused)
    return Judged(
        signals,
        learn_days,
        np.hstack(evidence),
        np.hstack(fused),
        received=np.isfinite(history[:, :, learn_days:]).any(axis=0).reshape(homes, -1),
        may_redden=_may_redden(history)[:, learn_days * 24 :],
    )


def _may_redden(history: Floats) -> Flags:
    """(H, hours of all days)."""
    homes = history.shape[1]
    came = received(history.reshape(len(history), homes, -1))
    never = np.full((len(SOURCES), homes), UNKNOWN_GAP, np.float32)
    return whole(gaps(never, came))


def without_area_faults(signals: Signals, learn_days: int) -> Floats:
    """History in which the hours of an area's power cut say nothing about its people.

    What counts as no current is taken from the learning days, so that it stays causal after them.
    """
    history = signals.history
    if not (signals.area >= 0).any():
        return history
    homes = history.shape[1]
    power = history[POWER].reshape(homes, -1)
    limit = outage_limit(power[:, : learn_days * 24])
    faults = area_faults(power, signals.area, limit)
    dark = faults[signals.area] & (signals.area >= 0)[:, None]
    cleaned = history.copy()
    cleaned[POWER] = np.where(dark, np.nan, power).reshape(history.shape[1:])
    return cleaned


def judge_all(groups: list[Signals], learn_days: int, model: Model) -> list[Judged]:
    """Every group that has more days than the learning takes. Raises BadFile where none has."""
    judged = [
        judge(group, learn_days, model) for group in groups if group.history.shape[2] > learn_days
    ]
    if not judged:
        raise BadFile(f"no household has more than {learn_days} days")
    return judged


def table(judged: list[Judged], points: Points) -> pd.DataFrame:
    """household_id, ts, evidence, light of every row of the file after the learning days, in
    time order."""
    parts = []
    for group in judged:
        homes, hours = group.evidence.shape
        times = pd.date_range(group.begins, periods=hours, freq="h").strftime("%Y-%m-%dT%H:%M")
        present = group.signals.present[:, group.learn_days :].reshape(homes, -1)
        place, hour = np.nonzero(present)
        evidence = group.evidence[place, hour].astype(float).round(4)
        shown = _shown(group, points)
        parts.append(
            pd.DataFrame(
                {
                    "household_id": np.array(group.signals.ids)[place],
                    "ts": times.to_numpy()[hour],
                    "evidence": evidence,
                    "light": shown[place, hour],
                }
            )
        )
    return pd.concat(parts).sort_values(["ts", "household_id"], ignore_index=True)


def _hours_without(received: Flags) -> NDArray[np.intp]:
    """(H, T) hours since the last one that was received."""
    hours = np.arange(received.shape[1])
    last = np.maximum.accumulate(np.where(received, hours, -1), axis=1)
    return np.asarray(hours - last)


def _shown(group: Judged, points: Points) -> NDArray[np.str_]:
    """(H, T) By evidence alone; an alarm never turns grey, and what is missing is never green."""
    lit = lights(group.evidence, group.may_redden, yellow=points.yellow, red=points.red)
    silent = _hours_without(group.received) >= GREY_HOURS
    return np.select([lit == 2, lit == 1, silent], ["red", "yellow", "grey"], "green")


def trial(judged: list[Judged], incidents: list[Incident], scores: list[Floats]) -> Trial:
    """`scores` (H, T) of each group as one trial, every home from its first judged hour on."""
    homes = sum(len(part) for part in scores)
    longest = max(part.shape[1] for part in scores)
    evidence = np.full((homes, longest), np.nan, np.float32)
    part_of = np.zeros(evidence.shape, bool)
    onset, kinds = np.full(homes, -1), [""] * homes
    known = {incident.household: incident for incident in incidents}
    at = 0
    for group, part in zip(judged, scores, strict=True):
        hours = part.shape[1]
        evidence[at : at + len(part), :hours] = part
        part_of[at : at + len(part), :hours] = True
        for place, home in enumerate(group.signals.ids, at):
            if home in known:
                began = (known[home].started_at - group.begins) // pd.Timedelta(hours=1)
                onset[place], kinds[place] = max(int(began), 0), known[home].kind
        at += len(part)
    return Trial(evidence, onset, kinds, part_of)


def summary(judged: list[Judged], incidents: list[Incident], model: Model) -> dict[str, Any]:
    """What summary.json holds: the shipped points, and what each budget would have cost."""
    points = Points.of(model)
    found = trial(judged, incidents, [group.evidence for group in judged])
    return {
        "rule_version": model.version,
        "households": len(found.kinds),
        "learn_days": judged[0].learn_days,
        "household_months": round(float(found.exposure.sum() / evaluation.MONTH), 2),
        "incidents": int((found.onset >= 0).sum()),
        "yellow": evaluation.at(found, points.yellow),
        "red": evaluation.at(found, points.red),
        "budgets": evaluation.operating_points(found),
    }


def write_scores(folder: Path, scores: pd.DataFrame) -> None:
    """scores.csv.gz; the same scores always make the same bytes."""
    scores.to_csv(
        folder / "scores.csv.gz",
        index=False,
        compression={"method": "gzip", "compresslevel": 6, "mtime": 1},
    )
