"""Entering the programme, and every step along `households.rules.TRANSITIONS`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.county_settings import setting
from households import signals
from households.actions._common import lock_for, log_change, require_township
from households.actions.consents import record_consent
from households.actions.feeds import close_link, record_link
from households.actions.inputs import ConsentInput, ContactInput, LinkInput, PersonInput
from households.actions.people import record_contact
from households.days import local_day
from households.indexes import identity_index, name_index, phone_index
from households.models import Enrolment, EnrolmentEvent, Household, Purpose, Sex
from households.rules import (
    MAY_FIRE,
    PORTAL_MAY_FIRE,
    EndReason,
    Event,
    PauseReason,
    Refused,
    State,
    check_eligible,
    next_state,
    turns_65_month,
)
from households.texts import clean_name, clean_phone, refuse_resident_number
from households.valve import PURPOSE_OF_FEED

if TYPE_CHECKING:
    from accounts.models import User


class Duplicate(Refused):
    """The person is in the portal already. `household` may lie outside the clerk's scope."""

    def __init__(self, message: object, household: Household, *, by_phone: bool) -> None:
        super().__init__(message)
        self.household = household
        self.by_phone = by_phone


@transaction.atomic
def enrol(
    *,
    person: PersonInput,
    consents: Sequence[ConsentInput],
    by: "User",
    now: datetime,
    contacts: Sequence[ContactInput] = (),
    links: Sequence[LinkInput] = (),
    another_person: bool = False,
    synthetic: bool = False,
) -> Household:
    """Apply for a person: household, consents, contacts and links together, or nothing.

    `another_person` says that somebody of the same name and birth date is really someone else; it
    does not help against the same telephone number. Raises `Duplicate` or `Refused`.
    """
    township = person.township
    require_township(by, township_id=township.pk, roles=MAY_FIRE[Event.APPLY], now=now)
    today = local_day(now)
    check_eligible(born=person.birth_date, lives_alone=person.lives_alone, on=today)
    _check_consents(person, consents)
    _one_enrolment_at_a_time()
    _refuse_duplicate(person, another_person=another_person)
    household = _create_household(person, now=now, synthetic=synthetic)
    for consent in consents:
        record_consent(household, consent, by=by, now=now)
    for contact in contacts:
        record_contact(household, contact, by=by, now=now)
    for link in links:
        record_link(household, link)
    _apply(household, by=by, now=now)
    return household


def _check_consents(person: PersonInput, consents: Sequence[ConsentInput]) -> None:
    given = {consent.purpose for consent in consents}
    if Purpose.COLLECTION not in given:
        raise Refused(_("이름·연락처를 적는 데 동의해야 가입할 수 있습니다."))
    if person.illness.strip() and Purpose.HEALTH not in given:
        raise Refused(_("건강 정보는 본인이 동의했을 때만 적을 수 있습니다."))


def _one_enrolment_at_a_time() -> None:
    """Held until the transaction ends: numbers have no gaps and nobody is entered twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('households.enrol', 0))")


def _refuse_duplicate(person: PersonInput, *, another_person: bool) -> None:
    """People who left stay known: they come back through `reapply`, with their history."""
    same_phone = Household.objects.filter(phone_index=phone_index(person.phone)).first()
    if same_phone is not None:
        raise Duplicate(_("이 전화번호를 쓰는 대상자가 이미 있습니다."), same_phone, by_phone=True)
    index = identity_index(person.name, person.birth_date)
    same_person = Household.objects.filter(identity_index=index).first()
    if same_person is not None and not another_person:
        raise Duplicate(
            _("이름과 생년월일이 같은 대상자가 이미 있습니다."), same_person, by_phone=False
        )


def _create_household(person: PersonInput, *, now: datetime, synthetic: bool) -> Household:
    texts = (person.name, person.address, person.access_note, person.dog, person.illness)
    refuse_resident_number(*texts)
    name = clean_name(person.name)
    if not name or not person.address.strip() or person.sex not in Sex.values:
        raise Refused(_("이름과 주소, 성별을 모두 적어 주세요."))
    phone = clean_phone(person.phone)
    last = Household.objects.aggregate(last=Max("number"))["last"] or 0
    return Household.objects.create(
        number=last + 1,
        township=person.township,
        name=name,
        birth_date=person.birth_date,
        phone=phone,
        address=person.address.strip(),
        access_note=person.access_note.strip(),
        dog=person.dog.strip(),
        illness=person.illness.strip(),
        sex=person.sex,
        lives_alone=person.lives_alone,
        turns_65_month=turns_65_month(person.birth_date),
        phone_index=phone_index(phone),
        name_index=name_index(name),
        identity_index=identity_index(name, person.birth_date),
        synthetic=synthetic,
        created_at=now,
    )


def _apply(household: Household, *, by: "User", now: datetime) -> None:
    enrolment = Enrolment.objects.create(
        household=household, state=State.APPLIED, state_since=now, applied_at=now
    )
    household.enrolment = enrolment
    _announce(enrolment, Event.APPLY, from_state="", by=by, now=now)


@transaction.atomic
def review(*, household: Household, by: "User", now: datetime) -> Enrolment:
    """The partners look whether meter, line and app can be read."""
    return _fire(household, Event.REVIEW, by=by, now=now)


@transaction.atomic
def start_learning(*, household: Household, by: "User", now: datetime) -> Enrolment:
    """Data flow from today; habits are learned. `Refused` when nothing is linked."""
    household = lock_for(household, by=by, roles=MAY_FIRE[Event.START_LEARNING], now=now)
    _require_data(household, now=now)
    return _fire(household, Event.START_LEARNING, by=by, now=now)


def _require_data(household: Household, *, now: datetime) -> None:
    """At least one feed is linked and consented to; without, learning would never end."""
    agreed = set(household.consents.standing().values_list("purpose", flat=True))
    linked = household.feed_links.not_over(local_day(now)).values_list("feed", flat=True)
    if not any(PURPOSE_OF_FEED[feed] in agreed for feed in linked):
        raise Refused(
            _("받을 자료가 없습니다. 동의한 곳의 계량기·회선·앱을 하나 이상 연결해 주세요.")
        )


@transaction.atomic
def activate(*, household: Household, by: "User | None", now: datetime) -> Enrolment:
    """The learning days are over. `by` None: the portal itself (`graduate_learners`)."""
    return _fire(household, Event.ACTIVATE, by=by, now=now)


@transaction.atomic
def pause(
    *, household: Household, reason: str, by: "User", now: datetime, note: str = ""
) -> Enrolment:
    """Stop watching for a time. `reason` is a `PauseReason` value."""
    if reason not in PauseReason.values:
        raise Refused(_("멈추는 까닭을 골라 주세요."))
    return _fire(household, Event.PAUSE, by=by, now=now, reason=reason, note=note)


@transaction.atomic
def resume(*, household: Household, by: "User", now: datetime) -> Enrolment:
    """Watch again, beginning with a new learning time."""
    household = lock_for(household, by=by, roles=MAY_FIRE[Event.RESUME], now=now)
    if household.enrolment.state == State.PAUSED:
        _require_data(household, now=now)
    return _fire(household, Event.RESUME, by=by, now=now)


@transaction.atomic
def end(
    *, household: Household, reason: str, by: "User", now: datetime, note: str = ""
) -> Enrolment:
    """Leave the programme: feeds are unlinked, absences closed. `reason`: `EndReason` value.

    The row stays, so that the person can come back with `reapply`; forgetting is a job of its own.
    """
    if reason not in EndReason.values:
        raise Refused(_("끝내는 까닭을 골라 주세요."))
    enrolment = _fire(household, Event.END, by=by, now=now, reason=reason, note=note)
    for link in household.feed_links.filter(valid_to__isnull=True):
        close_link(link, on=local_day(now))
    # No `absence_ended`: nobody is to look after silence in a home that has left.
    household.absences.filter(ended_at__isnull=True, ends_at__gt=now).update(
        ended_at=now, ended_by=by
    )
    return enrolment


@transaction.atomic
def reapply(*, household: Household, by: "User", now: datetime) -> Enrolment:
    """A person who left comes back: still of age, and with a standing consent to hold the data."""
    household = lock_for(household, by=by, roles=MAY_FIRE[Event.REAPPLY], now=now)
    check_eligible(born=household.birth_date, lives_alone=household.lives_alone, on=local_day(now))
    if not household.consents.standing().filter(purpose=Purpose.COLLECTION).exists():
        raise Refused(_("먼저 이름·연락처를 적는 데 다시 동의를 받아 주세요."))
    return _fire(household, Event.REAPPLY, by=by, now=now)


def graduate_learners(*, now: datetime) -> int:
    """Move everybody whose learning days are over to `active`; returns how many.

    Idempotent: whoever was moved (or moved on) meanwhile is left alone.
    """
    days = int(setting("households.learning_days", at=now))
    last_start = local_day(now) - timedelta(days=days)
    due = Household.objects.filter(
        enrolment__state=State.LEARNING, enrolment__learning_since__lte=last_start
    )
    return sum(_graduate(household, last_start, now=now) for household in due)


@transaction.atomic
def _graduate(household: Household, last_start: date, *, now: datetime) -> bool:
    still_due = Enrolment.objects.select_for_update().filter(
        household=household, state=State.LEARNING, learning_since__lte=last_start
    )
    if not still_due.exists():
        return False
    activate(household=household, by=None, now=now)
    return True


def _fire(
    household: Household,
    event: Event,
    *,
    by: "User | None",
    now: datetime,
    reason: str = "",
    note: str = "",
) -> Enrolment:
    """One step of the table: the row, its event, the log line and the signal together."""
    if by is None:
        if event.value not in PORTAL_MAY_FIRE:
            raise Refused(_("사람이 정해야 하는 단계입니다."))
    else:
        lock_for(household, by=by, roles=MAY_FIRE[event], now=now)
    refuse_resident_number(note)
    enrolment = Enrolment.objects.select_for_update().get(household_id=household.pk)
    before, after = enrolment.state, next_state(enrolment.state, event)
    if after is None:
        raise Refused(
            _("지금은 '%(state)s' 단계라 '%(event)s'을(를) 할 수 없습니다.")
            % {"state": enrolment.get_state_display(), "event": event.label}
        )
    _move(enrolment, State(after), now=now, reason=reason)
    household.enrolment = enrolment
    _announce(enrolment, event, from_state=before, by=by, now=now, reason=reason, note=note)
    return enrolment


def _move(enrolment: Enrolment, state: State, *, now: datetime, reason: str) -> None:
    enrolment.state = state
    enrolment.state_since = now
    ended = state == State.ENDED
    enrolment.ended_at = now if ended else None
    enrolment.end_reason = reason if ended else ""
    if state == State.APPLIED:
        enrolment.applied_at = now
        enrolment.learning_since = enrolment.active_since = None
    elif state == State.LEARNING:
        enrolment.learning_since, enrolment.active_since = local_day(now), None
    elif state == State.ACTIVE:
        enrolment.active_since = local_day(now)
    enrolment.save()


def _announce(
    enrolment: Enrolment,
    event: Event,
    *,
    from_state: str,
    by: "User | None",
    now: datetime,
    reason: str = "",
    note: str = "",
) -> None:
    household = enrolment.household
    EnrolmentEvent.objects.create(
        enrolment=enrolment,
        at=now,
        event=event,
        from_state=from_state,
        to_state=enrolment.state,
        by=by,
        reason=reason,
        note=household.seal(note) if note else b"",
    )
    log_change(household, by=by, now=now, what=f"enrolment_{event.value}")
    signals.enrolment_changed.send(
        sender=Enrolment,
        household=household,
        enrolment=enrolment,
        event=event.value,
        from_state=from_state,
        to_state=enrolment.state,
        by=by,
        now=now,
    )
