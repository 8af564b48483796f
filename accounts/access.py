"""Who may call which URL. Every view says so; what says nothing is refused.

    @allow(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)
    def board(request): ...

AccessMiddleware asks before the view runs. Views of packages, which cannot carry a decorator, are
listed by URL name in PACKAGE_VIEWS.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts import audit, clock, denials
from accounts.roles import Role, labels
from accounts.scope import EMPTY, Scope, scope_of

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])


class Kind(StrEnum):
    ROLES = "roles"  # signed in, with one of the roles
    SIGNED_IN = "signed_in"  # any member of staff
    PUBLIC = "public"  # anybody
    WEBHOOK = "webhook"  # anybody; the view checks a signature
    PARTNER = "partner"  # anybody; the view checks a partner's token
    CLOSED = "closed"  # nobody: a package's page that the portal does not use


@dataclass(frozen=True)
class Access:
    """What a view declares.

    `why` explains an open door; `feeds` are those that a partner's token may be for.
    """

    kind: Kind
    roles: frozenset[str] = frozenset()
    why: str = ""
    feeds: tuple[str, ...] = ()

    def admits(self, scope: Scope, *, signed_in: bool) -> bool:
        """Whether somebody with this scope gets past the middleware."""
        if self.kind is Kind.ROLES:
            return signed_in and scope.has(*self.roles)
        if self.kind is Kind.SIGNED_IN:
            return signed_in
        return self.kind is not Kind.CLOSED


def allow(*roles: Role) -> Callable[[View], View]:
    """The view is for holders of at least one of these roles."""
    if not roles:
        raise ValueError("allow() needs a role; allow_signed_in is for everybody on the staff")
    return _declare(Access(Kind.ROLES, roles=frozenset(Role(role).value for role in roles)))


def allow_signed_in(view: View) -> View:
    """The view is for every member of staff, also one without any role."""
    return _declare(Access(Kind.SIGNED_IN))(view)


def allow_public(*, why: str) -> Callable[[View], View]:
    """The view is for anybody; `why` is read by whoever reviews the table of URLs."""
    return _declare(Access(Kind.PUBLIC, why=why))


def allow_webhook(*, why: str) -> Callable[[View], View]:
    """The view checks the caller's signature itself and fails closed."""
    return _declare(Access(Kind.WEBHOOK, why=why))


def allow_partner(*feeds: str) -> Callable[[View], View]:
    """The view checks a partner's token itself. No feed named: the token's own decides."""
    return _declare(Access(Kind.PARTNER, why="partner's token", feeds=feeds))


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        if getattr(view, "access", None) is not None:
            raise ValueError(f"{getattr(view, '__name__', view)} declares its access twice")
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


_SIGN_IN = Access(Kind.PUBLIC, why="part of signing in")
_STAFF = Access(Kind.SIGNED_IN)
_CLOSED = Access(Kind.CLOSED, why="not used: accounts come by invitation, e-mail through notify")

PACKAGE_VIEWS: dict[str, Access] = {
    "account_login": _SIGN_IN,
    "account_logout": _SIGN_IN,
    "account_inactive": _SIGN_IN,
    "account_reauthenticate": _STAFF,
    "account_change_password": _STAFF,
    "account_signup": _CLOSED,
    "account_email": _CLOSED,
    "account_email_verification_sent": _CLOSED,
    "account_confirm_email": _CLOSED,
    "account_set_password": _CLOSED,
    "account_reset_password": _CLOSED,
    "account_reset_password_done": _CLOSED,
    "account_reset_password_from_key": _CLOSED,
    "account_reset_password_from_key_done": _CLOSED,
    "account_confirm_login_code": _CLOSED,
    "mfa_authenticate": _SIGN_IN,
    "mfa_index": _STAFF,
    "mfa_reauthenticate": _STAFF,
    "mfa_activate_totp": _STAFF,
    "mfa_deactivate_totp": _STAFF,
    "mfa_view_recovery_codes": _STAFF,
    "mfa_generate_recovery_codes": _STAFF,
    "mfa_download_recovery_codes": _STAFF,
    "set_language": Access(Kind.PUBLIC, why="chooses Korean or English"),
}


def access_of(view: Any, name: str | None) -> Access | None:
    """What the view, or the table for packages, declares; None when nobody did."""
    declared = getattr(view, "access", None)
    if isinstance(declared, Access):
        return declared
    return PACKAGE_VIEWS.get(name or "")


class AccessMiddleware:
    """Refuses by default; puts the lazy `request.scope` on every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.scope = SimpleLazyObject(lambda: request_scope(request))  # type: ignore[attr-defined]
        with audit.serving(request):
            return _unstored(request, self.get_response(request))

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        access = access_of(view, match.view_name if match else None)
        if access is None:
            log.error("view %s declares no access", match.view_name if match else view)
            raise PermissionDenied(_("이 주소는 열려 있지 않습니다."))
        if access.kind is Kind.CLOSED:
            raise Http404
        if access.kind not in (Kind.ROLES, Kind.SIGNED_IN):
            return None
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if not access.admits(request_scope(request), signed_in=True):
            why = refusal(access)
            denials.record(request, why=why, subjects=_subjects(kwargs))
            raise PermissionDenied(why)
        return None


def _unstored(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What somebody signed in was shown stays in no cache, the browser's back button included."""
    # A partner's request ends with a token, or nobody, in place of the user.
    signed_in = getattr(request.user, "is_authenticated", False)
    if signed_in and "Cache-Control" not in response:
        response["Cache-Control"] = "no-store, private"
    return response


def _subjects(kwargs: Mapping[str, Any]) -> list[str]:
    """The opaque ids in an address; words, of which one may be a secret, are left out."""
    return [str(value) for value in kwargs.values() if isinstance(value, UUID)]


def refusal(access: Access) -> str:
    """The Korean sentence that tells whose page this is."""
    return _("이 화면은 %(roles)s만 볼 수 있습니다.") % {"roles": ", ".join(labels(access.roles))}


def request_scope(request: HttpRequest) -> Scope:
    """The scope of the person behind this request; read once per request."""
    found: Scope | None = getattr(request, "_scope", None)
    if found is None:
        user = getattr(request, "user", None)
        found = EMPTY if user is None else scope_of(user, now=clock.now())
        request._scope = found  # type: ignore[attr-defined]
    return found


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sends the whole page to the sign-in, also when htmx asked for a part of it only."""
    target = reverse("account_login")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    if request.method not in ("GET", "HEAD"):
        return redirect_to_login("/", target)
    return redirect_to_login(request.get_full_path(), target)


@dataclass(frozen=True)
class Url:
    """One row of the URL table: its route as written, its namespaced name, what it declares."""

    pattern: str
    name: str
    access: Access | None
    view: Any


def url_table() -> list[Url]:
    """Every URL of the project, in the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(entries: list[Any], prefix: str, namespace: str) -> Iterator[Url]:
    for entry in entries:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, pattern, inner)
        elif isinstance(entry, URLPattern):
            name = namespace + (entry.name or "")
            yield Url(pattern, name, access_of(entry.callback, name), entry.callback)


def access_by_name(view_name: str) -> Access | None:
    """What the view of that (namespaced) URL name declares; None for an unknown name."""
    for row in url_table():
        if row.name == view_name:
            return row.access
    return None


def may(user: Any, view_name: str, *, now: datetime) -> bool:
    """Whether this person gets past the door of that view; False for an unknown name."""
    access = access_by_name(view_name)
    signed_in = bool(getattr(user, "is_authenticated", False))
    return access is not None and access.admits(scope_of(user, now=now), signed_in=signed_in)
