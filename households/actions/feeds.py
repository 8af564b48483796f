"""Tying a meter, a line or a device to a household, and untying it."""

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from households import signals
from households.actions._common import lock_for, log_change
from households.actions.inputs import LinkInput
from households.consent_texts import CONSENT_TEXTS
from households.days import local_day
from households.models import Feed, FeedLink, Household
from households.rules import WRITERS, Refused, State
from households.valve import PURPOSE_OF_FEED

if TYPE_CHECKING:
    from accounts.models import User

_PARTNER_ID = re.compile(r"[0-9A-Za-z._:-]{1,64}")


@transaction.atomic
def link_feed(*, household: Household, link: LinkInput, by: "User", now: datetime) -> FeedLink:
    """Link from a day on. `Refused` without the partner's consent or where links would overlap."""
    household = lock_for(household, by=by, roles=frozenset(WRITERS), now=now)
    if household.enrolment.state == State.ENDED:
        raise Refused(_("가입이 끝난 대상자에게는 자료를 연결할 수 없습니다."))
    row = record_link(household, link)
    log_change(household, by=by, now=now, what="feed_linked", feed=link.feed)
    return row


def record_link(household: Household, link: LinkInput) -> FeedLink:
    """The row itself, without lock and log, for verbs that hold the household already."""
    partner_id = link.partner_id.strip()
    if link.feed not in Feed.values or not _PARTNER_ID.fullmatch(partner_id):
        raise Refused(_("번호는 숫자와 영문, 빼기표(-)로만 적어 주세요."))
    purpose = PURPOSE_OF_FEED[link.feed]
    if not household.consents.standing().filter(purpose=purpose).exists():
        raise Refused(
            _("%(recipient)s 동의가 먼저 있어야 연결할 수 있습니다.")
            % {"recipient": CONSENT_TEXTS[purpose].recipient}
        )
    _lock_partner_id(link.feed, partner_id)
    others = FeedLink.objects.not_over(link.valid_from).filter(feed=link.feed)
    if others.filter(household=household).exists():
        raise Refused(_("이미 연결된 번호가 있습니다. 먼저 그 연결을 끊어 주세요."))
    if others.filter(partner_id=partner_id).exists():
        raise Refused(_("다른 가구에 연결된 번호입니다. 번호를 다시 확인해 주세요."))
    return FeedLink.objects.create(
        household=household, feed=link.feed, partner_id=partner_id, valid_from=link.valid_from
    )


def _lock_partner_id(feed: str, partner_id: str) -> None:
    """Two clerks linking one number to two homes come one by one, so that the second gets a
    sentence and not the constraint's error."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"households.feed_link:{feed}:{partner_id}"],
        )


@transaction.atomic
def unlink_feed(
    *, household: Household, feed: str, by: "User", now: datetime, on: date | None = None
) -> FeedLink:
    """End the running link; the day `on` (default today) no longer counts. `Refused` if none.

    A day that is over: what came of the number since then may be the next tenant's, so the floors
    that keep readings drop it on `signals.link_ended`, in this transaction.
    """
    household = lock_for(household, by=by, roles=frozenset(WRITERS), now=now)
    row = _running(household, feed)
    _end_link(household, row, on=on or local_day(now), now=now)
    log_change(household, by=by, now=now, what="feed_unlinked", feed=feed, on=str(row.valid_to))
    return row


@transaction.atomic
def swap_feed(*, household: Household, link: LinkInput, by: "User", now: datetime) -> FeedLink:
    """Another meter, line or device takes the place of the running one on `link.valid_from`,
    which may be a day that is over: the old link ends there as in `unlink_feed`.

    `Refused` where nothing is linked, the day lies ahead or before the running link, or the new
    number cannot be linked. Returns the new link.
    """
    household = lock_for(household, by=by, roles=frozenset(WRITERS), now=now)
    old = _running(household, link.feed)
    if link.valid_from > local_day(now):
        raise Refused(_("바꾼 날이 오늘보다 뒤입니다."))
    if link.valid_from < old.valid_from:
        raise Refused(_("지금 번호를 연결한 날보다 앞섭니다. 날짜를 다시 확인해 주세요."))
    if link.partner_id.strip() == old.partner_id:
        raise Refused(_("지금 연결된 번호와 같습니다."))
    _end_link(household, old, on=link.valid_from, now=now)
    row = record_link(household, link)
    log_change(household, by=by, now=now, what="feed_swapped", feed=link.feed, on=link.valid_from)
    return row


def _running(household: Household, feed: str) -> FeedLink:
    row = household.feed_links.filter(feed=feed, valid_to__isnull=True).first()
    if row is None:
        raise Refused(_("연결된 번호가 없습니다. 이미 끊었습니다."))
    return row


def _end_link(household: Household, row: FeedLink, *, on: date, now: datetime) -> None:
    close_link(row, on=on)
    if row.valid_to is not None and row.valid_to < local_day(now):
        signals.link_ended.send(sender=FeedLink, household=household, link=row, now=now)


def close_link(row: FeedLink, *, on: date) -> None:
    """A link that never began ends where it would have begun, and covers no day."""
    row.valid_to = max(on, row.valid_from)
    row.save(update_fields=["valid_to"])
