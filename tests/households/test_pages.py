"""The list and the page of one household."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessLog, User
from households import actions
from households.actions import ContactInput
from households.models import EnrolmentEvent
from tests.households.conftest import ClientOf
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db

LIST = "/households/"
MAYOR = ContactInput(name="오이장", phone="01077778888", relation="village_head")


def test_clerk_lists_only_his_township(
    client_of: ClientOf, clerk_jeongok: User, clerk_baekhak: User
) -> None:
    own = make_household(clerk=clerk_jeongok)
    other = make_household(clerk=clerk_baekhak)
    page = client_of(clerk_jeongok).get(LIST).content.decode()
    assert own.label in page
    assert other.label not in page


@pytest.mark.parametrize("name", ["operator", "official", "privacy_officer"])
def test_county_wide_roles_list_everybody(
    name: str, client_of: ClientOf, request: pytest.FixtureRequest, clerk_baekhak: User
) -> None:
    home = make_household(clerk=clerk_baekhak)
    page = client_of(request.getfixturevalue(name)).get(LIST)
    assert home.label in page.content.decode()


@pytest.mark.parametrize("name", ["administrator", "responder", "partner_reviewer", "outsider"])
def test_others_are_refused_the_list(
    name: str, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    assert client_of(request.getfixturevalue(name)).get(LIST).status_code == 403


def test_clerk_of_another_township_gets_404_on_every_page(
    client_of: ClientOf, clerk_jeongok: User, clerk_baekhak: User, now: datetime
) -> None:
    home = make_household(clerk=clerk_jeongok, contacts=[MAYOR])
    absence = actions.plan_absence(
        household=home,
        starts_at=now,
        ends_at=now + timedelta(days=2),
        kind="travel",
        source="self",
        by=clerk_jeongok,
        now=now,
    )
    contact = home.contacts.get()
    client = client_of(clerk_baekhak)
    addresses = [
        reverse("households:" + name, args=[home.uid, *rest])
        for name, rest in (
            ("detail", []),
            ("reveal", []),
            ("history", []),
            ("correct", []),
            ("state", ["pause"]),
            ("risk", []),
            ("add_contact", []),
            ("remove_contact", [contact.uid]),
            ("link", ["app"]),
            ("unlink", ["power"]),
            ("swap", ["power"]),
            ("give_consent", ["skt"]),
            ("withdraw_consent", ["kepco"]),
            ("plan_absence", []),
            ("end_absence", [absence.uid]),
        )
    ]
    assert {client.post(address).status_code for address in addresses} <= {404, 405}
    assert client.get(addresses[0]).status_code == 404
    home.refresh_from_db()
    assert home.enrolment.state == "active"
    assert home.consents.standing().count() == 2


def test_detail_shows_masked_words_and_is_logged(client_of: ClientOf, clerk_jeongok: User) -> None:
    home = make_household(
        clerk=clerk_jeongok,
        name="남궁철수",
        phone="01055556666",
        address="경기도 연천군 전곡읍 은대리 5-9",
        contacts=[MAYOR],
    )
    response = client_of(clerk_jeongok).get(home.get_absolute_url())
    page = response.content.decode()
    assert "남**수" in page
    assert "010-****-6666" in page
    assert "오*장" in page
    for secret in ("남궁철수", "01055556666", "은대리 5", "오이장", "01077778888"):
        assert secret not in page
    assert "no-store" in response.headers["Cache-Control"]
    log = AccessLog.objects.filter(action="viewed").get()
    assert (log.subject_uid, log.actor_id) == (str(home.uid), clerk_jeongok.pk)
    assert log.ip == "127.0.0.1"


def test_no_personal_word_in_list_urls_or_access_log(
    client_of: ClientOf, clerk_jeongok: User, caplog: pytest.LogCaptureFixture
) -> None:
    home = make_household(
        clerk=clerk_jeongok,
        name="선우비밀",
        phone="01044443333",
        address="경기도 연천군 전곡읍 비밀리 1-1",
        illness="당뇨비밀",
        consents=["collection", "health", "kepco"],
        meter="METER-SECRET-9988",
    )
    client = client_of(clerk_jeongok)
    page = client.get(LIST).content.decode()
    client.post(f"{home.get_absolute_url()}reveal/", {"reason": "visit"})
    found = client.post("/households/search/", {"q": "선우비밀"})
    words = ("선우비밀", "01044443333", "4444", "당뇨비밀", "1-1", "SECRET")
    log = str(list(AccessLog.objects.values()))
    events = str(list(EnrolmentEvent.objects.values()))
    for word in words:
        assert word not in page
        assert word not in log
        assert word not in events
        assert word not in caplog.text
        assert word not in found.headers["Location"]
        assert word not in str(home)
        assert word not in repr(home)


def test_reveal_needs_a_reason_and_is_logged_with_it(client_of: ClientOf, operator: User) -> None:
    home = make_household(name="황보라", phone="01055556666")
    client = client_of(operator)
    address = f"{home.get_absolute_url()}reveal/"
    without = client.post(address).content.decode()
    assert "황보라" not in without
    assert not AccessLog.objects.filter(action="revealed").exists()
    page = client.post(address, {"reason": "call"}).content.decode()
    assert "황보라" in page
    assert "010-5555-6666" in page
    log = AccessLog.objects.filter(action="revealed").get()
    assert log.reason == "전화하려고"
    assert log.subject_uid == str(home.uid)
    assert "황보라" not in client.get(home.get_absolute_url()).content.decode()


def test_privacy_officer_reads_the_page_but_reveals_nothing(
    client_of: ClientOf, privacy_officer: User
) -> None:
    home = make_household()
    client = client_of(privacy_officer)
    assert client.get(home.get_absolute_url()).status_code == 200
    assert client.post(f"{home.get_absolute_url()}reveal/", {"reason": "call"}).status_code == 403


def test_operator_changes_no_enrolment_but_records_an_absence(
    client_of: ClientOf, operator: User, now: datetime
) -> None:
    home = make_household()
    client = client_of(operator)
    refused = client.post(f"{home.get_absolute_url()}state/end/", {"reason": "moved"})
    assert refused.status_code == 403
    client.post(
        f"{home.get_absolute_url()}absences/new/",
        {
            "kind": "hospital",
            "starts_at": "2026-07-01T10:00",
            "ends_at": "2026-07-04T18:00",
            "source": "family",
        },
    )
    absence = home.absences.get()
    assert absence.recorded_by == operator
    assert absence.starts_at.isoformat() == "2026-07-01T01:00:00+00:00"


# ── list: filters and search ─────────────────────────────────────────────────
def labels(client_of: ClientOf, user: User, query: str) -> set[str]:
    context = client_of(user).get(f"{LIST}?{query}").context
    return {row.household.label for row in context["rows"]}


def test_list_leaves_out_who_has_left_unless_asked(client_of: ClientOf, official: User) -> None:
    here, gone = make_household(), make_household(state="ended")
    assert labels(client_of, official, "") == {here.label}
    assert labels(client_of, official, "state=ended") == {gone.label}


def test_list_filters_by_township_state_and_number(
    client_of: ClientOf, official: User, clerk_jeongok: User, clerk_baekhak: User
) -> None:
    one = make_household(clerk=clerk_jeongok, state="learning")
    two = make_household(clerk=clerk_baekhak)
    assert labels(client_of, official, "township=4180033000") == {two.label}
    assert labels(client_of, official, "state=learning") == {one.label}
    assert labels(client_of, official, f"number={two.number}") == {two.label}


def test_list_filters_by_the_risk_group_in_force(
    client_of: ClientOf, official: User, now: datetime
) -> None:
    home, plain = make_household(), make_household()
    for group, day in (("low", date(2026, 5, 1)), ("high", date(2026, 6, 1))):
        actions.set_risk_group(
            household=home, group=group, from_date=day, reason="전수조사", by=official, now=now
        )
    actions.set_risk_group(
        household=home,
        group="medium",
        from_date=date(2026, 12, 1),
        reason="다음 조사",
        by=official,
        now=now,
    )
    assert labels(client_of, official, "risk=high") == {home.label}
    assert labels(client_of, official, "risk=low") == set()
    assert labels(client_of, official, "risk=none") == {plain.label}


def test_list_filters_who_is_away_now(client_of: ClientOf, official: User, now: datetime) -> None:
    away, _home = make_household(), make_household()
    actions.plan_absence(
        household=away,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=1),
        kind="travel",
        source="self",
        by=official,
        now=now,
    )
    assert labels(client_of, official, "away=on") == {away.label}


def test_people_near_65_stand_in_the_handover_list(client_of: ClientOf, official: User) -> None:
    soon = make_household(birth_date=date(1961, 9, 15))
    past = make_household(birth_date=date(1961, 5, 2))
    make_household(birth_date=date(1962, 9, 15))
    assert labels(client_of, official, "handover=on") == {soon.label, past.label}
    page = client_of(official).get(past.get_absolute_url()).content.decode()
    assert "만 65세 인계 예정" in page


def test_a_filter_that_makes_no_sense_is_explained(client_of: ClientOf, official: User) -> None:
    make_household()
    page = client_of(official).get(f"{LIST}?number=abc&township=999&state=x")
    assert page.status_code == 200
    assert page.context["filters"].form.errors.keys() == {"number", "township", "state"}


def test_clerk_cannot_filter_for_a_foreign_township(
    client_of: ClientOf, clerk_jeongok: User, clerk_baekhak: User
) -> None:
    make_household(clerk=clerk_baekhak)
    assert labels(client_of, clerk_jeongok, "township=4180033000") == set()


def test_list_has_a_fixed_number_of_queries(client_of: ClientOf, official: User) -> None:
    client = client_of(official)
    client.get(LIST)
    counts = []
    for more in (2, 6):
        for _ in range(more):
            make_household()
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("typed", ["010-2468-1357", "01024681357", "+82 10 2468 1357"])
def test_search_by_exact_telephone_number(typed: str, client_of: ClientOf, official: User) -> None:
    home = make_household(phone="01024681357")
    response = client_of(official).post("/households/search/", {"q": typed})
    assert response.headers["Location"] == home.get_absolute_url()


@pytest.mark.parametrize("typed", ["제갈공명", " 제갈공명 "])
def test_search_by_exact_name(typed: str, client_of: ClientOf, official: User) -> None:
    home = make_household(name="제갈공명")
    response = client_of(official).post("/households/search/", {"q": typed})
    assert response.headers["Location"] == home.get_absolute_url()


def test_search_by_number_of_the_household(client_of: ClientOf, official: User) -> None:
    home = make_household()
    response = client_of(official).post("/households/search/", {"q": f"가구 {home.number:04d}"})
    assert response.headers["Location"] == home.get_absolute_url()


def test_search_lists_namesakes(client_of: ClientOf, official: User) -> None:
    two = {make_household(name="김영희").label, make_household(name="김영희").label}
    page = client_of(official).post("/households/search/", {"q": "김영희"})
    assert {row.household.label for row in page.context["rows"]} == two


def test_search_finds_nobody_outside_the_township(
    client_of: ClientOf, clerk_jeongok: User, clerk_baekhak: User
) -> None:
    make_household(clerk=clerk_baekhak, name="제갈공명")
    response = client_of(clerk_jeongok).post("/households/search/", {"q": "제갈공명"}, follow=True)
    assert "찾는 대상자가 없습니다" in response.content.decode()


def test_search_with_a_resident_number_is_refused(client_of: ClientOf, official: User) -> None:
    response = client_of(official).post("/households/search/", {"q": "750309-2123456"}, follow=True)
    page = response.content.decode()
    assert "주민등록번호" in page
    assert "2123456" not in page
