"""Sessions die at once: the rows go, and a changed password hash voids any copy of them."""

from django.contrib.sessions.models import Session
from django.dispatch import Signal

from accounts import clock
from accounts.models import User

sessions_killed = Signal()
"""(user): every session of this person ends in this transaction."""


def kill_sessions(user: User) -> int:
    """Delete every open session of this person; returns how many there were.

    Reads all open sessions: a county's staff is some hundred people, and this is rare.
    """
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gte=clock.real_now()).iterator()
        if session.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    sessions_killed.send(sender=User, user=user)
    return Session.objects.filter(pk__in=theirs).delete()[0]
