"""Tries the whole path on a file of readings: enrol, deliver, learn, judge hour by hour.

For meters of people whom nobody watches (the public readings of real homes): every meter becomes a
household that is clearly marked as a trial. Lights of the past come from the same arithmetic as
the nightly learning and the hourly scoring (`monitoring.detection`), day by day, which is causal.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from accounts import actions as staff_actions
from accounts.county_settings import setting
from accounts.models import Organisation, Township, User
from accounts.roles import Role
from households import actions
from households.models import FeedLink, Household
from monitoring import calendar, intake, own_points, rules_actions, scoring, store
from monitoring.detection.advance import advance
from monitoring.detection.habits import learn
from monitoring.detection.hot import fresh
from monitoring.detection.inputs import LEARN_DAYS
from monitoring.detection.model import Model
from monitoring.intake.look import contents
from monitoring.intake.refusals import Refused
from monitoring.models import HouseholdState

SEOUL = ZoneInfo("Asia/Seoul")
JUDGED_DAYS = 30
WARM_UP_DAYS = 14  # judged but not told, so that the first sums have a past
QUIET_HOURS = 12  # an alarm is over when the evidence has stayed below the point for so long
TOWNSHIP = "4180025300"
WHY = "시험: 실제 계량기 자료로 해 보기"


class CannotTry(Exception):
    """One line for stderr: the file cannot be read, or these are not trial conditions."""


@dataclass(frozen=True)
class Alarms:
    """Alarms of one light over the judged days. `first` is the earliest one, local time."""

    count: int
    homes: int
    per_household_month: float
    first: str | None
    first_by_home: dict[str, str]


@dataclass(frozen=True)
class Report:
    meters: int
    enrolled: int
    receipt: dict[str, object]
    judged_days: int
    lights: dict[str, int]
    yellow: Alarms
    red: Alarms

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def try_file(content: bytes, filename: str, *, now: datetime) -> Report:
    """Everything, as of the file's last reading. Raises CannotTry. Safe to repeat."""
    meters, first, last = _survey(content, now)
    if Household.objects.filter(synthetic=False).exists():
        raise CannotTry("there are real households in this database: a trial needs one of its own")
    at = min(last + timedelta(hours=1), now)
    enrolled = _enrol(meters, first)
    delivery = intake.deliver(
        feed="power", content=content, filename=filename, source="command", now=at
    )
    actions.graduate_learners(now=at)
    homes = _homes(meters)
    scoring.score(now=at, household_ids=list(homes))
    last_day = last.astimezone(SEOUL).date()
    rule = rules_actions.live_rule()
    evidence = _evidence(list(homes), first, last_day, rule.model)
    fit = own_points.in_force(rule.version, now=at)
    # Nothing but electricity comes of these homes.
    yellow, red = (
        rule.point(
            fit.on_card(float(setting(f"monitoring.{light}_alarms", at=at))), power_only=True
        )
        for light in ("yellow", "red")
    )
    judged = evidence.shape[1] // 24
    begin = datetime.combine(last_day, time()) - timedelta(days=judged - 1)
    labels = list(homes.values())
    return Report(
        meters=len(meters),
        enrolled=enrolled,
        receipt={k: v for k, v in delivery.receipt().items() if k != "errors"},
        judged_days=judged,
        lights=_lights(list(homes)),
        yellow=_alarms(evidence, yellow, begin, labels),
        red=_alarms(evidence, red, begin, labels),
    )


def _survey(content: bytes, now: datetime) -> tuple[list[str], date, datetime]:
    """(meter ids, first day, last reading) of what is readable in the file."""
    try:
        found = contents("power", content, now=now)
    except Refused as refused:
        raise CannotTry(f"the file is refused: {refused}") from refused
    if found.first is None or found.last is None:
        raise CannotTry("no row has a time like 2026-08-17T00:00 that is not in the future")
    return found.ids, found.first.astimezone(SEOUL).date(), found.last


# ── trial households ─────────────────────────────────────────────────────────
def _enrol(meters: list[str], first: date) -> int:
    """One household per meter that has none; returns how many were enrolled."""
    known = FeedLink.objects.filter(feed="power", partner_id__in=meters, valid_to__isnull=True)
    missing = sorted(set(meters) - set(known.values_list("partner_id", flat=True)))
    if not missing:
        return 0
    at = datetime.combine(first, time(), SEOUL)
    clerk, township = _clerk(at), Township.objects.get(code=TOWNSHIP)
    begin = Household.objects.count() + 1
    for number, meter in enumerate(missing, start=begin):
        _enrol_one(meter, number, township=township, by=clerk, at=at)
    return len(missing)


def _enrol_one(meter: str, number: int, *, township: Township, by: User, at: datetime) -> None:
    first = at.astimezone(SEOUL).date()
    household = actions.enrol(
        person=actions.PersonInput(
            name=f"시험 가구 {number}",
            birth_date=date(first.year - 50, 1, 1),
            sex="female",
            phone=f"010-0000-{number % 10000:04d}",
            address="시험용: 실제 주소 없음",
            township=township,
        ),
        consents=[
            actions.ConsentInput(purpose=purpose, method="paper", on=first)
            for purpose in ("collection", "kepco")
        ],
        links=[actions.LinkInput(feed="power", partner_id=meter, valid_from=first)],
        by=by,
        now=at,
        another_person=True,
        synthetic=True,
    )
    actions.review(household=household, by=by, now=at)
    actions.start_learning(household=household, by=by, now=at)


def _clerk(at: datetime) -> User:
    """A clerk of the trial, who cannot sign in: the invitation is never accepted."""
    found = User.objects.filter(username="trial-clerk").first()
    if found is not None:
        return found
    county = Organisation.objects.get(code="yeoncheon-welfare")
    admin = staff_actions.create_administrator(
        username="trial-admin", name="시험 관리자", email="", organisation=county, now=at
    ).user
    role = Role.COUNTY_OFFICIAL.value
    grant = staff_actions.NewGrant(role, county, None, at, None, WHY)
    made = staff_actions.invite(
        by=admin,
        username="trial-clerk",
        name="시험 담당자",
        organisation=county,
        grant=grant,
        now=at,
    )
    return made.user


def _homes(meters: list[str]) -> dict[int, str]:
    """{household id: meter} of these meters, in the order of the ids."""
    rows = FeedLink.objects.filter(feed="power", partner_id__in=meters, valid_to__isnull=True)
    return dict(rows.order_by("household_id").values_list("household_id", "partner_id"))


# ── what came out ────────────────────────────────────────────────────────────
def _evidence(
    homes: list[int], first: date, last: date, model: Model | None
) -> NDArray[np.float32]:
    """(H, T) evidence of the last judged days, whole days, `last` counted."""
    history = store.read_inputs(homes, first, last)
    days = history.shape[2]
    if days <= LEARN_DAYS:
        raise CannotTry(f"the file covers {days} days; {LEARN_DAYS} are needed to learn from")
    free = calendar.free_days([first + timedelta(days=n) for n in range(days)])
    told = max(LEARN_DAYS, days - JUDGED_DAYS)
    hot, judged = fresh(len(homes)), []
    for day in range(told - WARM_UP_DAYS, days):
        past = slice(max(0, day - LEARN_DAYS), day)
        done = advance(
            hot,
            learn(history[:, :, past], free[past]),
            history[:, :, day],
            first_hour=0,
            free=np.full(24, free[day]),
            model=model,
        )
        hot = done.hot
        judged.append(done.evidence)
    return np.concatenate(judged[WARM_UP_DAYS:], axis=1)


def _alarms(
    evidence: NDArray[np.float32], point: float, begin: datetime, labels: list[str]
) -> Alarms:
    """An alarm begins at `point`; what comes again within QUIET_HOURS is the same one."""
    found: dict[str, datetime] = {}
    count = 0
    for home, label in zip(evidence, labels, strict=True):
        hours = np.flatnonzero(home >= point)
        if len(hours):
            count += 1 + int(np.count_nonzero(np.diff(hours) > QUIET_HOURS))
            found[label] = begin + timedelta(hours=int(hours[0]))
    months = evidence.size / 24 / 30
    return Alarms(
        count=count,
        homes=len(found),
        per_household_month=round(count / months, 3),
        first=min(found.values()).isoformat() if found else None,
        first_by_home={label: at.isoformat() for label, at in sorted(found.items())},
    )


def _lights(homes: list[int]) -> dict[str, int]:
    """How many homes have which light at the end of the file."""
    lights = dict.fromkeys(("green", "yellow", "red", "grey"), 0)
    for state in HouseholdState.objects.filter(household_id__in=homes):
        lights[state.light] += 1
    return lights
