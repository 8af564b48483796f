"""What the portal may say in a message. A text never carries a name, an address or a number.

Anybody may read over a shoulder or find a lost telephone, so a message says only that there is
something to look at and where; the page behind the link asks who is looking.
"""

from dataclasses import dataclass
from string import Formatter

from accounts.models import Message

ALLOWED_FIELDS = {"link", "count", "code"}
"""`link` our own address, `count` how many rows, `code` digits that prove a telephone number."""

CHANNELS = {channel.value for channel in Message.Channel}


class NotAllowed(Exception):
    """A text that could carry personal words, or an unknown kind or channel."""


@dataclass(frozen=True)
class Kind:
    """One sort of message. `subject` is the line of inbox and e-mail, `sms` the short text.

    `proves_address` marks the two that go to a number before it is verified: the code that
    verifies it, and the invitation of somebody who cannot sign in yet.
    """

    key: str
    subject: str
    sms: str
    channels: tuple[str, ...]
    urgent: bool = False
    proves_address: bool = False


_kinds: dict[str, Kind] = {}


def register_kind(
    key: str,
    subject_ko: str,
    sms_ko: str,
    channels: tuple[str, ...],
    urgent: bool = False,
    *,
    proves_address: bool = False,
) -> Kind:
    """Make a kind of message known; called once by each app when it starts.

    Raises NotAllowed for a text with any format field but {link}, {count}, {code}; for an unknown
    channel; and when the key already means something else.
    """
    kind = Kind(key, str(subject_ko), str(sms_ko), tuple(channels), urgent, proves_address)
    for text in (kind.subject, kind.sms):
        fields = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        if forbidden := fields - ALLOWED_FIELDS:
            raise NotAllowed(f"{key}: a message may not carry {sorted(forbidden)}")
    if unknown := set(kind.channels) - CHANNELS:
        raise NotAllowed(f"{key}: unknown channels {sorted(unknown)}")
    if _kinds.get(key, kind) != kind:
        raise NotAllowed(f"{key}: registered twice with different texts")
    _kinds[key] = kind
    return kind


def kind_named(key: str) -> Kind:
    """The registered kind. Raises NotAllowed for an unknown key."""
    try:
        return _kinds[key]
    except KeyError:
        raise NotAllowed(f"unknown kind of message: {key}") from None


def registered() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.key)
