"""Every page as every role: who sees it, who is told no, for whom it is not there."""

import pytest

from accounts.roles import Role
from tests.cast import grant
from tests.dispatch_pages.conftest import ADDRESS, MASKED, NAME, PHONE, post, text_of

pytestmark = pytest.mark.django_db

ROLES = (
    "operator",
    "official",
    "clerk_jeongok",
    "clerk_baekhak",
    "responder",
    "responder2",
    "partner_reviewer",
    "privacy_officer",
    "administrator",
    "outsider",
)
OPERATORS = {"operator"}
READERS = {"operator", "official", "clerk_jeongok"}


def expected(role: str, *, ok: set[str], hidden: set[str] = frozenset()) -> int:
    return 200 if role in ok else 404 if role in hidden else 403


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_each_role(role, request, as_user, red, visit):
    client = as_user(request.getfixturevalue(role))
    case = f"/cases/{red.uid}/"
    door = {
        "/desk/": expected(role, ok=OPERATORS),
        "/desk/queue/": expected(role, ok=OPERATORS),
        "/desk/feeds/": expected(role, ok=OPERATORS),
        "/cases/": expected(role, ok=READERS | {"clerk_baekhak"}),
        case: expected(role, ok=READERS, hidden={"clerk_baekhak"}),
        f"{case}desk-call/words/": expected(role, ok=OPERATORS | {"official"}),
        "/visits/": expected(role, ok={"responder", "responder2"}),
        f"/visits/{visit.uid}/": expected(
            role, ok={"responder", "operator"}, hidden={"responder2"}
        ),
    }
    assert {url: client.get(url).status_code for url in door} == door


@pytest.mark.parametrize("role", sorted(set(ROLES) - OPERATORS))
@pytest.mark.parametrize("verb", ["claim", "reveal", "call", "note", "send", "hand-over", "close"])
def test_only_operators_act(role, verb, request, as_user, red):
    """The county gets past the door of an owner's acts, because the telephone chain may give it a
    case; without owning one it changes nothing."""
    client = as_user(request.getfixturevalue(role))
    before = red.events.count()
    status = post(client, f"/cases/{red.uid}/{verb}/").status_code
    assert status == (200 if role == "official" and verb != "claim" else 403)
    red.refresh_from_db()
    assert (red.owner, red.events.count()) == (None, before)


@pytest.mark.parametrize("role", ["operator", "responder2", "clerk_jeongok"])
def test_only_the_sent_responder_moves_a_visit(role, request, as_user, visit):
    client = as_user(request.getfixturevalue(role))
    answer = post(client, f"/visits/{visit.uid}/accept/")
    assert answer.status_code == (404 if role == "responder2" else 403)
    visit.refresh_from_db()
    assert visit.accepted_at is None


def test_signed_out_goes_to_the_sign_in_and_htmx_reloads(client, red):
    assert client.get("/desk/").status_code == 302
    answer = client.get("/desk/queue/", headers={"HX-Request": "true"})
    assert (answer.status_code, "HX-Redirect" in answer) == (401, True)


@pytest.mark.parametrize("role", ["official", "clerk_jeongok", "operator"])
def test_names_are_masked_before_the_claim(role, request, as_user, red):
    client = as_user(request.getfixturevalue(role))
    for url in ("/cases/", f"/cases/{red.uid}/"):
        page = text_of(client.get(url))
        assert MASKED in page
        for word in (NAME, PHONE, ADDRESS):
            assert word not in page


def test_readers_see_no_buttons(as_user, official, red):
    page = text_of(as_user(official).get(f"/cases/{red.uid}/"))
    assert "읽기만 할 수 있습니다" in page
    assert "/claim/" not in page


def test_another_operator_stays_masked_and_the_owner_sees_the_name(
    as_user, operator, operator2, claimed
):
    url = f"/cases/{claimed.uid}/"
    assert NAME in text_of(as_user(operator).get(url))
    theirs = text_of(as_user(operator2).get(url))
    assert NAME not in theirs
    assert "관지우 님이 맡고 있습니다" in theirs


def test_unknown_addresses_are_404(as_user, operator, responder, home):
    nowhere = "00000000-0000-4000-8000-000000000000"
    assert as_user(operator).get(f"/cases/{nowhere}/").status_code == 404
    assert as_user(operator).get(f"/desk/?case={nowhere}").status_code == 404
    assert as_user(operator).get("/desk/?case=nonsense").status_code == 200
    assert as_user(responder).get(f"/visits/{nowhere}/").status_code == 404


@pytest.mark.parametrize("role", ["clerk_jeongok", "official", "privacy_officer"])
def test_a_second_role_does_not_open_other_peoples_visits(role, request, as_user, visit):
    """A clerk who is a responder by night goes to his own visits, not into his colleagues'."""
    user = request.getfixturevalue(role)
    grant(user, Role.RESPONDER)
    assert as_user(user).get(f"/visits/{visit.uid}/").status_code == 404


def test_name_and_address_are_for_who_goes_and_who_sent(as_user, operator, operator2, visit):
    url = f"/visits/{visit.uid}/"
    assert ADDRESS in text_of(as_user(operator).get(url))
    page = text_of(as_user(operator2).get(url))
    for word in (NAME, ADDRESS, "철제 계단", "geo:"):
        assert word not in page
    assert "건을 맡은 사람만 봅니다" in page
    assert f"/cases/{visit.case.uid}/" in page
