"""Calls that fell silent: ask the company instead of guessing, and never redial blindly.

`dialling` for too long: the process died around the request. `unknown`: the request ended without
an answer. Both: look through the company's calls to this number for one that can only be this
attempt's; adopt it, or, when there is none, dial once more. Where it may be another's, wait for the
callback, and after some minutes for a person. A placed call that says nothing: fetch it.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from dispatch import calls, machine, numbers, plan, taking_back
from dispatch.engine import alive
from dispatch.engine.tally import Tally
from dispatch.models import CallAttempt, CallKind, Case
from dispatch.rules import LOST, UNSURE, AskReason, CallStatus, CaseState
from dispatch.telephony import NotFound, NotPlaced, ProviderCall, Uncertain, line

LIMIT = 20
CHECK_LEASE = timedelta(seconds=60)
BACKOFF_AT_MOST = timedelta(minutes=5)
LONGEST_CALL = timedelta(minutes=30)
LONGEST_DESK_CALL = timedelta(minutes=75)  # an operator may stay with somebody until help comes


def check_calls(now: datetime) -> Tally:
    """Look after every live attempt whose time to be asked about has come."""
    tally = Tally()
    due = CallAttempt.objects.filter(ended_at__isnull=True, check_at__lte=now)
    for attempt_id, check_at in due.order_by("check_at").values_list("pk", "check_at")[:LIMIT]:
        if not tally.has_time:  # each question may take ten seconds
            break
        with tally.row("call"):
            attempt = _claim(attempt_id, now)
            if attempt is not None:
                tally.add(check_at, now)
                _check(attempt, now)
    return tally


@transaction.atomic
def _claim(attempt_id: int, now: datetime) -> CallAttempt | None:
    """Take the attempt for one question; its new `check_at` is the lease."""
    case_id = CallAttempt.objects.values_list("case_id", flat=True).get(pk=attempt_id)
    if machine.lock_first(Case.objects.filter(pk=case_id)) is None:
        return None
    case, attempt = calls.lock_attempt(attempt_id)
    if not attempt.is_live or attempt.check_at is None or attempt.check_at > now:
        return None
    if attempt.status == CallStatus.DIALLING:
        if alive.is_dialling(attempt_id):
            attempt.check_at = now + calls.DIAL_LEASE
            attempt.save(update_fields=["check_at"])
            return None
        calls.mark_unknown(case, attempt, now=now)
    attempt.checks += 1
    attempt.check_at = now + CHECK_LEASE
    attempt.save(update_fields=["checks", "check_at"])
    return attempt


def _check(attempt: CallAttempt, now: datetime) -> None:
    """Ask, outside any transaction, and write down what the company says."""
    try:
        if attempt.sid is None:
            _find(attempt, now)
        else:
            _follow(attempt, now)
    except Uncertain:
        _ask_later(attempt.pk, now)


def _find(attempt: CallAttempt, now: datetime) -> None:
    phone = attempt.first_phone
    try:
        found = numbers.ours(line().list(phone=phone), attempt, phone=phone)
    except numbers.Unsure:
        _wait_for_word(attempt, now)
        return
    except NotPlaced as answer:
        # The company refuses even to look the number up.
        calls.not_placed(attempt.pk, code=answer.code, retry=answer.retry, now=now)
        return
    if found is None:
        calls.not_placed(attempt.pk, code=LOST, retry=True, now=now)
    else:
        calls.placed(attempt.pk, sid=found.sid, status=found.status, now=now, found=True)


def _wait_for_word(attempt: CallAttempt, now: datetime) -> None:
    """The callback of a call names its attempt. When none has come for some minutes a person takes
    over; nobody dials again, because a telephone may have rung."""
    patience = plan.minutes(attempt.case, "line_down_minutes")
    if now - attempt.created_at < patience:
        _ask_later(attempt.pk, now)
    else:
        calls.not_placed(attempt.pk, code=UNSURE, retry=False, now=now)


def _follow(attempt: CallAttempt, now: datetime) -> None:
    """A placed call: what does the company say about it now?"""
    sid = str(attempt.sid)
    try:
        call = line().fetch(sid=sid)
        ringing, on = call.status in calls.RINGS, call.status in _ON_THE_LINE
        longest = LONGEST_DESK_CALL if attempt.kind == CallKind.DESK else LONGEST_CALL
        if on and now - (attempt.dialled_at or attempt.created_at) > longest:
            line().hangup(sid=sid, ringing=ringing)
            calls.ended_by_company(attempt.pk, now=now)
            return
    except (NotFound, NotPlaced):
        calls.ended_by_company(attempt.pk, now=now)
        return
    if on and calls.shall_end(attempt.case, attempt, call.status):
        with suppress(NotFound):  # it has just gone: asked about once more
            taking_back.end_there(attempt, ringing=ringing, now=now)
    else:
        _heard(attempt.pk, call, now=now)


_ON_THE_LINE = calls.RINGS | {CallStatus.IN_PROGRESS}


@transaction.atomic
def _heard(attempt_id: int, call: ProviderCall, *, now: datetime) -> None:
    case, attempt = calls.lock_attempt(attempt_id)
    calls.rise(case, attempt, call.status, now=now, answered_by=call.answered_by)
    if attempt.is_live:
        attempt.check_at = calls.next_check(case, attempt, now=now)
        attempt.save(update_fields=["check_at"])
        talks = attempt.kind == CallKind.DESK and case.owner_id == attempt.by_id
        if talks and case.state == CaseState.CLAIMED:
            machine.renew_lease(case, now=now)  # a long conversation is work on the case
            case.save()


@transaction.atomic
def _ask_later(attempt_id: int, now: datetime) -> None:
    """The company does not answer. Ask again with growing patience; after some minutes a person
    gets the case, because nobody can say when the telephone will work again."""
    case, attempt = calls.lock_attempt(attempt_id)
    if not attempt.is_live:
        return
    attempt.check_at = now + min(calls.GRACE * 2 ** min(attempt.checks, 8), BACKOFF_AT_MOST)
    attempt.save(update_fields=["check_at"])
    patience = plan.minutes(case, "line_down_minutes")
    if case.state == CaseState.AI_CALL and now - attempt.created_at >= patience:
        machine.ask_human(case, reason=AskReason.LINE_DOWN, now=now)
