"""The small cast of every test: one person per role, some of them twice.

Members of the cast hold grants that began a year before the time of the test. `sign_in` signs
them in without the pages of the sign-in, which have tests of their own.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client

from accounts import clock
from accounts.crypto import encrypt
from accounts.models import Organisation, RoleGrant, Township, User
from accounts.roles import Role

NOON = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
"""12:00 in Seoul on a Wednesday."""

JEONGOK = "4180025300"
BAEKHAK = "4180033000"


@pytest.fixture(scope="session", autouse=True)
def _append_only_tables_can_be_emptied_between_tests() -> Iterator[None]:
    """A transactional test is cleaned by TRUNCATE, which our triggers refuse, rightly.

    The scratch server's superuser goes round them; afterwards the official places come back. Only
    tables with rows are emptied: a TRUNCATE of two hundred that have none takes longer than most
    tests.
    """
    original = DatabaseOperations.execute_sql_flush
    official = import_module("accounts.migrations.0003_official_places")

    def flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        named = re.findall(r'"([^"]+)"', " ".join(sql_list))
        with self.connection.cursor() as cursor:
            cursor.execute(_EMPTYING, [named])
            statements = [statement for (statement,) in cursor.fetchall()]
        original(self, ["SET LOCAL session_replication_role = 'replica'", *statements])
        official.load(apps)

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
    yield
    patch.undo()


_EMPTYING = """
    SELECT CASE relkind WHEN 'p' THEN format('TRUNCATE %%I', relname)
                        ELSE format('DELETE FROM %%I', relname) END
    FROM pg_class
    WHERE relname = ANY(%s) AND relkind IN ('r', 'p') AND 0 < (
        SELECT coalesce(sum(pg_relation_size(part.relid)), pg_relation_size(pg_class.oid))
        FROM pg_partition_tree(pg_class.oid) AS part)
"""


@pytest.fixture
def now() -> datetime:
    """The time of the test: noon in Seoul on 2026. 7. 1., aware, UTC."""
    return NOON


@pytest.fixture
def frozen_clock(now: datetime) -> Iterator[clock.FrozenClock]:
    """clock.now() stands at `now`; `.tick(timedelta)` and `.move_to(at)` move it."""
    with clock.freeze(now) as frozen:
        yield frozen


@pytest.fixture
def jeongok(db: None) -> Township:
    return Township.objects.get(code=JEONGOK)


@pytest.fixture
def baekhak(db: None) -> Township:
    return Township.objects.get(code=BAEKHAK)


Person = Callable[..., User]


def make_person(username: str, name: str = "", **fields: Any) -> User:
    """A member of staff without any role, who can be reached by phone and e-mail.

    The password is unusable: hashing one costs a tenth of a second, and sign_in needs none.
    """
    number = f"0109{sum(ord(letter) * 7**at for at, letter in enumerate(username)) % 10**7:07d}"
    defaults: dict[str, Any] = {
        "name": name or username,
        "email": f"{username}@yeoncheon.test",
        "phone": number,
        "phone_verified_at": NOON - timedelta(days=365),
        "created_at": NOON - timedelta(days=365),
    }
    return User.objects.create_user(username, **{**defaults, **fields})


def organisation_for(role: str, township: Township | None) -> Organisation:
    """Where somebody of this role works."""
    if township is not None:
        return Organisation.objects.get(township=township)
    code = {
        Role.CONTROL_OPERATOR: "happyconnect-centre",
        Role.RESPONDER: "happyconnect-centre",
        Role.PARTNER_REVIEWER: "kepco-yeoncheon",
    }.get(Role(role), "yeoncheon-welfare")
    return Organisation.objects.get(code=code)


def grant(
    user: User,
    role: str,
    *,
    township: Township | None = None,
    by: User | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> RoleGrant:
    """A grant since a year before the test, made by `by` (by default a root administrator)."""
    starts_at = starts_at or NOON - timedelta(days=365)
    organisation = organisation_for(role, township)
    if user.organisation_id is None:
        user.organisation = organisation
        user.save(update_fields=["organisation"])
    return RoleGrant.objects.create(
        user=user,
        role=role,
        organisation=organisation,
        township=township,
        starts_at=starts_at,
        ends_at=ends_at,
        granted_by=by or _root(),
        granted_at=starts_at,
        reason="시험",
    )


def _root() -> User:
    """Who grants to the cast: there from the first, and without a role."""
    found = User.objects.filter(username="root-of-tests").first()
    return found or make_person("root-of-tests", "근원")


@pytest.fixture
def person(db: None) -> Person:
    """Makes a person with roles: person("kim", Role.RESPONDER, township=None)."""

    def make(username: str, *roles: str, township: Township | None = None, **fields: Any) -> User:
        user = make_person(username, **fields)
        for role in roles:
            fits = role in (Role.TOWNSHIP_CLERK, Role.RESPONDER)
            grant(user, role, township=township if fits else None)
        return user

    return make


@pytest.fixture
def clerk_jeongok(person: Person, jeongok: Township) -> User:
    return person("clerk-jeongok", Role.TOWNSHIP_CLERK, township=jeongok, name="전지민")


@pytest.fixture
def clerk_baekhak(person: Person, baekhak: Township) -> User:
    return person("clerk-baekhak", Role.TOWNSHIP_CLERK, township=baekhak, name="백서연")


@pytest.fixture
def operator(person: Person) -> User:
    return person("operator", Role.CONTROL_OPERATOR, name="관지우")


@pytest.fixture
def operator2(person: Person) -> User:
    return person("operator2", Role.CONTROL_OPERATOR, name="관민재")


@pytest.fixture
def responder(person: Person) -> User:
    return person("responder", Role.RESPONDER, name="출도윤")


@pytest.fixture
def responder2(person: Person) -> User:
    return person("responder2", Role.RESPONDER, name="출하준")


@pytest.fixture
def official(person: Person) -> User:
    return person("official", Role.COUNTY_OFFICIAL, name="군수아")


@pytest.fixture
def partner_reviewer(person: Person) -> User:
    return person("partner-reviewer", Role.PARTNER_REVIEWER, name="한유진")


@pytest.fixture
def privacy_officer(person: Person) -> User:
    return person("privacy-officer", Role.PRIVACY_OFFICER, name="개서준")


@pytest.fixture
def administrator(person: Person) -> User:
    return person("administrator", Role.ADMINISTRATOR, name="시은우")


@pytest.fixture
def administrator2(person: Person) -> User:
    return person("administrator2", Role.ADMINISTRATOR, name="시예준")


@pytest.fixture
def outsider(person: Person) -> User:
    """A member of staff without any role."""
    return person("outsider", name="외주원")


@pytest.fixture
def clerk_and_responder(person: Person, jeongok: Township) -> User:
    """A clerk of 전곡읍 by day, a responder of the control centre by night."""
    user = person("clerk-and-responder", Role.TOWNSHIP_CLERK, township=jeongok, name="전하린")
    grant(user, Role.RESPONDER)
    return user


CAST = (
    "clerk_jeongok",
    "clerk_baekhak",
    "operator",
    "operator2",
    "responder",
    "responder2",
    "official",
    "partner_reviewer",
    "privacy_officer",
    "administrator",
    "administrator2",
    "outsider",
    "clerk_and_responder",
)


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> dict[str, User]:
    """Everybody, by the name of their fixture."""
    return {name: request.getfixturevalue(name) for name in CAST}


def sign_in(client: Client, user: User) -> Client:
    """Signs the user in and returns the client: `page = sign_in(client, clerk).get(...)`.

    The user has a second factor, as everybody outside the demo must.
    """
    Authenticator.objects.get_or_create(
        user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": encrypt("A" * 32)}}
    )
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
