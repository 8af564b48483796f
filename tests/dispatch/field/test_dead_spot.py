"""What a phone sends out of a dead spot: once, in order, under its key, with both times."""

import hashlib
import hmac
import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from accounts import clock
from accounts.actions.sessions import kill_sessions
from dispatch import actions
from dispatch.field import keys
from dispatch.models import FieldAction, Visit
from tests.cast import sign_in
from tests.dispatch_pages.conftest import NAME, claimed, home, red, visit  # noqa: F401

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Phone:
    """A responder's phone, without a browser."""

    def __init__(self, user, visit):  # noqa: F811
        self.client, self.visit, self.seq = sign_in(Client(), user), visit, 0
        self.offset = timedelta(0)
        told = self.client.post(f"/visits/{visit.uid}/kit/").json()
        self.key, self.secret, self.kit = told["key"], told["secret"], told["kit"]

    def item(self, do, at, **data):
        self.seq += 1
        return {
            "key": str(uuid.uuid4()),
            "do": do,
            "seq": self.seq,
            "at": int((at - self.offset).timestamp() * 1000),
            "offset": int(self.offset.total_seconds() * 1000),
            "data": data,
        }

    def send(self, *items, secret=None, client=None, key=None, live=""):
        text = json.dumps({"items": items, "live": live})
        signing = keys.signing_key(secret or self.secret)
        signature = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
        return (client or self.client).post(
            f"/visits/{self.visit.uid}/queue/",
            json.dumps({"key": key or self.key, "text": text, "signature": signature}),
            content_type="application/json",
        )


@pytest.fixture
def phone(visit, responder):  # noqa: F811
    return Phone(responder, visit)


def whole_way(phone, now):
    return [
        phone.item("accept", now + 1 * MINUTE),
        phone.item("depart", now + 2 * MINUTE),
        phone.item("note", now + 9 * MINUTE, text="개울이 넘쳐 돌아감"),
        phone.item("arrive", now + 20 * MINUTE),
        phone.item("found", now + 25 * MINUTE, found_state="met_safe", close_reason="phone"),
    ]


def test_the_whole_way_arrives_once_with_both_times(
    phone,
    visit,  # noqa: F811
    responder,
    now,
    frozen_clock,
):
    phone.offset = timedelta(minutes=-7)  # the phone's clock is seven minutes fast
    items = whole_way(phone, now)
    frozen_clock.move_to(now + 60 * MINUTE)
    phone.client.logout()
    sign_in(phone.client, responder)  # an hour without a network is an hour idle
    for _twice in range(2):
        told = phone.send(*reversed(items)).json()
        assert [one["status"] for one in told["receipts"]] == ["done"] * 5
        assert told["kit"]["stage"] == "done"
    visit.refresh_from_db()
    visit.case.refresh_from_db()
    assert (visit.state, visit.case.state) == ("done", "closed")
    assert visit.arrived_at == now + 20 * MINUTE
    rows = FieldAction.objects.order_by("happened_at")
    assert [row.verb for row in rows] == ["accept", "depart", "note", "arrive", "found"]
    arrived = rows[3]
    assert arrived.device_at == now + 27 * MINUTE
    assert (arrived.happened_at, arrived.received_at) == (now + 20 * MINUTE, now + 60 * MINUTE)
    assert not arrived.adjusted
    kinds = visit.case.events.filter(key__gt="").values_list("kind", flat=True)
    assert sorted(kinds) == sorted(set(kinds)), "a line was written twice"
    assert NAME not in json.dumps(told)


def test_times_that_cannot_be_are_corrected_and_marked(phone, visit, now, frozen_clock):  # noqa: F811
    frozen_clock.move_to(now + 10 * MINUTE)
    phone.send(phone.item("accept", now + timedelta(days=3)))
    phone.send(phone.item("depart", now - timedelta(days=3)))
    accept, depart = FieldAction.objects.order_by("seq")
    assert accept.happened_at == now + 10 * MINUTE == depart.happened_at
    assert accept.adjusted
    assert depart.adjusted


def test_what_is_sent_at_once_happens_now_whatever_the_phone_says(
    phone,
    visit,  # noqa: F811
    now,
    frozen_clock,
):
    item = phone.item("accept", now - timedelta(days=3))
    frozen_clock.move_to(now + 2 * MINUTE)
    assert phone.send(item, live=item["key"]).status_code == 200
    row = FieldAction.objects.get()
    assert (row.happened_at, row.adjusted) == (now + 2 * MINUTE, False)
    assert row.device_at == now - timedelta(days=3)


def test_a_foreign_a_forged_and_a_revoked_key_are_refused(
    phone,
    visit,  # noqa: F811
    responder2,
    operator,
    now,
):
    item = phone.item("accept", now)
    assert phone.send(item, secret="A" * 43 + "=").status_code == 403
    other = sign_in(Client(), responder2)
    assert phone.send(item, client=other).status_code == 404
    assert phone.send(item, key=str(uuid.uuid4())).status_code == 410
    assert phone.send(item, client=Client()).status_code == 302
    assert phone.client.get(f"/visits/keys/{phone.key}/").status_code == 200
    assert keys.revoke_cards(visit=visit, by=operator, now=now) == 1
    assert keys.revoke_cards(visit=visit, by=operator, now=now) == 0
    assert visit.case.events.filter(kind="card_revoked").count() == 1
    # Signed out everywhere; and after signing in the old key is still dead.
    assert phone.send(item).status_code == 302
    again = sign_in(Client(), visit.responder)
    assert phone.send(item, client=again).status_code == 410
    gone = Client().get(f"/visits/keys/{phone.key}/")
    assert (gone.status_code, gone.json()) == (410, {"gone": "revoked"})
    assert not FieldAction.objects.exists()


def test_after_a_sign_out_the_same_key_sends(phone, visit, responder, now):  # noqa: F811
    item = phone.item("accept", now)
    phone.client.logout()
    assert phone.send(item).status_code == 302
    sign_in(phone.client, responder)
    assert phone.send(item).json()["receipts"][0]["status"] == "done"
    visit.refresh_from_db()
    assert visit.state == "accepted"


def test_what_came_too_late_is_kept_logged_and_told(
    phone,
    visit,  # noqa: F811
    operator,
    now,
    frozen_clock,
):
    items = [phone.item("accept", now), phone.item("depart", now)]
    actions.cancel_visit(visit=visit, by=operator, now=now + MINUTE)
    frozen_clock.move_to(now + 2 * MINUTE)
    for _twice in range(2):
        receipts = phone.send(*items).json()["receipts"]
        assert [one["status"] for one in receipts] == ["kept", "kept"]
        assert receipts[0]["words"]
    noted = visit.case.events.filter(kind="noted")
    assert [event.data["kept"] for event in noted.order_by("id")] == ["accept", "depart"]
    assert operator.messages.filter(kind="dispatch.field_kept", channel="inbox").count() == 2
    assert Visit.objects.get(pk=visit.pk).accepted_at is None


def test_a_found_state_without_its_reason_is_not_stored(phone, now):
    told = phone.send(phone.item("found", now, found_state="met_safe")).json()
    assert told["receipts"][0]["status"] == "invalid"
    assert "close_reason" in told["receipts"][0]["errors"]
    assert not FieldAction.objects.exists()


def test_the_card_dies_with_the_visit_and_after_twelve_hours(phone, visit, operator, now):  # noqa: F811
    key = visit.keys.get()
    assert keys.is_alive(key, now=now + timedelta(hours=11))
    assert not keys.is_alive(key, now=now + timedelta(hours=12))
    assert keys.may_send(key, now=now + timedelta(hours=60))
    actions.cancel_visit(visit=visit, by=operator, now=now)
    assert phone.client.get(f"/visits/keys/{phone.key}/").json() == {"gone": "ended"}
    assert phone.client.post(f"/visits/{visit.uid}/kit/", {"known": phone.key}).status_code == 410


def test_a_browser_that_keeps_nothing_gets_the_living_key_again(phone, visit, responder, now):  # noqa: F811
    for _fetch in range(keys.MOST_KEYS + 2):
        told = phone.client.post(f"/visits/{visit.uid}/kit/").json()
        assert (told["key"], told["secret"]) == (phone.key, phone.secret)
    assert visit.keys.count() == 1
    later = now + keys.CARD_LIFE
    fresh = keys.key_for(visit=visit, by=responder, known="", now=later)
    assert str(fresh.key.uid) != phone.key
    assert fresh.secret != phone.secret


def test_a_secret_is_emptied_when_nothing_may_be_signed_with_it(phone, visit, operator, now):  # noqa: F811
    actions.cancel_visit(visit=visit, by=operator, now=now)
    assert keys.purge(now=now + keys.SEND_LIFE - MINUTE) == 0  # a dead spot may still speak
    assert keys.purge(now=now + keys.SEND_LIFE) == 1
    assert (visit.keys.get().secret, keys.purge(now=now + keys.SEND_LIFE)) == ("", 0)


@pytest.mark.parametrize("how", ["by_hand", "everywhere", "idle"])
def test_a_sign_out_ends_the_card_but_not_the_queue(how, phone, visit, responder, now, settings):  # noqa: F811
    other = sign_in(Client(), responder)  # another page, another machine
    if how == "by_hand":
        other.post("/accounts/logout/")
    elif how == "everywhere":
        kill_sessions(responder)
        sign_in(phone.client, responder)
    else:
        other.post("/accounts/idle/")
    asked = phone.client.get(f"/visits/keys/{phone.key}/")
    assert asked.status_code == (200 if how == "idle" else 410)
    assert phone.send(phone.item("accept", now)).status_code == 200
    visit.refresh_from_db()
    assert visit.state == "accepted"


def test_somebody_else_on_this_phone_has_no_card(phone, responder2):
    assert sign_in(Client(), responder2).get(f"/visits/keys/{phone.key}/").status_code == 410
    assert Client().get(f"/visits/keys/{phone.key}/").status_code == 200


def test_the_kit_has_every_coming_screen_and_only_for_who_goes(phone, visit, operator, responder2):  # noqa: F811
    assert list(phone.kit["stages"]) == ["assigned", "accepted", "en_route", "found", "sent"]
    assert NAME in phone.kit["stages"]["en_route"]
    assert NAME not in phone.kit["stages"]["sent"]
    again = phone.client.post(f"/visits/{visit.uid}/kit/", {"known": phone.key}).json()
    assert (again["key"], again["secret"]) == (phone.key, "")
    assert sign_in(Client(), responder2).post(f"/visits/{visit.uid}/kit/").status_code == 404
    assert sign_in(Client(), operator).post(f"/visits/{visit.uid}/kit/").status_code == 403


def test_the_page_without_a_network_holds_nobody(client, visit):  # noqa: F811
    page = client.get("/visits/shell/").content.decode()
    assert NAME not in page
    assert "csrfmiddlewaretoken" not in page
    worker = client.get("/visits/worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert clock.now() == visit.assigned_at
