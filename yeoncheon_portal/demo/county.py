"""Builds the demo county through the same verbs and doors that real staff and partners use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.county_settings import change, setting
from accounts.models import Township, User
from households import actions
from households.models import FeedLink, Household
from households.valve import PURPOSE_OF_FEED
from monitoring import incidents, intake, schedules, scoring
from monitoring.models import Delivery

from . import partner_files, past_cases, roster
from .life import Away
from .partner_files import LateFile, PartnerFile
from .residents import Habits, Resident
from .staff import STAFF, prove_phones, seed_staff
from .world import County

SEOUL = ZoneInfo("Asia/Seoul")
ABSENCES_KNOWN = timedelta(days=14)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How large the county is and when it begins: `first_day` … the day before `today`."""

    county: County
    today: date
    history_days: int = 90

    @property
    def first_day(self) -> date:
        return self.today - timedelta(days=self.history_days)

    def joined(self, index: int) -> date:
        """The day a household entered; the last few came late and are still learning."""
        return self.county.newcomers.get(index, self.first_day)


def local(day: date, hour: float = 0.0) -> datetime:
    """The moment `hour` hours into the local day."""
    return datetime.combine(day, time(), SEOUL) + timedelta(hours=hour)


def seed(
    plan: Plan, *, secret: str, say: Say, with_history: bool = True, today: date | None = None
) -> dict[str, User]:
    """Staff, households, absences and the history of readings; what exists is left alone.

    `say` gets one line per step. with_history False: the readings are known to be there. `today`:
    the day a story has come to, if not the first one. Returns the staff by user name.
    """
    begin = local(plan.first_day, 8)
    people = seed_staff(secret=secret, now=begin, say=say)
    _agree_on_hourly_files(people["official"], now=begin)
    enrol_everybody(plan, people, say=say)
    _begin_duty(plan, people, today=today or plan.today, say=say)
    # Older ones explain nothing any more: those people have long been seen again.
    since = max(begin, local(plan.today - ABSENCES_KNOWN))
    record_absences(plan.county, people, since=since, now=local(plan.today), say=say)
    if with_history:
        deliver_history(plan, say=say)
    return people


def _begin_duty(plan: Plan, people: dict[str, User], *, today: date, say: Say) -> None:
    """Past cases, the shift plan and the home for drills."""
    begin = local(plan.first_day, 8)
    # Before the readings, or each would be judged again; before the numbers are proved, or the
    # staff's telephones would get three months' messages now.
    if not Delivery.objects.exists():
        made = _make_past_cases(plan, people)
        say(f"past cases: {made} closed")
    prove_phones(now=begin)
    roster.plan_shifts(people, first=plan.first_day, today=today, now=begin)
    roster.make_drill_home(people, joined=plan.first_day, now=begin)


def _make_past_cases(plan: Plan, people: dict[str, User]) -> int:
    county, homes = plan.county, _by_meter()
    apart = county.calm | county.newcomers.keys() | {swap.index for swap in county.swaps}
    others = [homes[r.meter_id] for r in county.residents if r.index not in apart]
    return past_cases.make_past_cases(
        others[: max(1, len(others) // 4)],
        people,
        first=plan.first_day,
        today=plan.today,
        seed=county.seed,
    )


def _agree_on_hourly_files(official: User, *, now: datetime) -> None:
    """All three partners of this county deliver every hour."""
    for feed in partner_files.FEEDS:
        name = f"monitoring.{feed}_schedule"
        if setting(name, at=now) != schedules.HOURLY:
            reason = "협력기관과 매시간 보내기로 약속 (시연용)"
            change(
                name=name,
                value=schedules.HOURLY,
                valid_from=now,
                by=official,
                reason=reason,
                now=now,
            )


def clerks(people: dict[str, User]) -> dict[str, User]:
    """The clerk of every township, by its code."""
    return {a.township: people[a.username] for a in STAFF if a.township}


# ── people ───────────────────────────────────────────────────────────────────
def enrol_everybody(plan: Plan, people: dict[str, User], *, say: Say) -> None:
    by_township = clerks(people)
    townships = {township.code: township for township in Township.objects.all()}
    known = set(FeedLink.objects.filter(feed="power").values_list("partner_id", flat=True))
    missing = [r for r in plan.county.residents if r.meter_id not in known]
    for count, resident in enumerate(missing, start=1):
        enrol(
            resident,
            plan.county.habits,
            township=townships[resident.township],
            joined=plan.joined(resident.index),
            by=by_township[resident.township],
        )
        if count % 50 == 0 or count == len(missing):
            say(f"households: {count} of {len(missing)} enrolled")
    _write_down_swaps(plan, by_township)
    actions.graduate_learners(now=local(plan.today))


def _write_down_swaps(plan: Plan, by_township: dict[str, User]) -> None:
    """The link of the old number ends on the day on which that of the new one begins."""
    households = _by_meter()
    for swap in plan.county.swaps:
        resident = plan.county.residents[swap.index]
        known = FeedLink.objects.filter(feed=swap.feed, partner_id=swap.number).exists()
        if known or not swap.told:
            continue
        household, clerk = households[resident.meter_id], by_township[resident.township]
        at = local(swap.day, 11)
        actions.unlink_feed(household=household, feed=swap.feed, on=swap.day, by=clerk, now=at)
        link = actions.LinkInput(feed=swap.feed, partner_id=swap.number, valid_from=swap.day)
        actions.link_feed(household=household, link=link, by=clerk, now=at)


def feeds_of(resident: Resident, habits: Habits) -> dict[str, str]:
    """{feed: the partner's id} of what this person agreed to: everybody's meter, most lines, three
    apps in four."""
    feeds = {partner_files.POWER: resident.meter_id}
    if habits.line[resident.index]:
        feeds[partner_files.TELECOM] = resident.line_id
    if habits.app[resident.index]:
        feeds[partner_files.APP] = resident.device_id
    return feeds


def enrol(
    resident: Resident, habits: Habits, *, township: Township, joined: date, by: User
) -> Household:
    """One person from the application to the beginning of learning."""
    at = local(joined, 9)
    feeds = feeds_of(resident, habits)
    purposes = ["collection", *(PURPOSE_OF_FEED[feed] for feed in feeds)]
    purposes += ["health"] if resident.dog else []
    household = actions.enrol(
        person=actions.PersonInput(
            name=resident.name,
            birth_date=resident.birth_date,
            sex=resident.sex,
            phone=resident.phone,
            address=resident.address,
            township=township,
            access_note=resident.access_note,
            dog="마당에 묶인 개가 있습니다." if resident.dog else "",
        ),
        consents=[actions.ConsentInput(purpose=p, method="paper", on=joined) for p in purposes],
        contacts=[
            actions.ContactInput(
                name=resident.contact_name,
                phone=resident.contact_phone,
                relation=resident.contact_relation,
            )
        ],
        links=[
            actions.LinkInput(feed=feed, partner_id=partner_id, valid_from=joined)
            for feed, partner_id in feeds.items()
        ],
        by=by,
        now=at,
        another_person=True,
        synthetic=True,
    )
    actions.set_risk_group(
        household=household,
        group=resident.risk_group,
        from_date=joined,
        reason="전수조사 결과 (시연용 모의 자료)",
        by=by,
        now=at,
    )
    actions.review(household=household, by=by, now=at)
    actions.start_learning(household=household, by=by, now=at)
    return household


def record_absences(
    county: County, people: dict[str, User], *, since: datetime, now: datetime, say: Say
) -> None:
    """Writes down the announced absences that begin between `since` and a day after `now`."""
    by_township = clerks(people)
    households = _by_meter()
    last = (now + timedelta(days=1)).astimezone(SEOUL).date()
    count = 0
    for away in county.absences(since.astimezone(SEOUL).date(), last):
        start = away.start.replace(tzinfo=SEOUL)
        if not away.announced or not since <= start < now + timedelta(days=1):
            continue
        resident = county.residents[away.index]
        household = households.get(resident.meter_id)
        by = by_township[resident.township]
        if household is not None and _record(away, household, by, now=now):
            count += 1
    actions.announce_ended_absences(now=now)
    if count:
        say(f"absences: {count} announced by residents")


def _record(away: Away, household: Household, by: User, *, now: datetime) -> bool:
    start, end = away.start.replace(tzinfo=SEOUL), away.end.replace(tzinfo=SEOUL)
    told = min(start - timedelta(hours=3), now)  # nothing is written before it was said
    if told < household.created_at or household.absences.overlapping(start, end).exists():
        return False
    actions.plan_absence(
        household=household,
        starts_at=start,
        ends_at=end,
        kind="travel" if end - start > timedelta(days=2) else "relatives",
        source="self",
        by=by,
        now=told,
    )
    return True


def _by_meter() -> dict[str, Household]:
    links = FeedLink.objects.filter(feed="power").order_by("valid_from")
    return {
        link.partner_id: link.household for link in links.select_related("household__enrolment")
    }


# ── readings ─────────────────────────────────────────────────────────────────
def deliver_history(plan: Plan, *, say: Say) -> None:
    """Every reading before today through the one door, then one scoring. A second time changes
    nothing: the door knows the files."""
    now = local(plan.today) + timedelta(minutes=5)  # as at the beginning of the story's clock
    for feed in partner_files.FEEDS:
        last = plan.today - timedelta(days=1)
        file = partner_files.history(plan.county, feed, plan.first_day, last)
        receipt = _take_in(file, now=now)
        say(
            f"{feed}: {receipt['rows']} rows, {receipt['accepted']} accepted, "
            f"{receipt['unchanged']} unchanged, {receipt['rejected']} rejected"
        )
    judge(now=now)


def deliver_hour(
    county: County, at: datetime, *, now: datetime, late: tuple[LateFile, ...] = ()
) -> None:
    """The files of the local hour `at`, delivered and scored in this process."""
    for file in partner_files.hourly(county, at, late):
        _take_in(file, now=now)
    judge(now=now)


def judge(*, now: datetime) -> None:
    """What the portal does after every delivery: look for faults of the feeds, then at people."""
    incidents.check(now=now)
    scoring.score(now=now)


def _take_in(file: PartnerFile, *, now: datetime) -> dict[str, Any]:
    """Its receipt; the lights are left to one scoring of all feeds."""
    delivery = intake.deliver(
        feed=file.feed,
        content=file.content,
        filename=file.filename,
        source="command",
        now=now,
        score=False,
    )
    return delivery.receipt()
