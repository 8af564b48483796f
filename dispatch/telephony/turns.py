"""One turn of a call in words of our own: say something, then listen, connect or hang up.

The dialogue and the webhooks speak in turns; what a company wants to read (TwiML, JSON) is made of
them behind the provider interface.
"""

from dataclasses import dataclass

from dispatch.dialogue import Listening


@dataclass(frozen=True)
class Voice:
    """Whose voice speaks. `rate` is a percentage of its usual pace ("85%")."""

    language: str = "ko-KR"
    name: str = "Polly.Seoyeon-Neural"
    rate: str = "100%"


STAFF_VOICE = Voice()


@dataclass(frozen=True)
class Ask:
    """Say the sentences and wait for an answer, which goes to `action` (a path of ours).

    `listening` None: a key only, for eight seconds.
    """

    sentences: tuple[str, ...]
    action: str
    voice: Voice = STAFF_VOICE
    listening: Listening | None = None


@dataclass(frozen=True)
class Tell:
    """Say the sentences, then hang up. Without sentences: hang up."""

    sentences: tuple[str, ...] = ()
    voice: Voice = STAFF_VOICE


@dataclass(frozen=True)
class Connect:
    """Say the sentences, then ring `phone` (as it was written down) and connect it with this call.

    `done`: path told how the second leg ended; `progress`: path told of each of its states.
    """

    sentences: tuple[str, ...]
    phone: str
    done: str
    progress: str
    ring_seconds: int
    longest_seconds: int
    voice: Voice = STAFF_VOICE


Turn = Ask | Tell | Connect


@dataclass(frozen=True)
class Heard:
    """A webhook in words of our own; what the company did not say is empty.

    `status`: rules.CallStatus; `sequence`: order of the callbacks of one call; `confidence`: the
    recogniser's 0..1, None when it gave none; `answered_by`: "human", "machine…", "fax", "unknown";
    `leg_status`, `leg_sid`: the second leg of a connected call; `round`: which question was
    answered (from our own address, not from the company).
    """

    sid: str
    status: str = ""
    sequence: int = 0
    digits: str = ""
    speech: str = ""
    confidence: float | None = None
    answered_by: str = ""
    leg_sid: str = ""
    leg_status: str = ""
    round: int = 1
