"""Reads the portal's instructions for a call (TwiML), strictly.

Only the verbs the portal may use are known: Say, Gather, Dial, Pause, Redirect, Hangup. An unknown
verb or attribute ends the call and is kept as a notice, where Twilio would often only warn. A Dial
that would record is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree

from .errors import TwimlError
from .params import EVENTS, is_number, is_url, one_of, whole

Attributes = dict[str, tuple[Callable[[str], bool], int]]

SCHEMA = 12200
SSML = frozenset({"prosody", "break", "emphasis", "lang", "p", "s", "say-as", "sub", "w"})
VOICES = ("Polly.Seoyeon", "Polly.Seoyeon-Neural", "Polly.Jihye-Neural", "Google.ko-KR-")
SPEECH_MODELS = (
    "default",
    "numbers_and_commands",
    "phone_call",
    "experimental_conversations",
    "experimental_utterances",
    "googlev2_long",
    "googlev2_short",
    "googlev2_telephony",
    "googlev2_telephony_short",
)
TRUTH = one_of("true", "false")


def _inputs(text: str) -> bool:
    parts = text.split()
    return bool(parts) and set(parts) <= {"dtmf", "speech"}


def _finish_keys(text: str) -> bool:
    return all(key in "0123456789*#" for key in text)


SAY: Attributes = {
    "voice": (lambda text: text.startswith(VOICES), 13520),
    "language": (one_of("ko-KR"), 13511),
    "loop": (whole(0, 1000), 13510),
}
GATHER: Attributes = {
    "input": (_inputs, 13326),
    "action": (bool, 13311),
    "method": (one_of("GET", "POST"), 13312),
    "timeout": (whole(1, 600), 13313),
    "numDigits": (whole(1, 1000), 13314),
    "finishOnKey": (_finish_keys, 13310),
    "language": (one_of("ko-KR"), 13331),
    "speechTimeout": (lambda text: text == "auto" or whole(1, 600)(text), 13327),
    "speechModel": (one_of(*SPEECH_MODELS), 13334),
    "hints": (lambda text: len(text) <= 10_000, 13329),
    "profanityFilter": (TRUTH, 13330),
    "enhanced": (TRUTH, 13335),
    "actionOnEmptyResult": (TRUTH, SCHEMA),
    "bargeIn": (TRUTH, SCHEMA),
    "dtmfDetection": (TRUTH, SCHEMA),
}


def _events(text: str) -> bool:
    return bool(text.split()) and set(text.split()) <= set(EVENTS)


DIAL: Attributes = {
    "callerId": (is_number, 13214),
    "timeout": (whole(1, 600), 13212),
    "timeLimit": (whole(1, 14400), 13216),
    "action": (bool, SCHEMA),
    "method": (one_of("GET", "POST"), 13210),
    "record": (one_of("do-not-record"), SCHEMA),
}
NUMBER: Attributes = {
    "statusCallback": (is_url, SCHEMA),
    "statusCallbackMethod": (one_of("GET", "POST"), 13217),
    "statusCallbackEvent": (_events, SCHEMA),
}
PAUSE: Attributes = {"length": (whole(0, 180), 13610)}
REDIRECT: Attributes = {"method": (one_of("GET", "POST"), 13410)}


@dataclass(frozen=True)
class Verb:
    """One instruction. `text` is what is said or where to go; `inner` the prompts of a Gather."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    inner: tuple["Verb", ...] = ()

    def seconds(self, name: str, default: float) -> float:
        return float(self.attributes.get(name, default))

    def is_set(self, name: str) -> bool:
        return self.attributes.get(name) == "true"


def parse(content: bytes | str) -> list[Verb]:
    """The verbs of a TwiML document; raises `TwimlError` on anything outside the tables.

    The document comes from the portal, yet a declaration of entities is refused before parsing:
    a parser that would expand them is a way to eat the machine's memory.
    """
    raw = content.encode() if isinstance(content, str) else content
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise TwimlError(12100, "Document parse failure: no document type is allowed")
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError as error:
        raise TwimlError(12100, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12100, "Document parse failure: the root element must be Response")
    if (root.text or "").strip():
        raise TwimlError(SCHEMA, "Text outside of a verb")
    return [_verb(element) for element in root]


def _verb(element: ElementTree.Element) -> Verb:
    if (element.tail or "").strip():
        raise TwimlError(SCHEMA, "Text outside of a verb")
    if element.tag == "Say":
        return _say(element)
    if element.tag == "Gather":
        return _gather(element)
    if element.tag == "Dial":
        return _dial(element)
    if element.tag == "Pause":
        return Verb("Pause", attributes=_attributes(element, PAUSE))
    if element.tag == "Hangup":
        return Verb("Hangup", attributes=_attributes(element, {}))
    if element.tag == "Redirect":
        return Verb("Redirect", (element.text or "").strip(), _attributes(element, REDIRECT))
    raise TwimlError(SCHEMA, f"Invalid verb '{element.tag}'")


def _say(element: ElementTree.Element) -> Verb:
    for child in element.iter():
        if child is not element and child.tag not in SSML:
            raise TwimlError(SCHEMA, f"Invalid element '{child.tag}' inside Say")
    text = " ".join("".join(element.itertext()).split())
    if not text:
        raise TwimlError(13510, "Say: nothing to say")
    return Verb("Say", text, _attributes(element, SAY))


def _gather(element: ElementTree.Element) -> Verb:
    inner = tuple(_verb(child) for child in element)
    for verb in inner:
        if verb.name not in ("Say", "Pause"):
            raise TwimlError(SCHEMA, f"'{verb.name}' is not allowed inside Gather")
    attributes = _attributes(element, GATHER)
    if "speechModel" in attributes and attributes.get("speechTimeout") == "auto":
        # Twilio: with a model chosen speechTimeout must be a number of seconds (13327).
        raise TwimlError(13327, "Gather: speechTimeout must be a number when speechModel is set")
    return Verb("Gather", "", attributes, inner)


def _dial(element: ElementTree.Element) -> Verb:
    """One number in a Dial, with a caller id: without one the person would see a stranger."""
    numbers = list(element)
    if len(numbers) != 1 or numbers[0].tag != "Number":
        raise TwimlError(13215, "Dial: exactly one Number is expected")
    number = (numbers[0].text or "").strip()
    if not is_number(number):
        raise TwimlError(13223, "Dial: invalid phone number format")
    attributes = _attributes(element, DIAL)
    if "callerId" not in attributes:
        raise TwimlError(13214, "Dial: invalid callerId value")
    inner = Verb("Number", number, _attributes(numbers[0], NUMBER))
    return Verb("Dial", "", attributes, (inner,))


def _attributes(element: ElementTree.Element, table: Attributes) -> dict[str, str]:
    for name, value in element.attrib.items():
        if name not in table:
            raise TwimlError(SCHEMA, f"{element.tag}: invalid attribute '{name}'")
        check, code = table[name]
        if not check(value):
            raise TwimlError(code, f"{element.tag}: invalid {name} value")
    return dict(element.attrib)
