"""A partner's id that belongs to nobody: linked to a household, or discarded, by a person.

The ids themselves go into no log and no URL; the row's own number stands for them.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.models import AccessLog, User
from accounts.roles import Role
from accounts.scope import scope_of
from households import actions as households
from households.actions import LinkInput
from households.models import FeedLink, Household
from households.rules import Refused
from monitoring.models import UnknownId

SUBJECT = "unknown_id"
MAY_DECIDE = (Role.COUNTY_OFFICIAL,)


class DiscardReason(TextChoices):
    """Chosen, never typed: the log holds no words of ours."""

    NOT_OURS = "not_ours", gettext_lazy("우리 사업 대상이 아닌 번호")
    LEFT = "left", gettext_lazy("그만두었거나 이사한 사람의 번호")
    TEST = "test", gettext_lazy("기관의 시험용 번호")
    TYPO = "typo", gettext_lazy("기관이 잘못 적은 번호")


class LookReason(TextChoices):
    """Why somebody looks at the whole id; chosen like the reason to discard one."""

    LIST = "list", gettext_lazy("기관의 명단과 대조하려고")
    METER = "meter", gettext_lazy("집의 계량기나 회선과 대조하려고")
    ASKED = "asked", gettext_lazy("기관이나 본인의 문의에 답하려고")


@transaction.atomic
def reveal_unknown(*, feed: str, partner_id: str, why: str, by: User, now: datetime) -> str:
    """The whole id; the look is logged with `why`, a LookReason. Raises `Refused` without one,
    when the id is not there or the person may not decide about it."""
    if why not in LookReason.values:
        raise Refused(_("보는 까닭을 골라 주세요."))
    row = _locked(feed, partner_id, by=by, now=now)
    audit.record(
        actor=by,
        action=AccessLog.Action.REVEALED,
        subject_kind=SUBJECT,
        subject_uid=str(row.pk),
        now=now,
        reason=str(LookReason(why).label),
        detail={"feed": row.feed},
    )
    return row.partner_id


@transaction.atomic
def link_unknown(
    *,
    household: Household,
    feed: str,
    partner_id: str,
    valid_from: date,
    by: User,
    now: datetime,
) -> FeedLink:
    """From `valid_from` on the id is this household's; its next file is stored.

    What came before was never kept, so the partner must send it again. Raises `Refused`: no
    consent, another link, no right to change this household, or somebody decided meanwhile.
    """
    row = _waiting(feed, partner_id, by=by, now=now)
    link = LinkInput(feed=feed, partner_id=row.partner_id, valid_from=valid_from)
    made = households.link_feed(household=household, link=link, by=by, now=now)
    _log(row, by, now, what="linked", household=str(household.uid), valid_from=str(valid_from))
    return made


@transaction.atomic
def discard_unknown(*, feed: str, partner_id: str, why: str, by: User, now: datetime) -> UnknownId:
    """The id waits no longer; it stays discarded when it comes again. Raises `Refused`."""
    if why not in DiscardReason.values:
        raise Refused(_("치우는 까닭을 골라 주세요."))
    row = _waiting(feed, partner_id, by=by, now=now)
    row.discarded_at, row.discarded_by = now, by
    row.save(update_fields=["discarded_at", "discarded_by"])
    _log(row, by, now, what="discarded", why=why)
    return row


@transaction.atomic
def restore_unknown(*, feed: str, partner_id: str, by: User, now: datetime) -> UnknownId:
    """Undoes a discard. Raises `Refused` when the id is not discarded."""
    row = _locked(feed, partner_id, by=by, now=now)
    if row.discarded_at is None:
        raise Refused(_("치운 번호가 아닙니다. 이미 되돌렸습니다."))
    row.discarded_at = row.discarded_by = None
    row.save(update_fields=["discarded_at", "discarded_by"])
    _log(row, by, now, what="restored")
    return row


def reasons_of(rows: "list[UnknownId]") -> dict[int, str]:
    """{id of the row: why it was discarded}, from the access log, which alone remembers it."""
    names = [str(row.pk) for row in rows if row.discarded_at is not None]
    lines = AccessLog.objects.filter(
        subject_kind=SUBJECT, subject_uid__in=names, detail__what="discarded"
    ).order_by("at", "id")
    whys = {int(line.subject_uid): line.detail.get("why", "") for line in lines}
    labels = dict(DiscardReason.choices)
    return {pk: str(labels.get(why, "")) for pk, why in whys.items()}


def _waiting(feed: str, partner_id: str, *, by: User, now: datetime) -> UnknownId:
    row = _locked(feed, partner_id, by=by, now=now)
    if row.discarded_at is not None:
        raise Refused(_("치운 번호입니다. 먼저 되돌려 주세요."))
    return row


def _locked(feed: str, partner_id: str, *, by: User, now: datetime) -> UnknownId:
    """The row, held to the end of the transaction: two officials come one by one."""
    if not scope_of(by, now=now).has(*MAY_DECIDE):
        raise Refused(_("이 일을 할 권한이 없습니다."))
    rows = UnknownId.objects.visible_to(by, now=now).select_for_update(of=("self",))
    row: UnknownId | None = rows.filter(feed=feed, partner_id=partner_id).first()
    if row is None:
        raise Refused(_("그런 번호는 오지 않았습니다."))
    return row


def _log(row: UnknownId, by: User, now: datetime, **detail: Any) -> None:
    audit.record(
        actor=by,
        action=AccessLog.Action.CHANGED,
        subject_kind=SUBJECT,
        subject_uid=str(row.pk),
        now=now,
        detail={"feed": row.feed, **detail},
    )
