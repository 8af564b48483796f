"""For every test: the cast, plain static files. Servers: tests/servers.py, named in pyproject."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

pytest_plugins = ["tests.cast"]


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
