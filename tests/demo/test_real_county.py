"""A demo is never built into a database of real people."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from households.models import Household
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db


def test_a_database_with_real_people_gets_no_demo(settings, monkeypatch, tmp_path):
    settings.PORTAL_DEMO = True
    monkeypatch.setenv("PORTAL_DEMO_DIR", str(tmp_path))
    make_household()
    Household.objects.update(synthetic=False)
    before = User.objects.count()
    with pytest.raises(CommandError, match="real people"):
        call_command("demo_seed")
    assert User.objects.count() == before
