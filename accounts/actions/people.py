"""People of the staff: invited, changed, ended. A row is never deleted."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.actions.base import (
    locked,
    log,
    must_administer,
    must_be_another,
    must_be_in_service,
    must_have_reason,
    must_leave_an_administrator,
)
from accounts.actions.links import Link, make_link
from accounts.actions.roles import NewGrant, close_grant, write_grant
from accounts.actions.sessions import kill_sessions
from accounts.crypto import normal_phone
from accounts.models import Invitation, Organisation, RoleGrant, User
from accounts.models.access_log import AccessLog
from accounts.roles import Role
from accounts.twilio_client import e164

__all__ = [
    "Invited",
    "change_person",
    "create_administrator",
    "end_person",
    "invite",
    "kill_sessions",
]

Action = AccessLog.Action
username_rule = RegexValidator(
    r"^[a-z][a-z0-9._-]{2,59}$",
    gettext_lazy("아이디는 영문 소문자로 시작하고, 영문 소문자·숫자·점·밑줄만 3자 이상 씁니다."),
)


@dataclass(frozen=True)
class Invited:
    """A new member of staff with the link that was made for them."""

    user: User
    grant: RoleGrant
    link: Link


@dataclass(frozen=True)
class Person:
    """What is known of a member of staff, checked and in one spelling."""

    name: str
    email: str
    phone: str
    title: str
    organisation: Organisation

    @classmethod
    def checked(
        cls, *, name: str, email: str, phone: str, title: str, organisation: Organisation
    ) -> "Person":
        """Raises ValidationError, by field, in Korean."""
        person = cls(
            name.strip(), email.strip().lower(), phone.strip(), title.strip(), organisation
        )
        if not person.name:
            raise ValidationError({"name": _("이름을 입력하세요.")})
        if person.email:
            try:
                validate_email(person.email)
            except ValidationError:
                raise ValidationError({"email": _("전자우편 주소를 확인하세요.")}) from None
        return replace(person, phone=clean_phone(person.phone))


def clean_phone(phone: str) -> str:
    """Digits of a Korean number, or "" for none; ValidationError for anything else."""
    if not phone.strip():
        return ""
    try:
        e164(phone)
    except ValueError:
        raise ValidationError({"phone": _("전화번호를 010-1234-5678처럼 입력하세요.")}) from None
    return normal_phone(phone)


@transaction.atomic
def invite(
    *,
    by: User,
    username: str,
    name: str,
    organisation: Organisation,
    grant: NewGrant,
    now: datetime,
    email: str = "",
    phone: str = "",
    title: str = "",
) -> Invited:
    """Prepare an account with its first role and make the one-time link (72 hours).

    The link goes out by e-mail and SMS and is in the result, to be shown once. Raises Refused or
    ValidationError for anything wrong; a second click meets the user name that exists now.
    """
    must_administer(by, now)
    new = replace(grant, reason=must_have_reason(grant.reason))
    person = Person.checked(
        name=name, email=email, phone=phone, title=title, organisation=organisation
    )
    user = _create(username=username, person=person, by=by, now=now)
    made = write_grant(by=by, user=user, new=new, now=now)
    link = make_link(by=by, user=user, purpose=Invitation.Purpose.JOIN, now=now)
    return Invited(user, made, link)


def _create(*, username: str, person: Person, by: User | None, now: datetime) -> User:
    """The row without a password, inside the caller's transaction."""
    username = username.strip().lower()
    try:
        username_rule(username)
    except ValidationError as error:
        raise ValidationError({"username": error.messages}) from None
    if User.objects.filter(username=username).exists():
        raise ValidationError({"username": _("이미 있는 아이디입니다.")})
    _email_must_be_free(person.email, None)
    user = User.objects.create_user(
        username,
        name=person.name,
        email=person.email,
        phone=person.phone,
        title=person.title,
        organisation=person.organisation,
        created_at=now,
        created_by=by,
    )
    log(by, Action.CREATED, user, now)
    return user


def _email_must_be_free(email: str, user: User | None) -> None:
    if not email:
        return
    taken = User.objects.filter(email__iexact=email)
    others = taken if user is None else taken.exclude(pk=user.pk)
    if others.exists():
        raise ValidationError({"email": _("다른 사람이 쓰는 전자우편입니다.")})


@transaction.atomic
def change_person(
    *,
    by: User,
    user: User,
    name: str,
    organisation: Organisation,
    now: datetime,
    email: str = "",
    phone: str = "",
    title: str = "",
) -> User:
    """Change what is known of a person. A new number must be verified again by its owner."""
    must_administer(by, now)
    user = locked(user)
    must_be_in_service(user)
    new = Person.checked(
        name=name, email=email, phone=phone, title=title, organisation=organisation
    )
    _email_must_be_free(new.email, user)
    fields = [
        field
        for field in ("name", "email", "phone", "title", "organisation")
        if getattr(user, field) != getattr(new, field)
    ]
    if not fields:
        return user
    for field in fields:
        setattr(user, field, getattr(new, field))
    if "phone" in fields:
        user.phone_verified_at = user.sms_stopped_at = None
    user.save(update_fields=[*fields, "phone_verified_at", "sms_stopped_at"])
    log(by, Action.CHANGED, user, now, detail={"fields": fields})
    return user


@transaction.atomic
def end_person(*, by: User, user: User, reason: str, now: datetime) -> User:
    """The person leaves: sessions die at once, roles end, links stop, nobody signs in again.

    Raises Refused: not an administrator, oneself, without a reason, ended already, the last
    administrator.
    """
    must_administer(by, now)
    must_be_another(by, user)
    user = locked(user)
    must_be_in_service(user)
    why = must_have_reason(reason)
    open_grants = RoleGrant.objects.filter(user=user, ended_at__isnull=True)
    grants = [grant for grant in open_grants if grant.ends_at is None or grant.ends_at > now]
    if any(grant.role == Role.ADMINISTRATOR for grant in grants):
        must_leave_an_administrator(user, now)
    for grant in grants:
        close_grant(by=by, grant=grant, reason=why, now=now)
    Invitation.objects.filter(user=user, accepted_at__isnull=True, revoked_at__isnull=True).update(
        revoked_at=clock.real_now(), revoked_by=by
    )
    User.objects.filter(stand_in=user).update(
        stand_in=None, stand_in_from=None, stand_in_until=None
    )
    user.is_active = False
    user.ended_at, user.ended_by, user.end_reason = now, by, why
    # A new random hash: a copy of a session cookie is worth nothing any more.
    user.set_unusable_password()
    user.save()
    kill_sessions(user)
    log(by, Action.CHANGED, user, now, reason=why, detail={"ended": "person"})
    return user


@transaction.atomic
def create_administrator(
    *, username: str, name: str, email: str, organisation: Organisation, now: datetime
) -> Invited:
    """The first administrator, from the machine itself. Raises ValidationError as invite() does."""
    person = Person.checked(name=name, email=email, phone="", title="", organisation=organisation)
    user = _create(username=username, person=person, by=None, now=now)
    grant = NewGrant(
        Role.ADMINISTRATOR.value, organisation, None, now, None, "manage.py create_administrator"
    )
    made = write_grant(by=None, user=user, new=grant, now=now)
    link = make_link(by=None, user=user, purpose=Invitation.Purpose.JOIN, now=now)
    return Invited(user, made, link)
