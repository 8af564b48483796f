"""What the pages show, ready to print: masked words, dates, and who may press which button."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from households.consent_texts import CONSENT_TEXTS, ConsentText
from households.days import local_day
from households.filters import handover_until
from households.models import Absence, Consent, Enrolment, FeedLink, Household
from households.rules import Event, State, events_from
from households.valve import FEED_OF_PURPOSE
from ui import words

_STATE_TAG = {
    State.APPLIED.value: "",
    State.UNDER_REVIEW.value: "",
    State.LEARNING.value: "accent",
    State.ACTIVE.value: "accent",
    State.PAUSED.value: "warn",
    State.ENDED.value: "",
}
_STEPS = (State.APPLIED, State.UNDER_REVIEW, State.LEARNING, State.ACTIVE)
# The clerk's usual way forward; the portal itself activates after the learning.
_NEXT = {
    State.APPLIED.value: Event.REVIEW,
    State.UNDER_REVIEW.value: Event.START_LEARNING,
    State.PAUSED.value: Event.RESUME,
    State.ENDED.value: Event.REAPPLY,
}


def mask_partner_id(partner_id: str) -> str:
    """Only the last four letters: enough to compare with the meter on the wall. Of an id of four
    letters or fewer none, or it would stand there whole."""
    hidden = max(len(partner_id) - 4, 0) or len(partner_id)
    return "*" * hidden + partner_id[hidden:]


def state_words(enrolment: Enrolment) -> str:
    """`관제 중 · 2024. 5. 10.부터`"""
    suffix = _(" 중") if enrolment.state in (State.LEARNING, State.ACTIVE) else ""
    since = words.day(enrolment.state_since)
    return _("%(state)s%(suffix)s · %(since)s부터") % {
        "state": enrolment.get_state_display(),
        "suffix": suffix,
        "since": since,
    }


def state_tag(enrolment: Enrolment) -> str:
    return _STATE_TAG[enrolment.state]


def is_handover_due(household: Household, today: date) -> bool:
    """Still in the programme and 65 soon, or already: nobody is dropped in silence."""
    return household.enrolment.state != State.ENDED and household.turns_65_month <= handover_until(
        today
    )


def turns_65_on(household: Household) -> date:
    """The 65th birthday; 29 February falls on 1 March in a common year."""
    born = household.birth_date
    try:
        return born.replace(year=born.year + 65)
    except ValueError:
        return date(born.year + 65, 3, 1)


@dataclass(frozen=True, kw_only=True)
class StepRow:
    label: str
    when: str
    done: bool
    now: bool


def steps(enrolment: Enrolment) -> list[StepRow]:
    """The four steps as far as they were gone, then what came between, if anything."""
    reached = {event.to_state: event.at for event in enrolment.events.all()}
    rows = [
        StepRow(
            label=str(step.label),
            when=words.day(reached[step]) if step in reached else "",
            done=step in reached and step != enrolment.state,
            now=step == enrolment.state,
        )
        for step in _STEPS
    ]
    if enrolment.state in (State.PAUSED, State.ENDED):
        label = str(State(enrolment.state).label)
        rows.append(
            StepRow(label=label, when=words.day(enrolment.state_since), done=False, now=True)
        )
    return rows


def next_event(enrolment: Enrolment, roles: frozenset[str]) -> Event | None:
    """The one step forward that this viewer may take now."""
    event = _NEXT.get(enrolment.state)
    return event if event and event in events_from(enrolment.state, roles) else None


def other_events(enrolment: Enrolment, roles: frozenset[str]) -> list[Event]:
    """Everything else this viewer may do with the enrolment."""
    first = next_event(enrolment, roles)
    return [Event(event) for event in events_from(enrolment.state, roles) if event != first]


@dataclass(frozen=True, kw_only=True)
class ConsentRow:
    text: ConsentText
    standing: Consent | None
    last: Consent | None
    feed: str
    link: FeedLink | None

    @property
    def masked_id(self) -> str:
        return mask_partner_id(self.link.partner_id) if self.link else ""


def consent_rows(household: Household, *, today: date) -> list[ConsentRow]:
    """One row per purpose, in the order of the form, whether agreed or not."""
    consents: dict[str, Consent] = {row.purpose: row for row in household.consents.all()}
    links = {link.feed: link for link in household.feed_links.not_over(today)}
    rows = []
    for purpose, text in CONSENT_TEXTS.items():
        last, feed = consents.get(purpose), FEED_OF_PURPOSE.get(purpose, "")
        standing = last if last is not None and last.withdrawn_at is None else None
        rows.append(
            ConsentRow(text=text, standing=standing, last=last, feed=feed, link=links.get(feed))
        )
    return rows


@dataclass(frozen=True, kw_only=True)
class AbsenceRow:
    absence: Absence
    span: str
    status: str
    kind: str
    open: bool  # can still be ended by hand


def absence_rows(absences: Iterable[Absence], *, now: datetime) -> list[AbsenceRow]:
    return [_absence_row(absence, now) for absence in absences]


def _absence_row(absence: Absence, now: datetime) -> AbsenceRow:
    end = absence.ended_at or absence.ends_at
    if absence.ended_at is not None and absence.ended_at <= absence.starts_at:
        status, kind, end = _("취소"), "", absence.ends_at
    elif end <= now:
        status, kind = _("끝남"), ""
    elif absence.starts_at <= now:
        status, kind = _("부재 중"), "accent"
    else:
        status, kind = _("예정"), ""
    return AbsenceRow(
        absence=absence,
        span=_span(absence.starts_at, end),
        status=status,
        kind=kind,
        open=absence.ended_at is None and end > now,
    )


def _span(start: datetime, end: datetime) -> str:
    """`12. 1.(화) 09:00 ~ 12. 3.(목) 18:00`"""
    return (
        f"{words.weekday(start)} {words.clock_time(start)}"
        f" ~ {words.weekday(end)} {words.clock_time(end)}"
    )


@dataclass(frozen=True, kw_only=True)
class ListRow:
    household: Household
    age: int
    away: bool
    handover: bool
    cells: list[str]


def list_rows(
    households: list[Household], *, away_ids: set[int], cells: list[dict[int, str]], now: datetime
) -> list[ListRow]:
    today = local_day(now)
    return [
        ListRow(
            household=household,
            age=household.age(today),
            away=household.pk in away_ids,
            handover=is_handover_due(household, today),
            cells=[column.get(household.pk, "") for column in cells],
        )
        for household in households
    ]
