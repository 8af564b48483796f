"""When a feed's data should be here: hourly, or once a day, with the patience the county grants.

A partner who delivers once a day is silent for a day between two files. That gap is not missing
data, and nothing that is still on its way may be called late or turn a light grey.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.county_settings import SettingSpec, register, setting
from households.models import Feed
from monitoring import feeds
from monitoring.feeds import Schedule
from monitoring.feeds.contract import DAILY, HOURLY

SEOUL = ZoneInfo("Asia/Seoul")
HOUR = timedelta(hours=1)
HOURLY_LAG = timedelta(hours=6)  # of one meter behind the others, beyond the grace of the feed

# A feed whose connector is not written yet.
_UNKNOWN = Schedule(HOURLY)


@cache
def default(feed: str) -> Schedule:
    """What the connector says; the county's settings go before it."""
    try:
        return feeds.connector(feed).schedule
    except KeyError:
        return _UNKNOWN


def register_settings() -> None:
    """Three settings of the county for every feed; called once when the app starts."""
    for feed in Feed:
        _register(feed, default(feed.value))


def _register(feed: Feed, known: Schedule) -> None:
    register(
        SettingSpec(
            f"monitoring.{feed.value}_schedule",
            "choice",
            default=known.every,
            choices=((HOURLY, gettext_lazy("매시간")), (DAILY, gettext_lazy("하루 한 번"))),
            label=format_lazy(gettext_lazy("{feed}: 자료가 오는 주기"), feed=feed.label),
            help=gettext_lazy("협력기관과 약속한 주기입니다. 그 사이의 공백은 누락이 아닙니다."),
        )
    )
    register(
        SettingSpec(
            f"monitoring.{feed.value}_daily_at",
            "time",
            default=known.daily_at,
            label=format_lazy(gettext_lazy("{feed}: 하루 한 번 오는 시각"), feed=feed.label),
            help=gettext_lazy("주기가 하루 한 번일 때만 씁니다. 전날 밤 12시까지의 자료가 옵니다."),
        )
    )
    register(
        SettingSpec(
            f"monitoring.{feed.value}_grace_minutes",
            "int",
            default=int(known.grace.total_seconds() // 60),
            minimum=5,
            maximum=2880,
            unit=gettext_lazy("분"),
            label=format_lazy(gettext_lazy("{feed}: 늦어도 기다리는 시간"), feed=feed.label),
            help=gettext_lazy("이보다 늦으면 자료 사고로 알리고 이 자료에만 기댄 건을 보류합니다."),
        )
    )


def schedule(feed: str, *, now: datetime) -> Schedule:
    """The schedule in force at `now`."""
    return Schedule(
        every=setting(f"monitoring.{feed}_schedule", at=now),
        daily_at=setting(f"monitoring.{feed}_daily_at", at=now),
        grace=timedelta(minutes=setting(f"monitoring.{feed}_grace_minutes", at=now)),
    )


def expected_until(feed: str, *, now: datetime) -> datetime:
    """Every hour that ended by then should be here by now, patience included; UTC.

    Hours from there on that have not come are still to come, not missing.
    """
    known = schedule(feed, now=now)
    return _brought_by(known, now - known.grace)


def _brought_by(known: Schedule, moment: datetime) -> datetime:
    """End of the newest hour that a delivery at `moment`, or the last one before it, contains."""
    local = moment.astimezone(SEOUL)
    if known.every == HOURLY:
        return _full_hour(local)
    return _midnight(local.date() - timedelta(days=int(local.time() < known.daily_at)))


def _full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _midnight(day: date, at: time = time()) -> datetime:
    return datetime.combine(day, at, SEOUL).astimezone(UTC)


def next_expected(feed: str, *, now: datetime) -> datetime:
    """When the next delivery should come."""
    known = schedule(feed, now=now)
    local = now.astimezone(SEOUL)
    if known.every == HOURLY:
        return _full_hour(local) + HOUR
    day = local.date() + timedelta(days=int(local.time() >= known.daily_at))
    return _midnight(day, known.daily_at)


def late_since(
    feed: str, *, until: datetime | None, now: datetime, begun: datetime | None = None
) -> datetime | None:
    """When patience ended with a feed whose data end at `until`; None while it is in time.

    `until` None: it never delivered. It should have since it `begun`: since somebody watched was
    linked to it. Without that it is not late, it has not begun.
    """
    known = schedule(feed, now=now)
    end = begun if until is None else until
    if end is None or end >= _brought_by(known, now - known.grace):
        return None
    if known.every == HOURLY:
        return end + HOUR + known.grace
    day = end.astimezone(SEOUL).date() + timedelta(days=1)
    return _midnight(day, known.daily_at) + known.grace


def grey_before(feed: str, *, now: datetime) -> datetime:
    """A home whose newest hour of this feed ended before then has too little: the feed is missing.

    Both must hold: it should have come, and it has been missing for longer than a single home may
    lag: for the county's patience (`monitoring.grey_after_hours`), and where readings come every
    hour for a few hours. A telephone that sends events is switched off for a night.
    """
    known = schedule(feed, now=now)
    patience = timedelta(hours=setting("monitoring.grey_after_hours", at=now))
    if known.every == HOURLY and not _brings_events(feed):
        patience = min(patience, known.grace + HOURLY_LAG)
    return min(_brought_by(known, now - known.grace), now - patience)


def _brings_events(feed: str) -> bool:
    try:
        return bool(feeds.connector(feed).events)
    except KeyError:
        return False


def words(known: Schedule) -> str:
    """`매시간`, `매일 06:00`."""
    if known.every == HOURLY:
        return _("매시간")
    return _("매일 %(at)s") % {"at": known.daily_at.strftime("%H:%M")}


def in_words(feed: str, *, now: datetime) -> str:
    return words(schedule(feed, now=now))
