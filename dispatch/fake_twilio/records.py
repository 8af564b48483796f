"""Calls and messages as the company keeps them, and the JSON it shows of them."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from .params import Fields

API_VERSION = "2010-04-01"
LIVE = frozenset({"queued", "ringing", "in-progress"})


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def rfc2822(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at.astimezone(UTC))


@dataclass
class Line:
    """One sentence, key or event of a call, for the page and for tests."""

    who: str  # "company": what our TwiML said; "person": what the resident did; "line": events
    text: str


@dataclass
class Call:
    account_sid: str
    fields: Fields
    created: datetime
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    updated: datetime | None = None
    started: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    answered_by: str | None = None
    by_hand: bool = False
    listening: bool = False
    lines: list[Line] = field(default_factory=list)
    parent: str | None = None  # of a second leg: the call whose Dial rang this telephone

    def first(self, name: str, default: str = "") -> str:
        return self.fields.get(name, [default])[0]

    @property
    def to(self) -> str:
        return self.first("To")

    @property
    def live(self) -> bool:
        return self.status in LIVE

    @property
    def duration(self) -> int | None:
        """Whole seconds of conversation; 0 for a call nobody took; None while it lasts."""
        if self.ended is None:
            return None
        return round((self.ended - self.answered).total_seconds()) if self.answered else 0

    def said(self) -> str:
        """Everything our side said, for tests."""
        return " ".join(line.text for line in self.lines if line.who == "company")

    def as_json(self) -> dict[str, object]:
        base = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.first("From"),
            "from_formatted": self.first("From"),
            "status": self.status,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.updated or self.created),
            "start_time": rfc2822(self.started),
            "end_time": rfc2822(self.ended),
            "duration": None if self.duration is None else str(self.duration),
            "answered_by": self.answered_by,
            "direction": "outbound-dial" if self.parent else "outbound-api",
            "api_version": API_VERSION,
            "caller_name": None,
            "forwarded_from": None,
            "group_sid": None,
            "parent_call_sid": self.parent,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "trunk_sid": None,
            "uri": f"{base}.json",
            "subresource_uris": {"notifications": f"{base}/Notifications.json"},
        }


@dataclass
class Message:
    account_sid: str
    fields: Fields
    created: datetime
    direction: str = "outbound-api"
    sid: str = field(default_factory=lambda: new_sid("SM"))
    status: str = "queued"
    updated: datetime | None = None
    sent: datetime | None = None
    error_code: int | None = None

    def first(self, name: str, default: str = "") -> str:
        return self.fields.get(name, [default])[0]

    @property
    def to(self) -> str:
        return self.first("To")

    def as_json(self) -> dict[str, object]:
        base = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "messaging_service_sid": None,
            "to": self.to,
            "from": self.first("From"),
            "body": self.first("Body"),
            "status": self.status,
            "num_segments": "1",
            "num_media": "0",
            "direction": self.direction,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.updated or self.created),
            "date_sent": rfc2822(self.sent),
            "error_code": self.error_code,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "api_version": API_VERSION,
            "uri": f"{base}.json",
            "subresource_uris": {"media": f"{base}/Media.json"},
        }


def parse_moment(text: str) -> tuple[datetime, bool]:
    """A filter's moment in UTC and whether it was only a day (Twilio counts days in UTC)."""
    at = datetime.fromisoformat(text.replace(" ", "T", 1))
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at, len(text) == 10


def in_window(at: datetime | None, fields: Fields, name: str) -> bool:
    """Twilio's three forms of a time filter: `Name`, `Name<` (up to), `Name>` (from)."""
    wanted = {
        mark: fields[f"{name}{mark}"][0] for mark in ("", "<", ">") if f"{name}{mark}" in fields
    }
    if not wanted:
        return True
    if at is None:
        return False
    for mark, text in wanted.items():
        moment, day = parse_moment(text)
        end = moment + timedelta(days=1) if day else moment + timedelta(seconds=1)
        if mark == "" and not moment <= at < end:
            return False
        if mark == "<" and not at < end:
            return False
        if mark == ">" and not at >= moment:
            return False
    return True
