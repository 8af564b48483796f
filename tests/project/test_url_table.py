"""Every URL says who may call it, and answers so to everybody."""

import re
import uuid

import pytest
from django.urls import NoReverseMatch, reverse

from accounts.access import Kind, url_table
from accounts.roles import Role

TABLE = url_table()
# A value for every path converter and name that occurs in the table.
SAMPLES = {
    "uuid": uuid.UUID("00000000-0000-4000-8000-000000000000"),
    "int": 999999,
    "slug": "none",
    "str": "none",
    "path": "none",
}


def arguments(pattern: str) -> dict[str, object]:
    return {
        name: SAMPLES[converter or "str"]
        for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", pattern)
    }


def path_of(row) -> str | None:
    """A path for the row; None for regular expressions of packages that take other arguments."""
    try:
        return reverse(row.name, kwargs=arguments(row.pattern))
    except NoReverseMatch:
        return None


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name or row.pattern)
def test_every_url_declares_who_may_call_it(row):
    assert row.access is not None, f"{row.pattern} ({row.view}) declares no access"
    assert row.name, f"{row.pattern} has no name"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name or row.pattern)
def test_an_open_door_says_why(row):
    if row.access.kind in (Kind.PUBLIC, Kind.WEBHOOK):
        assert row.access.why


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, "outsider", *Role.values])
def test_the_walk_of_the_whole_table(client, role, person_with_role):
    """As every role, and as nobody: refused pages are refused, and no page breaks."""
    if role is not None:
        client.force_login(person_with_role(None if role == "outsider" else role))
    for row in TABLE:
        path = path_of(row)
        if path is None or row.name in {"account_logout"}:
            continue
        status = client.get(path).status_code
        # readyz says 503 here, rightly: no worker runs in a test.
        assert status < 500 or row.name == "readyz", f"{row.name} broke for {role}: {status}"
        if row.access.kind is Kind.ROLES:
            if role is None:
                assert status == 302, f"{row.name} let nobody in: {status}"
            elif role not in row.access.roles:
                assert status == 403, f"{row.name} answered {status} to {role}"
            else:
                assert status != 403, f"{row.name} refused {role}, which it names"
        elif row.access.kind is Kind.SIGNED_IN and role is None:
            assert status == 302, f"{row.name} let nobody in: {status}"
        elif row.access.kind in (Kind.WEBHOOK, Kind.PARTNER):
            assert status in (401, 403, 404, 405), f"{row.name} answered {status} without proof"
