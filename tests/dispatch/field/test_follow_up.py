"""After the case: a day to look again, a need for the township; each once, scoped, sealed."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.roles import Role
from dispatch.follow_up.actions import finish_follow_up, note_need, set_follow_up
from dispatch.models import FollowUp, NeedNote
from dispatch.rules import Refused
from households.days import local_day
from tests.cast import grant, sign_in
from tests.dispatch_pages.conftest import NAME, home, red  # noqa: F401

pytestmark = pytest.mark.django_db


def test_set_listed_and_done(home, red, clerk_jeongok, clerk_baekhak, now):  # noqa: F811
    client = sign_in(Client(), clerk_jeongok)
    due = local_day(now) + timedelta(days=3)
    url = f"/households/{home.uid}/follow-up/"
    for _click in range(2):
        answer = client.post(url, {"how": "visit", "due_on": due.isoformat(), "note": "약 확인"})
        assert answer.status_code == 302
    row = FollowUp.objects.get()
    assert red.events.filter(kind="follow_up_set").count() == 1
    assert b"\xec" not in bytes(row.note)  # sealed
    page = client.get("/follow-ups/").content.decode()
    assert "약 확인" in page
    assert NAME not in page
    assert "약 확인" in client.get(f"/households/{home.uid}/").content.decode()
    others = sign_in(Client(), clerk_baekhak)
    assert "약 확인" not in others.get("/follow-ups/").content.decode()
    assert others.post(f"/follow-ups/{row.uid}/done/", {"result": "well"}).status_code == 404
    for _click in range(2):
        client.post(f"/follow-ups/{row.uid}/done/", {"result": "well"})
    row.refresh_from_db()
    assert (row.result, row.done_by) == ("well", clerk_jeongok)
    assert red.events.filter(kind="follow_up_done").count() == 1


def test_what_cannot_be(home, clerk_jeongok, clerk_baekhak, responder, now):  # noqa: F811
    today = local_day(now)
    for by, due, how in (
        (clerk_baekhak, today, "visit"),
        (responder, today, "visit"),
        (clerk_jeongok, today - timedelta(days=1), "visit"),
        (clerk_jeongok, today, "pigeon"),
    ):
        with pytest.raises(Refused):
            set_follow_up(household=home, how=how, due_on=due, by=by, now=now)
    assert not FollowUp.objects.exists()


def test_a_need_reaches_the_township_once(home, red, operator, clerk_jeongok, now):  # noqa: F811
    words = {"household": home, "kind": "care", "note": "끼니를 거름", "by": operator, "now": now}
    first = note_need(**words, key="k")
    assert note_need(**words, key="k").pk == first.pk
    assert clerk_jeongok.messages.filter(kind="dispatch.need_noted").count() == 1
    client = sign_in(Client(), clerk_jeongok)
    assert "끼니를 거름" in client.get(f"/households/{home.uid}/").content.decode()
    assert client.post(f"/needs/{first.uid}/met/").status_code == 302
    assert NeedNote.objects.get().met_by == clerk_jeongok


def test_after_the_close_the_log_still_takes_it(home, red, operator, clerk_jeongok, now):  # noqa: F811
    from dispatch import actions

    case = actions.claim(case=red, by=operator, now=now)
    actions.close(
        case=case, by=operator, reason="fine", evidence_kind="spoke", note="본인", now=now
    )
    row = set_follow_up(
        household=home, how="call", due_on=local_day(now), by=clerk_jeongok, now=now
    )
    finish_follow_up(follow_up=row, result="not_met", by=clerk_jeongok, now=now)
    kinds = list(red.events.order_by("id").values_list("kind", flat=True))
    assert kinds[-2:] == ["follow_up_set", "follow_up_done"]


@pytest.mark.parametrize("also_operator", [False, True])
def test_an_official_sees_that_there_are_words_and_not_the_words(
    home,  # noqa: F811
    red,  # noqa: F811
    operator,
    official,
    now,
    frozen_clock,
    also_operator,
):
    set_follow_up(
        household=home, how="call", due_on=local_day(now), by=operator, now=now, note="약 확인"
    )
    note_need(household=home, kind="care", note="끼니를 거름", by=operator, now=now)
    if also_operator:
        grant(official, Role.CONTROL_OPERATOR)
    client = sign_in(Client(), official)
    pages = {
        "/follow-ups/": ("약 확인",),
        f"/households/{home.uid}/": ("약 확인", "끼니를 거름"),
    }
    for url, words in pages.items():
        page = client.get(url).content.decode()
        for word in words:
            assert (word in page) is also_operator, (url, word)
        assert page.count("내용 있음") == (0 if also_operator else len(words))
        assert "전화" in page
    follow_up = FollowUp.objects.get()
    finish_follow_up(follow_up=follow_up, result="well", note="웃으심", by=operator, now=now)
    page = client.get("/follow-ups/?show=done").content.decode()
    assert ("웃으심" in page) is also_operator
    assert "잘 지냄" in page
