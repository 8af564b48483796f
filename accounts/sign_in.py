"""Who came in, who tried, who left: written to the access log (고시 §8)."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Sum
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit, clock
from accounts.models import User
from accounts.models.access_log import AccessLog

Action = AccessLog.Action


def typed_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """The user name somebody typed, in the spelling of the database; counts failures for axes."""
    typed = (credentials or {}).get("username") or request.POST.get("login")
    return str(typed).strip().lower()[:150] if typed else None


def _log(action: str, user: Any, request: HttpRequest | None, **detail: Any) -> None:
    # A failed name is not written down: people type their password there by mistake.
    known = isinstance(user, User)
    audit.record(
        actor=user if known else None,
        action=action,
        subject_kind="user",
        subject_uid=str(user.uid) if known else "",
        now=clock.now(),
        request=request,
        detail=detail,
    )


def _person(request: HttpRequest, credentials: dict[str, Any] | None) -> User | None:
    name = typed_username(request, credentials)
    return User.objects.filter(username=name).first() if name else None


@receiver(user_logged_in, dispatch_uid="accounts.signed_in")
def _signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    _log(Action.SIGNED_IN, user, request)


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def _signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _log(Action.SIGNED_OUT, user, request, why=getattr(request, "signed_out_why", "asked"))


@receiver(user_login_failed, dispatch_uid="accounts.sign_in_failed")
def _failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    person = None if request is None else _person(request, credentials)
    # Nobody is signed in: the person is the subject, not the actor.
    audit.record(
        actor=None,
        action=Action.SIGN_IN_FAILED,
        subject_kind="user",
        subject_uid="" if person is None else str(person.uid),
        now=clock.now(),
        request=request,
    )


@receiver(authentication_failed, dispatch_uid="accounts.second_factor_failed")
def _second_factor_failed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    # Whoever guesses a code knows the password already: nobody yet, but worth a line.
    audit.record(
        actor=None,
        action=Action.SIGN_IN_FAILED,
        subject_kind="user",
        subject_uid=str(user.uid),
        now=clock.now(),
        request=request,
        detail={"step": "second_factor"},
    )


@receiver(user_locked_out, dispatch_uid="accounts.locked_out")
def _locked_out(sender: Any, request: HttpRequest, username: str, **kwargs: Any) -> None:
    person = User.objects.filter(username=username or "").first()
    audit.record(
        actor=None,
        action=Action.LOCKED_OUT,
        subject_kind="user",
        subject_uid="" if person is None else str(person.uid),
        now=clock.now(),
        request=request,
    )


@receiver(password_changed, dispatch_uid="accounts.password_changed")
def _password_changed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    _log(Action.CHANGED, user, request, fields=["password"])


@receiver(authenticator_added, dispatch_uid="accounts.second_factor_added")
@receiver(authenticator_removed, dispatch_uid="accounts.second_factor_removed")
@receiver(authenticator_reset, dispatch_uid="accounts.second_factor_reset")
def _second_factor(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    _log(Action.CHANGED, user, request, fields=["second_factor"])


def is_locked_out(user: User) -> bool:
    """Whether this person cannot sign in now because of failed attempts."""
    since = clock.real_now() - settings.AXES_COOLOFF_TIME
    failures = AccessAttempt.objects.filter(username=user.username, attempt_time__gte=since)
    total = failures.aggregate(total=Sum("failures_since_start"))["total"] or 0
    return bool(total >= settings.AXES_FAILURE_LIMIT)
