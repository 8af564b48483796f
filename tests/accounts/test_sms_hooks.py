"""Webhooks of short messages: signed or refused; late, repeated and disordered ones do no harm."""

import itertools

import pytest
from django.db import connection
from django.test import Client
from twilio.request_validator import RequestValidator

from accounts import crypto
from accounts.models import InboundSms, Message
from accounts.notify import kinds, notify, register_kind
from tests.accounts import sms_company

pytestmark = pytest.mark.django_db
BASE = "https://portal.test"
State = Message.State


@pytest.fixture(autouse=True)
def _telephone(settings, monkeypatch):
    company = sms_company.Company(url="http://127.0.0.1:9")
    settings.TWILIO = company.settings()
    settings.PUBLIC_BASE_URL = BASE
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register_kind("test.red", "긴급 건", "긴급 건 {link}", ("sms",), True)


@pytest.fixture
def message(operator, now):
    (row,) = notify(to=operator, kind="test.red", link_path="/x/", now=now)
    row.state, row.sid, row.sent_at, row.attempts = State.SENT, "SM1", now, 1
    row.save()
    return row


def call(path, form, *, token=sms_company.TOKEN, base=BASE):
    signature = RequestValidator(token).compute_signature(base + path, form)
    return Client().post(path, form, headers={"X-Twilio-Signature": signature})


def report(message, status, **more):
    form = {"MessageSid": "SM1", "MessageStatus": status, **more}
    return call(f"/hooks/sms/status/?m={message.uid}", form)


@pytest.mark.parametrize("path", ["/hooks/sms/status/", "/hooks/sms/inbound/"])
def test_a_forged_webhook_gets_403_and_changes_nothing(message, path):
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "From": "+821012345678", "Body": "x"}
    full = f"{path}?m={message.uid}"
    assert call(full, form, token="guessed").status_code == 403
    assert Client().post(full, form).status_code == 403
    assert call(full, form, base="https://evil.test").status_code == 403
    message.refresh_from_db()
    assert message.state == State.SENT
    assert not InboundSms.objects.exists()


def test_a_changed_field_breaks_the_signature(message):
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    path = f"/hooks/sms/status/?m={message.uid}"
    signature = RequestValidator(sms_company.TOKEN).compute_signature(BASE + path, form)
    changed = {**form, "MessageStatus": "delivered"}
    answer = Client().post(path, changed, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 403


def test_without_a_token_nothing_is_accepted(message, settings):
    settings.TWILIO = {**settings.TWILIO, "AUTH_TOKEN": "", "AUTH_TOKEN_SECONDARY": ""}
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    path = f"/hooks/sms/status/?m={message.uid}"
    assert call(path, form, token="").status_code == 403


def test_the_second_token_signs_too(message):
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    path = f"/hooks/sms/status/?m={message.uid}"
    assert call(path, form, token=sms_company.SECOND_TOKEN).status_code == 204
    message.refresh_from_db()
    assert message.state == State.DELIVERED


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
def test_callbacks_in_any_order_end_at_delivered(message, order):
    for status in order:
        assert report(message, status).status_code == 204
        assert report(message, status).status_code == 204
    message.refresh_from_db()
    assert (message.state, message.provider_status) == (State.DELIVERED, "delivered")


def test_an_undelivered_message_is_a_visible_failure(message):
    report(message, "undelivered", ErrorCode="30003")
    report(message, "sent")
    message.refresh_from_db()
    assert (message.state, message.error_code) == (State.FAILED, "30003")


def test_a_callback_before_the_sid_was_written_proves_the_sending(message):
    message.state, message.sid, message.sent_at = State.SENDING, "", None
    message.save()
    report(message, "sent")
    message.refresh_from_db()
    assert (message.state, message.sid) == (State.SENT, "SM1")


def test_a_callback_about_another_sid_or_nothing_is_harmless(message):
    path = f"/hooks/sms/status/?m={message.uid}"
    assert call(path, {"MessageSid": "SM9", "MessageStatus": "delivered"}).status_code == 204
    assert call("/hooks/sms/status/?m=nonsense", {"MessageSid": "SM1"}).status_code == 204
    assert call("/hooks/sms/status/", {"MessageSid": "SM1"}).status_code == 204
    message.refresh_from_db()
    assert message.state == State.SENT


def write(person, body, sid="SM77"):
    sender = "+82" + person.phone[1:]
    return call("/hooks/sms/inbound/", {"MessageSid": sid, "From": sender, "Body": body})


def test_an_incoming_message_is_kept_encrypted_once(operator):
    answer = write(operator, "지금 갑니다")
    assert (answer.status_code, answer.content) == (200, b"<Response/>")
    write(operator, "지금 갑니다")
    row = InboundSms.objects.get()
    assert (row.user, row.body, row.meaning) == (operator, "지금 갑니다", "other")
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM accounts_inboundsms")
        assert "갑니다" not in cursor.fetchone()[0]


def test_somebody_unknown_is_kept_without_a_person(db):
    call("/hooks/sms/inbound/", {"MessageSid": "SM5", "From": "+821099998888", "Body": "?"})
    row = InboundSms.objects.get()
    assert row.user is None
    assert row.from_index == crypto.phone_index("01099998888", purpose="staff_phone")


def test_stop_stops_and_start_starts_again(operator, now):
    write(operator, " 수신거부 ", "SM1")
    operator.refresh_from_db()
    assert operator.sms_stopped_at is not None
    (row,) = notify(to=operator, kind="test.red", link_path="/x/", now=now)
    assert row.state == State.CANCELLED
    write(operator, "START", "SM2")
    operator.refresh_from_db()
    assert operator.sms_stopped_at is None
