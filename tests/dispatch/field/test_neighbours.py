"""A neighbour's link: one question, two buttons, no history; it tells, and never closes."""

from datetime import timedelta

import pytest
from django.test import Client

from dispatch import actions
from dispatch.engine.on_road import send_asks
from dispatch.models import NeighbourAsk, SmsState
from dispatch.neighbours import panel
from dispatch.neighbours.actions import ask_neighbour
from dispatch.neighbours.names import first_name
from dispatch.rules import Refused
from tests.cast import sign_in
from tests.dispatch_pages.conftest import ADDRESS, MASKED, NAME, PHONE, claimed, home, red  # noqa: F401

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def telephone(settings):
    settings.TWILIO = {
        **settings.TWILIO,
        "ACCOUNT_SID": "AC" + "0" * 32,
        "AUTH_TOKEN": "t",
        "FROM_NUMBER": "+82316000000",
        "API_BASE_URL": "http://127.0.0.1:9",
    }


@pytest.fixture
def link(claimed, operator, now):  # noqa: F811
    contact = claimed.household.contacts.get()
    return ask_neighbour(case=claimed, contact=contact, by=operator, now=now)


@pytest.fixture
def path(link, settings):
    return link.url.removeprefix(settings.PUBLIC_BASE_URL)


def kinds(case):
    return list(case.events.filter(kind__startswith="neighbour").values_list("kind", flat=True))


def test_the_page_says_a_first_name_and_nothing_else(path, claimed):  # noqa: F811
    page = Client().get(path)
    text = page.content.decode()
    assert "영수 님을 보셨나요?" in text
    for word in (NAME, MASKED, PHONE, ADDRESS, "은대리", "전곡", claimed.number, "긴급"):
        assert word not in text
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]


def test_looking_at_it_changes_nothing(path, claimed):  # noqa: F811
    for _preview in range(3):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    assert kinds(claimed) == ["neighbour_asked"]
    assert Client().post(path + "opened/").status_code == 204
    assert Client().post(path + "opened/").status_code == 204
    assert kinds(claimed) == ["neighbour_asked", "neighbour_opened"]


@pytest.mark.parametrize("said", ["saw_well", "could_not"])
def test_the_answer_counts_once_and_closes_nothing(said, path, claimed, operator):  # noqa: F811
    for other in (said, said, "could_not"):
        assert Client().post(path + "answer/", {"said": other}).status_code == 302
    ask = NeighbourAsk.objects.get()
    assert ask.answer == said
    assert kinds(claimed) == ["neighbour_asked", "neighbour_said"]
    claimed.refresh_from_db()
    assert claimed.state == "claimed"
    assert operator.messages.filter(kind__startswith="dispatch.neighbour").exists()
    assert "고맙습니다" in Client().get(path).content.decode()


def test_a_link_ends(path, link, claimed, operator, now, frozen_clock):  # noqa: F811
    assert Client().post(path + "answer/", {"said": "nonsense"}).status_code == 200
    frozen_clock.move_to(now + 2 * HOUR)
    page = Client().get(path)
    assert page.status_code == 410
    assert "영수" not in page.content.decode()
    assert Client().post(path + "answer/", {"said": "saw_well"}).status_code == 410
    assert Client().get("/n/made-up/").status_code == 410
    assert NeighbourAsk.objects.get().answer == ""
    again = ask_neighbour(case=claimed, contact=link.ask.contact, by=operator, now=now + 2 * HOUR)
    assert again.url


def test_one_question_at_a_time_by_the_owner_only(link, claimed, operator, operator2, now):  # noqa: F811
    contact = link.ask.contact
    assert ask_neighbour(case=claimed, contact=contact, by=operator, now=now).url == ""
    with pytest.raises(Refused):
        ask_neighbour(case=claimed, contact=contact, by=operator2, now=now)
    assert NeighbourAsk.objects.count() == 1
    assert link.url not in repr(link)
    stored = NeighbourAsk.objects.values_list("token_hash", flat=True).get()
    assert stored not in link.url


def test_too_many_requests_of_one_address_wait(path, settings):
    client = Client(REMOTE_ADDR="192.0.2.77")
    answers = [client.get(path).status_code for _turn in range(32)]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_the_operator_asks_from_the_case(claimed, operator, now):  # noqa: F811
    client = sign_in(Client(), operator)
    contact = claimed.household.contacts.get()
    shown = panel.of(claimed, operator, now=now)
    assert [choice.uid for choice in shown.choices] == [str(contact.uid)]
    url = f"/cases/{claimed.uid}/ask-neighbour/"
    for origin, there in (("desk", f"/desk/?case={claimed.uid}"), ("", f"/cases/{claimed.uid}/")):
        answer = client.post(url, {"contact": str(contact.uid), "from": origin})
        assert (answer.status_code, answer["Location"]) == (302, there)  # back to where it stood
    assert NeighbourAsk.objects.count() == 1
    assert panel.of(claimed, operator, now=now).asked[0].words.startswith("대답 기다림")
    actions.release(case=claimed, by=operator, now=now)


def test_the_desk_stays_and_a_closed_case_waits_for_nobody(claimed, operator, now):  # noqa: F811
    client = sign_in(Client(), operator)
    asked = {"contact": str(claimed.household.contacts.get().uid), "from": "desk"}
    url = f"/cases/{claimed.uid}/ask-neighbour/"
    answer = client.post(url, asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "문자로 물었습니다" in page
    assert f'data-url="/desk/?case={claimed.uid}"' in page
    actions.close(
        case=claimed, by=operator, reason="fine", evidence_kind="spoke", note="본인", now=now
    )
    claimed.refresh_from_db()
    assert panel.of(claimed, operator, now=now).asked[0].words == "대답 없이 건이 끝났습니다"


def test_a_message_is_sent_once_also_after_a_time_out(link, monkeypatch, now):
    sent: list[str] = []

    class Messages:
        def create(self, *, to, from_, body):
            sent.append(body)
            if len(sent) == 1:
                raise OSError("the answer got lost")

        def list(self, **asked):
            return [type("Sent", (), {"body": body}) for body in sent]

    fake = type("Company", (), {"messages": Messages()})
    monkeypatch.setattr("accounts.twilio_client.client", lambda: fake)
    send_asks(now)
    link.ask.refresh_from_db()
    assert link.ask.sms_state == SmsState.SENDING
    assert send_asks(now).count == 0
    send_asks(now + timedelta(minutes=2))
    link.ask.refresh_from_db()
    assert (link.ask.sms_state, link.ask.token, len(sent)) == (SmsState.SENT, "", 1)
    assert NAME not in sent[0]
    assert "영수" not in sent[0]


def test_a_case_that_is_over_asks_nobody(link, claimed, operator, now, monkeypatch):  # noqa: F811
    monkeypatch.setattr("accounts.twilio_client.client", lambda: pytest.fail("a message"))
    over = {"reason": "fine", "evidence_kind": "spoke", "note": "", "now": now}
    actions.close(case=claimed, by=operator, **over)
    send_asks(now)
    link.ask.refresh_from_db()
    assert (link.ask.sms_state, link.ask.token) == (SmsState.FAILED, "")


def test_the_duty_official_whom_the_chain_reached_may_ask(red, official, now):  # noqa: F811
    case = actions.claim(case=red, by=official, now=now, called=True)
    url, contact = f"/cases/{case.uid}/ask-neighbour/", case.household.contacts.get()
    answer = sign_in(Client(), official).post(url, {"contact": str(contact.uid)})
    assert (answer.status_code, NeighbourAsk.objects.count()) == (302, 1)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("김영수", "영수"),
        ("남궁민수", "민수"),
        ("이산", "산"),
        ("봄", "봄"),
        ("김 영수", "영수"),
        ("남궁 민수", "민수"),
        ("John Smith", "John"),
        ("SMITH, John", "John"),
        ("존 스미스", "존"),
        ("Batbayar", "Batbayar"),
        ("알렉산드라", "알렉산드라"),
        ("王小明", "小明"),
        ("", ""),
    ],
)
def test_first_names(name, first):
    assert first_name(name) == first
