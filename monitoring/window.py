"""The last two weeks of some homes, hour by hour, ready to be judged.

Days that are over are scored once, with the habits of that day, and kept (EvidenceDay); today is
scored anew each time. A reading that comes late or is corrected re-scores the days it touches.
"""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from households import valve
from monitoring import store
from monitoring.detection import RULE_VERSION, evidence, signals
from monitoring.detection.habits import LEARN_DAYS
from monitoring.detection.signals import Floats
from monitoring.models import EvidenceDay, LifeSign

SEOUL = ZoneInfo("Asia/Seoul")
DAYS = evidence.SUM_DAYS + 1  # the days over, and today
HOURS = DAYS * 24

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Window:
    """H homes x T hours that end with today's 23:00; everything later than now is NaN or False."""

    ids: list[int]
    first: date
    now_hour: int  # index of the hour that contains now
    received: Flags  # (H, T)
    evidence: Floats  # (H, T), NaN = not received
    signs: Flags
    held: Flags  # planned absence
    restart: Flags  # somebody saw or heard the person
    often: Floats  # (H, 2, 24) habit of being active, from the days before today
    learned: NDArray[np.intp]  # (H,) days with data to learn from
    digests: list[str]  # SHA-256 of the readings looked at

    def at(self, hour: int) -> datetime:
        """Start of hour `hour`, aware."""
        return datetime.combine(self.first, time.min, SEOUL) + timedelta(hours=hour)

    def hour_of(self, moment: datetime) -> int:
        return int((moment - self.at(0)) // timedelta(hours=1))


def read(ids: list[int], *, now: datetime) -> Window:
    """The window of these homes at `now`; scores and keeps the days that are missing or changed."""
    today = now.astimezone(SEOUL).date()
    start = today - timedelta(days=evidence.SUM_DAYS + LEARN_DAYS)
    power = store.read(ids, start, today)
    limit = signals.outage_limit(power[:, :-1])
    cleaned = signals.without_outages(power.reshape(len(ids), -1), limit).reshape(power.shape)
    usual = _without_absences(cleaned, ids, start)
    first = today - timedelta(days=evidence.SUM_DAYS)
    sums = [_checksums(power, day) for day in range(LEARN_DAYS, power.shape[1] - 1)]
    days, signs = _past_days(ids, cleaned, usual, start, sums)
    last = power.shape[1] - 1
    today_evidence, today_signs, known = evidence.day_of(
        _judged(cleaned, usual, last), last, start.weekday()
    )
    blank = Window(
        ids=ids,
        first=first,
        now_hour=0,
        received=np.isfinite(power[:, LEARN_DAYS:]).reshape(len(ids), -1),
        evidence=np.concatenate([days, today_evidence], axis=1),
        signs=np.concatenate([signs, today_signs], axis=1),
        held=np.zeros((len(ids), HOURS), bool),
        restart=np.zeros((len(ids), HOURS), bool),
        often=known.often_active,
        learned=known.days,
        digests=[hashlib.sha256(np.float32(home).tobytes()).hexdigest() for home in power],
    )
    window = Window(**{**vars(blank), "now_hour": blank.hour_of(now)})
    _mark_absences(window)
    _mark_life(window, now)
    return window


def _checksums(power: Floats, day: int) -> list[int]:
    """Per home, of the readings of `day` and the day before it (its last hours count)."""
    part = np.ascontiguousarray(power[:, day - 1 : day + 1], np.float32)
    return [zlib.crc32(home.tobytes()) for home in part]


def _without_absences(cleaned: Floats, ids: list[int], start: date) -> Floats:
    """`cleaned` with the hours of planned absences missing: habits are learned from it.

    Otherwise an empty home of some weeks would become "usual", and a silence after it no news.
    """
    usual = cleaned.reshape(len(ids), -1).copy()
    place = {household: i for i, household in enumerate(ids)}
    begin = datetime.combine(start, time.min, SEOUL)
    end = begin + timedelta(hours=usual.shape[1])
    for household, away, back in valve.absences(ids, begin, end):
        first = max(int((away - begin) // timedelta(hours=1)), 0)
        last = int((min(back, end) - begin) // timedelta(hours=1))
        usual[place[household], first : max(last, first)] = np.nan
    return usual.reshape(cleaned.shape)


def _judged(cleaned: Floats, usual: Floats, day: int) -> Floats:
    """The days before `day` as habits may see them, and `day` itself as it was."""
    return np.concatenate([usual[:, :day], cleaned[:, day : day + 1]], axis=1)


def _past_days(
    ids: list[int], cleaned: Floats, usual: Floats, start: date, sums: list[list[int]]
) -> tuple[Floats, Flags]:
    """((H, 14*24) evidence, signs) of the days over: kept ones, and missing ones scored now."""
    count = evidence.SUM_DAYS
    first = start + timedelta(days=LEARN_DAYS)
    found = np.full((len(ids), count, 24), np.nan)
    signs = np.zeros((len(ids), count, 24), bool)
    stale = np.ones((len(ids), count), bool)
    place = {household: i for i, household in enumerate(ids)}
    for row in EvidenceDay.objects.filter(
        day__gte=first, day__lt=first + timedelta(days=count), household_id__in=ids
    ):
        i, day = place[row.household_id], (row.day - first).days
        if row.inputs == sums[day][i] and row.rule_version == RULE_VERSION:
            found[i, day], stale[i, day] = store.unpack(row.evidence), False
            signs[i, day] = np.frombuffer(row.signs, np.uint8).astype(bool)
    fresh = []
    for day in np.flatnonzero(stale.any(axis=0)).tolist():
        homes = np.flatnonzero(stale[:, day])
        found[homes, day], signs[homes, day], _ = evidence.day_of(
            _judged(cleaned[homes], usual[homes], day + LEARN_DAYS),
            day + LEARN_DAYS,
            start.weekday(),
        )
        fresh += [
            EvidenceDay(
                day=first + timedelta(days=day),
                household_id=ids[i],
                evidence=store.pack(found[i, day]),
                signs=signs[i, day].astype(np.uint8).tobytes(),
                inputs=sums[day][i],
                rule_version=RULE_VERSION,
            )
            for i in homes
        ]
    EvidenceDay.objects.bulk_create(
        fresh,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["day", "household_id"],
        update_fields=["evidence", "signs", "inputs", "rule_version"],
    )
    return found.reshape(len(ids), -1), signs.reshape(len(ids), -1)


def _mark_absences(window: Window) -> None:
    place = {household: i for i, household in enumerate(window.ids)}
    end = window.at(HOURS)
    for household, begins, ends in valve.absences(window.ids, window.at(0), end):
        first = max(window.hour_of(begins), 0)
        window.held[place[household], first : max(window.hour_of(min(ends, end)), first)] = True


def _mark_life(window: Window, now: datetime) -> None:
    place = {household: i for i, household in enumerate(window.ids)}
    rows = LifeSign.objects.filter(
        household__in=window.ids, at__gte=window.at(0), at__lte=now
    ).values_list("household_id", "at")
    for household, at in rows:
        window.restart[place[household], window.hour_of(at)] = True
