"""Staff verbs: what an administrator may do, and that it holds at once."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import actions
from accounts.models import AccessLog, Invitation, Message, Organisation, RoleGrant, User
from accounts.roles import Role
from accounts.scope import roles_of
from tests.cast import sign_in

PASSWORD = "신호등-시험-1234"

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(db):
    return Organisation.objects.get(code="yeoncheon-welfare")


@pytest.fixture
def invited(administrator, county, now, frozen_clock):
    return invite(administrator, county, now)


def invite(by, organisation, now, **changes):
    fields = {
        "username": "new.person",
        "name": "신입사",
        "email": "new@yeoncheon.test",
        "phone": "010-5555-1234",
        **changes,
    }
    grant = actions.NewGrant(Role.COUNTY_OFFICIAL, organisation, None, now, None, "새로 옴")
    return actions.invite(by=by, organisation=organisation, grant=grant, now=now, **fields)


def token_of(link):
    return re.search(r"/invitations/([^/]+)/$", link.url).group(1)


# ── invitation ───────────────────────────────────────────────────────────────
def test_an_invited_person_sets_the_own_password_and_signs_in(invited, client):
    page = client.get(f"/invitations/{token_of(invited.link)}/")
    assert (page.status_code, page["Referrer-Policy"]) == (200, "same-origin")
    done = client.post(
        f"/invitations/{token_of(invited.link)}/", {"password": PASSWORD, "again": PASSWORD}
    )
    assert done["Location"] == "/accounts/login/"
    signed = client.post("/accounts/login/", {"login": "new.person", "password": PASSWORD})
    assert signed.status_code == 302
    assert client.get("/inbox/").status_code == 200


def test_the_link_works_once(invited, now):
    token = token_of(invited.link)
    actions.accept_invitation(token=token, password=PASSWORD, now=now)
    with pytest.raises(actions.Refused):
        actions.accept_invitation(token=token, password="another-" + PASSWORD, now=now)
    assert Client().get(f"/invitations/{token}/").status_code == 410


def test_the_link_dies_after_72_hours(invited, frozen_clock):
    token = token_of(invited.link)
    frozen_clock.tick(timedelta(hours=72) - timedelta(seconds=1))
    assert actions.find_invitation(token) is not None
    frozen_clock.tick(timedelta(seconds=1))
    assert actions.find_invitation(token) is None


def test_the_token_is_stored_only_as_a_digest_and_goes_out_by_mail_and_sms(invited):
    token = token_of(invited.link)
    assert token not in str(Invitation.objects.values())
    assert token not in repr(invited)
    rows = Message.objects.filter(recipient=invited.user)
    assert {row.channel: row.state for row in rows} == {"email": "queued", "sms": "queued"}
    assert all(token not in row.link_path for row in rows)


def test_a_new_link_replaces_the_old_one(invited, administrator, now):
    newer = actions.invite_again(by=administrator, user=invited.user, now=now)
    assert actions.find_invitation(token_of(invited.link)) is None
    assert actions.find_invitation(token_of(newer)) is not None


@pytest.mark.parametrize("password", ["short", "1234567890123", "new.person1"])
def test_a_weak_password_is_refused_and_the_link_stays_good(invited, now, password):
    with pytest.raises(ValidationError):
        actions.accept_invitation(token=token_of(invited.link), password=password, now=now)
    assert actions.find_invitation(token_of(invited.link)) is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "Bad Name"}, "username"),
        ({"username": "administrator"}, "username"),
        ({"email": "administrator@yeoncheon.test"}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"phone": "12345"}, "phone"),
        ({"name": "  "}, "name"),
    ],
)
def test_bad_input_leaves_nothing_half_done(administrator, county, now, change, field):
    people = User.objects.count()
    with pytest.raises(ValidationError) as refused:
        invite(administrator, county, now, **change)
    assert field in refused.value.error_dict
    assert User.objects.count() == people
    assert not Invitation.objects.exists()


def test_a_second_click_on_invite_meets_the_first(administrator, county, now):
    invite(administrator, county, now)
    with pytest.raises(ValidationError):
        invite(administrator, county, now)
    assert User.objects.filter(username="new.person").count() == 1


@pytest.mark.parametrize("who", ["operator", "official", "privacy_officer", "outsider"])
def test_only_an_administrator_invites(request, county, now, who):
    with pytest.raises(actions.Refused):
        invite(request.getfixturevalue(who), county, now)


# ── roles ────────────────────────────────────────────────────────────────────
def give(by, user, role, now, **fields):
    organisation = fields.pop("organisation", None) or by.organisation
    return actions.grant_role(
        by=by, user=user, role=role, organisation=organisation, reason="시험", now=now, **fields
    )


def test_a_role_holds_from_its_start_until_its_end(administrator, outsider, now):
    start, end = now + timedelta(days=1), now + timedelta(days=2)
    give(administrator, outsider, Role.CONTROL_OPERATOR, now, starts_at=start, ends_at=end)
    assert roles_of(outsider, now=now) == set()
    assert roles_of(outsider, now=start) == {Role.CONTROL_OPERATOR}
    assert roles_of(outsider, now=end) == set()


def test_the_same_role_is_not_given_twice_for_the_same_time(administrator, outsider, now):
    give(administrator, outsider, Role.COUNTY_OFFICIAL, now)
    with pytest.raises(actions.Refused):
        give(administrator, outsider, Role.COUNTY_OFFICIAL, now)


def test_a_clerk_needs_a_township_and_an_operator_has_none(administrator, outsider, now, jeongok):
    with pytest.raises(actions.Refused):
        give(administrator, outsider, Role.TOWNSHIP_CLERK, now)
    with pytest.raises(actions.Refused):
        give(administrator, outsider, Role.CONTROL_OPERATOR, now, township=jeongok)


def test_nobody_gives_himself_a_role(administrator, now):
    with pytest.raises(actions.Refused):
        give(administrator, administrator, Role.PRIVACY_OFFICER, now)


def test_a_role_ends_at_once_and_once(administrator, operator, now):
    held = operator.grants.get()
    actions.end_role(by=administrator, grant=held, reason="이동", now=now)
    assert roles_of(operator, now=now) == set()
    with pytest.raises(actions.Refused):
        actions.end_role(by=administrator, grant=held, reason="또", now=now)


def test_an_open_page_closes_when_the_role_ends(client, administrator, operator2, now):
    sign_in(client, administrator)
    assert client.get("/staff/").status_code == 200
    give(administrator, operator2, Role.ADMINISTRATOR, now)
    held = administrator.grants.get()
    actions.end_role(by=operator2, grant=held, reason="이동", now=now + timedelta(seconds=1))
    assert client.get("/staff/").status_code == 403


def test_the_last_administrator_stays(administrator, now):
    with pytest.raises(actions.Refused):
        actions.end_role(by=administrator, grant=administrator.grants.get(), reason="x", now=now)


def test_a_future_role_that_is_ended_never_begins(administrator, outsider, now):
    start = now + timedelta(days=5)
    held = give(administrator, outsider, Role.CONTROL_OPERATOR, now, starts_at=start)
    actions.end_role(by=administrator, grant=held, reason="취소", now=now)
    assert roles_of(outsider, now=start) == set()


# ── stand-in ─────────────────────────────────────────────────────────────────
def test_a_stand_in_has_the_role_and_the_messages_for_the_dates(
    administrator, clerk_jeongok, clerk_baekhak, now
):
    until = now + timedelta(days=7)
    actions.set_stand_in(
        by=administrator,
        user=clerk_jeongok,
        stand_in=clerk_baekhak,
        starts_at=now,
        ends_at=until,
        reason="여름휴가",
        now=now,
    )
    lent = clerk_baekhak.grants.get(township=clerk_jeongok.grants.get().township)
    assert (lent.starts_at, lent.ends_at, lent.reason) == (now, until, "여름휴가")
    clerk_jeongok.refresh_from_db()
    assert clerk_jeongok.stand_in_at(now) == clerk_baekhak
    assert clerk_jeongok.stand_in_at(until) is None


def test_administration_is_not_lent_with_the_rest(administrator, administrator2, operator, now):
    with pytest.raises(actions.Refused):
        actions.set_stand_in(
            by=administrator,
            user=administrator2,
            stand_in=operator,
            starts_at=now,
            ends_at=now + timedelta(days=1),
            reason="휴가",
            now=now,
        )


# ── the end ──────────────────────────────────────────────────────────────────
def test_ending_a_person_ends_sessions_roles_and_links_at_once(administrator, operator, now):
    operator.set_password(PASSWORD)
    operator.save()
    phone, office = sign_in(Client(), operator), sign_in(Client(), operator)
    assert phone.get("/inbox/").status_code == office.get("/inbox/").status_code == 200
    copied = office.cookies["sessionid"].value
    actions.end_person(by=administrator, user=operator, reason="퇴직", now=now)
    assert phone.get("/inbox/").status_code == office.get("/inbox/").status_code == 302
    thief = Client()
    thief.cookies["sessionid"] = copied
    assert thief.get("/inbox/").status_code == 302
    assert roles_of(operator, now=now) == set()
    again = Client().post("/accounts/login/", {"login": "operator", "password": PASSWORD})
    assert again.status_code == 200
    operator.refresh_from_db()
    assert (operator.is_active, operator.ended_by, operator.end_reason) == (
        False,
        administrator,
        "퇴직",
    )


def test_nobody_ends_himself_and_nobody_twice(administrator, administrator2, operator, now):
    with pytest.raises(actions.Refused):
        actions.end_person(by=administrator, user=administrator, reason="x", now=now)
    actions.end_person(by=administrator, user=operator, reason="퇴직", now=now)
    with pytest.raises(actions.Refused):
        actions.end_person(by=administrator2, user=operator, reason="퇴직", now=now)


def test_a_changed_number_must_be_verified_again(administrator, operator, now):
    actions.change_person(
        by=administrator,
        user=operator,
        name=operator.name,
        organisation=operator.organisation,
        phone="010 2222 3333",
        now=now,
    )
    operator.refresh_from_db()
    assert (operator.phone, operator.phone_verified_at) == ("01022223333", None)
    line = AccessLog.objects.get(action="changed")
    assert line.detail == {"fields": ["email", "phone"]}


# ── reset ────────────────────────────────────────────────────────────────────
def test_a_second_administrator_resets_password_and_second_factor(
    administrator, administrator2, now
):
    administrator2.set_password(PASSWORD)
    administrator2.save()
    TOTP.activate(administrator2, "JBSWY3DPEHPK3PXP")
    client = sign_in(Client(), administrator2)
    link = actions.reset_access(by=administrator, user=administrator2, reason="분실", now=now)
    assert client.get("/inbox/").status_code == 302
    assert not Authenticator.objects.filter(user=administrator2).exists()
    administrator2.refresh_from_db()
    assert not administrator2.has_usable_password()
    actions.accept_invitation(token=token_of(link), password="다시-" + PASSWORD, now=now)
    administrator2.refresh_from_db()
    assert administrator2.check_password("다시-" + PASSWORD)


def test_an_administrator_does_not_reset_himself(administrator, now):
    with pytest.raises(actions.Refused):
        actions.reset_access(by=administrator, user=administrator, reason="x", now=now)


# ── the command ──────────────────────────────────────────────────────────────
def test_the_first_administrator_comes_from_the_machine(db):
    out = StringIO()
    call_command("create_administrator", "--username", "first", "--name", "처음", stdout=out)
    token = re.search(r"/invitations/([^/]+)/", out.getvalue()).group(1)
    assert actions.find_invitation(token).user.username == "first"
    with pytest.raises(CommandError) as refused:
        call_command("create_administrator", "--username", "second", "--name", "둘")
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ["--username", "X", "--name", "처음"],
        ["--username", "first", "--name", " "],
        ["--username", "first", "--name", "처음", "--email", "nonsense"],
        ["--username", "first", "--name", "처음", "--organisation", "moon"],
    ],
)
def test_bad_input_of_the_command_ends_with_2_and_english(db, wrong):
    with pytest.raises(CommandError) as refused:
        call_command("create_administrator", *wrong)
    assert refused.value.returncode == 2
    assert str(refused.value).isascii()
    assert not RoleGrant.objects.exists()
