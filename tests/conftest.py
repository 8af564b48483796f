"""For every test: the cast, plain static files. Servers: tests/servers.py, named in pyproject."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import expect

pytest_plugins = ["tests.cast"]

# As patient as Playwright is with a click: a machine may be busy with other tests.
expect.set_options(timeout=30_000)

# For the same reason no example has a time limit. A fixture serves all examples of its test.
hypothesis_settings.register_profile(
    "portal",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("portal")


@pytest.fixture(scope="session", autouse=True)
def _plain_static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pages are tested without `collectstatic`; a live server finds the files by itself."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        STORAGES={**settings.STORAGES, "staticfiles": plain},
        STATIC_ROOT=str(tmp_path_factory.mktemp("static")),
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def _sign_in_without_second_factor() -> Iterator[None]:
    """The cast has no authenticator apps; tests/accounts/test_sign_in.py asks for them."""
    with override_settings(SECOND_FACTOR_REQUIRED=False):
        yield


class QuickArgon2(Argon2PasswordHasher):
    """The hash of the portal, without the effort that makes guessing dear."""

    time_cost, memory_cost, parallelism = 1, 8, 1


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_nothing() -> Iterator[None]:
    """A tenth of a second for each that is set or typed would be most of the time at the door."""
    with override_settings(
        PASSWORD_HASHERS=["tests.conftest.QuickArgon2", *settings.PASSWORD_HASHERS[1:]]
    ):
        yield


# Playwright's sync interface keeps an event loop in this thread; the ORM is used beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium (or the one CHROMIUM names), silent about itself."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    quiet = ("background-networking", "component-update", "sync", "gpu")
    return {
        "executable_path": next(filter(None, (shutil.which(name) for name in names if name))),
        "args": ["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in quiet)],
    }


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Before the test database goes, so do sessions that a live server's threads left open."""
    yield
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
