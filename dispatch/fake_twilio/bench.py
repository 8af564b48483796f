"""A small language for tests with telephones.

    with Bench(now=clock.now) as bench:
        bench.phone("010-0000-0001").expects_call_saying("안부").presses("2")
        ...                       # the portal sweeps and dials over real HTTP
        bench.check()             # every expected call came, and nobody else's phone rang

A call nobody expected is a failure as much as one that is missing, and so are a wrong signature,
a TwiML the company cannot read and a callback the portal refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from .company import Account, Company
from .pace import Pace
from .people import NOBODY, Act, Faults, Person
from .records import Call, Message
from .server import Server

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
TOKEN = "-".join(("token", "of", "the", "bench"))
NUMBER = "+82310000000"


def e164(number: str) -> str:
    """'010-0000-0001' as '+82100000001'; a number that is international already stays."""
    digits = number.replace("-", "").replace(" ", "")
    return digits if digits.startswith("+") else "+82" + digits.removeprefix("0")


@dataclass
class Expectation:
    """One call or text that must come; `words` must all be said in it."""

    kind: str
    words: tuple[str, ...]


@dataclass
class Phone:
    """One telephone. Methods return the phone, so that a test reads as a sentence. What follows
    `expects_call…` describes the person at that call; a second `expects_call…` the next one."""

    number: str
    company: Company
    people: list[Person] = field(default_factory=list)
    expected: list[Expectation] = field(default_factory=list)

    # -- what must happen

    def expects_call(self) -> Self:
        return self.expects_call_saying()

    def expects_call_saying(self, *words: str) -> Self:
        self.expected.append(Expectation("call", words))
        self.people.append(Person(answer="human", after=0.0))
        return self._tell()

    def expects_text(self, *words: str) -> Self:
        self.expected.append(Expectation("text", words))
        return self

    # -- what the person does

    def presses(self, keys: str) -> Self:
        return self._act(Act("press", keys))

    def says(self, sentence: str, confidence: float = 0.9) -> Self:
        return self._act(Act("say", sentence))._is(confidence=confidence)

    def stays_silent(self) -> Self:
        return self._act(Act("silence"))

    def hangs_up(self) -> Self:
        return self._act(Act("hangup"))

    def answers_after(self, seconds: float) -> Self:
        """Programme seconds from the first ring; later than the call's Timeout is too late."""
        return self._is(after=seconds)

    def never_answers(self) -> Self:
        return self._is(answer="never")

    def is_busy(self) -> Self:
        return self._is(answer="busy")

    def is_out_of_service(self) -> Self:
        return self._is(answer="fail")

    def is_voicemail(self, greeting: str = "지금은 전화를 받을 수 없습니다.") -> Self:
        return self._is(answer="machine", greeting=greeting)

    def is_taken_for(self, detected: str) -> Self:
        """What the machine detection says of this person: machine_start, fax, unknown…"""
        return self._is(detected=detected)

    # -- what the network does

    def loses(self, *events: str) -> Self:
        return self._faults(drop=events)

    def repeats(self, *events: str) -> Self:
        return self._faults(repeat=events)

    def delays(self, event: str, seconds: float) -> Self:
        return self._faults(delay={event: seconds})

    def reorders(self) -> Self:
        return self._faults(reorder=True)

    def refuses_request(self, *faults: str) -> Self:
        """429, 500, accept_then_timeout, accept_then_drop, callback_first: the next requests."""
        self.company.set_person(self.number, replace(NOBODY, faults=Faults(create=faults)))
        return self

    # -- what happened

    @property
    def calls(self) -> list[Call]:
        """Oldest first."""
        return [call for call in self.company.calls.values() if call.to == self.number]

    @property
    def legs(self) -> list[Call]:
        """Those of the calls that another call's Dial has connected. Oldest first."""
        return [call for call in self.calls if call.parent]

    @property
    def texts(self) -> list[Message]:
        return [text for text in self.company.messages.values() if text.to == self.number]

    def texts_back(self, body: str) -> Message:
        return self.company.text_in(self.number, body)

    def problems(self) -> list[str]:
        calls = [e for e in self.expected if e.kind == "call"]
        texts = [e for e in self.expected if e.kind == "text"]
        found = _compare("call", calls, [call.said() for call in self.calls])
        if texts:
            found += _compare("text", texts, [text.first("Body") for text in self.texts])
        return [f"{self.number}: {problem}" for problem in found]

    def _act(self, act: Act) -> Self:
        self._need_call()
        self.people[-1] = replace(self.people[-1], acts=(*self.people[-1].acts, act))
        return self._tell()

    def _is(self, **values: object) -> Self:
        self._need_call()
        self.people[-1] = replace(self.people[-1], **values)  # type: ignore[arg-type]
        return self._tell()

    def _faults(self, **values: object) -> Self:
        self._need_call()
        faults = replace(self.people[-1].faults, **values)  # type: ignore[arg-type]
        return self._is(faults=faults)

    def _need_call(self) -> None:
        if not self.people:
            raise ValueError("say expects_call() first: whose call is this?")

    def _tell(self) -> Self:
        waiting = self.people[len(self.calls) :]
        self.company.set_next_people(self.number, waiting)
        return self


def _compare(kind: str, expected: list[Expectation], heard: list[str]) -> list[str]:
    if len(expected) != len(heard):
        return [f"{len(expected)} {kind}(s) expected, {len(heard)} came: {heard}"]
    return [
        f"{kind} without '{word}': {text}"
        for want, text in zip(expected, heard, strict=True)
        for word in want.words
        if word not in text
    ]


class Bench:
    """A company on a free loopback port. `speed` is programme seconds per real second, so that
    a phone that rings out for 30 s takes 15 ms."""

    def __init__(
        self, *, now: Callable[[], datetime], speed: float = 2000.0, sms_url: str = ""
    ) -> None:
        account = Account(ACCOUNT_SID, TOKEN, frozenset({NUMBER}), sms_url)
        self.company = Company(account, Pace(now=now, speed=lambda: speed))
        self.server = Server(self.company)
        self.phones: dict[str, Phone] = {}

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def twilio(self) -> dict[str, str]:
        """What `settings.TWILIO` must hold so that the portal dials this company."""
        return {
            "ACCOUNT_SID": ACCOUNT_SID,
            "AUTH_TOKEN": TOKEN,
            "AUTH_TOKEN_SECONDARY": "",
            "FROM_NUMBER": NUMBER,
            "API_BASE_URL": self.url,
        }

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.stop()

    def phone(self, number: str) -> Phone:
        key = e164(number)
        if key not in self.phones:
            self.phones[key] = Phone(key, self.company)
        return self.phones[key]

    def settle(self, seconds: float = 30.0) -> None:
        """Waits until no call and no callback is on its way."""
        if not self.company.settle(seconds):
            raise AssertionError(f"a call is still on its way after {seconds} s")

    def problems(self) -> list[str]:
        """What went differently than the test said; empty when all is well."""
        found = [problem for phone in self.phones.values() for problem in phone.problems()]
        known = set(self.phones)
        strangers = [call for call in self.company.calls.values() if call.to not in known]
        found += [f"{call.to}: nobody expected this call: {call.said()}" for call in strangers]
        return found + [f"notice {n.code}: {n.message}" for n in self.company.notices]

    def check(self, seconds: float = 10.0) -> None:
        """Settles, then asserts that exactly the expected calls and texts came."""
        self.settle(seconds)
        found = self.problems()
        assert not found, "\n".join(found)
