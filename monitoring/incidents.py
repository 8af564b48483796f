"""Feeds in trouble: opened, told and closed by one check; which hours they make unknown.

LATE: nothing came of a feed for longer than its schedule and its grace allow. OUTAGE: a township
fell silent at once. Late hours are unknown because they are not there, and what comes later is
real; the hours of an outage are there and say nothing about people (`masks`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from accounts import audit
from accounts.models import AccessLog, User
from accounts.scope import scope_of
from households.days import local_day
from households.models import Feed, FeedLink, Household
from households.rules import WATCHED_STATES, Refused
from monitoring import area_watch, feed_health, feed_telling, runs, schedules
from monitoring.area_watch import Stretch
from monitoring.detection.inputs import INPUTS
from monitoring.feed_health import Arrivals
from monitoring.models import FeedIncident, IncidentKind
from monitoring.querysets import FEED_READERS
from monitoring.schedules import HOUR
from monitoring.sources import INPUTS_OF_FEED

LOCK = "monitoring.incidents"
AGAIN = timedelta(hours=3)
"""Trouble that comes back so soon is the same: its incident goes on, nobody is told again."""


@dataclass
class Checked:
    """How many incidents one check opened, closed, and moved in their hours."""

    opened: int = 0
    closed: int = 0
    changed: int = 0
    # Whose hours became known or unknown, and from when on; judged anew at the end.
    moved: list[tuple[FeedIncident, datetime]] = field(
        default_factory=list, compare=False, repr=False
    )


# ── the check ────────────────────────────────────────────────────────────────
@transaction.atomic
def check(*, now: datetime) -> Checked:
    """Look at every feed; open, move and close incidents, and tell, in one transaction.

    Idempotent, one at a time whoever calls: after each delivery, before each scoring, every few
    minutes. Homes whose known hours changed are judged anew by the next scoring.
    """
    _one_at_a_time()
    done = Checked()
    newest = feed_health.arrivals()
    _check_late(newest, done, now)
    for feed in Feed:
        until = newest[feed.value]["until"]
        if until is not None:
            _check_areas(feed.value, until, done, now)
    _judge_anew(done)
    return done


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def _check_late(newest: dict[str, Arrivals], done: Checked, now: datetime) -> None:
    late = feed_health.late_feeds(newest, now=now)
    standing = {one.feed: one for one in still_open().filter(kind=IncidentKind.LATE)}
    for feed, incident in standing.items():
        if feed not in late:
            reaches = newest[feed]["until"] or incident.first_hour
            _end(incident, last=reaches - HOUR, done=done, now=now)
    for feed in late.keys() - standing.keys():
        # Of one that never delivered: from when on it was to be missed.
        until = newest[feed]["until"] or late[feed].replace(minute=0, second=0, microsecond=0)
        if not _put_aside(feed, until):
            _open_late(feed, until, done, now)


def _put_aside(feed: str, until: datetime) -> bool:
    """Somebody closed this very gap by hand: it stays closed until something new has come."""
    by_hand = _of(IncidentKind.LATE).filter(feed=feed, closed_by__isnull=False)
    return by_hand.filter(first_hour=until).exists()


def _open_late(feed: str, until: datetime, done: Checked, now: datetime) -> None:
    recent = _of(IncidentKind.LATE).filter(feed=feed, closed_by__isnull=True)
    if _go_on(recent.filter(closed_at__range=(now - AGAIN, now)).first(), done):
        return
    links = FeedLink.objects.filter(
        feed=feed, household__enrolment__state__in=WATCHED_STATES
    ).not_over(local_day(now))
    _open(
        FeedIncident(feed=feed, kind=IncidentKind.LATE, first_hour=until, households=links.count()),
        done,
        now,
    )


def _check_areas(feed: str, until: datetime, done: Checked, now: datetime) -> None:
    known = list(_of(IncidentKind.OUTAGE).filter(feed=feed).filter(_since(now)))
    # An open one first: where late data join it to an older one, a township has still one open.
    known.sort(key=lambda one: one.closed_at is not None)
    lasting = [one.first_hour for one in known if one.closed_at is None]
    look = area_watch.look_at(
        feed,
        until=until,
        expected=schedules.expected_until(feed, now=now),
        since=min(lasting, default=None),
        now=now,
    )
    found = list(_joined(area_watch.stretches(look)))
    for standing in known:
        if standing.closed_at is None and not any(_same(standing, one) for one in found):
            # What came late shows that nothing was wrong, or nobody is left to tell. Of hours that
            # are not looked at any more nothing is shown: they stay as they were judged.
            unseen = min(look.start, look.until) - HOUR
            _end(standing, last=max(standing.first_hour, unseen), done=done, now=now)
    for stretch in found:
        incident = next((one for one in known if _same(one, stretch)), None)
        if incident is None:
            _open_outage(stretch, done, now)
        elif incident.closed_by_id is None:
            _follow(incident, stretch, look.start, done, now)


def _joined(found: Iterable[Stretch]) -> Iterator[Stretch]:
    """Stretches of one township with little between them as one."""
    standing: Stretch | None = None
    for stretch in found:
        if standing is None:
            standing = stretch
        elif standing.township == stretch.township and stretch.first - standing.last <= AGAIN:
            standing = replace(standing, last=stretch.last, lasting=stretch.lasting)
        else:
            yield standing
            standing = stretch
    if standing is not None:
        yield standing


def _since(now: datetime) -> Q:
    return Q(closed_at__isnull=True) | Q(last_hour__gte=now - timedelta(days=area_watch.LONGEST))


def _same(incident: FeedIncident, stretch: Stretch) -> bool:
    """Whether the stretch is this trouble: they overlap, or hardly anything lies between them."""
    if incident.township_id != stretch.township:
        return False
    after = incident.last_hour is None or stretch.first <= incident.last_hour + AGAIN
    return after and stretch.last + AGAIN >= incident.first_hour


def _follow(
    incident: FeedIncident, stretch: Stretch, start: datetime, done: Checked, now: datetime
) -> None:
    """The incident takes the hours of its stretch. What began before the look keeps its start, and
    several stretches with little between them are one incident."""
    first = min(incident.first_hour, stretch.first)
    if incident.closed_at is None and start <= incident.first_hour < stretch.first:
        first = stretch.first
    last = None if stretch.lasting else max(stretch.last, incident.last_hour or stretch.last)
    if stretch.lasting and incident.closed_at is not None:
        # What lies between was judged as silence.
        done.moved.append((incident, incident.last_hour or first))
        _go_on(incident, done)
    if first != incident.first_hour:
        done.moved.append((incident, min(first, incident.first_hour)))
        incident.first_hour = first
        incident.save(update_fields=["first_hour"])
        done.changed += 1
    if last is None:
        return
    if incident.closed_at is None:
        _end(incident, last=last, done=done, now=now)
    elif last != incident.last_hour:
        done.moved.append((incident, min(last, incident.last_hour or last)))
        incident.last_hour = last
        incident.save(update_fields=["last_hour"])
        done.changed += 1


def _open_outage(stretch: Stretch, done: Checked, now: datetime) -> None:
    """One that is over already, as daily files bring them, is written down and rings nobody."""
    incident = FeedIncident(
        feed=stretch.feed,
        kind=IncidentKind.OUTAGE,
        township_id=stretch.township,
        first_hour=stretch.first,
        households=stretch.households,
    )
    if not stretch.lasting:
        incident.last_hour, incident.closed_at = stretch.last, now
    _open(incident, done, now)


def _open(incident: FeedIncident, done: Checked, now: datetime) -> None:
    incident.opened_at = now
    incident.save()
    done.opened += 1
    if incident.closed_at is None:
        feed_telling.tell_opened(incident, now=now)
    else:
        done.closed += 1
    done.moved.append((incident, incident.first_hour))


def _go_on(incident: FeedIncident | None, done: Checked) -> bool:
    """Open a closed incident again; False when there is none."""
    if incident is None:
        return False
    incident.closed_at, incident.last_hour = None, None
    incident.save(update_fields=["closed_at", "last_hour"])
    done.changed += 1
    return True


def _end(
    incident: FeedIncident,
    *,
    last: datetime,
    done: Checked,
    now: datetime,
    by: User | None = None,
) -> None:
    """Close it, tell, and have its homes judged anew from its first hour on."""
    incident.last_hour = max(last, incident.first_hour)
    incident.closed_at, incident.closed_by = now, by
    incident.save(update_fields=["last_hour", "closed_at", "closed_by", "note"])
    done.closed += 1
    feed_telling.tell_closed(incident, now=now)
    done.moved.append((incident, incident.first_hour))


def _judge_anew(done: Checked) -> None:
    """The homes of outages that moved; of a late feed, intake says which hours came.

    Last in the transaction: it holds back the scoring of these homes until the commit.
    """
    earliest: dict[str, datetime] = {}
    for incident, since in done.moved:
        if incident.kind == IncidentKind.OUTAGE and incident.township_id is not None:
            code = incident.township_id
            earliest[code] = min(since, earliest.get(code, since))
    for code, since in earliest.items():
        homes = Household.objects.watched().filter(township_id=code).order_by("pk")
        runs.touch(list(homes.values_list("pk", flat=True)), since)


def _of(kind: IncidentKind) -> QuerySet[FeedIncident]:
    return FeedIncident.objects.filter(kind=kind)


# ── by hand ──────────────────────────────────────────────────────────────────
@transaction.atomic
def close(*, incident: FeedIncident, by: User, now: datetime, note: str) -> FeedIncident:
    """An operator or the county says that it is over, and why. Held cases go on.

    The check does not open the same trouble again. Closed already by the same person: the same
    row. Raises households.rules.Refused with a Korean sentence.
    """
    if not scope_of(by, now=now).has(*FEED_READERS):
        raise Refused(_("자료 사고를 끝낼 권한이 없습니다."))
    if not note.strip():
        raise Refused(_("끝내는 까닭을 적어 주세요."))
    _one_at_a_time()
    row = FeedIncident.objects.select_for_update().get(pk=incident.pk)
    if row.closed_at is not None:
        if row.closed_by_id == by.pk:
            return row
        raise Refused(_("이미 끝난 자료 사고입니다."))
    row.note = note.strip()[:200]
    full = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    done = Checked()
    _end(row, last=full - HOUR, done=done, now=now, by=by)
    audit.record(
        actor=by,
        action=AccessLog.Action.CHANGED,
        subject_kind="feed_incident",
        subject_uid=str(row.uid),
        now=now,
        detail={"what": "close"},
    )
    _judge_anew(done)
    return row


# ── questions ────────────────────────────────────────────────────────────────
def still_open(feeds: Iterable[str] | None = None) -> QuerySet[FeedIncident]:
    """Open incidents, of these feeds or of all, the oldest first."""
    found = FeedIncident.objects.filter(closed_at__isnull=True).order_by("opened_at", "id")
    return found if feeds is None else found.filter(feed__in=list(feeds))


def masks(
    household_ids: Sequence[int] | NDArray[np.int64],
    first_hour: datetime,
    hours: int,
    *,
    known_at: datetime | None = None,
) -> NDArray[np.bool_]:
    """(5, H, T) in the order of detection.INPUTS: True where an area outage covers home and hour.

    `first_hour`: start of hour 0. At most two queries. An open incident covers everything from its
    first hour on. How it is applied: detection.outages.cancel_silence. `known_at`: as was known
    then, as far as the rows tell.
    """
    masked = np.zeros((len(INPUTS), len(household_ids), hours), bool)
    end = first_hour + hours * HOUR
    outages = _of(IncidentKind.OUTAGE).filter(first_hour__lt=end)
    over: Case | F = F("last_hour")
    if known_at is not None:
        outages = outages.filter(opened_at__lte=known_at)
        over = Case(When(closed_at__lte=known_at, then=over), default=None)
    outages = outages.annotate(over=over).filter(Q(over=None) | Q(over__gte=first_hour))
    rows = list(outages.values_list("feed", "township", "first_hour", "over"))
    if not rows:
        return masked
    township = dict(
        Household.objects.filter(pk__in=[int(pk) for pk in household_ids])
        .order_by()
        .values_list("pk", "township")
    )
    codes = np.array([township.get(int(pk), "") for pk in household_ids])
    for feed, code, first, last in rows:
        begin = max(int((first - first_hour) // HOUR), 0)
        stop = hours if last is None else int((last - first_hour) // HOUR) + 1
        homes = codes == code if code else np.ones(len(codes), bool)
        for place in INPUTS_OF_FEED[feed]:
            masked[place, homes, begin:stop] = True
    return masked
