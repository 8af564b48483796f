"""The partners' feeds of the demo, and the hand on its clock.

Once an hour of programme time it posts the hour's files to the portal's API, each with its
partner's token, as the utility, the telephone company and the care app would. While the demo runs
fast it also holds the clock until the files are scored and a sweep has passed: the clock must
never run ahead of the data, or every home would look silent.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, connection

from accounts import clock
from accounts.models import User
from dispatch.models import CallAttempt, Case, SweepPulse
from dispatch.rules import EvidenceKind, Light
from monitoring import hot_blocks
from monitoring.models import LifeSign

from . import pace, partner_files
from .county import SEOUL, judge, record_absences
from .local_http import send
from .partner_files import PartnerFile
from .phones import tell_company
from .places import phones_url
from .staff import ADMINISTRATOR, STAFF
from .story import HOUR, Story

log = logging.getLogger(__name__)
PATIENCE_S = 12.0
LONGEST_RING = timedelta(minutes=3)
LONGEST_FAST_RUN = timedelta(hours=72)
WELL = (
    EvidenceKind.SEEN,
    EvidenceKind.SPOKE,
    EvidenceKind.CONTACT,
    EvidenceKind.RESIDENT_KEY,
)


Door = Callable[[PartnerFile], None]


def http_door(base_url: str, tokens: Mapping[str, str]) -> Door:
    """Posts a file to the portal's API with the token of its feed. Raises OSError when the portal
    does not take it."""

    def post(file: PartnerFile) -> None:
        headers = {
            "Authorization": f"Bearer {tokens[file.feed]}",
            "Content-Type": "text/csv",
            # Where the public address is https, a plain request would only be sent there.
            "X-Forwarded-Proto": "https",
        }
        url = f"{base_url}/api/v1/feeds/{file.feed}/deliveries"
        status, _answer = send("POST", url, body=file.content, headers=headers)
        if status not in (200, 201):
            raise OSError(f"the portal answered {status}")

    return post


@dataclass
class Pacer:
    """`tick` is called a few times a second and does what is due.

    begins_at: on the monotonic clock; a fast run waits for it, so that a newcomer has time to
    open the pages before the story goes on.
    """

    file: Path
    story: Story
    door: Door
    begins_at: float = 0.0
    _run_began: datetime | None = None
    _signals_before: int = 0

    def __post_init__(self) -> None:
        self.county = self.story.county()

    def tick(self) -> None:
        fast = pace.mode() if time.monotonic() >= self.begins_at else ""
        hour = self.story.last_hour + HOUR
        due = self.story.now_after(hour)
        if clock.now() >= due:
            if fast:
                clock.set_demo(speed=0.0)
            self._deliver(hour, due)
            if fast:
                self._wait_until_seen(hour, due)
        self._steer(bool(fast and pace.mode()))

    def _deliver(self, hour: datetime, due: datetime) -> None:
        self._let_live()
        for file in partner_files.hourly(self.county, hour, self.story.late_files()):
            self.door(file)
        self.story.delivered = hour.isoformat()
        self.story.save(self.file)
        people = {u.username: u for u in User.objects.filter(username__in=usernames())}
        record_absences(self.county, people, since=due - HOUR, now=due, say=log.info)

    def _let_live(self) -> None:
        """Who was found well gets up: the meter, the telephone and the app go on as before."""
        risen = self.story.let_live(found_well(self.story))
        if not risen:
            return
        self.story.save(self.file)
        self.county = self.story.county()
        if url := phones_url():
            tell_company(url, self.county, self.story.troubled(), only=risen)

    def _wait_until_seen(self, hour: datetime, due: datetime) -> None:
        """Until the hour is scored, and a sweep that began after that is over."""
        end = time.monotonic() + PATIENCE_S
        begins = hour.replace(tzinfo=SEOUL)
        while time.monotonic() < end and not hot_blocks.any_beyond(begins):
            time.sleep(0.1)
        # The worker may be busy with the first file still; with the same result for the others.
        judge(now=due)
        begun = _database_now()
        swept = SweepPulse.objects.filter(finished_at__gt=begun + timedelta(seconds=0.2))
        while time.monotonic() < end and not swept.exists():
            time.sleep(0.1)

    def _steer(self, fast: bool) -> None:
        """Sets the speed of a fast run, and ends it when what it waits for has come."""
        if not fast:
            self._run_began = None
            if clock.demo_speed() == 0.0:
                clock.set_demo(speed=pace.NORMAL)  # somebody chose 1× while we held the clock
            return
        now = clock.now()
        if self._run_began is None:
            self._run_began, self._signals_before = now, signals()
        if signals() > self._signals_before or now > self._run_began + LONGEST_FAST_RUN:
            self._run_began = None
            pace.run_at(pace.NORMAL)
            return
        # A call that a crash cut off stays open until the engine has asked for it.
        ringing = CallAttempt.objects.filter(
            ended_at__isnull=True, created_at__gt=now - LONGEST_RING
        ).exists()
        wanted = pace.WHILE_RINGING if ringing else pace.FAST
        if clock.demo_speed() != wanted:
            clock.set_demo(speed=wanted)


def signals() -> int:
    """How many signals there have been so far: red lights, and cases about which a telephone has
    rung (a yellow one of the night waits for the morning)."""
    red = Case.objects.filter(light=Light.RED).count()
    return red + Case.objects.filter(calls__isnull=False).distinct().count()


def found_well(story: Story) -> list[tuple[int, datetime]]:
    """(resident, local time) of everybody of the story who was seen or heard at home. Who was
    taken to hospital is not at home."""
    residents = story.county().residents
    meters = {residents[index].meter_id: index for index in story.troubled()}
    signs = LifeSign.objects.filter(
        source__in=WELL, household__feed_links__partner_id__in=meters
    ).values_list("household__feed_links__partner_id", "at")
    return [(meters[meter], at.astimezone(SEOUL).replace(tzinfo=None)) for meter, at in signs]


def usernames() -> list[str]:
    return [account.username for account in (ADMINISTRATOR, *STAFF)]


def _database_now() -> datetime:
    """The clock the sweep's pulse is stamped with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (at,) = cursor.fetchone()
    return at


def run(pacer: Pacer, *, stopped: Callable[[float], bool]) -> None:
    """Ticks until `stopped(seconds)` says so; a portal that is away is tried again."""
    while not stopped(0.25):
        try:
            pacer.tick()
        except (OSError, DatabaseError) as error:
            log.warning("the feed waits: %s", type(error).__name__)
            if stopped(2.0):
                return
