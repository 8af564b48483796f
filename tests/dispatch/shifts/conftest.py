"""The home, the case and the cast of the desk's own tests."""

from tests.dispatch_pages.conftest import as_user, claimed, home, red, visit

__all__ = ["as_user", "claimed", "home", "red", "visit"]
