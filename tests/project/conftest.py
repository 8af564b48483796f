"""People for the walk of the URL table."""

import pytest

from accounts.models import Township
from accounts.roles import Role
from tests.cast import JEONGOK


@pytest.fixture
def person_with_role(person, db):
    """person_with_role("responder") -> somebody who holds just that role; None: no role at all."""

    def make(role: str | None):
        if role is None:
            return person("nobody-special")
        town = Township.objects.get(code=JEONGOK) if role == Role.TOWNSHIP_CLERK else None
        return person(f"walker-{role}".replace("_", "-"), role, township=town)

    return make
