"""The door: sign-in, lock-out, idle sign-out, second factor, no self-registration."""

from datetime import timedelta

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.urls import reverse

from accounts import actions, views
from accounts.models import AccessLog
from accounts.views import SignInHint
from tests.cast import sign_in

PASSWORD = "신호등-시험-1234"

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _no_counts_of_earlier_tests():
    cache.clear()


@pytest.fixture
def kim(operator):
    operator.set_password(PASSWORD)
    operator.save()
    return operator


def try_in(client, username, password=PASSWORD):
    return client.post(LOGIN, {"login": username, "password": password})


def log_of(action):
    return AccessLog.objects.filter(action=action)


def test_a_right_password_signs_in_and_is_logged(client, kim):
    assert try_in(client, "Operator ").status_code == 302
    entry = log_of("signed_in").get()
    assert (entry.actor_id, entry.ip, entry.subject_uid) == (kim.pk, "127.0.0.1", str(kim.uid))


def test_the_password_is_kept_as_argon2(kim):
    assert kim.password.startswith("argon2")


def test_a_wrong_password_says_so_in_korean_and_is_logged_without_the_typed_name(client, kim):
    page = try_in(client, "secret-typed-as-name", "nonsense")
    assert "아이디 또는 비밀번호가 맞지 않습니다" in page.content.decode()
    try_in(client, kim.username, "nonsense")
    unknown, known = log_of("sign_in_failed").order_by("id")
    assert (unknown.subject_uid, unknown.actor_id) == ("", None)
    assert (known.subject_uid, known.actor_id) == (str(kim.uid), None)
    assert "secret-typed" not in str(vars(unknown))


def test_the_sign_in_page_tells_the_duty_of_secrecy(client, db):
    page = client.get(LOGIN).content.decode()
    assert "고독사예방법 제20조" in page
    assert "시연 계정" not in page


def test_the_demo_lists_its_accounts_and_nobody_else_does(client, db, settings, monkeypatch):
    hint = SignInHint("관제요원", "desk1", "demo-word")
    monkeypatch.setattr(views, "sign_in_hints", [lambda: [hint]])
    monkeypatch.setattr("accounts.templatetags.sign_in.sign_in_hints", views.sign_in_hints)
    assert "demo-word" not in client.get(LOGIN).content.decode()
    settings.PORTAL_DEMO = True
    assert "demo-word" in client.get(LOGIN).content.decode()


# ── lock-out ─────────────────────────────────────────────────────────────────
def lock(client, username):
    for _attempt in range(4):
        assert try_in(client, username, "wrong").status_code == 200
    return try_in(client, username, "wrong")


def test_the_fifth_wrong_password_locks_and_the_right_one_does_not_help(client, kim):
    page = lock(client, kim.username)
    assert page.status_code == 429
    assert "로그인이 잠겼습니다" in page.content.decode()
    assert try_in(client, kim.username).status_code == 429
    assert "_auth_user_id" not in client.session
    assert log_of("locked_out").exists()


def test_another_person_is_not_locked_with_the_first(client, kim, operator2):
    operator2.set_password(PASSWORD)
    operator2.save()
    lock(client, kim.username)
    assert try_in(client, operator2.username).status_code == 302


def test_an_administrator_unlocks(client, kim, administrator, now):
    lock(client, kim.username)
    actions.unlock(by=administrator, user=kim, now=now)
    assert try_in(client, kim.username).status_code == 302
    assert log_of("unlocked").get().actor_id == administrator.pk


def test_nobody_unlocks_himself(client, administrator, now):
    with pytest.raises(actions.Refused):
        actions.unlock(by=administrator, user=administrator, now=now)


# ── no other way in ──────────────────────────────────────────────────────────
@pytest.mark.parametrize("page", ["signup", "password/reset", "email"])
def test_nobody_registers_or_resets_by_himself(client, db, page):
    path = f"/accounts/{page}/"
    assert client.get(path).status_code == 404
    assert client.post(path, {"username": "x", "password1": PASSWORD}).status_code == 404


def test_a_next_address_elsewhere_is_not_followed(client, kim):
    page = client.post(
        LOGIN + "?next=https://evil.test/", {"login": kim.username, "password": PASSWORD}
    )
    assert "evil" not in page["Location"]


# ── idle ─────────────────────────────────────────────────────────────────────
def test_twenty_idle_minutes_sign_out_with_a_message(client, kim, frozen_clock):
    sign_in(client, kim)
    assert client.get("/inbox/").status_code == 200
    frozen_clock.tick(timedelta(minutes=20))
    page = client.get("/inbox/", follow=True)
    assert page.redirect_chain[0][0] == f"{LOGIN}?next=/inbox/"
    assert "한동안 쓰지 않아 로그아웃했습니다" in page.content.decode()
    assert log_of("signed_out").get().detail == {"why": "idle"}


def test_work_keeps_the_session_and_background_refreshes_do_not(client, kim, frozen_clock):
    sign_in(client, kim)
    client.get("/inbox/")
    for _quarter in range(3):
        frozen_clock.tick(timedelta(minutes=15))
        assert client.get("/inbox/").status_code == 200
    for _minute in range(19):
        frozen_clock.tick(timedelta(minutes=1))
        client.get("/inbox/", headers={"X-Background": "1"})
    frozen_clock.tick(timedelta(minutes=1))
    answer = client.get("/inbox/", headers={"X-Background": "1", "HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, LOGIN)


def test_answering_the_warning_keeps_the_session(client, kim, frozen_clock):
    sign_in(client, kim)
    client.get("/inbox/")
    frozen_clock.tick(timedelta(minutes=19))
    assert client.post(reverse("still_here")).status_code == 204
    frozen_clock.tick(timedelta(minutes=19))
    assert client.get("/inbox/").status_code == 200


def test_the_page_tells_the_browser_when_it_will_be_signed_out(client, kim):
    page = sign_in(client, kim).get("/inbox/").content.decode()
    assert 'data-idle-seconds="1200"' in page


def test_the_page_whose_clock_ran_out_is_really_signed_out(client, kim):
    sign_in(client, kim)
    assert client.post(reverse("idle")).status_code == 204
    page = client.get(LOGIN)
    assert "한동안 쓰지 않아 로그아웃했습니다" in page.content.decode()
    assert log_of("signed_out").get().detail == {"why": "idle"}


def test_sign_out_is_logged(client, kim):
    sign_in(client, kim)
    assert client.get("/accounts/logout/").status_code == 200
    client.post("/accounts/logout/")
    assert log_of("signed_out").get().detail == {"why": "asked"}
    assert client.get("/inbox/").status_code == 302


# ── second factor ────────────────────────────────────────────────────────────
@pytest.fixture
def strict(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def code_of(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def set_up(user):
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    return secret


@pytest.mark.parametrize("path", ["/", "/inbox/", "/me/", "/staff/", "/accounts/password/change/"])
def test_without_a_second_factor_only_its_set_up_opens(client, kim, strict, path):
    client.force_login(kim, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/totp/activate/")


def test_set_up_gives_recovery_codes_and_opens_the_portal(client, kim, strict):
    try_in(client, kim.username)
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    codes = client.get(done["Location"]).context["unused_codes"]
    assert len(codes) == 10
    assert client.get("/inbox/").status_code == 200
    stored = Authenticator.objects.get(user=kim, type="totp").data["secret"]
    assert stored != secret


def test_the_password_alone_does_not_sign_in(client, kim, strict):
    secret = set_up(kim)
    answer = try_in(client, kim.username)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/inbox/").status_code == 302
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "인증번호가 맞지 않습니다" in wrong.content.decode()
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert client.get("/inbox/").status_code == 200


def test_the_second_factor_cannot_be_taken_off_by_its_owner(client, kim, strict):
    secret = set_up(kim)
    try_in(client, kim.username)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    client.post("/accounts/2fa/totp/deactivate/", {})
    assert Authenticator.objects.filter(user=kim, type="totp").exists()


def test_the_second_factor_cannot_be_guessed_without_end(client, kim, strict):
    """With the password known, a code is one of a million; each wrong one is logged."""
    sign_in(client, kim)
    client.logout()
    step = try_in(client, kim.username)["Location"]
    answers = [client.post(step, {"code": f"{n:06d}"}).content.decode() for n in range(7)]
    assert "인증번호가 맞지 않습니다" in answers[0]
    assert "시도가 너무 많습니다" in answers[5]
    assert "시도가 너무 많습니다" in answers[6]
    failures = log_of("sign_in_failed").filter(subject_uid=str(kim.uid))
    assert failures.count() == 5
    assert failures.first().detail == {"step": "second_factor"}


def test_a_wrong_password_after_the_lock_still_meets_the_lock(client, kim):
    answers = [try_in(client, kim.username, "nonsense") for _ in range(8)]
    assert [answer.status_code for answer in answers[4:]] == [429] * 4


def test_behind_a_proxy_tries_are_counted_for_the_person(rf, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    request = rf.get("/", headers={"X-Forwarded-For": "203.0.113.9, 203.0.113.5"})
    assert get_adapter().get_client_ip(request) == "203.0.113.5"
    settings.TRUSTED_PROXY_COUNT = 0
    assert get_adapter().get_client_ip(request) == "127.0.0.1"
