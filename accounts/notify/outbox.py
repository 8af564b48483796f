"""Sends what the outbox holds. The rows are the queue; Celery only wakes this.

A row is claimed (SENDING, lease) in a transaction of its own before anything leaves the house. A
sender that dies leaves a row whose lease runs out; the next one does not know whether the company
took the message, so it asks the company before it sends again. The same holds after a timeout.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q

from accounts import clock
from accounts.models import Message
from accounts.notify import email, quiet, sms
from accounts.notify.kinds import NotAllowed
from accounts.notify.receipts import LAST_WORD, rank_of

State = Message.State
Channel = Message.Channel

LEASE = timedelta(seconds=60)
"""Longer than any one attempt (timeout of the client: 10 s, two requests)."""

MAX_ATTEMPTS = 7
"""The last one about 85 minutes after the first."""


@dataclass
class FlushReport:
    """Counts of one pass."""

    sent: int = 0
    adopted: int = 0
    failed: int = 0
    later: int = 0


@dataclass(frozen=True)
class Claim:
    message: Message
    uncertain: bool
    """An earlier attempt may have reached the company."""


def flush(now: datetime, *, limit: int = 50, seconds: float = 60.0) -> FlushReport:
    """Send up to `limit` due messages, and start none after `seconds` (a slow company).

    `now` is programme time (quiet hours, due times); leases are real time. Several may run at
    once, on any number of hosts.
    """
    report = FlushReport()
    end = monotonic() + seconds
    for _turn in range(limit):
        if monotonic() >= end:
            break
        # One at a time: a slow mail server must not eat the leases of those behind it.
        claim = _claim(now)
        if claim is None:
            break
        _work(claim, now, report)
    return report


@transaction.atomic
def _claim(now: datetime) -> Claim | None:
    real = clock.real_now()
    due = Q(state=State.QUEUED, due_at__lte=now) | Q(state=State.SENDING, lease_until__lte=real)
    rows = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(due)
    if quiet.is_quiet(now):
        rows = rows.exclude(channel=Channel.SMS, urgent=False)
    message = rows.select_related("recipient").order_by("-urgent", "due_at", "id").first()
    if message is None:
        return None
    uncertain = message.state == State.SENDING
    message.state = State.SENDING
    message.attempts += 1
    message.lease_until = real + LEASE
    message.save(update_fields=["state", "attempts", "lease_until"])
    return Claim(message, uncertain)


def _work(claim: Claim, now: datetime, report: FlushReport) -> None:
    """One attempt, outside any transaction: the claim is committed before the company hears."""
    message = claim.message
    try:
        if not message.recipient.is_in_service():
            _finish(message, State.CANCELLED, error_code="recipient_ended")
            return
        if message.channel == Channel.EMAIL:
            email.send(message)
            _finish(message, State.SENT, sent_at=now)
            report.sent += 1
        elif claim.uncertain and (found := sms.find(message, since=clock.real_now())):
            _sent(message, found, now)
            report.adopted += 1
        else:
            _sent(message, sms.send(message), now)
            report.sent += 1
    except (sms.Refused, NotAllowed) as error:
        code = error.code if isinstance(error, sms.Refused) else "unknown_kind"
        _finish(message, State.FAILED, failed_at=now, error_code=code[:40])
        report.failed += 1
    except (sms.NoAnswer, ImproperlyConfigured) as error:
        why = "no_answer" if isinstance(error, sms.NoAnswer) else "not_configured"
        _later(message, why, now, report)


def _sent(message: Message, receipt: sms.Receipt, now: datetime) -> None:
    _finish(
        message,
        State.SENT,
        sid=receipt.sid,
        sent_at=now,
        provider_status=receipt.status,
        status_rank=min(rank_of(receipt.status), LAST_WORD - 1),
    )


def _later(message: Message, why: str, now: datetime, report: FlushReport) -> None:
    """Leave the row to the next attempt: it stays SENDING, so that the company is asked first."""
    if message.attempts >= MAX_ATTEMPTS:
        _finish(message, State.FAILED, failed_at=now, error_code=why)
        report.failed += 1
        return
    wait = backoff(message.attempts)
    Message.objects.filter(pk=message.pk, state=State.SENDING, attempts=message.attempts).update(
        lease_until=clock.real_now() + wait, error_code=why
    )
    report.later += 1


def backoff(attempts: int) -> timedelta:
    """15 s, 1 min, 4 min, 16 min, then 30 min."""
    return timedelta(seconds=min(1800, 15 * 4 ** (attempts - 1)))


def _finish(message: Message, state: str, **changes: object) -> None:
    """Compare-and-swap: a status callback that came first keeps its word, only the sid is added."""
    fields = {"state": state, "lease_until": None, "secret": "", "error_code": "", **changes}
    rows = Message.objects.filter(pk=message.pk)
    if rows.filter(state=State.SENDING, attempts=message.attempts).update(**fields):
        return
    if sid := changes.get("sid"):
        rows.filter(sid="").update(sid=sid)
