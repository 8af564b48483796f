"""The partners' door: who gets in, for what, with which file, and what is answered."""

import gzip
import threading
from datetime import timedelta
from io import BytesIO

import pytest
import redis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

import monitoring.feeds
from accounts import clock
from accounts.models import AccessLog, Organisation
from households.actions import withdraw_consent
from households.rules import Refused
from monitoring import actions, api, partners
from monitoring.intake.locks import hold_feed
from monitoring.models import Delivery, PartnerToken, SignalDay
from tests.households.factories import make_household, maker
from tests.monitoring.files import csv, day_rows

pytestmark = pytest.mark.django_db
URL = "/api/v1/feeds/power/deliveries"


def post(secret: str | None, content: bytes, *, url: str = URL, kind: str = "text/csv", **environ):
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return Client().post(url, data=content, content_type=kind, headers=headers, **environ)


# ── who gets in ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic abc", "Bearer a b"])
def test_without_a_valid_token_401_and_nothing_is_stored(home, header):
    headers = {} if header is None else {"Authorization": header}
    answer = Client().post(URL, csv(day_rows("M-1")), content_type="text/csv", headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert set(answer.json()) == {"code", "detail"}
    assert answer.json()["detail"].isascii()
    assert not Delivery.objects.exists()


def test_a_token_of_another_feed_is_403(home, now):
    skt = Organisation.objects.get(code="skt")
    _token, secret = partners.issue(feed="telecom", organisation=skt, by=None, now=now)
    answer = post(secret, csv(day_rows("M-1")))
    assert answer.status_code == 403
    assert "telecom" in answer.json()["detail"]
    assert not Delivery.objects.exists()


def test_a_feed_that_does_not_exist_is_403_with_a_token_and_401_without(secret):
    url = "/api/v1/feeds/gas/deliveries"
    assert post(secret, b"x", url=url).status_code == 403
    assert post(None, b"x", url=url).status_code == 401


def test_an_expired_and_a_revoked_token_are_401(secret, kepco, home, frozen_clock, now):
    _token, other = partners.issue(
        feed="power", organisation=kepco, by=None, now=now, valid_for=timedelta(days=1)
    )
    frozen_clock.tick(timedelta(days=2))
    assert post(other, csv(day_rows("M-1"))).status_code == 401
    assert post(secret, csv(day_rows("M-1"))).status_code == 201
    assert partners.revoke_all(feed="power", organisation=kepco, by=None, now=clock.now()) == 1
    assert post(secret, csv(day_rows("M-1"))).status_code == 401


def test_staff_who_are_signed_in_have_no_way_in_here(official, client, frozen_clock):
    client.force_login(official)
    assert client.post(URL, b"x", content_type="text/csv").status_code == 401


def test_only_the_hash_of_a_token_is_kept(secret):
    token = PartnerToken.objects.get()
    assert secret not in str(vars(token))
    assert token.digest == partners.digest_of(secret)
    assert secret.startswith(token.hint)
    assert AccessLog.objects.filter(subject_kind="partner_token", action="created").exists()


# ── what is answered ─────────────────────────────────────────────────────────
def test_a_file_as_the_body_gives_the_receipt(secret, home, kepco):
    answer = post(secret, csv(day_rows("M-1")))
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt["feed"] == "power"
    assert (receipt["rows"], receipt["accepted"]) == (24, 24)
    delivery = Delivery.objects.get(uid=receipt["delivery"])
    assert (delivery.source, delivery.token.organisation) == ("api", kepco)
    assert delivery.token.last_used_at == clock.now()
    again = post(secret, csv(day_rows("M-1"))).json()
    assert (again["accepted"], again["unchanged"]) == (0, 24)


def test_a_gzip_body_and_a_multipart_form_are_the_same_file(secret, home):
    content = csv(day_rows("M-1"))
    packed = post(secret, gzip.compress(content), kind="application/gzip")
    assert packed.json()["accepted"] == 24
    form = Client().post(
        URL,
        {"file": SimpleUploadedFile("6월30일.csv", content)},
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert form.status_code == 201
    assert form.json()["unchanged"] == 24
    assert Delivery.objects.first().filename == "6월30일.csv"


def test_bad_rows_are_named_in_english_and_do_not_stop_the_good_ones(secret, home):
    answer = post(secret, csv([*day_rows("M-1"), ("M-1", "2026-06-29T00:00", "-1")]))
    assert answer.status_code == 201
    assert answer.json()["rejected"] == 1
    (error,) = answer.json()["errors"]
    assert set(error) == {"row", "column", "value", "expected"}
    assert (error["row"], error["column"], error["value"]) == (26, "kwh", "-1")
    assert error["expected"].isascii()


@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n", b"\x1f\x8b\x08broken", b"\x00\x01"])
def test_a_file_that_cannot_be_read_is_400_with_its_reason_and_a_receipt(secret, content):
    answer = post(secret, content)
    assert answer.status_code == 400
    assert answer.json()["code"]
    assert answer.json()["detail"].isascii()
    assert answer.json()["accepted"] == 0
    assert Delivery.objects.get(uid=answer.json()["delivery"]).refused


def test_json_is_415_and_an_empty_form_400(secret):
    assert post(secret, b"{}", kind="application/json").status_code == 415
    assert post(secret, b"x", kind="image/png").status_code == 415
    empty = Client().post(URL, {"note": "x"}, headers={"Authorization": f"Bearer {secret}"})
    assert empty.status_code == 400
    assert not Delivery.objects.exists()


def test_more_than_the_limit_is_413_and_nothing_is_kept(secret, home, monkeypatch):
    monkeypatch.setattr(api, "MAX_DELIVERED", 100)
    monkeypatch.setattr(api, "_AROUND", 0)
    assert post(secret, csv(day_rows("M-1"))).status_code == 413
    monkeypatch.setattr(api, "_AROUND", 10**6)  # a length that lies: counted while it is read
    assert post(secret, csv(day_rows("M-1"))).status_code == 413
    assert not SignalDay.objects.exists()


def test_a_feed_that_nobody_reads_says_so(now, monkeypatch):
    monkeypatch.setattr(monitoring.feeds, "_found", dict)
    skt = Organisation.objects.get(code="skt")
    _token, secret = partners.issue(feed="telecom", organisation=skt, by=None, now=now)
    answer = post(secret, b"line_id,hour\n", url="/api/v1/feeds/telecom/deliveries")
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "feed_not_accepted",
        "detail": "feed 'telecom' is not accepted yet",
    }


def test_a_partners_endless_loop_is_slowed_down_until_the_next_minute(secret, home, frozen_clock):
    PartnerToken.objects.update(per_minute=2)
    frozen_clock.tick(timedelta(seconds=20))
    answers = [post(secret, csv(day_rows("M-1"))) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["code"] == "throttled"
    assert answers[2]["Retry-After"] == "40"
    assert Delivery.objects.count() == 2
    frozen_clock.tick(timedelta(seconds=40))
    assert post(secret, csv(day_rows("M-1"))).status_code == 201


def test_one_tokens_loop_does_not_slow_another_token(secret, kepco, home, now):
    PartnerToken.objects.update(per_minute=1)
    other = partners.issue(feed="power", organisation=kepco, by=None, now=now)[1]
    assert [post(secret, b"x").status_code for _ in range(2)] == [400, 429]
    assert post(other, csv(day_rows("M-1"))).status_code == 201


def test_without_redis_readings_still_come_in(secret, home, monkeypatch):
    def away(*args, **kwargs):
        raise redis.ConnectionError

    monkeypatch.setattr(api.cache, "add", away)
    assert post(secret, csv(day_rows("M-1"))).status_code == 201


# ── from where ───────────────────────────────────────────────────────────────
def limited(secret_kept: str, *networks: str) -> None:
    partners.set_limits(
        token=PartnerToken.objects.get(digest=partners.digest_of(secret_kept)),
        networks=networks,
        per_minute=240,
        by=None,
        now=clock.real_now(),
    )


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        (["203.0.113.0/28"], "203.0.113.9", 201),
        (["203.0.113.0/28"], "203.0.113.16", 403),
        (["203.0.113.0/28"], "::ffff:203.0.113.9", 201),
        (["2001:db8::/48", "198.51.100.7"], "2001:db8:0:1::5", 201),
        (["2001:db8::/48", "198.51.100.7"], "198.51.100.7", 201),
        (["2001:db8::/48"], "203.0.113.9", 403),
        (["203.0.113.0/28"], "", 403),  # no address is inside no network
        ([], "", 201),
    ],
)
def test_the_networks_of_a_token(secret, home, networks, address, status):
    limited(secret, *networks)
    answer = post(secret, csv(day_rows("M-1")), REMOTE_ADDR=address)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "network_not_allowed"
        assert not Delivery.objects.exists()
        assert PartnerToken.objects.get().last_used_at is None


def test_a_forged_header_opens_nothing_and_a_trusted_proxy_is_believed(secret, home, settings):
    limited(secret, "203.0.113.0/28")
    forged = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    assert post(secret, csv(day_rows("M-1")), **forged).status_code == 403
    settings.TRUSTED_PROXY_COUNT = 1
    assert post(secret, csv(day_rows("M-1")), **forged).status_code == 201
    # what the caller wrote himself stands left of what the proxy added
    forged["HTTP_X_FORWARDED_FOR"] = "203.0.113.9, 198.51.100.66"
    assert post(secret, csv(day_rows("M-1")), **forged).status_code == 403


def test_a_spoilt_network_in_the_table_opens_nothing(secret, home):
    PartnerToken.objects.update(networks=["anywhere"])
    assert post(secret, csv(day_rows("M-1"))).status_code == 403


# ── what is written down ─────────────────────────────────────────────────────
def test_a_delivery_and_a_refusal_are_in_the_access_log_with_their_address(secret, home):
    post(secret, csv(day_rows("M-1")), REMOTE_ADDR="203.0.113.9")
    line = AccessLog.objects.get(subject_kind="delivery")
    assert (line.ip, line.subject_uid) == ("203.0.113.9", str(Delivery.objects.get().uid))
    limited(secret, "198.51.100.0/24")
    for _ in range(3):  # a loop fills no log
        post(secret, b"x", REMOTE_ADDR="203.0.113.9")
    denied = AccessLog.objects.get(subject_kind="partner_token", action="denied")
    assert denied.detail == {"why": "wrong_network"}
    post("guessed-secret", b"x", REMOTE_ADDR="203.0.113.77")
    guessed = AccessLog.objects.get(ip="203.0.113.77")
    assert guessed.detail == {"why": "unknown_token"}
    assert "guessed-secret" not in str(list(AccessLog.objects.values_list()))


@pytest.mark.parametrize("content", [csv(day_rows("M-1")), b"a,b\n1,2\n"])
def test_what_the_access_log_cannot_tell_of_did_not_come(secret, home, monkeypatch, content):
    def full(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(api.partner_log.audit, "record", full)
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.post(URL, content, content_type="text/csv", headers=headers).status_code == 500
    assert not Delivery.objects.exists()
    assert not SignalDay.objects.exists()


def test_get_is_no_way_to_read(secret):
    answer = Client().get(URL, headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 405


# ── the command ──────────────────────────────────────────────────────────────
def test_the_command_prints_a_token_that_opens_the_door(home, capsys):
    call_command("create_partner_token", "power")
    secret = capsys.readouterr().out.strip()
    assert post(secret, csv(day_rows("M-1"))).status_code == 201
    call_command("create_partner_token", "power", "--replace")
    assert post(secret, csv(day_rows("M-1"))).status_code == 401


@pytest.mark.parametrize(
    "arguments",
    [
        ("gas",),
        ("power", "--days", "0"),
        ("power", "--organisation", "nobody"),
        ("power", "--network", "203.0.113.9/24"),
        ("power", "--per-minute", "0"),
    ],
)
def test_the_command_refuses_nonsense_with_exit_code_2(arguments):
    with pytest.raises(CommandError) as refused:
        call_command("create_partner_token", *arguments)
    assert refused.value.returncode == 2


# ── whole files only ─────────────────────────────────────────────────────────
@pytest.mark.parametrize("cut", [1, 4, 700])
def test_half_a_file_is_no_file(secret, home, cut):
    """`12.75` cut off behind `12.` would be stored as 12."""
    whole = csv([*day_rows("M-1")[:23], ("M-1", "2026-06-30T23:00", 12.75)])
    answer = post(secret, whole, **{"wsgi.input": BytesIO(whole[:-cut])})
    assert (answer.status_code, answer.json()["code"]) == (400, "incomplete")
    assert not Delivery.objects.exists()
    assert post(secret, whole).json()["accepted"] == 24


@pytest.mark.parametrize("cut", [1, 60, 300])
def test_half_a_form_is_no_file(secret, home, cut):
    kind = "multipart/form-data; boundary=X"
    head = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    whole = head + csv(day_rows("M-1")) + b"\r\n--X--\r\n"
    answer = post(secret, whole, kind=kind, **{"wsgi.input": BytesIO(whole[:-cut])})
    assert (answer.status_code, answer.json()["code"]) == (400, "incomplete")
    assert not Delivery.objects.exists()
    assert post(secret, whole, kind=kind).json()["accepted"] == 24


def test_a_chunked_upload_is_told_to_say_its_length(secret, home):
    """The servers we run under hand on nothing of it; `the file is empty` would be no help."""
    answer = post(secret, b"", HTTP_TRANSFER_ENCODING="chunked")
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")
    assert not Delivery.objects.exists()


# ── a large file leaves the portal free ──────────────────────────────────────
def test_so_many_files_at_once_and_no_more(secret, home):
    for _ in range(api.AT_ONCE):
        api._ROOM.acquire()
    answer = post(secret, csv(day_rows("M-1")))
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer["Retry-After"] == str(api.COME_BACK_SECONDS)
    api._ROOM.release(api.AT_ONCE)
    assert post(secret, csv(day_rows("M-1"))).status_code == 201
    assert post(secret, b"a,b\n").status_code == 400
    assert api._ROOM._value == api.AT_ONCE


@pytest.mark.django_db(transaction=True)
def test_behind_a_large_file_the_partner_and_the_clerk_are_asked_to_come_back(monkeypatch):
    made = make_household(meter="M-1")
    kepco = Organisation.objects.get(code="kepco-yeoncheon")
    key = partners.issue(feed="power", organisation=kepco, by=None, now=clock.now())[1]
    for module in (api, actions):
        monkeypatch.setattr(module, "PATIENCE", timedelta(milliseconds=50))
    held, through = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            hold_feed("power")
            held.set()
            through.wait(30)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(60)
    try:
        answer = post(key, csv(day_rows("M-1")))
        assert (answer.status_code, "Retry-After" in answer) == (503, True)
        with pytest.raises(Refused, match="다시"):
            withdraw_consent(household=made, purpose="kepco", by=maker(), now=clock.now())
    finally:
        through.set()
        other.join(10)
    assert made.consents.standing().filter(purpose="kepco").exists()
    assert not Delivery.objects.exists()
    assert post(key, csv(day_rows("M-1"))).status_code == 201
    assert withdraw_consent(household=made, purpose="kepco", by=maker(), now=clock.now())
