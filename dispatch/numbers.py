"""One telephone, one call: nobody is rung twice at once, and no call is claimed by a guess.

The same number may be a resident's, the contact of another home and an operator's own. It is taken
before anything is dialled, whoever's it is. And where the company is asked which call an uncertain
request became, only one that can be nobody else's counts: the callback, which carries the
attempt's own token, says the rest.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from accounts import twilio_client
from accounts.crypto import phone_index
from dispatch.engine import alive
from dispatch.models import CallAttempt, CallKind, StaffCall
from dispatch.rules import NEVER_SEEN
from dispatch.telephony import ProviderCall
from households.indexes import contact_phone_index
from households.indexes import phone_index as home_phone_index

CLOCKS_APART = timedelta(minutes=5)
"""So much may the company's clock and ours differ."""
STILL_TO_COME = timedelta(hours=1)
"""A request that was declared lost may still become a call for so long."""


class Unsure(Exception):
    """There is a call to this number, and nobody can say which attempt's it is."""


# ── before dialling ──────────────────────────────────────────────────────────
def take(phone: str) -> bool:
    """Have this number for oneself until the transaction ends, which is when the attempt is written
    and speaks for itself; False when it is rung already or about to be."""
    key = phone_index(phone, purpose="call.number")
    if not key:
        return True
    return alive.only_here(int(key[:8], 16), alive.NUMBER) and not is_rung(phone)


def can_be_dialled(phone: str) -> bool:
    """Whether this is a number at all: what was written down before numbers were checked, or came
    with a restored backup, may be anything."""
    try:
        twilio_client.e164(phone)
    except ValueError:
        return False
    return True


def is_rung(phone: str) -> bool:
    """Whether a live call of the portal rings this telephone, or will after key 1."""
    if not phone:
        return False
    live = Q(ended_at__isnull=True)
    if CallAttempt.objects.filter(live & (_first(phone) | _second(phone))).exists():
        return True
    return _of_staff(phone).filter(live).exists()


def _first(phone: str) -> Q:
    """Calls of which this is the number that the company is asked to ring."""
    resident = Q(kind=CallKind.AI, household__phone_index=home_phone_index(phone))
    return resident | Q(kind=CallKind.DESK, by__phone_index=_staff_index(phone))


def _second(phone: str) -> Q:
    """Operators' calls that connect to this number."""
    resident = Q(contact__isnull=True, household__phone_index=home_phone_index(phone))
    contact = Q(contact__phone_index=contact_phone_index(phone))
    return Q(kind=CallKind.DESK) & (resident | contact)


def _of_staff(phone: str) -> QuerySet[StaffCall]:
    return StaffCall.objects.filter(user__phone_index=_staff_index(phone))


def _staff_index(phone: str) -> str:
    return phone_index(phone, purpose="staff_phone")


# ── after a request of unknown end ───────────────────────────────────────────
def ours(
    there: list[ProviderCall], mine: CallAttempt | StaffCall, *, phone: str
) -> ProviderCall | None:
    """Which of the company's calls to this number, newest first, `mine` became; None when it became
    none. Raises Unsure when it may be one of them and nothing proves which.

    A call is ours when it is the only one that nobody has, younger than the last one that was made
    before us, and no other request to this number is without its call.
    """
    free = _unclaimed(there, mine)
    if not free:
        return None
    if len(free) > 1 or _others_wait(mine, phone):
        raise Unsure
    return free[0]


def _unclaimed(there: list[ProviderCall], mine: CallAttempt | StaffCall) -> list[ProviderCall]:
    sids = [call.sid for call in there]
    known: dict[str | None, datetime] = {}
    for rows in (CallAttempt.objects.filter(sid__in=sids), StaffCall.objects.filter(sid__in=sids)):
        known |= dict(rows.values_list("sid", "created_at"))
    free = []
    for call in there:
        if call.sid not in known:
            free.append(call)
        elif known[call.sid] <= mine.created_at:
            break  # what is older than that belongs to an earlier time
    return [call for call in free if not _is_too_old(call, mine)]


def _is_too_old(call: ProviderCall, mine: CallAttempt | StaffCall) -> bool:
    """Certainly made before our request: before programme time and real time alike, because the
    company may live by either (a demo clock)."""
    if call.created_at is None:
        return False
    return call.created_at < min(mine.created_at, mine.committed_at) - CLOCKS_APART


def _others_wait(mine: CallAttempt | StaffCall, phone: str) -> bool:
    """Whether another request to this number, lost ones too, may be the one that became a call."""
    nameless = Q(sid__isnull=True, created_at__gt=mine.created_at - STILL_TO_COME) & (
        Q(ended_at__isnull=True) | Q(error_code__in=NEVER_SEEN)
    )
    attempts = CallAttempt.objects.filter(_first(phone), nameless)
    rings = _of_staff(phone).filter(nameless)
    if isinstance(mine, CallAttempt):
        attempts = attempts.exclude(pk=mine.pk)
    else:
        rings = rings.exclude(pk=mine.pk)
    return attempts.exists() or rings.exists()
