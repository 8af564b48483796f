"""A case that nobody takes rings telephones: the next operator's, the shift lead's, the county's.

Whose duty it is stands in the frozen plan; who that is now is looked up when the link runs. One
person is rung by one case at a time, the most urgent first, so that a mass event does not ring a
telephone to pieces. The rings take the same line as those of residents and go before them.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.county_settings import setting
from accounts.models import User
from dispatch import duty, machine, numbers, plan, staff_calls
from dispatch.engine import alive, pace
from dispatch.engine.dialling import Dialling, LineFull
from dispatch.engine.tally import Tally, moment
from dispatch.models import Case, StaffCall, Step, StepKind, StepState
from dispatch.plans.schema import LAST_HUMAN, Who
from dispatch.rules import LOST, UNSURE, CallStatus, CaseState, EventKind
from dispatch.telephony import NotFound, NotPlaced, Uncertain, line

LIMIT = 50
REST = timedelta(minutes=1)
"""A person is rung about another case at most once a minute."""
LATE = timedelta(minutes=2)
"""A link that found no free telephone for so long is passed over: the next duty hears of it."""


def ring_staff(now: datetime) -> Tally:
    """Ring whoever is due, for each duty the most urgent case first."""
    tally = Tally()
    due = _due(now).values_list("who", flat=True)
    for who in sorted(set(due), key=lambda one: list(Who.values).index(one)):
        with tally.row("staff call"):
            if not _ring_duty(who, now, tally):
                break
    return tally


def _due(now: datetime) -> QuerySet[Step]:
    return Step.objects.filter(
        kind=StepKind.RING, state=StepState.PENDING, due_at__lte=now, case__state=CaseState.WAITING
    )


def _ring_duty(who: str, now: datetime, tally: Tally) -> bool:
    """All telephones of one duty that are free; False when the line is full."""
    people = _to_ring(who, now)
    if not people:
        _pass_over(who, "nobody", now, tally)
        return True
    free = _free(people, now)
    if not free and who != LAST_HUMAN:  # behind the last human there is nobody to pass it to
        _pass_over(who, "busy", now, tally, late=LATE)
    for person in free:
        if not tally.has_time:
            break
        try:
            dialling = _take_one(who, person, now, tally)
        except LineFull:
            return False
        if dialling is None:
            break
        ring(dialling, now=now)
    return True


def _to_ring(who: str, now: datetime) -> list[User]:
    """Those on duty with a telephone. Behind the last human there is nobody: where no telephone of
    that shift is known, everybody's who could have it."""
    found = [person for person in duty.on_duty(who, now=now) if duty.can_be_rung(person)]
    if not found and who == LAST_HUMAN:
        found = [person for person in duty.able(who, now=now) if duty.can_be_rung(person)]
    return found


def _free(people: list[User], now: datetime) -> list[User]:
    """Those whose telephone is free, whoever was rung longest ago first."""
    calls = StaffCall.objects.filter(user__in=people)
    busy = set(calls.filter(ended_at__isnull=True).values_list("user_id", flat=True))
    recent = calls.filter(created_at__gt=now - timedelta(hours=12), created_at__lte=now)
    last = dict(recent.order_by("created_at").values_list("user_id", "created_at"))
    rested = [p for p in people if p.pk not in busy and last.get(p.pk, now - REST) <= now - REST]
    rested = [person for person in rested if not numbers.is_rung(person.phone)]
    # Nobody rung for long goes first, in the order of the duty; sorted() is stable.
    return sorted(rested, key=lambda person: last.get(person.pk, now - timedelta(days=1)))


def _next_case(who: str, now: datetime, *, late: timedelta = timedelta()) -> Case | None:
    """The most urgent waiting case with a link of this duty that is due (since `late`), locked."""
    mine = _due(now - late).filter(case=OuterRef("pk"), who=who)
    waiting = Case.objects.not_held(now).filter(Exists(mine), state=CaseState.WAITING)
    return machine.lock_first(waiting.in_queue_order())


@transaction.atomic
def _take_one(who: str, person: User, now: datetime, tally: Tally) -> Dialling | None:
    case = _next_case(who, now)
    step = None if case is None else _due(now).filter(case=case, who=who).first()
    if case is None or step is None or not _telephone_is_ours(person):
        return None
    if not pace.take_line(now=now):
        raise LineFull
    tally.add(step.due_at, now)
    call = staff_calls.prepare(case, step, person, now=now)
    alive.take(call.pk, alive.STAFF)
    return Dialling(
        attempt_id=call.pk,
        phone=person.phone,
        token=call.token,
        ring_seconds=setting("dispatch.ring_seconds", at=now),
    )


def _telephone_is_ours(person: User) -> bool:
    """Nobody else rings this person now: another worker may be about to."""
    if not alive.only_here(person.pk, alive.STAFF_TELEPHONE) or not numbers.take(person.phone):
        return False
    return not StaffCall.objects.filter(user=person, ended_at__isnull=True).exists()


def _pass_over(
    who: str, why: str, now: datetime, tally: Tally, *, late: timedelta = timedelta()
) -> None:
    """No telephone for this duty: its links (those that are `late`) are passed over. With "nobody"
    the next one is due at once; with all of them "busy" at its minute, which may have come."""
    for _turn in range(LIMIT):
        if not tally.has_time:
            return
        with transaction.atomic():
            case = _next_case(who, now, late=late)
            step = None if case is None else _due(now - late).filter(case=case, who=who).first()
            if case is None or step is None:
                return
            tally.add(step.due_at, now)
            step.state, step.result = StepState.DONE, why
            step.started_at = step.finished_at = now
            step.save()
            _hasten(case, step, why, now)
            data = {"who": who, "outcome": why}
            machine.log(case, EventKind.STAFF_MISSED, now=now, data=data)


def _hasten(case: Case, step: Step, why: str, now: datetime) -> None:
    """The link behind one that was passed over; one that had been tried has it already."""
    to_come = case.steps.filter(kind=StepKind.RING, state=StepState.PENDING)
    following = to_come.order_by("due_at").first() or plan.next_link(case, now=now)
    if why == "nobody" and step.who != LAST_HUMAN:
        following.due_at = now
        following.save(update_fields=["due_at"])


def ring(dialling: Dialling, *, now: datetime) -> None:
    """Ask the company to ring. Outside any transaction, as with residents."""
    call_id, asked = dialling.attempt_id, monotonic()
    with alive.dialling(call_id, alive.STAFF):
        try:
            receipt = line().dial(
                phone=dialling.phone,
                token=dialling.token,
                ring_seconds=dialling.ring_seconds,
                hooks="staff",
            )
        except NotPlaced as answer:
            staff_calls.not_placed(call_id, code=answer.code, retry=answer.retry, now=now)
        except NotFound:
            staff_calls.not_placed(call_id, code="404", retry=False, now=now)
        except Uncertain:
            staff_calls.uncertain(call_id, now=moment(now, asked))
        else:
            staff_calls.placed(call_id, sid=receipt.sid, status=receipt.status, now=now)


# ── calls that fell silent ───────────────────────────────────────────────────
def check_staff_calls(now: datetime) -> Tally:
    """Ask the company about rings that say nothing. None of them is dialled again blindly."""
    tally = Tally()
    due = StaffCall.objects.filter(ended_at__isnull=True, check_at__lte=now).order_by("check_at")
    for call_id, check_at in due.values_list("pk", "check_at")[:LIMIT]:
        if not tally.has_time:
            break
        with tally.row("staff call"):
            call = _claim(call_id, now)
            if call is not None:
                tally.add(check_at, now)
                _check(call, now)
    return tally


@transaction.atomic
def _claim(call_id: int, now: datetime) -> StaffCall | None:
    """Take the ring for one question; its new `check_at` is the lease."""
    case_id = StaffCall.objects.values_list("case_id", flat=True).get(pk=call_id)
    if machine.lock_first(Case.objects.filter(pk=case_id)) is None:
        return None
    _case, call = staff_calls.lock_call(call_id)
    if not call.is_live or call.check_at is None or call.check_at > now:
        return None
    if call.status == CallStatus.DIALLING and alive.is_dialling(call_id, alive.STAFF):
        call.check_at = now + staff_calls.DIAL_LEASE
        call.save(update_fields=["check_at"])
        return None
    staff_calls.mark_unknown(call, now=now)
    call.checks += 1
    call.check_at = now + timedelta(seconds=min(60 * 2 ** min(call.checks - 1, 4), 300))
    call.save(update_fields=["checks", "check_at"])
    return call


def _check(call: StaffCall, now: datetime) -> None:
    try:
        if call.sid is None:
            _find(call, now)
        else:
            _follow(call, now)
    except numbers.Unsure:
        _wait_for_word(call, now)
    except Uncertain:
        if call.checks >= GIVE_UP_AFTER:
            _give_up(call, now)


GIVE_UP_AFTER = 5
PATIENCE = timedelta(minutes=2)
"""So long a ring that may be one of several calls waits for its callback, and its person's
telephone is taken."""


def _wait_for_word(call: StaffCall, now: datetime) -> None:
    """The callback of a ring names it. When none has come for some time the person may be rung
    again; the link is not, because their telephone may have rung."""
    if now - call.created_at >= PATIENCE or call.checks >= GIVE_UP_AFTER:
        _give_up(call, now)
        return
    soon = min(call.created_at + PATIENCE, call.check_at or now)
    StaffCall.objects.filter(pk=call.pk, sid=None, ended_at=None).update(check_at=soon)


def _give_up(call: StaffCall, now: datetime) -> None:
    """One that the company never named may still ring: its callback has it live again."""
    if call.sid is None:
        staff_calls.not_placed(call.pk, code=UNSURE, retry=False, now=now)
    else:
        staff_calls.ended_by_company(call.pk, now=now)


def _find(call: StaffCall, now: datetime) -> None:
    phone = call.user.phone
    try:
        found = numbers.ours(line().list(phone=phone), call, phone=phone)
    except NotPlaced as answer:
        staff_calls.not_placed(call.pk, code=answer.code, retry=False, now=now)
        return
    if found is None:
        staff_calls.not_placed(call.pk, code=LOST, retry=True, now=now)
    else:
        staff_calls.placed(call.pk, sid=found.sid, status=found.status, now=now)


def _follow(call: StaffCall, now: datetime) -> None:
    try:
        found = line().fetch(sid=str(call.sid))
    except (NotFound, NotPlaced):
        staff_calls.ended_by_company(call.pk, now=now)
        return
    if staff_calls.shall_end(call.case, found.status):
        _call_off(call, now)
        return
    since = call.dialled_at or call.created_at  # one that came late began with its callback
    if now - since > LONGEST and STILL_ON.intersection({found.status}):
        with suppress(NotFound, NotPlaced):
            line().hangup(sid=str(call.sid), ringing=found.status != CallStatus.IN_PROGRESS)
        staff_calls.ended_by_company(call.pk, now=now)
        return
    staff_calls.placed(call.pk, sid=str(call.sid), status=found.status, now=now)


def _call_off(call: StaffCall, now: datetime) -> None:
    """Somebody has the case. A ring that was answered in this moment is told so by its callback;
    one that has gone is asked about once more."""
    with suppress(NotFound, NotPlaced):
        line().hangup(sid=str(call.sid), ringing=True)
        staff_calls.placed(call.pk, sid=str(call.sid), status=CallStatus.CANCELED, now=now)


LONGEST = timedelta(minutes=10)
STILL_ON = frozenset({"queued", "initiated", "ringing", "in-progress"})
