"""The enrol form: what it asks, what it refuses, what it keeps when left half-way."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from households import actions
from households.models import EnrolDraft, Household
from tests.households.conftest import ClientOf
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db

FORM = "/households/new/"
Answers = dict[str, Any]


def test_a_complete_form_enrols(
    client_of: ClientOf, clerk_jeongok: User, enrol_answers: Answers
) -> None:
    response = client_of(clerk_jeongok).post(FORM, enrol_answers)
    home = Household.objects.get()
    assert response.headers["Location"] == home.get_absolute_url()
    assert (home.name, home.phone, home.enrolment.state) == ("나새롬", "01098765432", "applied")
    assert set(home.consents.values_list("purpose", flat=True)) == {"collection", "kepco"}
    assert home.feed_links.get().partner_id == "0412345678"
    assert not EnrolDraft.objects.exists()


def test_no_consent_is_ticked_beforehand(client_of: ClientOf, clerk_jeongok: User) -> None:
    page = client_of(clerk_jeongok).get(FORM).content.decode()
    assert "checked" not in page
    assert page.count("동의하지 않습니다") == 5


def test_every_consent_must_be_answered(
    client_of: ClientOf, clerk_jeongok: User, enrol_answers: Answers
) -> None:
    del enrol_answers["consent_skt"]
    response = client_of(clerk_jeongok).post(FORM, enrol_answers)
    assert "동의하는지 아닌지 골라 주세요." in response.content.decode()
    assert not Household.objects.exists()


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"birth_date": "1990-01-01"}, "birth_date", "만 36세"),
        ({"birth_date": "1960-01-01"}, "birth_date", "노인 돌봄"),
        ({"birth_date": "어제"}, "birth_date", ""),
        ({"lives_alone": "no"}, "lives_alone", "혼자 사는 분만"),
        ({"phone": "12345"}, "phone", "전화번호를 다시"),
        ({"consent_collection": "no"}, "consent_collection", "가입할 수 없습니다"),
        ({"consent_kepco": "no"}, "meter", "동의했을 때만"),
        ({"illness": "당뇨"}, "illness", "동의했을 때만"),
        ({"consent_on": "2026-07-02"}, "consent_on", "오늘보다 뒤"),
        ({"contact_name": "오이장"}, "contact_phone", "이 칸도"),
        ({"township": "4180033000"}, "township", ""),
        ({"meter": "번호"}, "", "숫자와 영문"),
    ],
)
def test_wrong_answers_are_explained_beside_the_question(
    answers: Answers,
    field: str,
    words: str,
    client_of: ClientOf,
    clerk_jeongok: User,
    enrol_answers: Answers,
) -> None:
    response = client_of(clerk_jeongok).post(FORM, {**enrol_answers, **answers})
    errors = response.context["form"].errors
    assert words in " ".join(errors[field or "__all__"])
    assert not Household.objects.exists()
    assert actions.load_draft(by=clerk_jeongok, now=datetime.fromisoformat("2026-07-01T03:00Z"))


@pytest.mark.parametrize(
    "field", ["name", "address", "access_note", "dog", "illness", "contact_name", "meter"]
)
def test_a_resident_number_is_refused_and_forgotten(
    field: str, client_of: ClientOf, clerk_jeongok: User, enrol_answers: Answers
) -> None:
    enrol_answers |= {"consent_health": "yes", field: "750309-2123456"}
    client = client_of(clerk_jeongok)
    page = client.post(FORM, enrol_answers).content.decode()
    assert "주민등록번호로 보이는 숫자" in page
    assert "2123456" not in page
    assert "2123456" not in client.get(FORM).content.decode()
    assert not Household.objects.exists()


def test_second_click_meets_the_household_just_made(
    client_of: ClientOf, clerk_jeongok: User, enrol_answers: Answers
) -> None:
    client = client_of(clerk_jeongok)
    client.post(FORM, enrol_answers)
    home = Household.objects.get()
    page = client.post(FORM, enrol_answers).content.decode()
    assert "이미 있습니다" in page
    assert home.get_absolute_url() in page
    assert Household.objects.count() == 1


def test_a_duplicate_elsewhere_is_told_without_a_link(
    client_of: ClientOf, clerk_jeongok: User, clerk_baekhak: User, enrol_answers: Answers
) -> None:
    other = make_household(clerk=clerk_baekhak, phone="01098765432")
    page = client_of(clerk_jeongok).post(FORM, enrol_answers).content.decode()
    assert "다른 읍·면에서" in page
    assert str(other.uid) not in page


def test_a_namesake_is_entered_after_confirming(
    client_of: ClientOf, clerk_jeongok: User, enrol_answers: Answers
) -> None:
    client = client_of(clerk_jeongok)
    client.post(FORM, enrol_answers)
    enrol_answers |= {"phone": "010-1111-2222", "meter": "999"}
    page = client.post(FORM, enrol_answers).content.decode()
    assert "another_person" in page
    assert client.post(FORM, {**enrol_answers, "another_person": "on"}).status_code == 302
    assert Household.objects.count() == 2


def test_half_a_form_waits_for_its_clerk(
    client_of: ClientOf, clerk_jeongok: User, clerk_baekhak: User
) -> None:
    client = client_of(clerk_jeongok)
    saved = client.post(f"{FORM}draft/", {"name": "나새롬", "consent_skt": "no"})
    assert "임시저장됨 12:00" in saved.content.decode()
    page = client.get(FORM).content.decode()
    assert "작성하던 내용을 불러왔습니다" in page
    assert 'value="나새롬"' in page
    other = client_of(clerk_baekhak).get(FORM).content.decode()
    assert "나새롬" not in other
    assert "불러왔습니다" not in other


def test_a_draft_is_ciphertext(client_of: ClientOf, clerk_jeongok: User) -> None:
    client_of(clerk_jeongok).post(f"{FORM}draft/", {"name": "나새롬"})
    stored = EnrolDraft.objects.raw("SELECT id, payload AS p FROM households_enroldraft")[0].p
    assert "새롬" not in stored
    assert stored.startswith("gAAAA")


def test_saving_and_leaving_keeps_and_goes(client_of: ClientOf, clerk_jeongok: User) -> None:
    client = client_of(clerk_jeongok)
    response = client.post(FORM, {"name": "나새롬", "leave": "1"})
    assert response.headers["Location"] == "/households/"
    assert 'value="나새롬"' in client.get(FORM).content.decode()


def test_a_draft_is_thrown_away_on_request(client_of: ClientOf, clerk_jeongok: User) -> None:
    client = client_of(clerk_jeongok)
    client.post(f"{FORM}draft/", {"name": "나새롬"})
    for _click in range(2):
        assert client.post(f"{FORM}draft/discard/").status_code == 302
    assert "나새롬" not in client.get(FORM).content.decode()


def test_drafts_are_purged_after_thirty_days(clerk_jeongok: User, now: datetime) -> None:
    actions.save_draft(values={"name": "나새롬"}, by=clerk_jeongok, now=now)
    later = now + timedelta(days=30)
    assert actions.load_draft(by=clerk_jeongok, now=later) == {}
    assert actions.purge_drafts(now=later - timedelta(seconds=1)) == 0
    assert actions.purge_drafts(now=later) == 1


@pytest.mark.parametrize("name", ["operator", "privacy_officer", "responder", "administrator"])
def test_others_see_no_form(name: str, client_of: ClientOf, request: pytest.FixtureRequest) -> None:
    assert client_of(request.getfixturevalue(name)).get(FORM).status_code == 403


def test_nobody_is_sent_to_sign_in(client: Any, db: None) -> None:
    assert client.get(FORM).status_code == 302
    assert "login" in client.get(FORM).headers["Location"]
