"""Pages of the accounts floor: who sees what, filters in the URL, refusals in Korean."""

from datetime import timedelta

import pytest

from accounts import audit
from accounts.models import AccessLog, Message, PhoneCode, SettingVersion, User
from accounts.notify import kinds, notify, register_kind
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_page(client, administrator):
    return sign_in(client, administrator)


def text(answer):
    return answer.content.decode()


# ── staff ────────────────────────────────────────────────────────────────────
def test_the_staff_list_filters_by_the_url(admin_page, operator, clerk_jeongok):
    everybody = text(admin_page.get("/staff/"))
    assert operator.name in everybody
    assert clerk_jeongok.name in everybody
    some = text(admin_page.get("/staff/?role=control_operator"))
    assert operator.name in some
    assert clerk_jeongok.name not in some
    assert "맞는 직원이 없습니다" in text(admin_page.get("/staff/?q=nobody-like-this"))


def test_the_staff_list_has_a_fixed_number_of_queries(
    admin_page, person, django_assert_max_num_queries
):
    for number in range(30):
        person(f"p{number}", "responder")
    with django_assert_max_num_queries(14):
        admin_page.get("/staff/")


def test_an_administrator_invites_on_the_page_and_sees_the_link_once(admin_page, administrator):
    form = {
        "username": "hong",
        "name": "홍길동",
        "organisation": administrator.organisation_id,
        "role": "county_official",
        "reason": "새로 옴",
        "email": "",
        "phone": "",
        "title": "",
        "township": "",
        "ends_at": "",
    }
    answer = admin_page.post("/staff/invite/", form)
    assert "/invitations/" in text(answer)
    assert "no-store" in answer["Cache-Control"]
    again = admin_page.post("/staff/invite/", form)
    assert again.status_code == 422
    assert "이미 있는 아이디입니다" in text(again)
    uid = User.objects.get(username="hong").uid
    assert "/invitations/" not in text(admin_page.get(f"/staff/{uid}/"))


def test_refusals_of_a_verb_stand_in_the_form(admin_page, clerk_jeongok):
    form = {
        "role": "township_clerk",
        "organisation": clerk_jeongok.organisation_id,
        "reason": "이동",
    }
    answer = admin_page.post(f"/staff/{clerk_jeongok.uid}/grant/", form)
    assert answer.status_code == 422
    assert "담당 읍·면을 골라야 합니다" in text(answer)


@pytest.mark.parametrize("action", ["end", "reset", "stand-in", "change", "grant"])
def test_every_form_of_a_person_opens(admin_page, operator, action):
    assert admin_page.get(f"/staff/{operator.uid}/{action}/").status_code == 200


def test_a_person_is_ended_on_the_page(admin_page, operator):
    answer = admin_page.post(f"/staff/{operator.uid}/end/", {"reason": "퇴직"}, follow=True)
    assert "사용을 종료했습니다" in text(answer)
    again = admin_page.post(f"/staff/{operator.uid}/end/", {"reason": "퇴직"})
    assert "이미 사용이 종료된 계정입니다" in text(again)


def test_an_administrator_sees_no_way_to_reset_himself(admin_page, administrator):
    page = text(admin_page.get(f"/staff/{administrator.uid}/"))
    assert f"/staff/{administrator.uid}/reset/" not in page
    answer = admin_page.post(f"/staff/{administrator.uid}/reset/", {"reason": "x"})
    assert "다른 시스템 관리자에게 요청하세요" in text(answer)


# ── settings ─────────────────────────────────────────────────────────────────
def test_a_setting_changes_with_date_and_reason_and_keeps_its_history(client, official):
    sign_in(client, official)
    assert "자동 로그아웃까지의 시간" in text(client.get("/settings/"))
    path = "/settings/accounts.idle_minutes/"
    done = client.post(path, {"value": "30", "reason": "야간 근무"}, follow=True)
    assert "새 값을 저장했습니다" in text(done)
    assert "야간 근무" in text(done)
    again = client.post(path, {"value": "30", "reason": "야간 근무"})
    assert "이미 같은 값이 적용되어 있습니다" in text(again)
    assert SettingVersion.objects.count() == 1
    assert AccessLog.objects.get(subject_kind="setting").subject_uid == "accounts.idle_minutes"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"value": "1000", "reason": "x"}, "이하여야 합니다"),
        ({"value": "many", "reason": "x"}, "정수를 입력하세요"),
        ({"value": "30", "reason": "x", "valid_from": "2020-01-01T00:00"}, "앞설 수 없습니다"),
        ({"value": "30", "reason": ""}, "변경 사유"),
    ],
)
def test_a_bad_setting_is_refused_in_korean(client, official, form, says):
    answer = sign_in(client, official).post("/settings/accounts.idle_minutes/", form)
    assert answer.status_code == 422
    assert says in text(answer)
    assert not SettingVersion.objects.exists()


def test_an_unknown_setting_is_not_found(client, official):
    assert sign_in(client, official).get("/settings/nobody.knows/").status_code == 404


# ── access log ───────────────────────────────────────────────────────────────
def test_the_access_log_filters_and_logs_itself(client, privacy_officer, operator, now):
    for uid in ("subject-a", "subject-b"):
        audit.record(
            actor=operator, action="viewed", subject_kind="household", subject_uid=uid, now=now
        )
    sign_in(client, privacy_officer)
    page = text(client.get("/access-log/?subject=subject-a"))
    assert "subject-a" in page
    assert "subject-b" not in page
    listed = AccessLog.objects.get(action="listed")
    assert (listed.actor_id, listed.detail["filters"]) == (privacy_officer.pk, ["subject"])
    assert "시작일보다 앞섭니다" in text(client.get("/access-log/?start=2026-07-02&end=2026-07-01"))


@pytest.mark.parametrize(
    ("action", "kind", "who"),
    [
        ("created", "delivery", "자료 받기(자동)"),
        ("denied", "partner_token", "자료 받기(자동)"),
        ("sign_in_failed", "user", "로그인 전"),
        ("changed", "household", "시스템"),
    ],
)
def test_what_a_machine_did_is_not_somebody_before_signing_in(
    client, privacy_officer, now, action, kind, who
):
    audit.record(actor=None, action=action, subject_kind=kind, now=now)
    sign_in(client, privacy_officer)
    rows = text(client.get(f"/access-log/?action={action}")).split("<tbody>")[1]
    assert f'<span class="meta">{who}</span>' in rows


def test_the_privacy_officer_finds_who_was_refused(client, operator, privacy_officer):
    assert sign_in(client, operator).get("/access-log/").status_code == 403
    sign_in(client, privacy_officer)
    rows = text(client.get("/access-log/?action=denied")).split("<tbody>")[1]
    for words in (operator.name, "화면", ">access_log</a>", "이 화면은 개인정보"):
        assert words in rows, words


@pytest.mark.parametrize("who", ["administrator", "official", "operator"])
def test_only_the_privacy_officer_reads_the_access_log(request, client, who):
    assert sign_in(client, request.getfixturevalue(who)).get("/access-log/").status_code == 403


# ── inbox ────────────────────────────────────────────────────────────────────
@pytest.fixture
def red(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register_kind("test.red", "긴급 건이 있습니다", "긴급 {link}", ("inbox",), True)


def test_a_message_is_opened_read_and_leads_to_its_page(client, operator, now, red):
    (row,) = notify(to=operator, kind="test.red", link_path="/me/", now=now)
    sign_in(client, operator)
    assert "긴급 건이 있습니다" in text(client.get("/inbox/?show=unread"))
    assert client.post(f"/inbox/{row.uid}/")["Location"] == "/me/"
    assert "알림이 없습니다" in text(client.get("/inbox/?show=unread"))
    first = Message.objects.get().read_at
    client.post(f"/inbox/{row.uid}/")
    assert Message.objects.get().read_at == first


def test_nobody_opens_somebody_elses_message(client, operator, operator2, now, red):
    (row,) = notify(to=operator, kind="test.red", link_path="/me/", now=now)
    sign_in(client, operator2)
    assert "긴급 건" not in text(client.get("/inbox/"))
    assert client.post(f"/inbox/{row.uid}/").status_code == 404
    client.post("/inbox/read/")
    assert Message.objects.get().read_at is None


# ── own number ───────────────────────────────────────────────────────────────
def waiting_code(user):
    return Message.objects.filter(recipient=user, kind="accounts.phone_code").first().secret


def test_a_number_is_verified_by_the_code_that_was_sent_to_it(client, operator):
    sign_in(client, operator)
    client.post("/me/phone/", {"phone": "010-7777-8888"})
    operator.refresh_from_db()
    assert (operator.phone, operator.phone_verified_at) == ("01077778888", None)
    client.post("/me/phone/code/")
    code = waiting_code(operator)
    client.post("/me/phone/confirm/", {"code": code})
    operator.refresh_from_db()
    assert operator.phone_verified_at is not None
    again = client.post("/me/phone/confirm/", {"code": code})
    assert "맞지 않거나 기한이 지났습니다" in text(again)


def test_five_wrong_codes_void_the_right_one(client, operator):
    sign_in(client, operator)
    client.post("/me/phone/", {"phone": "010-7777-8888"})
    client.post("/me/phone/code/")
    code = waiting_code(operator)
    wrong = "000000" if code != "000000" else "111111"
    for _guess in range(5):
        client.post("/me/phone/confirm/", {"code": wrong})
    client.post("/me/phone/confirm/", {"code": code})
    operator.refresh_from_db()
    assert operator.phone_verified_at is None


def test_a_second_click_sends_no_second_code(client, operator):
    sign_in(client, operator)
    client.post("/me/phone/", {"phone": "010-7777-8888"})
    client.post("/me/phone/code/")
    page = client.post("/me/phone/code/", follow=True)
    assert "방금 인증번호를 보냈습니다" in text(page)
    assert PhoneCode.objects.count() == 1


def test_a_code_dies_after_ten_minutes(client, operator, frozen_clock):
    sign_in(client, operator)
    client.post("/me/phone/", {"phone": "010-7777-8888"})
    client.post("/me/phone/code/")
    code = waiting_code(operator)
    frozen_clock.tick(timedelta(minutes=10))
    assert client.post("/me/phone/confirm/", {"code": code}).status_code == 422


def test_a_bad_number_is_refused_in_korean(client, operator):
    answer = sign_in(client, operator).post("/me/phone/", {"phone": "12"})
    assert answer.status_code == 422
    assert "010-1234-5678처럼" in text(answer)


@pytest.mark.parametrize(
    "path", ["/accounts/password/change/", "/accounts/2fa/", "/accounts/logout/", "/me/", "/inbox/"]
)
def test_own_pages_open_for_everybody_on_the_staff(client, outsider, path):
    outsider.set_password("신호등-시험-1234")
    outsider.save()
    assert sign_in(client, outsider).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/staff/", "/me/", "/inbox/", "/settings/", "/nowhere/"])
def test_what_somebody_signed_in_saw_is_stored_nowhere(client, administrator, path):
    assert "no-store" in sign_in(client, administrator).get(path)["Cache-Control"]


def test_a_refusal_is_stored_nowhere_either(client, outsider):
    answer = sign_in(client, outsider).get("/staff/")
    assert (answer.status_code, answer["Cache-Control"]) == (403, "no-store, private")
