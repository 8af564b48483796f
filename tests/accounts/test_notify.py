"""notify and the outbox, with a company over real HTTP and the real database."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction

from accounts import clock
from accounts.models import Message
from accounts.notify import NotAllowed, kinds, notify, outbox, quiet, register_kind
from tests.accounts import sms_company

State = Message.State
RED = "[연천군] 긴급 건이 있습니다 {link}"
NIGHT = datetime(2026, 7, 1, 14, 30, tzinfo=UTC)  # 23:30 in Seoul
MORNING = datetime(2026, 7, 1, 22, 0, tzinfo=UTC)  # 07:00 in Seoul, the next day

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register_kind("test.red", "긴급 건", RED, ("inbox", "sms"), True)
    register_kind("test.calm", "할 일 {count}건", "할 일 {count}건 {link}", ("inbox", "sms"))
    register_kind("test.letter", "안내", "안내 {link}", ("email",))


@pytest.fixture
def company(settings):
    with sms_company.running() as company:
        settings.TWILIO = company.settings()
        settings.PUBLIC_BASE_URL = "https://portal.test"
        yield company


def sms(message_list):
    return next(message for message in message_list if message.channel == "sms")


# ── the kinds ────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("text", ["{name}님이 위험", "{address}로 가세요 {link}", "{0}", "{}"])
def test_a_kind_cannot_carry_a_name_or_an_address(text):
    with pytest.raises(NotAllowed):
        register_kind("test.leaks", "제목", text, ("sms",))
    with pytest.raises(NotAllowed):
        register_kind("test.leaks", text, "글", ("sms",))


def test_a_kind_registered_twice_must_mean_the_same():
    register_kind("test.red", "긴급 건", RED, ("inbox", "sms"), True)
    with pytest.raises(NotAllowed):
        register_kind("test.red", "다른 뜻", "다른 뜻", ("sms",))


def test_an_unknown_kind_or_channel_is_refused(operator, now):
    with pytest.raises(NotAllowed):
        notify(to=operator, kind="nobody.knows", link_path="/", now=now)
    with pytest.raises(NotAllowed):
        notify(to=operator, kind="test.red", link_path="/", now=now, channels=("pigeon",))
    assert not Message.objects.exists()


# ── writing rows ─────────────────────────────────────────────────────────────
def test_a_message_shares_the_fate_of_its_transaction(operator, now):
    def fails_later():
        with transaction.atomic():
            notify(to=operator, kind="test.red", link_path="/cases/1/", now=now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_later()
    assert not Message.objects.exists()


def test_the_inbox_has_it_at_once_and_sms_waits_for_the_sender(operator, now):
    written = notify(to=operator, kind="test.red", link_path="/x/", now=now)
    rows = {row.channel: row for row in written}
    assert rows["inbox"].state == State.DELIVERED
    assert rows["sms"].state == State.QUEUED
    assert rows["inbox"].notice_uid == rows["sms"].notice_uid


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"phone_verified_at": None}, "number_not_verified"),
        ({"phone": ""}, "no_number"),
        ({"sms_stopped_at": NIGHT}, "stopped_by_recipient"),
    ],
)
def test_only_a_verified_number_gets_sms_and_the_reason_is_visible(operator, now, change, why):
    for name, value in change.items():
        setattr(operator, name, value)
    operator.save()
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    assert (row.state, row.error_code) == (State.CANCELLED, why)


def test_a_person_who_has_ended_gets_nothing(operator, now):
    operator.is_active, operator.ended_at, operator.end_reason = False, now, "퇴직"
    operator.save()
    assert notify(to=operator, kind="test.red", link_path="/x/", now=now) == []


def test_a_stand_in_gets_it_for_the_dates_of_the_stand_in(operator, operator2, now):
    operator.stand_in, operator.stand_in_from = operator2, now
    operator.stand_in_until = now + timedelta(days=3)
    operator.save()
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    assert (row.recipient, row.on_behalf_of) == (operator2, operator)
    later = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now + timedelta(days=3)))
    assert (later.recipient, later.on_behalf_of) == (operator, None)


# ── quiet hours ──────────────────────────────────────────────────────────────
def test_at_night_a_calm_message_waits_until_seven(operator):
    row = sms(notify(to=operator, kind="test.calm", link_path="/x/", now=NIGHT, count=3))
    assert row.due_at == MORNING


def test_at_night_an_urgent_message_goes_at_once(operator):
    assert sms(notify(to=operator, kind="test.red", link_path="/x/", now=NIGHT)).due_at == NIGHT
    row = sms(notify(to=operator, kind="test.calm", link_path="/x/", now=NIGHT, urgent=True))
    assert row.due_at == NIGHT


def test_a_calm_message_that_was_late_does_not_go_out_at_night(operator, now, company):
    notify(to=operator, kind="test.calm", link_path="/x/", now=now, count=1)
    assert outbox.flush(NIGHT).sent == 0
    assert outbox.flush(MORNING).sent == 1


@pytest.mark.parametrize(
    ("at", "calm"), [(NIGHT, True), (MORNING, False), (MORNING - timedelta(seconds=1), True)]
)
def test_the_edges_of_the_quiet_hours(db, at, calm):
    assert quiet.is_quiet(at) is calm


# ── sending ──────────────────────────────────────────────────────────────────
def test_an_sms_leaves_with_an_opaque_link_and_nothing_else(operator, now, company):
    row = sms(notify(to=operator, kind="test.red", link_path="/cases/abc/", now=now))
    report = outbox.flush(now)
    row.refresh_from_db()
    assert report.sent == 1
    assert (row.state, row.sid, row.sent_at) == (State.SENT, company.accepted[0]["sid"], now)
    sent = company.accepted[0]
    assert sent["body"] == "[연천군] 긴급 건이 있습니다 https://portal.test/cases/abc/"
    assert sent["to"] == "+82" + operator.phone[1:]
    assert sent["callback"] == f"https://portal.test/hooks/sms/status/?m={row.uid}"


def test_nothing_is_sent_twice(operator, now, company):
    notify(to=operator, kind="test.red", link_path="/x/", now=now)
    outbox.flush(now)
    outbox.flush(now + timedelta(hours=2))
    assert company.posts == 1


def test_a_sender_that_died_before_sending_is_replaced(operator, now, company, frozen_clock):
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    outbox._claim(now)  # ... and the process is gone
    assert outbox.flush(now).sent == 0, "the lease holds"
    frozen_clock.tick(outbox.LEASE)
    report = outbox.flush(clock.now())
    assert (report.sent, report.adopted) == (1, 0)
    assert len(company.asked) == 1, "the company is asked before a second sending"
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.SENT, 2)


def test_a_sender_that_died_after_sending_does_not_send_again(operator, now, company, frozen_clock):
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    claim = outbox._claim(now)
    company.take(
        {
            "To": "+82" + operator.phone[1:],
            "From": sms_company.FROM,
            "Body": "[연천군] 긴급 건이 있습니다 " + "https://portal.test/x/",
        },
        at=now,
    )
    assert claim is not None
    frozen_clock.tick(outbox.LEASE)
    report = outbox.flush(clock.now())
    assert (report.adopted, company.posts) == (1, 0)
    row.refresh_from_db()
    assert (row.state, row.sid) == (State.SENT, company.accepted[0]["sid"])


def test_a_connection_that_broke_after_acceptance_is_asked_about(
    operator, now, company, frozen_clock
):
    notify(to=operator, kind="test.red", link_path="/x/", now=now)
    company.fail_with = ["dies after accepting"]
    assert outbox.flush(clock.now()).later == 1
    frozen_clock.tick(outbox.backoff(1))
    assert outbox.flush(clock.now()).adopted == 1
    assert len(company.accepted) == company.posts == 1


def test_a_like_message_of_another_notice_is_not_taken_for_this_one(
    operator, now, company, frozen_clock
):
    notify(to=operator, kind="test.red", link_path="/x/", now=now)
    assert outbox.flush(now).sent == 1
    notify(to=operator, kind="test.red", link_path="/x/", now=now)
    outbox._claim(now)
    frozen_clock.tick(outbox.LEASE)
    report = outbox.flush(clock.now())
    assert (report.sent, report.adopted) == (1, 0)
    assert len(company.accepted) == 2


def test_a_busy_company_is_tried_again_and_then_it_is_a_visible_failure(
    operator, now, company, frozen_clock
):
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    company.fail_with = [(503, 20500)] * outbox.MAX_ATTEMPTS
    for _attempt in range(outbox.MAX_ATTEMPTS):
        outbox.flush(clock.now())
        frozen_clock.tick(timedelta(minutes=31))
    row.refresh_from_db()
    assert (row.state, row.error_code) == (State.FAILED, "no_answer")
    assert row.failed_at is not None
    outbox.flush(clock.now())
    assert company.posts == outbox.MAX_ATTEMPTS


def test_a_refused_number_is_not_tried_again(operator, now, company):
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    company.fail_with = [(400, 21211)]
    assert outbox.flush(now).failed == 1
    row.refresh_from_db()
    assert (row.state, row.error_code, company.posts) == (State.FAILED, "21211", 1)


def test_a_number_that_is_none_fails_without_asking_anybody(operator, now, company):
    operator.phone = "12345"
    operator.save()
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    outbox.flush(now)
    row.refresh_from_db()
    assert (row.state, row.error_code, company.posts) == (State.FAILED, "bad_number", 0)


def test_without_a_telephone_account_the_message_waits(operator, now, settings):
    settings.TWILIO = dict.fromkeys(settings.TWILIO, "")
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    assert outbox.flush(now).later == 1
    row.refresh_from_db()
    assert (row.state, row.error_code) == (State.SENDING, "not_configured")


def test_somebody_who_ended_meanwhile_is_left_alone(operator, now, company):
    row = sms(notify(to=operator, kind="test.red", link_path="/x/", now=now))
    operator.is_active, operator.ended_at, operator.end_reason = False, now, "퇴직"
    operator.save()
    outbox.flush(now)
    row.refresh_from_db()
    assert (row.state, company.posts) == (State.CANCELLED, 0)


def test_urgent_messages_go_first(operator, operator2, now, company):
    notify(to=operator, kind="test.calm", link_path="/calm/", now=now, count=1)
    notify(to=operator2, kind="test.red", link_path="/red/", now=now)
    outbox.flush(now, limit=1)
    assert "/red/" in company.accepted[0]["body"]


@pytest.mark.django_db(transaction=True)
def test_four_senders_at_once_send_everything_once(operator, now, company):
    for number in range(12):
        notify(to=operator, kind="test.red", link_path=f"/x/{number}/", now=now)

    def sender():
        try:
            return outbox.flush(now).sent
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sent = [task.result() for task in [pool.submit(sender) for _sender in range(4)]]
    assert (sum(sent), company.posts) == (12, 12)
    assert len({message["body"] for message in company.accepted}) == 12


def test_a_secret_is_encrypted_while_it_waits_and_gone_when_sent(operator, now, company):
    register_kind("test.code", "번호", "인증번호 {code} {link}", ("sms",), True)
    row = sms(
        notify(to=operator, kind="test.code", link_path="/go/:secret:/", now=now, secret="123456")
    )
    assert stored_secret(row) not in ("", "123456")
    outbox.flush(now)
    assert company.accepted[0]["body"] == "인증번호 123456 https://portal.test/go/123456/"
    assert stored_secret(row) == ""


def stored_secret(row):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_message WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def test_an_email_says_the_subject_and_the_link(operator, now, settings):
    settings.PUBLIC_BASE_URL = "https://portal.test"
    notify(to=operator, kind="test.letter", link_path="/inbox/", now=now)
    assert outbox.flush(now).sent == 1
    letter = mail.outbox[0]
    assert letter.to == [operator.email]
    assert "https://portal.test/inbox/" in letter.body
    assert operator.name not in letter.body + letter.subject


def test_no_registered_text_holds_a_name_field():
    for kind in kinds.registered():
        assert set(re.findall(r"{(\w*)}", kind.subject + kind.sms)) <= kinds.ALLOWED_FIELDS
