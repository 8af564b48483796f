"""Partners' keys: made, changed without a gap, limited, revoked, and reminded of."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.actions import Refused
from accounts.models import AccessLog, Message
from monitoring import networks, partners, token_reminders
from monitoring.models import PartnerToken
from tests.cast import sign_in

pytestmark = pytest.mark.django_db
PAGE = "/feeds/tokens/"


def made(kepco, now, **fields) -> PartnerToken:
    return partners.issue(feed="power", organisation=kepco, by=None, now=now, **fields)[0]


# ── networks ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("203.0.113.9", "203.0.113.9/32"),
        (" 203.0.113.0/28 ", "203.0.113.0/28"),
        ("2001:DB8::/48", "2001:db8::/48"),
        ("::ffff:203.0.113.0/124", "203.0.113.0/28"),
    ],
)
def test_a_network_is_kept_in_one_form(written, kept):
    assert networks.normal(written) == kept


@pytest.mark.parametrize("written", ["", "203.0.113.9/24", "example.kr", "10.0.0.0/33", "all"])
def test_what_is_no_network_is_refused(written):
    with pytest.raises(networks.BadNetwork):
        networks.normal(written)


# ── verbs ────────────────────────────────────────────────────────────────────
def test_a_rotated_token_opens_until_the_overlap_is_over(kepco, now):
    old, old_secret = partners.issue(
        feed="power",
        organisation=kepco,
        by=None,
        now=now,
        networks=["203.0.113.0/28"],
        per_minute=7,
    )
    new, new_secret = partners.rotate(token=old, by=None, now=now, overlap=timedelta(days=3))
    assert (new.feed, new.networks, new.per_minute) == ("power", ["203.0.113.0/28"], 7)
    almost, over = now + timedelta(days=3, seconds=-1), now + timedelta(days=3)
    assert partners.holder(old_secret, at=almost) == old
    assert partners.holder(new_secret, at=almost) == new
    assert partners.holder(old_secret, at=over) is None
    assert partners.holder(new_secret, at=over) == new


def test_rotating_never_makes_the_old_token_live_longer(kepco, now):
    old = made(kepco, now, valid_for=timedelta(days=2))
    partners.rotate(token=old, by=None, now=now, overlap=timedelta(days=30))
    old.refresh_from_db()
    assert old.expires_at == now + timedelta(days=2)


def test_a_token_that_is_over_is_neither_rotated_nor_revoked_nor_changed(kepco, now):
    token = made(kepco, now)
    partners.revoke(token=token, by=None, now=now)
    for verb in (
        lambda: partners.revoke(token=token, by=None, now=now),
        lambda: partners.rotate(token=token, by=None, now=now),
        lambda: partners.set_limits(token=token, networks=[], per_minute=1, by=None, now=now),
    ):
        with pytest.raises(Refused):
            verb()


@pytest.mark.parametrize("role", ["official", "operator", "outsider", "partner_reviewer"])
def test_only_an_administrator_has_the_verbs(role, kepco, now, request):
    person, token = request.getfixturevalue(role), made(kepco, now)
    for verb in (
        lambda: partners.issue(feed="power", organisation=kepco, by=person, now=now),
        lambda: partners.rotate(token=token, by=person, now=now),
        lambda: partners.revoke(token=token, by=person, now=now),
        lambda: partners.set_limits(token=token, networks=[], per_minute=1, by=person, now=now),
    ):
        with pytest.raises(Refused):
            verb()
    assert PartnerToken.objects.valid(at=now).count() == 1


def test_everything_done_with_a_token_is_in_the_access_log(kepco, administrator, now):
    token = partners.issue(feed="power", organisation=kepco, by=administrator, now=now)[0]
    later = now + timedelta(minutes=1)
    partners.set_limits(
        token=token, networks=["203.0.113.0/28"], per_minute=9, by=administrator, now=later
    )
    new = partners.rotate(token=token, by=administrator, now=later)[0]
    partners.revoke(token=token, by=administrator, now=later)
    lines = AccessLog.objects.filter(subject_kind="partner_token").order_by("id")
    told = [(line.action, line.subject_uid, line.actor_id) for line in lines]
    mine, its = str(token.pk), str(new.pk)
    assert told == [
        ("created", mine, administrator.pk),
        ("changed", mine, administrator.pk),
        ("created", its, administrator.pk),
        ("changed", mine, administrator.pk),
        ("changed", mine, administrator.pk),
    ]


# ── reminders ────────────────────────────────────────────────────────────────
def test_officials_and_administrators_hear_30_and_7_days_before_and_once_each(
    kepco, official, administrator, operator, now
):
    made(kepco, now, valid_for=timedelta(days=40))
    days = timedelta(days=1)
    told = [
        token_reminders.remind(now=now + n * days, at=now + n * days)
        for n in (0, 9, 10, 11, 32, 33, 34, 41)
    ]
    assert told == [0, 0, 1, 0, 0, 1, 0, 0]
    inbox = Message.objects.filter(channel="inbox")
    assert set(inbox.values_list("recipient", flat=True)) == {official.pk, administrator.pk}
    assert sorted(set(inbox.values_list("kind", flat=True))) == [
        "monitoring.token_ends_30",
        "monitoring.token_ends_7",
    ]
    assert inbox.count() == 4


def test_a_token_found_late_is_told_of_once_with_the_shorter_term(kepco, official, now):
    made(kepco, now, valid_for=timedelta(days=5))
    assert [token_reminders.remind(now=now, at=now) for _ in range(2)] == [1, 0]
    assert Message.objects.get(channel="inbox").kind == "monitoring.token_ends_7"


def test_nobody_is_reminded_of_a_token_that_was_rotated(kepco, official, now):
    partners.rotate(token=made(kepco, now, valid_for=timedelta(days=20)), by=None, now=now)
    assert token_reminders.remind(now=now, at=now) == 0


# ── commands ─────────────────────────────────────────────────────────────────
def test_the_command_rotates_by_the_first_letters(kepco, now, capsys):
    old = made(kepco, now)
    call_command("rotate_partner_token", old.hint, "--overlap-days", "2")
    secret = capsys.readouterr().out.strip()
    assert partners.holder(secret, at=now + timedelta(days=3)) is not None
    old.refresh_from_db()
    assert old.expires_at == now + timedelta(days=2)


def test_no_token_begins_like_an_option_of_the_command(kepco, now, monkeypatch):
    drawn = iter(["-v2LzVxxxxxxxxxxxx", "--x2LzVxxxxxxxxxxx", "x2LzV-xxxxxxxxxxxx"])
    monkeypatch.setattr(partners.secrets, "token_urlsafe", lambda _bytes: next(drawn))
    assert made(kepco, now).hint == "x2LzV-"


@pytest.mark.parametrize("arguments", [("nobody",), ("", "--days", "0"), ("", "--overlap-days=99")])
def test_the_command_refuses_nonsense_with_exit_code_2(kepco, now, arguments):
    with pytest.raises(CommandError) as refused:
        call_command("rotate_partner_token", *arguments)
    assert refused.value.returncode == 2


def test_a_token_with_networks_from_the_command_line(kepco, now, capsys):
    call_command("create_partner_token", "power", "--network", "203.0.113.9", "--per-minute", "5")
    token = PartnerToken.objects.get()
    assert (token.networks, token.per_minute) == (["203.0.113.9/32"], 5)


# ── the page ─────────────────────────────────────────────────────────────────
def test_administrators_change_officials_look_and_nobody_else_sees_the_page(client, cast, kepco):
    for name, user in cast.items():
        status = sign_in(client, user).get(PAGE).status_code
        may = name in {"administrator", "administrator2", "official"}
        assert status == (200 if may else 403), name
        status = client.get(reverse("monitoring:token_new")).status_code
        assert status == (200 if name.startswith("administrator") else 403), name


def test_a_key_is_shown_once_and_never_again(client, administrator, kepco, now):
    sign_in(client, administrator)
    filled = {
        "feed": "power",
        "organisation": kepco.pk,
        "days": 100,
        "networks": "203.0.113.0/28\n2001:db8::/48",
        "per_minute": 60,
    }
    answer = client.post(reverse("monitoring:token_new"), filled)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    token = partners.holder(secret, at=now)
    assert (token.networks, token.per_minute) == (["203.0.113.0/28", "2001:db8::/48"], 60)
    page = client.get(PAGE).content.decode()
    assert secret not in page
    assert f"{token.hint}…" in page
    assert "203.0.113.0/28" in page
    again = client.post(reverse("monitoring:token_new"), filled)  # a second press
    assert again.status_code == 422
    assert PartnerToken.objects.count() == 1


def test_rotate_limit_and_revoke_by_the_page(client, administrator, kepco, frozen_clock, now):
    token = made(kepco, now)
    sign_in(client, administrator)
    where = [token.pk]
    saved = client.post(
        reverse("monitoring:token_limits", args=where),
        {"networks": "203.0.113.0/28", "per_minute": 5},
    )
    assert saved.status_code == 302
    wrong = client.post(
        reverse("monitoring:token_limits", args=where), {"networks": "any", "per_minute": 5}
    )
    assert wrong.status_code == 422
    assert "네트워크로 읽을 수 없습니다: any" in wrong.content.decode()
    shown = client.post(
        reverse("monitoring:token_rotate", args=where), {"overlap_days": 3, "days": 365}
    )
    assert partners.holder(shown.context["secret"], at=now).networks == ["203.0.113.0/28"]
    for _ in range(2):  # twice does no harm
        assert client.post(reverse("monitoring:token_revoke", args=where)).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at == now
    assert "거둠" in client.get(PAGE).content.decode()


def test_a_key_that_ends_soon_says_so(client, official, kepco, now):
    made(kepco, now, valid_for=timedelta(days=6))
    made(kepco, now, valid_for=timedelta(days=29))
    page = sign_in(client, official).get(PAGE).content.decode()
    assert "6일 남음" in page
    assert "29일 남음" in page
