"""Entering the programme and every step after it."""

from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import AccessLog, User
from households import actions, signals, valve
from households.actions import ConsentInput, ContactInput, Duplicate, LinkInput
from households.models import Absence, Enrolment, EnrolmentEvent, Household
from households.rules import TRANSITIONS, Event, Refused, State
from tests.cast import NOON
from tests.households.factories import make_household, make_person_input, maker

pytestmark = pytest.mark.django_db

TODAY = date(2026, 7, 1)


def consent(*purposes: str) -> list[ConsentInput]:
    return [ConsentInput(purpose=purpose, method="paper", on=TODAY) for purpose in purposes]


def enrol(by: User, **changes: Any) -> Household:
    arguments: dict[str, Any] = {"consents": consent("collection"), "by": by, "now": NOON}
    person = changes.pop("person", {})
    return actions.enrol(**{**arguments, **changes}, person=make_person_input(**person))


def test_enrolment_writes_everything_together(clerk_jeongok: User) -> None:
    home = enrol(
        clerk_jeongok,
        consents=consent("collection", "kepco"),
        contacts=[ContactInput(name="오이장", phone="010-7777-8888", relation="village_head")],
        links=[LinkInput(feed="power", partner_id="0412345678", valid_from=TODAY)],
    )
    assert home.enrolment.state == "applied"
    assert home.consents.count() == 2
    assert home.contacts.get().phone == "01077778888"
    assert home.feed_links.get().partner_id == "0412345678"
    event = home.enrolment.events.get()
    assert (event.event, event.from_state, event.to_state, event.by) == (
        "apply",
        "",
        "applied",
        clerk_jeongok,
    )
    assert AccessLog.objects.filter(action="changed", subject_uid=str(home.uid)).exists()


def test_numbers_follow_one_another(clerk_jeongok: User) -> None:
    numbers = [enrol(clerk_jeongok).number for _ in range(3)]
    assert numbers == [1, 2, 3]


def test_personal_columns_are_ciphertext(clerk_jeongok: User) -> None:
    home = enrol(clerk_jeongok, person={"name": "선우비밀", "phone": "01044443333"})
    row = Household.objects.raw(
        "SELECT id, name AS n, phone AS p, birth_date::text AS b, address AS a "
        "FROM households_household WHERE id = %s",
        [home.pk],
    )[0]
    stored = f"{row.n} {row.p} {row.b} {row.a}"
    assert all(word not in stored for word in ("선우", "4444", "1971", "연천"))
    home.refresh_from_db()
    assert (home.name, home.phone, type(home.birth_date)) == ("선우비밀", "01044443333", date)


def test_refusing_every_partner_blocks_nothing(clerk_jeongok: User) -> None:
    assert enrol(clerk_jeongok).enrolment.state == "applied"


def test_without_consent_to_collect_nothing_is_kept(clerk_jeongok: User) -> None:
    with pytest.raises(Refused, match="동의해야"):
        enrol(clerk_jeongok, consents=consent("kepco"))
    assert not Household.objects.exists()


def test_illness_needs_its_own_consent(clerk_jeongok: User) -> None:
    with pytest.raises(Refused, match="건강 정보"):
        enrol(clerk_jeongok, person={"illness": "당뇨"})
    home = enrol(
        clerk_jeongok, person={"illness": "당뇨"}, consents=consent("collection", "health")
    )
    assert home.illness == "당뇨"


def test_a_failing_part_leaves_nothing_half_done(clerk_jeongok: User) -> None:
    with pytest.raises(Refused, match="한국전력 동의"):
        enrol(
            clerk_jeongok,
            links=[LinkInput(feed="power", partner_id="0412345678", valid_from=TODAY)],
        )
    assert not Household.objects.exists()
    assert not AccessLog.objects.filter(subject_kind="household").exists()


@pytest.mark.parametrize("field", ["name", "address", "access_note", "dog", "illness"])
def test_a_resident_number_is_never_stored(field: str, clerk_jeongok: User) -> None:
    with pytest.raises(Refused, match="주민등록번호"):
        enrol(
            clerk_jeongok,
            person={field: "그분 750309-1234567"},
            consents=consent("collection", "health"),
        )


def test_same_telephone_is_a_duplicate(clerk_jeongok: User) -> None:
    first = enrol(clerk_jeongok, person={"phone": "010-2222-3333"})
    with pytest.raises(Duplicate) as caught:
        enrol(clerk_jeongok, person={"phone": "01022223333"}, another_person=True)
    assert caught.value.household == first


def test_same_name_and_birth_date_is_a_duplicate_until_confirmed(clerk_jeongok: User) -> None:
    who = {"name": "김 영희", "birth_date": date(1970, 5, 5)}
    first = enrol(clerk_jeongok, person=who)
    again = {"name": " 김  영희 ", "birth_date": date(1970, 5, 5)}
    with pytest.raises(Duplicate) as caught:
        enrol(clerk_jeongok, person=again)
    assert caught.value.household == first
    assert enrol(clerk_jeongok, person=again, another_person=True).pk != first.pk


def test_clerk_enrols_only_in_his_township(clerk_baekhak: User) -> None:
    with pytest.raises(Refused, match="권한"):
        enrol(clerk_baekhak)


@pytest.mark.parametrize("name", ["operator", "administrator", "responder", "privacy_officer"])
def test_others_enrol_nobody(name: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Refused, match="권한"):
        enrol(request.getfixturevalue(name))


# ── steps ────────────────────────────────────────────────────────────────────
def fire(event: Event, home: Household, now: datetime) -> Enrolment:
    reason = {Event.PAUSE: "request", Event.END: "moved"}.get(event)
    verb = getattr(actions, event.value)
    extra = {"reason": reason} if reason else {}
    return verb(household=home, by=maker(), now=now, **extra)


@settings(max_examples=25)
@given(st.lists(st.sampled_from([e for e in Event if e != Event.APPLY]), max_size=8))
def test_random_events_walk_only_along_the_table(db: None, events: list[Event]) -> None:
    """Against the real rows: every step in the log is one of the table, the rest was refused."""
    with transaction.atomic():
        home = make_household(state="under_review", meter=f"M-{id(events)}")
        for n, event in enumerate(events):
            before = Enrolment.objects.get(household=home).state
            try:
                fire(event, home, NOON + timedelta(minutes=n))
            except Refused:
                assert Enrolment.objects.get(household=home).state == before
        walked = home.enrolment.events.values_list("from_state", "event", "to_state")
        assert all(TRANSITIONS[start, event] == to for start, event, to in walked)
        assert list(walked)[-1][2] == Enrolment.objects.get(household=home).state
        transaction.set_rollback(True)


def test_second_click_on_a_step_changes_nothing(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, state="applied")
    actions.review(household=home, by=clerk_jeongok, now=now)
    with pytest.raises(Refused, match="'심사' 단계라"):
        actions.review(household=home, by=clerk_jeongok, now=now)
    assert home.enrolment.events.filter(event="review").count() == 1


def test_learning_needs_something_to_learn_from(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, state="under_review")
    with pytest.raises(Refused, match="받을 자료가 없습니다"):
        actions.start_learning(household=home, by=clerk_jeongok, now=now)


def test_learners_graduate_after_sixty_days_and_only_once(now: datetime) -> None:
    due = make_household(state="learning", since=timedelta(days=60))
    early = make_household(state="learning", since=timedelta(days=59))
    assert actions.graduate_learners(now=now) == 1
    assert actions.graduate_learners(now=now) == 0
    due.enrolment.refresh_from_db()
    early.enrolment.refresh_from_db()
    assert (due.enrolment.state, due.enrolment.active_since) == ("active", TODAY)
    assert early.enrolment.state == "learning"
    event = due.enrolment.events.get(event="activate")
    assert event.by is None


def test_the_portal_itself_ends_nobody(now: datetime) -> None:
    home = make_household()
    with pytest.raises(Refused):
        actions.end(household=home, reason="moved", by=None, now=now)  # type: ignore[arg-type]


def test_nobody_is_dropped_at_65(now: datetime) -> None:
    home = make_household(birth_date=date(1961, 8, 1))
    later = now + timedelta(days=200)
    assert home.age(later.date()) == 65
    assert home in valve.watched(later)


def test_end_unlinks_feeds_and_closes_absences_quietly(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, meter="M-1")
    absence = actions.plan_absence(
        household=home,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=3),
        kind="travel",
        source="self",
        by=clerk_jeongok,
        now=now,
    )
    actions.end(household=home, reason="moved", note="형님 댁으로", by=clerk_jeongok, now=now)
    assert home.feed_links.get().valid_to == TODAY
    assert Absence.objects.get(pk=absence.pk).ended_at == now
    assert actions.announce_ended_absences(now=now + timedelta(days=9)) == 0
    assert list(valve.watched(now)) == []
    event = home.enrolment.events.get(event="end")
    assert home.unseal(event.note) == "형님 댁으로"
    assert "형님".encode() not in bytes(event.note)


def test_who_left_comes_back_with_history(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok, state="ended")
    actions.reapply(household=home, by=clerk_jeongok, now=now)
    enrolment = Enrolment.objects.get(household=home)
    assert (enrolment.state, enrolment.ended_at, enrolment.end_reason) == ("applied", None, "")
    assert enrolment.events.count() == 6


def test_who_left_comes_back_only_while_of_age(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(
        clerk=clerk_jeongok, state="ended", birth_date=date(1961, 6, 1), since=timedelta(days=90)
    )
    with pytest.raises(Refused, match="노인 돌봄"):
        actions.reapply(household=home, by=clerk_jeongok, now=now)


def test_a_failing_listener_undoes_the_step(clerk_jeongok: User, now: datetime) -> None:
    home = make_household(clerk=clerk_jeongok)

    def fail(**_: Any) -> None:
        raise RuntimeError("no room for the job row")

    with patch.object(signals.enrolment_changed, "send", fail), pytest.raises(RuntimeError):
        actions.pause(household=home, reason="request", by=clerk_jeongok, now=now)
    assert Enrolment.objects.get(household=home).state == "active"
    assert not home.enrolment.events.filter(event="pause").exists()


def test_the_history_cannot_be_rewritten(now: datetime) -> None:
    home = make_household()
    event = EnrolmentEvent.objects.filter(enrolment__household=home).first()
    assert event is not None
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        EnrolmentEvent.objects.filter(pk=event.pk).update(to_state="ended")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        event.delete()


@pytest.mark.parametrize(
    "nonsense",
    [
        {"state": "sleeping"},
        {"state": "ended"},
        {"end_reason": "moved"},
        {"learning_since": None},
        {"active_since": None},
    ],
)
def test_the_database_refuses_nonsense(nonsense: dict[str, Any]) -> None:
    home = make_household()
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.filter(household=home).update(**nonsense)


def test_two_households_never_share_a_number_or_a_telephone() -> None:
    one, two = make_household(), make_household()
    for same in ({"number": one.number}, {"phone_index": one.phone_index}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Household.objects.filter(pk=two.pk).update(**same)


def test_the_factory_reaches_every_state() -> None:
    for state in State:
        assert make_household(state=state.value).enrolment.state == state
