"""Ids that belong to nobody: remembered until somebody decides, no longer, and not without end."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import Message
from accounts.notify import notify, register_kind
from accounts.roles import Role
from accounts.scope import holders
from monitoring.models import UnknownId

# A partner who sends another county's meters must not fill a table that people read line by line.
MOST_OF_A_FILE = 1_000
MOST_WAITING = 5_000
"""Of one feed. Who has so many to look through has a list of them from the partner."""
KEPT = timedelta(days=90)
DISCARDED_KEPT = timedelta(days=365)
TOLD_AGAIN = timedelta(days=30)
KIND = "monitoring.unknown_ids_full"

register_kind(
    KIND,
    subject_ko="모르는 번호가 너무 많아 더 적어 두지 않습니다. 협력기관에 명단을 확인해 주세요.",
    sms_ko="[연천군 신호등] 모르는 번호가 너무 많습니다. {link}",
    channels=("inbox",),
)

_SEEN = """
    UPDATE monitoring_unknownid SET last_seen_at = greatest(last_seen_at, %(now)s)
    WHERE feed = %(feed)s AND partner_id = ANY(%(ids)s) AND discarded_at IS NULL
"""
_NEW = """
    SELECT partner_id FROM unnest(%(ids)s::varchar[]) WITH ORDINALITY AS given (partner_id, place)
    WHERE NOT EXISTS (
        SELECT FROM monitoring_unknownid AS known
        WHERE known.feed = %(feed)s AND known.partner_id = given.partner_id
    )
    GROUP BY partner_id ORDER BY min(place)
"""


def remember(feed: str, ids: list[str], *, now: datetime) -> int:
    """Once per id, under the feed's lock. What somebody has discarded stays discarded and is not
    touched. Returns how many found no room; the officials are told of it once."""
    if not ids:
        return 0
    given: dict[str, Any] = {"feed": feed, "now": now, "ids": ids}
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, given)
        cursor.execute(_NEW, given)
        fresh = [partner_id for (partner_id,) in cursor.fetchall()]
    if not fresh:
        return 0
    waiting = UnknownId.objects.filter(feed=feed, discarded_at__isnull=True).count()
    room = min(MOST_OF_A_FILE, max(MOST_WAITING - waiting, 0))
    UnknownId.objects.bulk_create(
        [
            UnknownId(feed=feed, partner_id=one, first_seen_at=now, last_seen_at=now)
            for one in fresh[:room]
        ],
        ignore_conflicts=True,
    )
    left_out = len(fresh[room:])
    if left_out:
        _tell(feed, left_out, now)
    return left_out


def _tell(feed: str, left_out: int, now: datetime) -> None:
    told = Message.objects.filter(kind=KIND, subject_uid=feed, created_at__gt=now - TOLD_AGAIN)
    if told.exists():
        return
    for person in holders(Role.COUNTY_OFFICIAL, now=now):
        notify(
            to=person,
            kind=KIND,
            link_path="/feeds/unknown/",
            subject_uid=feed,
            count=left_out,
            now=now,
        )


def forget_old(*, now: datetime) -> int:
    """Ids that no file has named for KEPT, and discards of long ago. Returns how many."""
    silent = Q(discarded_at__isnull=True, last_seen_at__lt=now - KEPT)
    discarded = Q(discarded_at__lt=now - DISCARDED_KEPT)
    return int(UnknownId.objects.filter(silent | discarded).delete()[0])
