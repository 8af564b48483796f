"""The people at the other end: what a phone does when it rings, and what goes wrong on the line."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .params import EVENTS

DETECTED = ("", "human", "machine_start", "machine_end_beep", "fax", "unknown")
ANSWERS = ("human", "machine", "busy", "never", "fail")
CREATE_FAULTS = ("429", "500", "accept_then_timeout", "accept_then_drop", "callback_first")
TEXT_ENDS = ("delivered", "undelivered", "failed")


class BadBehaviour(ValueError):
    """The control API or a test asked for a person nobody can play."""


@dataclass(frozen=True)
class Act:
    """One thing a person does: press keys, say a sentence, stay silent, hang up, answer."""

    do: str
    value: str = ""

    KINDS = ("answer", "press", "say", "silence", "hangup")

    def __post_init__(self) -> None:
        if self.do not in self.KINDS:
            raise BadBehaviour(f"unknown act '{self.do}'; one of {', '.join(self.KINDS)}")
        keys = self.do == "press"
        if keys and not (self.value and all(key in "0123456789*#" for key in self.value)):
            raise BadBehaviour("press needs keys out of 0-9, * and #")
        if self.do == "say" and not self.value.strip():
            raise BadBehaviour("say needs a sentence")


@dataclass(frozen=True)
class Faults:
    """What the network does to this phone's calls.

    drop, repeat: events whose callback is lost or sent twice. delay: event → real seconds.
    reorder: all callbacks are held until the call is over and then sent backwards.
    create: what happens to the next requests to call this number, first to last.
    """

    drop: tuple[str, ...] = ()
    repeat: tuple[str, ...] = ()
    delay: dict[str, float] = field(default_factory=dict)
    reorder: bool = False
    create: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for event in (*self.drop, *self.repeat, *self.delay):
            if event not in (*EVENTS, "amd", "sent", "delivered"):
                raise BadBehaviour(f"unknown event '{event}'")
        for fault in self.create:
            if fault not in CREATE_FAULTS:
                raise BadBehaviour(f"unknown fault '{fault}'; one of {', '.join(CREATE_FAULTS)}")


@dataclass(frozen=True)
class Person:
    """How one phone behaves. `after` is in seconds of programme time from the first ring; a person
    whose `after` lies beyond the call's Timeout answers too late. `acts` are used one per
    question; when they are used up the person is silent. `detected` is what the machine detection
    takes them for; empty: what they are. At the second leg of a call the acts are a conversation,
    and its end is the end of the call."""

    answer: str = "never"
    after: float = 4.0
    acts: tuple[Act, ...] = ()
    confidence: float = 0.9
    greeting: str = "지금은 전화를 받을 수 없습니다."
    detected: str = ""
    text_end: str = "delivered"
    faults: Faults = Faults()

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise BadBehaviour(f"unknown answer '{self.answer}'; one of {', '.join(ANSWERS)}")
        if self.detected not in DETECTED:
            raise BadBehaviour(f"unknown detected '{self.detected}'")
        if not 0 <= self.confidence <= 1:
            raise BadBehaviour("confidence must be 0 to 1")
        if self.text_end not in TEXT_ENDS:
            raise BadBehaviour(f"unknown text_end '{self.text_end}'")
        if not 0 <= self.after <= 3600:
            raise BadBehaviour("after must be 0 to 3600 seconds")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


NOBODY = Person(answer="never")


def person_from_json(data: Any) -> Person:
    """Builds a Person from the control API's JSON; raises `BadBehaviour` with a plain sentence."""
    values = _known(data, Person)
    if "acts" in values:
        values["acts"] = tuple(Act(**_known(act, Act)) for act in _listed(values["acts"]))
    if "faults" in values:
        faults = _known(values["faults"], Faults)
        for name in ("drop", "repeat", "create"):
            if name in faults:
                faults[name] = tuple(_listed(faults[name]))
        values["faults"] = Faults(**faults)
    try:
        return Person(**values)
    except TypeError as error:
        raise BadBehaviour(str(error)) from error


def act_from_json(data: Any) -> Act:
    return Act(**_known(data, Act))


def _known(data: Any, kind: type) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise BadBehaviour(f"{kind.__name__} must be a JSON object")
    names = {item.name for item in fields(kind)}
    for name in data:
        if name not in names:
            raise BadBehaviour(
                f"{kind.__name__} has no '{name}'; known: {', '.join(sorted(names))}"
            )
    return dict(data)


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise BadBehaviour("a JSON list was expected")
    return list(value)
