"""Whom to visit, which data to put right: one's own townships, decided once, never alarms."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessLog
from households.rules import Refused
from monitoring import note_actions
from monitoring.models import Decline, HouseholdState, Suggestion
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.pages.conftest import text

pytestmark = pytest.mark.django_db
PAGE = "/households/quieter/"


@pytest.fixture
def quiet(home, now):
    return Decline.objects.create(
        household=home, found_at=now, index=2.5, reasons=["걸음이 8주 전의 절반입니다."]
    )


@pytest.fixture
def suggested(home, now):
    return note_actions.suggest(household=home, kind="absence", source=uuid.uuid4(), now=now)


def test_the_list_is_for_readers(client, cast):
    readers = {"clerk_jeongok", "clerk_baekhak", "operator", "operator2", "official"}
    readers |= {"privacy_officer", "clerk_and_responder"}
    for who, user in cast.items():
        status = sign_in(client, user).get(PAGE).status_code
        assert status == (200 if who in readers else 403), who


def test_a_clerk_sees_his_own_townships_only(client, clerk_jeongok, clerk_baekhak, quiet):
    mine = text(sign_in(client, clerk_jeongok).get(PAGE))
    assert quiet.household.label in mine
    assert "걸음이 8주 전의 절반입니다." in mine
    assert "급한 알림이 아닙니다." in mine
    assert quiet.household.label not in text(sign_in(client, clerk_baekhak).get(PAGE))


def test_empty_lists_say_what_will_come(client, official):
    sign_in(client, official)
    assert "지금 방문해 볼 분이 없습니다" in text(client.get(PAGE))
    assert "바로잡을 자료가 없습니다" in text(client.get(PAGE, {"list": "data"}))
    assert "거르기를 풀면" in text(client.get(PAGE, {"state": "done"}))


def test_a_decision_is_kept_with_who_and_when(client, clerk_jeongok, quiet, now):
    sign_in(client, clerk_jeongok)
    answer = client.post(
        reverse("monitoring:decide_decline", args=[quiet.pk]),
        {"state": "done", "note": "방문, 무릎이 아프다고 함", "back": PAGE},
        follow=True,
    )
    assert "적어 두었습니다." in text(answer)
    quiet.refresh_from_db()
    assert (quiet.state, quiet.decided_by, quiet.decided_at) == ("done", clerk_jeongok, now)
    logged = AccessLog.objects.get(action="changed", detail__what="decline")
    assert logged.subject_uid == str(quiet.household.uid)
    assert "무릎" not in str(logged.detail)
    done = text(client.get(PAGE, {"state": "done"}))
    assert "방문, 무릎이 아프다고 함" in done
    assert "처리하기" not in done


def test_a_second_click_changes_nothing(client, clerk_jeongok, official, quiet):
    address = reverse("monitoring:decide_decline", args=[quiet.pk])
    sign_in(client, clerk_jeongok).post(address, {"state": "done"})
    again = sign_in(client, official).post(address, {"state": "dismissed"}, follow=True)
    assert "이미 처리한 것입니다." in text(again)
    quiet.refresh_from_db()
    assert quiet.state == "done"


def test_who_may_not_write_is_refused(client, operator, clerk_baekhak, clerk_jeongok, quiet, now):
    address = reverse("monitoring:decide_decline", args=[quiet.pk])
    assert sign_in(client, operator).post(address, {"state": "done"}).status_code == 403
    assert sign_in(client, clerk_baekhak).post(address, {"state": "done"}).status_code == 404
    with pytest.raises(Refused):
        note_actions.decide_decline(decline=quiet, state="done", by=operator, now=now)
    with pytest.raises(Refused):
        note_actions.decide_decline(decline=quiet, state="open", by=clerk_jeongok, now=now)
    assert "처리하기" not in text(sign_in(client, operator).get(PAGE))


def test_a_note_takes_no_resident_number_and_leads_nowhere_else(client, clerk_jeongok, quiet):
    address = reverse("monitoring:decide_decline", args=[quiet.pk])
    sign_in(client, clerk_jeongok)
    asked = {"state": "done", "note": "800101-1234567", "back": "https://evil.example/"}
    answer = client.post(address, asked)
    assert answer["Location"] == PAGE
    quiet.refresh_from_db()
    assert quiet.state == "open"


def test_the_same_suggestion_is_made_once(home, suggested, now):
    again = note_actions.suggest(household=home, kind="absence", source=uuid.uuid4(), now=now)
    assert again == suggested
    note_actions.suggest(household=home, kind="meter_ticket", source=uuid.uuid4(), now=now)
    assert Suggestion.objects.count() == 2
    with pytest.raises(ValueError):
        note_actions.suggest(household=home, kind="else", source=uuid.uuid4(), now=now)


def test_every_suggestion_leads_to_where_it_is_put_right(client, clerk_jeongok, home, now):
    for kind in ("absence", "phone_change", "meter_ticket"):
        note_actions.suggest(household=home, kind=kind, source=uuid.uuid4(), now=now)
    page = text(sign_in(client, clerk_jeongok).get(PAGE, {"list": "data"}))
    assert reverse("households:plan_absence", args=[home.uid]) in page
    assert reverse("households:link", args=[home.uid, "app"]) in page
    assert "점검을 요청함" in page


def test_the_household_shows_its_hints_and_never_a_light_for_them(
    client, clerk_jeongok, operator, quiet, suggested, home
):
    page = text(sign_in(client, clerk_jeongok).get(home.get_absolute_url()))
    assert "해 볼 일" in page
    assert "한번 방문해 볼 분" in page
    assert "부재 등록하기" in page
    assert "처리하기" in page
    assert "처리하기" not in text(sign_in(client, operator).get(home.get_absolute_url()))
    assert not HouseholdState.objects.exists()


def test_without_hints_there_is_no_panel(client, clerk_jeongok, home):
    assert "해 볼 일" not in text(sign_in(client, clerk_jeongok).get(home.get_absolute_url()))


def test_a_list_reads_no_more_for_more_rows(client, official, now, django_assert_num_queries):
    def add(count: int) -> None:
        for _ in range(count):
            Decline.objects.create(
                household=make_household(now=now), found_at=now - timedelta(days=1), index=1.0
            )

    sign_in(client, official)
    add(2)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    add(5)
    with django_assert_num_queries(len(few)):
        client.get(PAGE)
