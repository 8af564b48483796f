"""A county of any size for a benchmark, written straight into the tables.

One household is made and the database copies it: its ciphertexts serve all, because a benchmark
measures readings and pages, not enrolment. The verbs of the portal are not involved.
"""

from datetime import date, datetime, timedelta

from django.db import connection, models, transaction

from accounts.models import Organisation, RoleGrant, Township, User
from accounts.roles import Role
from households.days import local_day
from households.models import Consent, Enrolment, FeedLink, Household, RiskAssessment
from households.valve import PURPOSE_OF_FEED

FEEDS = ("power", "telecom", "app")
ENTERED = timedelta(days=120)
_GROUPS = ("high", "medium", "low", "general")


@transaction.atomic
def build(households: int, *, now: datetime, feeds: tuple[str, ...] = FEEDS) -> list[int]:
    """Active households in all townships, with consent and a link for each feed; their ids.

    Partner ids are `{feed}-{n:07d}`, n from 0 in the order of the ids.
    """
    clerk, entered = maker(now), now - ENTERED
    first = local_day(entered)
    sample = _sample(clerk, entered, first, feeds)
    townships = list(Township.objects.order_by("order").values_list("code", flat=True))
    codes = ", ".join(f"'{code}'" for code in townships)
    groups = ", ".join(f"'{group}'" for group in _GROUPS)
    # `id` of a copy is that of the sample plus n: the tables were empty before.
    of_home = {"household_id": f"household_id + {_N}"}
    _copy(
        Household,
        households,
        {
            "id": f"id + {_N}",
            "uid": "gen_random_uuid()",
            "number": f"number + {_N}",
            "township_id": f"(ARRAY[{codes}])[{_N} %% {len(townships)} + 1]",
            "phone_index": f"'bench-' || {_N}",
            "identity_index": f"'bench-' || {_N}",
        },
    )
    _copy(Enrolment, households, of_home)
    _copy(
        RiskAssessment,
        households,
        of_home | {"group": f"(ARRAY[{groups}])[{_N} %% {len(_GROUPS)} + 1]"},
    )
    _copy(Consent, households, of_home)
    _copy(
        FeedLink,
        households,
        of_home | {"partner_id": f"feed || '-' || lpad({_N}::text, 7, '0')"},
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [sample.pk + n for n in range(households)]


_N = "copy.n"


def _copy(model: type[models.Model], households: int, own: dict[str, str]) -> None:
    """Copies every row of the sample for households 1 to n-1; `own`: what differs, as SQL."""
    columns = [
        field.column for field in model._meta.concrete_fields if field.column != "id" or "id" in own
    ]
    table = model._meta.db_table
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(own.get(column, f'"{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table},"  # noqa: S608
            f" generate_series(1, %s) AS copy(n)",
            [households - 1],
        )


def _sample(clerk: User, entered: datetime, first: date, feeds: tuple[str, ...]) -> Household:
    home = Household.objects.create(
        number=1,
        township=Township.objects.earliest("order"),
        name="모의대상",
        birth_date=date(1970, 1, 1),
        phone="01000000000",
        address="경기도 연천군",
        sex="male",
        turns_65_month=date(2035, 1, 1),
        phone_index="bench-0",
        name_index="bench",
        identity_index="bench-0",
        synthetic=True,
        created_at=entered,
    )
    Enrolment.objects.create(
        household=home,
        state="active",
        state_since=entered,
        applied_at=entered,
        learning_since=first,
        active_since=first,
    )
    RiskAssessment.objects.create(
        household=home,
        group=_GROUPS[0],
        from_date=first,
        reason="-",
        by=clerk,
        recorded_at=entered,
    )
    for feed in feeds:
        _watch(home, feed, clerk, entered, first)
    return home


def _watch(home: Household, feed: str, clerk: User, entered: datetime, first: date) -> None:
    """Consent to one feed, and the partner's id for the home."""
    Consent.objects.create(
        household=home,
        purpose=PURPOSE_OF_FEED[feed],
        recipient=feed,
        given_at=entered,
        method="paper",
        text_version="1",
        recorded_at=entered,
        recorded_by=clerk,
    )
    FeedLink.objects.create(
        household=home, feed=feed, partner_id=f"{feed}-0000000", valid_from=first
    )


def maker(now: datetime) -> User:
    """The official in whose name everything is entered; sees every township."""
    found = User.objects.filter(username="bench").first()
    return found or staff("bench", Role.COUNTY_OFFICIAL, now=now)


def staff(username: str, role: str, *, now: datetime, township: Township | None = None) -> User:
    """A member of staff with one role since a year ago, and no password to sign in with."""
    since = now - timedelta(days=365)
    user = User.objects.create(
        username=username, name=username, email=f"{username}@example.invalid"
    )
    office = Organisation.objects.earliest("pk")
    granter = None if role == Role.ADMINISTRATOR else _administrator(now)
    RoleGrant.objects.create(
        user=user,
        role=role,
        organisation=office,
        township=township,
        starts_at=since,
        granted_at=since,
        granted_by=granter,
        reason="benchmark",
    )
    return user


def _administrator(now: datetime) -> User:
    found = User.objects.filter(username="bench-admin").first()
    return found or staff("bench-admin", Role.ADMINISTRATOR, now=now)
