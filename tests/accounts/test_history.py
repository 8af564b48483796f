"""What the database itself refuses: rewriting the log, the settings and the grants."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.models import AccessLog, Organisation, RoleGrant, SettingVersion, User
from accounts.roles import Role
from tests.cast import grant, make_person


def execute(sql: str, *values: object) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


@pytest.fixture
def line(db, now):
    return audit.record(
        actor=None, action="viewed", subject_kind="household", subject_uid="u", now=now
    )


@pytest.fixture
def version(db, now, administrator):
    return SettingVersion.objects.create(
        name="x", value=1, valid_from=now, by=administrator, reason="시험", created_at=now
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_accesslog SET action = 'changed'",
        "DELETE FROM accounts_accesslog",
        "TRUNCATE accounts_accesslog",
    ],
)
def test_the_access_log_cannot_be_rewritten(line, sql):
    with pytest.raises(IntegrityError, match="append-only"):
        execute(sql)
    assert AccessLog.objects.get().action == "viewed"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_settingversion SET value = '2'",
        "DELETE FROM accounts_settingversion",
    ],
)
def test_setting_versions_cannot_be_rewritten(version, sql):
    with pytest.raises(IntegrityError, match="append-only"):
        execute(sql)
    assert SettingVersion.objects.get().value == 1


def test_setting_versions_cannot_be_truncated(db):
    # In a test of its own: PostgreSQL truncates no table with open foreign key checks.
    with pytest.raises(IntegrityError, match="append-only"):
        execute("TRUNCATE accounts_settingversion")


def test_the_orm_meets_the_same_refusal(line):
    line.reason = "다른 사유"
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        line.delete()


def close(held: RoleGrant, by: User, at, **changes: object) -> None:
    values = {"ends_at": at, "ended_at": at, "ended_by": by, "end_reason": "인사 이동", **changes}
    with transaction.atomic():
        RoleGrant.objects.filter(pk=held.pk).update(**values)


def test_a_grant_is_closed_once(operator, administrator, now):
    held = operator.grants.get()
    close(held, administrator, now)
    held.refresh_from_db()
    assert held.ends_at == now
    assert held.ended_by == administrator
    with pytest.raises(IntegrityError, match="closed role grant"):
        close(held, administrator, now - timedelta(hours=1))


@pytest.mark.parametrize(
    "change",
    [
        "role = 'administrator'",
        "starts_at = starts_at - interval '1 day'",
        "reason = 'x'",
        "ends_at = now() + interval '9 years'",
        "granted_by_id = NULL",
    ],
)
def test_nothing_of_a_grant_can_be_changed_but_its_end(operator, change):
    with pytest.raises(IntegrityError):
        execute(f"UPDATE accounts_rolegrant SET {change} WHERE user_id = %s", operator.pk)


def test_closing_cannot_change_the_role_along_the_way(operator, administrator, now):
    with pytest.raises(IntegrityError, match="only be closed"):
        close(operator.grants.get(), administrator, now, reason="다른 사유")


def test_closing_never_extends_a_planned_end(responder, administrator, now):
    held = grant(responder, Role.CONTROL_OPERATOR, ends_at=now + timedelta(days=1))
    with pytest.raises(IntegrityError, match="earlier than planned"):
        close(held, administrator, now, ends_at=now + timedelta(days=2))
    close(held, administrator, now)


def test_a_closing_cannot_reach_back(operator, administrator, now):
    with pytest.raises(IntegrityError, match="grant_closing_fields_go_together"):
        close(operator.grants.get(), administrator, now, ends_at=now - timedelta(days=3))


def test_a_grant_that_never_began_is_closed_at_its_start(responder, administrator, now):
    start = now + timedelta(days=2)
    held = grant(responder, Role.CONTROL_OPERATOR, starts_at=start)
    close(held, administrator, now, ends_at=start)


@pytest.mark.parametrize(
    "changes",
    [{"ended_by": None}, {"end_reason": ""}, {"ends_at": None}],
    ids=["by nobody", "without a reason", "without an end"],
)
def test_a_closing_is_whole(operator, administrator, now, changes):
    with pytest.raises(IntegrityError):
        close(operator.grants.get(), administrator, now, **changes)


@pytest.mark.parametrize("ended_days_ago", [None, 3 * 365 - 5])
def test_grants_are_kept_three_years_after_their_end(operator, ended_days_ago):
    real = execute_scalar("SELECT now()")
    ends_at = None if ended_days_ago is None else real - timedelta(days=ended_days_ago)
    held = grant(operator, Role.RESPONDER, starts_at=real - timedelta(days=2000), ends_at=ends_at)
    with pytest.raises(IntegrityError, match="three years"):
        execute("DELETE FROM accounts_rolegrant WHERE id = %s", held.pk)


def test_grants_cannot_be_truncated(db):
    with pytest.raises(IntegrityError, match="append-only"):
        execute("TRUNCATE accounts_rolegrant")


def test_an_old_grant_may_be_forgotten(operator):
    real = execute_scalar("SELECT now()")
    held = grant(
        operator,
        Role.RESPONDER,
        starts_at=real - timedelta(days=2000),
        ends_at=real - timedelta(days=1100),
    )
    assert execute("DELETE FROM accounts_rolegrant WHERE id = %s", held.pk) == 1


def execute_scalar(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def new_grant(user: User, by: User | None, now, **fields: object) -> RoleGrant:
    defaults = {
        "organisation": Organisation.objects.get(code="yeoncheon-welfare"),
        "role": Role.COUNTY_OFFICIAL,
        "starts_at": now,
        "granted_at": now,
        "reason": "시험",
    }
    with transaction.atomic():
        return RoleGrant.objects.create(user=user, granted_by=by, **{**defaults, **fields})


def test_nobody_grants_to_themselves(administrator, now):
    with pytest.raises(IntegrityError, match="grant_is_not_made_by_its_holder"):
        new_grant(administrator, administrator, now)


def test_only_the_first_administrator_comes_from_nobody(outsider, now):
    with pytest.raises(IntegrityError, match="grant_without_granter_is_an_administrator"):
        new_grant(outsider, None, now)
    assert new_grant(outsider, None, now, role=Role.ADMINISTRATOR).granted_by is None


@pytest.mark.parametrize(
    ("role", "with_township", "fits"),
    [(Role.TOWNSHIP_CLERK, False, False), (Role.TOWNSHIP_CLERK, True, True)]
    + [(Role.RESPONDER, True, True), (Role.RESPONDER, False, True)]
    + [(role, True, False) for role in Role if role not in (Role.TOWNSHIP_CLERK, Role.RESPONDER)],
)
def test_a_clerk_has_a_township_and_county_roles_have_none(
    administrator, outsider, jeongok, now, role, with_township, fits
):
    township = jeongok if with_township else None
    if fits:
        new_grant(outsider, administrator, now, role=role, township=township)
    else:
        with pytest.raises(IntegrityError, match="grant_township_fits_the_role"):
            new_grant(outsider, administrator, now, role=role, township=township)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"role": "king"}, "grant_role_is_a_known_role"),
        ({"reason": ""}, "grant_has_a_reason"),
        ({"ends_at": -1}, "grant_ends_after_it_starts"),
    ],
)
def test_a_senseless_grant_is_refused(administrator, outsider, now, fields, constraint):
    if "ends_at" in fields:
        fields = {"ends_at": now - timedelta(days=1)}
    with pytest.raises(IntegrityError, match=constraint):
        new_grant(outsider, administrator, now, **fields)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"is_superuser": True}, "user_is_never_superuser"),
        ({"end_reason": "퇴직"}, "user_ended_fields_go_together"),
        ({"ended_at": "now", "end_reason": "퇴직"}, "user_ended_fields_go_together"),
        ({"stand_in_id": "self"}, "user_"),
        ({"username": "CLERK-JEONGOK"}, "user_username_unique_any_case"),
        ({"email": "Clerk-Jeongok@yeoncheon.test"}, "user_email_unique_any_case"),
    ],
)
def test_a_senseless_user_is_refused(operator, clerk_jeongok, now, change, constraint):
    named = {"now": now, "self": operator.pk}
    values = {key: named.get(value, value) for key, value in change.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        User.objects.filter(pk=operator.pk).update(**values)


def test_an_account_is_found_whatever_the_case(db):
    user = make_person("Kim.Yu-Na")
    assert user.username == "kim.yu-na"
    assert User.objects.get_by_natural_key(" KIM.yu-na ") == user
    assert not user.has_usable_password()


def test_a_transactional_test_cleans_up_and_keeps_the_official_places(transactional_db, now):
    audit.record(actor=None, action="viewed", subject_kind="household", now=now)
    assert Organisation.objects.count() == 15
