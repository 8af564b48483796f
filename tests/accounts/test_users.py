"""What a member of staff is."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User

DAY = timedelta(days=1)


def test_a_stand_in_receives_messages_in_the_agreed_days_only(operator, operator2, now):
    operator.stand_in, operator.stand_in_from = operator2, now
    operator.stand_in_until = now + DAY
    operator.save()
    assert operator.stand_in_at(now) == operator2
    assert operator.stand_in_at(now + DAY) is None
    assert operator.stand_in_at(now - DAY) is None
    assert operator2.stand_in_at(now) is None


def test_nobody_stands_in_for_themselves(operator, now):
    with pytest.raises(IntegrityError, match="own_stand_in"), transaction.atomic():
        User.objects.filter(pk=operator.pk).update(
            stand_in=operator.pk, stand_in_from=now, stand_in_until=now + DAY
        )


def test_an_ended_person_is_not_in_service(operator, now):
    assert operator.is_in_service()
    operator.ended_at = now
    assert not operator.is_in_service()


def test_what_is_printed_of_a_person_holds_no_name(operator):
    assert "관지우" not in f"{operator} {operator!r}"


def test_nobody_becomes_a_superuser_by_the_manager(db):
    with pytest.raises(IntegrityError, match="never_superuser"), transaction.atomic():
        User.objects.create_user("kim", name="김", is_superuser=True)
