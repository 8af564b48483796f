"""Who may see whose data. Everything here fails closed."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject

from accounts.models import RoleGrant, User
from accounts.querysets import ScopedQuerySet
from accounts.roles import COUNTY_WIDE_ROLES, Role, labels
from accounts.scope import ALL, EMPTY, Scope, holders, roles_of, scope_of
from tests.cast import BAEKHAK, JEONGOK, grant, make_person

DAY = timedelta(days=1)


@pytest.fixture(params=Role.values)
def role(request):
    return request.param


def granted(role, jeongok, **times) -> User:
    user = make_person("kim")
    grant(user, role, township=jeongok if role == Role.TOWNSHIP_CLERK else None, **times)
    return user


def test_every_role_is_held_while_its_grant_runs(role, jeongok, now):
    user = granted(role, jeongok, starts_at=now - DAY, ends_at=now + DAY)
    assert roles_of(user, now=now) == {role}


def test_a_grant_holds_at_its_first_instant_and_no_more_at_its_last(role, jeongok, now):
    user = granted(role, jeongok, starts_at=now, ends_at=now + DAY)
    assert roles_of(user, now=now) == {role}
    assert scope_of(user, now=now + DAY) == EMPTY


def test_no_role_before_its_grant_begins(role, jeongok, now):
    assert scope_of(granted(role, jeongok, starts_at=now + DAY), now=now) == EMPTY


def test_no_role_after_its_grant_ended(role, jeongok, now):
    user = granted(role, jeongok, starts_at=now - 9 * DAY, ends_at=now - DAY)
    assert scope_of(user, now=now) == EMPTY


def test_a_grant_closed_today_is_gone_at_once(role, jeongok, administrator, now):
    user = granted(role, jeongok)
    RoleGrant.objects.filter(user=user).update(
        ends_at=now, ended_at=now, ended_by=administrator, end_reason="인사 이동"
    )
    assert scope_of(user, now=now) == EMPTY


def test_an_ended_user_has_no_role(role, jeongok, now):
    user = granted(role, jeongok)
    User.objects.filter(pk=user.pk).update(ended_at=now, end_reason="퇴직", is_active=False)
    assert scope_of(User.objects.get(pk=user.pk), now=now) == EMPTY


def test_a_user_who_is_not_active_has_no_role(role, jeongok, now):
    user = granted(role, jeongok)
    user.is_active = False
    assert scope_of(user, now=now) == EMPTY


@pytest.mark.parametrize("nobody", [None, AnonymousUser(), User(username="unsaved"), "kim", 1])
def test_nobody_has_no_scope(db, now, nobody):
    assert scope_of(nobody, now=now) == EMPTY
    assert roles_of(nobody, now=now) == frozenset()
    assert not scope_of(nobody, now=now)


def test_the_lazy_user_of_a_request_is_understood(operator, now):
    assert scope_of(SimpleLazyObject(lambda: operator), now=now).has(Role.CONTROL_OPERATOR)
    assert scope_of(SimpleLazyObject(AnonymousUser), now=now) == EMPTY


@pytest.mark.parametrize("role", sorted(COUNTY_WIDE_ROLES))
def test_county_wide_roles_see_every_township(role, jeongok, now):
    scope = scope_of(granted(role, jeongok), now=now)
    assert scope.townships is ALL
    assert scope.sees_all_townships
    assert scope.covers(JEONGOK)
    assert scope.covers(BAEKHAK)
    with pytest.raises(ValueError, match="every township"):
        _ = scope.township_codes


def test_a_clerk_sees_the_own_township_only(clerk_jeongok, now):
    scope = scope_of(clerk_jeongok, now=now)
    assert scope.township_codes == {JEONGOK}
    assert not scope.covers(BAEKHAK)


def test_a_clerk_of_two_townships_sees_both(clerk_jeongok, baekhak, now):
    grant(clerk_jeongok, Role.TOWNSHIP_CLERK, township=baekhak)
    assert scope_of(clerk_jeongok, now=now).township_codes == {JEONGOK, BAEKHAK}


@pytest.mark.parametrize("role", [Role.RESPONDER, Role.PARTNER_REVIEWER, Role.ADMINISTRATOR])
def test_responder_reviewer_and_administrator_see_no_township(role, jeongok, now):
    assert scope_of(granted(role, jeongok), now=now).townships == frozenset()


def test_a_responder_tied_to_a_township_still_sees_none_of_it(person, jeongok, now):
    user = person("kim", Role.RESPONDER, township=jeongok)
    assert scope_of(user, now=now).townships == frozenset()


def test_a_clerk_by_day_may_be_a_responder_by_night(clerk_and_responder, now):
    scope = scope_of(clerk_and_responder, now=now)
    assert scope.roles == {Role.TOWNSHIP_CLERK, Role.RESPONDER}
    assert scope.township_codes == {JEONGOK}
    assert len(scope.organisations) == 2


def test_the_outsider_has_no_scope(outsider, now):
    assert scope_of(outsider, now=now) == EMPTY


def test_the_scope_costs_one_query(clerk_and_responder, now, django_assert_num_queries):
    with django_assert_num_queries(1):
        scope_of(clerk_and_responder, now=now)


class GrantsOfTownships(ScopedQuerySet):
    """Any table with a township will do to try `within`."""

    def visible_to(self, user, *, now):
        return self.none()


def rows(scope):
    return {row.user.username for row in GrantsOfTownships(RoleGrant).within(scope)}


def test_within_keeps_to_the_townships_of_the_scope(clerk_jeongok, clerk_baekhak, operator, now):
    assert rows(scope_of(clerk_jeongok, now=now)) == {"clerk-jeongok"}
    assert rows(scope_of(operator, now=now)) == {"clerk-jeongok", "clerk-baekhak", "operator"}
    assert rows(EMPTY) == set()
    assert rows(Scope(roles=frozenset({"administrator"}))) == set()


def test_a_queryset_that_does_not_say_who_sees_what_cannot_be_written():
    with pytest.raises(TypeError, match="Silent must say who sees what"):
        type("Silent", (ScopedQuerySet,), {})


def test_holders_are_those_in_service(
    clerk_jeongok, clerk_baekhak, clerk_and_responder, operator, now
):
    User.objects.filter(pk=clerk_and_responder.pk).update(
        ended_at=now, end_reason="퇴직", is_active=False
    )
    assert holders(Role.TOWNSHIP_CLERK, now=now, township=JEONGOK) == [clerk_jeongok]
    assert set(holders(Role.TOWNSHIP_CLERK, Role.CONTROL_OPERATOR, now=now)) == {
        clerk_jeongok,
        clerk_baekhak,
        operator,
    }
    assert holders(Role.CONTROL_OPERATOR, now=now, township=BAEKHAK) == [operator]
    assert holders(Role.TOWNSHIP_CLERK, now=now - timedelta(days=999)) == []


def test_role_labels_are_korean_and_in_order():
    both = frozenset({Role.RESPONDER.value, Role.TOWNSHIP_CLERK.value})
    assert labels(both) == ["읍·면 담당자", "현장 출동"]


def test_a_role_reaches_no_further_than_its_own_grant(clerk_jeongok, now):
    """A clerk who is also an operator reads the county and writes in one township."""
    grant(clerk_jeongok, Role.CONTROL_OPERATOR)
    scope = scope_of(clerk_jeongok, now=now)
    assert scope.sees_all_townships
    assert scope.only(Role.TOWNSHIP_CLERK).township_codes == {JEONGOK}
    assert scope.roles_in(JEONGOK) == {Role.TOWNSHIP_CLERK, Role.CONTROL_OPERATOR}
    assert scope.roles_in(BAEKHAK) == {Role.CONTROL_OPERATOR}
    assert not scope.only(Role.ADMINISTRATOR)


def test_an_administrator_reaches_nobody_in_any_role(administrator, now):
    assert scope_of(administrator, now=now).roles_in(JEONGOK) == frozenset()
