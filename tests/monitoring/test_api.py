"""The partners' door: who gets in, for what, with which file, and what is answered."""

import gzip
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import clock
from accounts.models import AccessLog, Organisation
from monitoring import api, partners
from monitoring.models import Delivery, PartnerToken, SignalDay
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows

pytestmark = pytest.mark.django_db
URL = "/api/v1/feeds/power/deliveries"


@pytest.fixture(autouse=True)
def _at(frozen_clock, monkeypatch):
    """At the time of the test; the files are scored elsewhere."""
    monkeypatch.setattr("monitoring.intake.door._score", lambda ids, source: None)


@pytest.fixture
def kepco(db):
    return Organisation.objects.get(code="kepco-yeoncheon")


@pytest.fixture
def secret(kepco, now):
    return partners.issue(feed="power", organisation=kepco, by=None, now=now)[1]


@pytest.fixture
def home():
    return make_household(meter="M-1")


def post(secret: str | None, content: bytes, *, url: str = URL, kind: str = "text/csv", **headers):
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    return Client().post(url, data=content, content_type=kind, headers=headers)


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
    url = "/api/v1/feeds/water/deliveries"
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


def test_a_feed_that_is_not_taken_in_yet_says_so(now):
    skt = Organisation.objects.get(code="skt")
    _token, secret = partners.issue(feed="telecom", organisation=skt, by=None, now=now)
    answer = post(secret, b"line_id,hour\n", url="/api/v1/feeds/telecom/deliveries")
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "feed_not_accepted",
        "detail": "feed 'telecom' is not accepted yet",
    }


def test_a_partners_endless_loop_is_slowed_down(secret, home, monkeypatch):
    monkeypatch.setattr(api.PerToken, "rate", "2/min")
    codes = [post(secret, csv(day_rows("M-1"))).status_code for _ in range(3)]
    assert codes == [201, 201, 429]


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
    "arguments", [("water",), ("power", "--days", "0"), ("power", "--organisation", "nobody")]
)
def test_the_command_refuses_nonsense_with_exit_code_2(arguments):
    with pytest.raises(CommandError) as refused:
        call_command("create_partner_token", *arguments)
    assert refused.value.returncode == 2
