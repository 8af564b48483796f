"""The curve of the county's own history, computed in the background."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from dispatch.tuning import deciding, evidence, replay
from dispatch.tuning.actions import require
from dispatch.tuning.budgets import STEPS
from households import valve
from households.models import Feed
from monitoring import calendar, incidents, schedules, store
from monitoring.circumstances import Absences
from monitoring.detection import inputs as of_home
from monitoring.detection.inputs import LEARN_DAYS
from monitoring.detection.outages import cancel_silence
from monitoring.feeds.contract import DAILY
from monitoring.hours import hour_of
from monitoring.models import DetectionRule, TuningCurve

log = logging.getLogger(__name__)

DAYS = 90
MOST_HOMES = 400
"""More are drawn by lot: the curve does not become truer, only slower."""
FEWEST_HOMES = 20
LEARNED_DAYS = 45  # of the first sixty, with readings
JUDGED_DAYS = 14  # of the last thirty, with readings
FEWEST_COLLAPSES = 200  # put in, together
MOST_PER_HOME = 8
LOCK = 7_104_031
SEED = 20260901
LEARNED_HERE = "tuning page"  # the command on the card of a rule of the county's own history


class TooLittle(Exception):
    """Too few homes or days; the text is a Korean sentence for the page."""


@transaction.atomic
def ask(*, by: User | None, now: datetime) -> TuningCurve:
    """A row for the page's progress bar; the caller wakes the task that computes it.

    The row that is still being computed is given back: a second click asks for nothing new.
    `by` None: the monthly beat. Raises Refused for anybody but a county official.
    """
    if by is not None:
        require(by, Role.COUNTY_OFFICIAL, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
    open_row = TuningCurve.objects.filter(finished_at__isnull=True).first()
    if open_row is not None:
        return open_row
    return TuningCurve.objects.create(asked_at=now, asked_by=by, rule=deciding.live().version)


def compute(curve_id: int, *, now: datetime) -> TuningCurve | None:
    """Compute the row's points; None when another worker is at it. Done rows stay as they are."""
    with _alone() as alone:
        if not alone:
            return None
        row = TuningCurve.objects.get(pk=curve_id)
        if row.finished_at is not None:
            return row
        try:
            row.points = _points(row, now=now)
        except TooLittle as error:
            row.failure = str(error)
        except Exception:
            row.failure = str(_("계산하다가 멈췄습니다. 다시 계산을 눌러 주세요."))
            row.finished_at = now
            row.save()
            raise
        row.finished_at, row.done_percent = now, 100
        row.save()
        return row


def is_running() -> bool:
    """Whether some worker is computing a curve right now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            " AND classid = %s AND objid = 2 AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [LOCK],
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def _alone() -> Iterator[bool]:
    """One computation at a time. A lock of the session: a killed worker lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, 2)", [LOCK])
        taken = bool(cursor.fetchone()[0])
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, 2)", [LOCK])


def _points(row: TuningCurve, *, now: datetime) -> list[dict[str, float | int]]:
    rule = deciding.live()
    row.rule = rule.version
    TuningCurve.objects.filter(pk=row.pk).update(rule=rule.version, done_percent=1)
    own = read(now=now)

    def tell(share: float) -> None:
        TuningCurve.objects.filter(pk=row.pk).update(done_percent=2 + int(share * 96))

    per_home = min(MOST_PER_HOME, -(-FEWEST_COLLAPSES // own.history.homes))
    unseen = _unseen(rule.version, own)
    done = replay.run(
        own.history, rule.model, per_home=per_home, seed=SEED, unseen=unseen, tell=tell
    )
    if not done.traces:
        raise TooLittle(_("집에 사람이 있는 날의 자료가 없어 시험할 수 없습니다."))
    about = {
        "homes": own.history.homes,
        "watched": own.watched,
        "days": own.history.days,
    }
    alone = own.history.power_only
    return [
        {**done.row(budget, _level(rule, budget, alone), homes=own.watched), **about}
        for budget in STEPS
    ]


def _level(rule: deciding.Rule, budget: float, alone: replay.Flags) -> replay.Floats:
    """(H,) the evidence above which each home has an alarm, by the card alone."""
    points = rule.point(budget), rule.point(budget, power_only=True)
    return np.where(alone, np.float32(points[1]), np.float32(points[0]))


def _unseen(version: str, own: "Own") -> int:
    """The first day of the history that this rule has not learned from. Raises TooLittle."""
    learned = DetectionRule.objects.filter(version=version).first()
    if learned is None or learned.card.get("command") != LEARNED_HERE:
        return 0
    made = date.fromisoformat(str(learned.card["made_on"]))
    unseen = max((made - own.first).days, 0)
    left = own.history.days - max(unseen, LEARN_DAYS + replay.WARM_UP_DAYS)
    if left < JUDGED_DAYS:
        raise TooLittle(
            _("이 기준이 배우지 않은 날이 %(have)d일뿐입니다. %(need)d일부터 계산합니다.")
            % {"have": max(left, 0), "need": JUDGED_DAYS}
        )
    return unseen


@dataclass(frozen=True)
class Own:
    """The county's history, and how many homes are watched in all."""

    history: replay.History
    first: date
    ids: list[int]  # its homes
    watched: int


def read(*, now: datetime) -> Own:
    """The last 90 days that are over, of the homes with enough of them. Raises TooLittle."""
    watched = list(valve.watched(now).order_by("pk").values_list("pk", flat=True))
    chosen = _drawn(watched)
    last = timezone.localdate(now) - timedelta(days=1)
    first = last - timedelta(days=DAYS - 1)
    inputs = store.read_inputs(chosen, first, last)
    enough = _enough(inputs)
    if enough.sum() < FEWEST_HOMES:
        raise TooLittle(
            _(
                "자료가 모자랍니다. 두 달 넘게 자료가 온 가구가 %(have)d곳입니다. "
                "%(need)d곳부터 계산합니다."
            )
            % {"have": int(enough.sum()), "need": FEWEST_HOMES}
        )
    ids = [home for home, good in zip(chosen, enough, strict=True) if good]
    hours = DAYS * 24
    kept = inputs[:, enough].reshape(5, len(ids), hours)
    masked = incidents.masks(ids, evidence.start_of(first), hours)
    shape = (5, len(ids), DAYS, 24)
    history = replay.History(
        inputs=np.asarray(cancel_silence(kept, masked), np.float32).reshape(shape),
        free=calendar.free_days(first + timedelta(days=n) for n in range(DAYS)),
        held=_held(ids, first),
        lag=_lag(now),
    )
    return Own(history, first, ids, len(watched))


# What is missing until a feed that delivers once a day has delivered.
_LATE_INPUTS: dict[str, tuple[int, ...]] = {
    Feed.POWER.value: (of_home.POWER,),
    Feed.TELECOM.value: (of_home.PHONE, of_home.LINE),
    Feed.APP.value: (of_home.PHONE, of_home.APP, of_home.STEPS),
}


def once_a_day(now: datetime) -> list[str]:
    """Feeds that deliver once a day."""
    return [feed.value for feed in Feed if schedules.schedule(feed, now=now).every == DAILY]


def _lag(now: datetime) -> replay.Lag:
    """By the schedules in force; of several, the latest delivery."""
    daily = once_a_day(now)
    late = {place for feed in daily for place in _LATE_INPUTS[feed]}
    at = [schedules.schedule(feed, now=now).daily_at for feed in daily]
    due = max((time.hour + bool(time.minute) for time in at), default=0)
    return replay.Lag(tuple(sorted(late)), min(due, 24))


def _drawn(ids: list[int]) -> list[int]:
    if len(ids) <= MOST_HOMES:
        return ids
    return sorted(np.random.default_rng(SEED).choice(ids, MOST_HOMES, replace=False).tolist())


def _enough(inputs: replay.Floats) -> replay.Flags:
    """(H,) homes with enough days to learn from and to judge."""
    day: replay.Flags = np.asarray(np.isfinite(inputs).any(axis=(0, 3)))
    learned = day[:, :LEARN_DAYS].sum(axis=1) >= LEARNED_DAYS
    return np.asarray(learned & (day[:, LEARN_DAYS:].sum(axis=1) >= JUDGED_DAYS))


def _held(ids: list[int], first: date) -> replay.Flags:
    """(H, D, 24) hours inside a planned absence, or in which the watch was paused: as scoring and
    learning know them."""
    homes, hours = np.array(ids, np.int64), DAYS * 24
    begin = hour_of(evidence.start_of(first))
    held = Absences(homes, begin, begin + hours).held(homes, begin, hours)
    away = np.zeros((len(ids), hours), bool) if held is None else held
    return away.reshape(len(ids), DAYS, 24)
