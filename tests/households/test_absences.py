"""Planned silence: no overlap, an end that is announced once, an early return."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from households import actions, signals, valve
from households.models import Absence, Household
from households.rules import Refused
from tests.households.conftest import ClientOf
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def heard() -> Iterator[list[tuple[int, bool]]]:
    """What `absence_ended` announced, as (absence, early)."""
    said: list[tuple[int, bool]] = []

    def hear(absence: Absence, early: bool, **_: Any) -> None:
        said.append((absence.pk, early))

    signals.absence_ended.connect(hear)
    yield said
    signals.absence_ended.disconnect(hear)


@pytest.fixture
def home(db: None) -> Household:
    return make_household()


def plan(
    home: Household, by: User, now: datetime, start: timedelta, end: timedelta, **more: Any
) -> Absence:
    values = {"kind": "travel", "source": "self", **more}
    return actions.plan_absence(
        household=home, starts_at=now + start, ends_at=now + end, by=by, now=now, **values
    )


def test_end_is_announced_once_when_it_passes(
    home: Household, operator: User, now: datetime, heard: list[tuple[int, bool]]
) -> None:
    row = plan(home, operator, now, DAY, 3 * DAY)
    assert actions.announce_ended_absences(now=now + 3 * DAY - timedelta(seconds=1)) == 0
    assert actions.announce_ended_absences(now=now + 3 * DAY) == 1
    assert actions.announce_ended_absences(now=now + 4 * DAY) == 0
    assert heard == [(row.pk, False)]
    row.refresh_from_db()
    assert row.ended_at == row.ends_at


def test_a_failing_listener_holds_up_nobody_else(
    operator: User, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make_household(), make_household()
    bad = plan(first, operator, now, DAY, 2 * DAY)
    good = plan(second, operator, now, DAY, 2 * DAY)

    def fail_for_bad(absence: Absence, **_: Any) -> None:
        if absence.pk == bad.pk:
            raise RuntimeError("no")

    signals.absence_ended.connect(fail_for_bad)
    try:
        assert actions.announce_ended_absences(now=now + 2 * DAY) == 1
    finally:
        signals.absence_ended.disconnect(fail_for_bad)
    assert "could not be announced" in caplog.text
    good.refresh_from_db()
    assert good.ended_at is not None
    assert actions.announce_ended_absences(now=now + 2 * DAY) == 1


def test_early_return_ends_and_announces_at_once(
    home: Household, operator: User, now: datetime, heard: list[tuple[int, bool]]
) -> None:
    row = plan(home, operator, now, -DAY, 5 * DAY)
    actions.end_absence(absence=row, by=operator, now=now + DAY)
    assert heard == [(row.pk, True)]
    assert valve.absences([home.pk], now - 9 * DAY, now + 9 * DAY) == [
        (home.pk, now - DAY, now + DAY)
    ]
    assert actions.announce_ended_absences(now=now + 9 * DAY) == 0


def test_second_click_on_returned_changes_nothing(
    home: Household, operator: User, now: datetime, heard: list[tuple[int, bool]]
) -> None:
    row = plan(home, operator, now, -DAY, 5 * DAY)
    actions.end_absence(absence=row, by=operator, now=now)
    with pytest.raises(Refused, match="이미 끝난"):
        actions.end_absence(absence=row, by=operator, now=now)
    assert len(heard) == 1


def test_an_absence_taken_back_before_its_start_leaves_no_trace(
    home: Household, operator: User, now: datetime, heard: list[tuple[int, bool]]
) -> None:
    row = plan(home, operator, now, DAY, 5 * DAY)
    actions.end_absence(absence=row, by=operator, now=now)
    assert heard == []
    assert valve.absences([home.pk], now, now + 9 * DAY) == []
    plan(home, operator, now, 2 * DAY, 3 * DAY)


def test_overlapping_absences_are_refused(home: Household, operator: User, now: datetime) -> None:
    plan(home, operator, now, DAY, 3 * DAY)
    with pytest.raises(Refused, match="겹칩니다"):
        plan(home, operator, now, 2 * DAY, 5 * DAY)
    plan(home, operator, now, 3 * DAY, 5 * DAY)


def test_the_time_after_an_early_return_is_free_again(
    home: Household, operator: User, now: datetime
) -> None:
    row = plan(home, operator, now, -DAY, 5 * DAY)
    actions.end_absence(absence=row, by=operator, now=now)
    plan(home, operator, now, timedelta(0), DAY)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (2 * DAY, DAY, "떠날 때보다 뒤"),
        (-3 * DAY, -DAY, "이미 지났습니다"),
        (DAY, 200 * DAY, "석 달"),
    ],
)
def test_impossible_times_are_refused(
    start: timedelta, end: timedelta, words: str, home: Household, operator: User, now: datetime
) -> None:
    with pytest.raises(Refused, match=words):
        plan(home, operator, now, start, end)


def test_nothing_is_planned_for_who_has_left(operator: User, now: datetime) -> None:
    with pytest.raises(Refused, match="끝난 대상자"):
        plan(make_household(state="ended"), operator, now, DAY, 2 * DAY)


def test_the_note_is_ciphertext_and_takes_no_resident_number(
    home: Household, operator: User, now: datetime
) -> None:
    row = plan(home, operator, now, DAY, 2 * DAY, note="누님 댁")
    stored = Absence.objects.raw(
        "SELECT id, note AS n FROM households_absence WHERE id = %s", [row.pk]
    )[0].n
    assert "누님" not in stored
    with pytest.raises(Refused, match="주민등록번호"):
        plan(home, operator, now, 3 * DAY, 4 * DAY, note="750309-1234567")


@pytest.mark.parametrize(
    "nonsense",
    [
        {"ends_at": datetime.fromisoformat("2026-06-01T00:00+00:00")},
        {"ended_at": datetime.fromisoformat("2027-01-01T00:00+00:00")},
    ],
)
def test_the_database_refuses_nonsense(
    nonsense: dict[str, Any], home: Household, operator: User, now: datetime
) -> None:
    row = plan(home, operator, now, DAY, 2 * DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.filter(pk=row.pk).update(**nonsense)


def test_the_database_refuses_overlap(home: Household, operator: User, now: datetime) -> None:
    row = plan(home, operator, now, DAY, 3 * DAY)
    row.pk, row.uid = None, type(row)._meta.get_field("uid").get_default()
    with pytest.raises(IntegrityError, match="absence_no_overlap"), transaction.atomic():
        row.save(force_insert=True)


def test_absences_of_many_households_take_one_query(
    operator: User, now: datetime, django_assert_num_queries: Any
) -> None:
    homes = [make_household() for _ in range(3)]
    for one in homes:
        plan(one, operator, now, DAY, 2 * DAY)
    with django_assert_num_queries(1):
        rows = valve.absences([one.pk for one in homes], now, now + 5 * DAY)
    assert [row[0] for row in rows] == [one.pk for one in homes]


def test_clerk_plans_and_ends_an_absence_on_the_page(
    client_of: ClientOf, clerk_jeongok: User
) -> None:
    home = make_household(clerk=clerk_jeongok)
    client = client_of(clerk_jeongok)
    answers = {
        "kind": "travel",
        "starts_at": "2026-07-01T09:00",
        "ends_at": "2026-07-03T18:00",
        "source": "neighbour",
    }
    address = f"{home.get_absolute_url()}absences/new/"
    client.post(address, answers)
    again = client.post(address, answers).content.decode()
    assert "겹칩니다" in again
    row = home.absences.get()
    assert "부재 중" in client.get(home.get_absolute_url()).content.decode()
    ending = f"{home.get_absolute_url()}absences/{row.uid}/end/"
    assert "다시 살핍니다" in client.post(ending, follow=True).content.decode()
    assert "이미 끝난" in client.post(ending, follow=True).content.decode()


def test_wrong_times_are_said_beside_the_field(client_of: ClientOf, clerk_jeongok: User) -> None:
    home = make_household(clerk=clerk_jeongok)
    response = client_of(clerk_jeongok).post(
        f"{home.get_absolute_url()}absences/new/",
        {
            "kind": "travel",
            "starts_at": "2026-07-03T09:00",
            "ends_at": "2026-07-01T18:00",
            "source": "self",
        },
    )
    assert "ends_at" in response.context["form"].errors
