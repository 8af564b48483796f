"""Rows that are dear to make, made once for the tests of a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction

Made = TypeVar("Made")


@contextmanager
def rows_kept(make: Callable[[], Made], blocker: Any) -> Iterator[Made]:
    """What `make` wrote stays for the tests inside and is gone afterwards.

    As `setUpTestData` of Django, for tests with fixtures: a transaction around those of the tests,
    which become savepoints in it. So none of them may be transactional, and a test that asks for
    no such rows still sees them: keep it in another file. `blocker`: django_db_blocker.
    """
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # durable blocks may be inside
    with blocker.unblock():
        around.__enter__()
    try:
        with blocker.unblock():
            made = make()
        yield made
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
