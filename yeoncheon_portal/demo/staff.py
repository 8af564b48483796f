"""The staff of the demo county: one account per role and a second one where two must meet."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accounts import actions
from accounts.models import Organisation, Township, User
from accounts.roles import Role

COUNTY, CENTRE = "yeoncheon-welfare", "happyconnect-centre"
WHY = "시연용 계정"


@dataclass(frozen=True)
class Account:
    """A member of staff of the demo. `township` is the code for clerks; `also` a second role."""

    username: str
    name: str
    title: str
    role: Role
    office: str
    township: str = ""
    also: Role | None = None


def clerk(username: str, name: str, township: str, also: Role | None = None) -> Account:
    office = f"office-{township}"
    return Account(username, name, "복지담당", Role.TOWNSHIP_CLERK, office, township, also)


ADMINISTRATOR = Account("admin", "나한결", "전산담당", Role.ADMINISTRATOR, COUNTY)
STAFF: tuple[Account, ...] = (
    Account("operator", "오하늘", "관제요원", Role.CONTROL_OPERATOR, CENTRE),
    Account("operator2", "문가람", "관제요원", Role.CONTROL_OPERATOR, CENTRE),
    Account("responder", "민들레", "출동요원", Role.RESPONDER, CENTRE),
    Account("responder2", "한바다", "출동요원", Role.RESPONDER, CENTRE),
    Account("official", "최은정", "주무관", Role.COUNTY_OFFICIAL, COUNTY),
    clerk("clerk", "강보라", "4180025300", also=Role.RESPONDER),
    clerk("clerk-yeoncheon", "서이든", "4180025000"),
    clerk("clerk-gunnam", "유마루", "4180031000"),
    clerk("clerk-cheongsan", "전다온", "4180032000"),
    clerk("clerk-baekhak", "홍슬기", "4180033000"),
    clerk("clerk-misan", "고은솔", "4180034000"),
    clerk("clerk-wangjing", "문새벽", "4180035000"),
    clerk("clerk-sinseo", "양가온", "4180036000"),
    clerk("clerk-jung", "배나래", "4180037000"),
    clerk("clerk-jangnam", "손여름", "4180038000"),
    Account("reviewer", "임도담", "대리", Role.PARTNER_REVIEWER, "kepco-yeoncheon"),
    Account("privacy", "노을", "개인정보 보호담당", Role.PRIVACY_OFFICER, COUNTY),
    Account("admin2", "차예준", "전산담당", Role.ADMINISTRATOR, COUNTY),
    Account("operator3", "공나루", "관제팀장", Role.CONTROL_OPERATOR, CENTRE),
    Account("operator4", "진솔빛", "관제팀장", Role.CONTROL_OPERATOR, CENTRE),
    Account("official2", "소다미", "주무관", Role.COUNTY_OFFICIAL, COUNTY),
)
SHOWN = ("operator", "operator2", "responder", "clerk", "official", "privacy", "reviewer", "admin")


def phone_of(account: Account) -> str:
    """A number of the block that belongs to nobody, apart from the residents'."""
    everybody = (ADMINISTRATOR, *STAFF)
    return f"010-0000-{9001 + everybody.index(account):04d}"


def account_of(username: str) -> Account:
    """KeyError when there is none."""
    return {account.username: account for account in (ADMINISTRATOR, *STAFF)}[username]


def password(folder: Path) -> str:
    """The demo's password, made once and readable for its owner only."""
    file = folder / "accounts.json"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Hangul keyboards and dictation make look-alikes hard: letters and digits that differ.
        letters = "abcdefghjkmnpqrstuvwxyz23456789"
        made = "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            json.dump({"password": made, "shown": SHOWN}, out)
    return str(json.loads(file.read_text())["password"])


def seed_staff(*, secret: str, now: datetime, say: Callable[[str], None]) -> dict[str, User]:
    """Every account that is missing, through the verbs that real staff go through.

    Safe to repeat; somebody whose password is another one is reset to `secret`.
    """
    admin = _first_administrator(secret, now)
    people = {ADMINISTRATOR.username: admin}
    known = {user.username: user for user in User.objects.all()}
    # One answer for all: they were given their password together, and asking takes its time.
    asked = known.get(STAFF[-1].username)
    another_password = asked is None or not asked.check_password(secret)
    for account in STAFF:
        user = known.get(account.username)
        if user is None:
            user = _invite(account, admin, secret, now)
        elif another_password and not user.check_password(secret):
            link = actions.reset_access(by=admin, user=user, reason=WHY, now=now)
            _join(link, secret, now)
        people[account.username] = user
    say(f"staff: {len(people)} accounts")
    return people


def _first_administrator(secret: str, now: datetime) -> User:
    user = User.objects.filter(username=ADMINISTRATOR.username).first()
    if user is None:
        made = actions.create_administrator(
            username=ADMINISTRATOR.username,
            name=ADMINISTRATOR.name,
            email="",
            organisation=Organisation.objects.get(code=COUNTY),
            now=now,
        )
        _join(made.link, secret, now)
        return made.user
    if not user.check_password(secret):
        # Nobody may reset his own access; this is the machine's owner with a new data folder.
        user.set_password(secret)
        user.save(update_fields=["password"])
    return user


def _invite(account: Account, admin: User, secret: str, now: datetime) -> User:
    office = Organisation.objects.get(code=account.office)
    township = Township.objects.filter(code=account.township).first()
    # Without a number yet: the invitation would go out as a text to nobody's phone.
    made = actions.invite(
        by=admin,
        username=account.username,
        name=account.name,
        organisation=office,
        grant=actions.NewGrant(account.role.value, office, township, now, None, WHY),
        now=now,
        title=account.title,
    )
    _join(made.link, secret, now)
    if account.also is not None:
        actions.grant_role(
            by=admin,
            user=made.user,
            role=account.also.value,
            organisation=office,
            township=township if account.also == Role.RESPONDER else None,
            reason=WHY,
            now=now,
        )
    return actions.change_own_phone(user=made.user, phone=phone_of(account), now=now)


def prove_phones(*, now: datetime) -> None:
    """Nobody reads the code that would come by text to a number that does not exist."""
    ours = User.objects.filter(username__in=[account.username for account in STAFF])
    ours.filter(phone_verified_at=None).update(phone_verified_at=now)


def _join(link: actions.Link, secret: str, now: datetime) -> None:
    token = link.url.rstrip("/").rsplit("/", 1)[1]
    actions.accept_invitation(token=token, password=secret, now=now)
