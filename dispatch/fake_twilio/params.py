"""What the company accepts, one table per request. Anything else is refused.

Twilio itself ignores a parameter it does not know, so a typing error there is a call without an
answering machine detection. Here it is a 400: names follow Twilio's OpenAPI file of the version
2010-04-01, values its documentation. The table is shorter than Twilio's on purpose: it holds
what the portal may use, and whoever needs more adds the line and the behaviour.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import ApiError, bad

Fields = dict[str, list[str]]
Check = Callable[[str], bool]

E164 = re.compile(r"\+[1-9]\d{6,14}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
EVENTS = ("initiated", "ringing", "answered", "completed")
CALL_STATUSES = (
    "queued",
    "ringing",
    "in-progress",
    "completed",
    "busy",
    "failed",
    "no-answer",
    "canceled",
)
UNKNOWN_PARAMETER = 20001
INVALID_VALUE = 20001


@dataclass(frozen=True)
class Rule:
    """One parameter: its check, the error code of a bad value, whether it may be repeated."""

    check: Check
    code: int = INVALID_VALUE
    repeats: bool = False


@dataclass(frozen=True)
class Table:
    rules: dict[str, Rule]
    required: dict[str, tuple[int, str]] = field(default_factory=dict)


def one_of(*values: str) -> Check:
    return lambda text: text in values


def whole(low: int, high: int) -> Check:
    return lambda text: text.isascii() and text.isdigit() and low <= int(text) <= high


def shorter_than(length: int) -> Check:
    return lambda text: 0 < len(text) <= length


def is_url(text: str) -> bool:
    """An absolute http(s) address with a host and without a user part."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    ok = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    return ok and port != 0 and len(text) <= 4000


def is_number(text: str) -> bool:
    return E164.fullmatch(text) is not None


def is_day_or_time(text: str) -> bool:
    return MOMENT.fullmatch(text) is not None


METHOD = Rule(one_of("GET", "POST"))

CREATE_CALL = Table(
    rules={
        "To": Rule(is_number, 21211),
        "From": Rule(is_number, 21212),
        "Url": Rule(is_url, 21205),
        "Twiml": Rule(shorter_than(4000), 21217),
        "Method": METHOD,
        "FallbackUrl": Rule(is_url, 21205),
        "FallbackMethod": METHOD,
        "StatusCallback": Rule(is_url, 21609),
        "StatusCallbackMethod": METHOD,
        "StatusCallbackEvent": Rule(one_of(*EVENTS), 21626, repeats=True),
        "Timeout": Rule(whole(1, 600), 21216),
        "TimeLimit": Rule(whole(1, 14400), 21216),
        "SendDigits": Rule(lambda text: re.fullmatch(r"[0-9#*wW]{1,32}", text) is not None),
        "CallReason": Rule(shorter_than(50)),
        "MachineDetection": Rule(one_of("Enable", "DetectMessageEnd")),
        "MachineDetectionTimeout": Rule(whole(3, 59)),
        "AsyncAmd": Rule(one_of("true", "false")),
        "AsyncAmdStatusCallback": Rule(is_url, 21609),
        "AsyncAmdStatusCallbackMethod": METHOD,
    },
    required={
        "To": (21201, "No 'To' number is specified"),
        "From": (21213, "A 'From' phone number is required"),
    },
)

UPDATE_CALL = Table(rules={"Status": Rule(one_of("canceled", "completed"), 21218)})

LIST_CALLS = Table(
    rules={
        "To": Rule(is_number, 21211),
        "From": Rule(is_number, 21212),
        "Status": Rule(one_of(*CALL_STATUSES)),
        "StartTime": Rule(is_day_or_time),
        "StartTime<": Rule(is_day_or_time),
        "StartTime>": Rule(is_day_or_time),
        "PageSize": Rule(whole(1, 1000)),
        "Page": Rule(whole(0, 100_000)),
    }
)

CREATE_MESSAGE = Table(
    rules={
        "To": Rule(is_number, 21211),
        "From": Rule(is_number, 21212),
        "Body": Rule(shorter_than(1600), 21617),
        "StatusCallback": Rule(is_url, 21609),
        "ValidityPeriod": Rule(whole(1, 36000)),
    },
    required={
        "To": (21604, "A 'To' phone number is required."),
        "From": (21603, "A 'From' phone number is required."),
        "Body": (21602, "Message body is required."),
    },
)

UPDATE_MESSAGE = Table(rules={"Status": Rule(one_of("canceled"))})

LIST_MESSAGES = Table(
    rules={
        "To": Rule(is_number, 21211),
        "From": Rule(is_number, 21212),
        "DateSent": Rule(is_day_or_time),
        "DateSent<": Rule(is_day_or_time),
        "DateSent>": Rule(is_day_or_time),
        "PageSize": Rule(whole(1, 1000)),
        "Page": Rule(whole(0, 100_000)),
    }
)

NO_PARAMETERS = Table(rules={})


def accept(fields: Fields, table: Table) -> Fields:
    """The same fields when every name and value is in the table; raises `ApiError` otherwise."""
    for name, (code, message) in table.required.items():
        if not any(fields.get(name, [])):
            raise bad(code, message)
    for name, values in fields.items():
        rule = table.rules.get(name)
        if rule is None:
            raise bad(UNKNOWN_PARAMETER, f"Unknown parameter '{name}'")
        if len(values) > 1 and not rule.repeats:
            raise bad(INVALID_VALUE, f"Parameter '{name}' is given more than once")
        for value in values:
            if not rule.check(value):
                # The value may be a telephone number: name the field, never quote the value.
                raise bad(rule.code, f"The '{name}' parameter is not valid.")
    return fields


def accept_call(fields: Fields, own_numbers: frozenset[str]) -> Fields:
    """A request for a call, with the rules that concern two fields at once."""
    accept(fields, CREATE_CALL)
    if ("Url" in fields) == ("Twiml" in fields):
        raise bad(21205, "Exactly one of 'Url' and 'Twiml' is required")
    _refuse_orphans(
        fields,
        {
            "StatusCallbackEvent": "StatusCallback",
            "StatusCallbackMethod": "StatusCallback",
            "FallbackMethod": "FallbackUrl",
            "MachineDetectionTimeout": "MachineDetection",
            "AsyncAmd": "MachineDetection",
            "AsyncAmdStatusCallback": "AsyncAmd",
            "AsyncAmdStatusCallbackMethod": "AsyncAmdStatusCallback",
        },
    )
    _refuse_foreign(fields, own_numbers)
    return fields


def accept_message(fields: Fields, own_numbers: frozenset[str]) -> Fields:
    accept(fields, CREATE_MESSAGE)
    _refuse_foreign(fields, own_numbers, sender_code=21606)
    return fields


def _refuse_orphans(fields: Fields, needs: dict[str, str]) -> None:
    for name, other in needs.items():
        if name in fields and other not in fields:
            raise bad(INVALID_VALUE, f"'{name}' has no meaning without '{other}'")


def _refuse_foreign(fields: Fields, own: frozenset[str], sender_code: int = 21210) -> None:
    if not fields["To"][0].startswith("+82"):
        raise bad(21215, "Geo permission configuration is not permitting call to this country")
    if own and fields["From"][0] not in own:
        raise bad(sender_code, "The 'From' phone number is not a number of this account")


def check_method(method: str, allowed: tuple[str, ...], path: str) -> None:
    if method not in allowed:
        raise ApiError(405, 20004, f"Method {method} is not allowed for {path}")
