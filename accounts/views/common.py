"""What the pages of this floor share."""

from django.http import HttpRequest

from accounts.models import User


def oneself(request: HttpRequest) -> User:
    """The signed-in person as a fresh row, for verbs that lock and compare it."""
    assert isinstance(request.user, User)
    return User.objects.get(pk=request.user.pk)
