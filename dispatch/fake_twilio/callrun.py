"""One call from the first ring to the last callback, in a thread of its own."""

import threading
from collections import deque
from typing import TYPE_CHECKING

from . import twiml
from .errors import TwimlError
from .people import Act, Person
from .records import API_VERSION, Call, rfc2822
from .webhooks import Callback, Postman, monotonic

if TYPE_CHECKING:
    from .company import Company

MAX_DOCUMENTS = 40
SHORT = 0.3  # programme seconds until a busy tone
LEG_GLANCE = 0.5  # programme seconds between two looks at the second leg
SENTENCE = 2.0  # programme seconds of a sentence in a conversation
SIP = {"completed": "200", "busy": "486", "no-answer": "487", "failed": "404", "canceled": "487"}


class Over(Exception):
    """The call ends now with this status; raised from wherever the call happens to be."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class CallRun(threading.Thread):
    """Plays one call. Other threads reach it through `tell` (a person at the page) and `end`
    (the portal cancels the call); both only leave a note that the run takes up itself."""

    def __init__(self, company: "Company", call: Call, person: Person) -> None:
        super().__init__(name=f"call-{call.sid[-6:]}", daemon=True)
        self.company = company
        self.call = call
        self.person = person
        self.acts = deque(person.acts)
        self.postman = Postman(company.signer, person.faults, company.record)
        self._notes: deque[Act | Over] = deque()
        self._noted = threading.Condition()
        self._sequence = 0
        self._talk_seconds = 0.0

    # -- from other threads

    def tell(self, act: Act) -> None:
        with self._noted:
            self._notes.append(act)
            self._noted.notify_all()

    def end(self, status: str) -> None:
        with self._noted:
            self._notes.appendleft(Over(status))
            self._noted.notify_all()

    # -- the call

    def run(self) -> None:
        try:
            self._ring()
            self._answered()
            self._talk()
            status = "completed"
        except Over as over:
            status = over.status
        except TwimlError as error:
            self.company.notice(error.code, error.message, self.call.sid)
            status = "completed" if self.call.answered else "failed"
        self._finish(status)
        self.postman.close()
        self.company.gone(self.call)

    def _ring(self) -> None:
        self.company.change(self.call, started=self.company.pace.now())
        self._progress("initiated", "initiated")
        if self.person.answer == "fail":
            raise Over("failed")
        if self.person.answer == "busy":
            self._wait(SHORT)
            raise Over("busy")
        self.company.change(self.call, status="ringing")
        self._progress("ringing", "ringing")
        timeout = float(self.call.first("Timeout", "60"))
        answers = self.person.answer in ("human", "machine") and self.person.after < timeout
        act = self._wait(
            self.person.after if answers else timeout, floor=self.company.pace.ring_floor
        )
        if act is not None and act.do == "hangup":
            raise Over("busy")
        if act is not None:
            self.company.change(self.call, by_hand=True)
            if act.do != "answer":
                self.acts.appendleft(act)
        elif not answers:
            raise Over("no-answer")

    def _answered(self) -> None:
        by = None
        if "MachineDetection" in self.call.fields:
            by = self._answered_by()
        at = self.company.pace.now()
        self.company.change(self.call, status="in-progress", answered=at, answered_by=by)
        self.company.line(self.call, "line", "받음")
        self._progress("answered", "in-progress")
        if by and self.call.first("AsyncAmd") == "true":
            self._post_amd(by)

    def _answered_by(self) -> str:
        if self.person.detected and not self.call.by_hand:
            return self.person.detected
        if self.call.by_hand or self.person.answer == "human":
            return "human"
        to_the_end = self.call.first("MachineDetection") == "DetectMessageEnd"
        return "machine_end_beep" if to_the_end else "machine_start"

    def _talk(self) -> None:
        if self.person.answer == "machine" and not self.call.by_hand:
            self.company.line(self.call, "person", self.person.greeting)
        document = self._first_document()
        for _ in range(MAX_DOCUMENTS):
            following = self._follow(document)
            if following is None:
                return
            document = following
        raise TwimlError(11101, "Too many documents in one call")

    def _first_document(self) -> list[twiml.Verb]:
        if "Twiml" in self.call.fields:
            return twiml.parse(self.call.first("Twiml"))
        url, method = self.call.first("Url"), self.call.first("Method", "POST")
        try:
            return self._fetch(url, method)
        except TwimlError as error:
            fallback = self.call.first("FallbackUrl")
            if not fallback:
                raise
            self.company.notice(error.code, error.message, self.call.sid)
            extra = {"ErrorCode": str(error.code), "ErrorUrl": url}
            return self._fetch(fallback, self.call.first("FallbackMethod", "POST"), extra)

    def _follow(self, document: list[twiml.Verb]) -> list[twiml.Verb] | None:
        """Plays one document; the next one, or None when the call is over."""
        for verb in document:
            if verb.name == "Say":
                self._say(verb)
            elif verb.name == "Pause":
                self._wait(verb.seconds("length", 1))
            elif verb.name == "Dial":
                result = self._dial(verb)
                action = verb.attributes.get("action")
                if action:
                    return self._fetch(action, verb.attributes.get("method", "POST"), result)
            elif verb.name == "Redirect":
                return self._fetch(verb.text or self._here, verb.attributes.get("method", "POST"))
            elif verb.name == "Gather":
                answer = self._gather(verb)
                if answer is not None:
                    url = verb.attributes.get("action") or self._here
                    return self._fetch(url, verb.attributes.get("method", "POST"), answer)
            else:
                return None
        return None

    def _say(self, verb: twiml.Verb) -> Act | None:
        self.company.line(self.call, "company", verb.text)
        return self._wait(len(verb.text) * self.company.pace.seconds_per_letter, keep=True)

    def _dial(self, verb: twiml.Verb) -> dict[str, str]:
        """Rings the second telephone and holds the line; how that ended, as Twilio's parameters."""
        leg = self.company.create_leg(self.call, verb)
        self.company.start(leg)
        try:
            while self.company.runs(leg):
                act = self._wait(LEG_GLANCE, keep=True)
                if act is not None and act.do == "say":
                    self.company.line(self.call, "person", act.value)
                    self.company.line(leg, "line", act.value)
        except Over:
            self.company.end_leg(leg)
            raise
        return {
            "DialCallSid": leg.sid,
            "DialCallStatus": leg.status,
            "DialCallDuration": str(leg.duration or 0),
        }

    def _gather(self, verb: twiml.Verb) -> dict[str, str] | None:
        """What the person answered, as Twilio's parameters; None when nothing is to be sent."""
        self.company.change(self.call, listening=True)
        act = None
        for prompt in verb.inner:
            if prompt.name == "Say":
                act = self._say(prompt)
            else:
                act = self._wait(prompt.seconds("length", 1), keep=True)
            if act is not None:
                break  # a key or a word stops the prompt, as at Twilio
        act = act or self._listen(verb)
        self.company.change(self.call, listening=False)
        return self._heard(verb, act)

    def _listen(self, verb: twiml.Verb) -> Act | None:
        seconds = verb.seconds("timeout", 5)
        if self.call.by_hand:
            return self._wait(seconds, floor=self.company.pace.patience, keep=True)
        if self.acts and self.person.answer == "human":
            return self.acts.popleft()
        self._wait(seconds)
        return None

    def _heard(self, verb: twiml.Verb, act: Act | None) -> dict[str, str] | None:
        inputs = verb.attributes.get("input", "dtmf").split()
        if act is not None and act.do == "hangup":
            self.company.line(self.call, "line", "끊음")
            raise Over("completed")
        if act is not None and act.do == "press" and "dtmf" in inputs:
            digits = self._digits(verb, act.value)
            self.company.line(self.call, "person", f"[{digits}]")
            return {"Digits": digits}
        if act is not None and act.do == "say" and "speech" in inputs:
            self.company.line(self.call, "person", act.value)
            return {"SpeechResult": act.value, "Confidence": str(self.person.confidence)}
        if not verb.is_set("actionOnEmptyResult"):
            return None
        names = {"dtmf": "Digits", "speech": "SpeechResult"}
        return {names[kind]: "" for kind in inputs}

    @staticmethod
    def _digits(verb: twiml.Verb, keys: str) -> str:
        finish = verb.attributes.get("finishOnKey", "#")
        for place, key in enumerate(keys):
            if key in finish:
                return keys[:place]
        return keys[: int(verb.attributes.get("numDigits", len(keys)))]

    # -- the line to the portal

    _here = ""

    def _fetch(
        self, url: str, method: str, extra: dict[str, str] | None = None
    ) -> list[twiml.Verb]:
        url = self.company.absolute(url, self._here)
        params = self._params(self.call.status) | (extra or {})
        if self.call.answered_by and self.call.first("AsyncAmd") != "true":
            params["AnsweredBy"] = self.call.answered_by
        content = self.company.signer.fetch_twiml(method, url, params)
        self._here = url
        return twiml.parse(content)

    def _params(self, status: str) -> dict[str, str]:
        parent = {"ParentCallSid": self.call.parent} if self.call.parent else {}
        return {
            **parent,
            "CallSid": self.call.sid,
            "AccountSid": self.call.account_sid,
            "From": self.call.first("From"),
            "To": self.call.to,
            "Caller": self.call.first("From"),
            "Called": self.call.to,
            "CallStatus": status,
            "Direction": "outbound-dial" if self.call.parent else "outbound-api",
            "ApiVersion": API_VERSION,
        }

    def _progress(self, event: str, status: str) -> None:
        """A status callback, when the request asked for this event (default: completed)."""
        url = self.call.first("StatusCallback")
        if not url or event not in self.call.fields.get("StatusCallbackEvent", ["completed"]):
            return
        params = self._params(status) | {
            "Timestamp": rfc2822(self.company.pace.now()) or "",
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._sequence),
        }
        self._sequence += 1
        if event == "completed":
            params["CallDuration"] = str(self.call.duration or 0)
            params["Duration"] = "1" if self.call.duration else "0"
            params["SipResponseCode"] = SIP[status]
            if self.call.answered_by:
                params["AnsweredBy"] = self.call.answered_by
        method = self.call.first("StatusCallbackMethod", "POST")
        self.postman.post(Callback(self.call.sid, event, method, url, params))

    def _post_amd(self, answered_by: str) -> None:
        url = self.call.first("AsyncAmdStatusCallback")
        if not url:
            return
        params = {
            "CallSid": self.call.sid,
            "AccountSid": self.call.account_sid,
            "AnsweredBy": answered_by,
            "MachineDetectionDuration": "2400",
        }
        method = self.call.first("AsyncAmdStatusCallbackMethod", "POST")
        self.postman.post(Callback(self.call.sid, "amd", method, url, params))

    def _finish(self, status: str) -> None:
        self.company.change(
            self.call, status=status, ended=self.company.pace.now(), listening=False
        )
        self.company.line(self.call, "line", status)
        self._progress("completed", status)

    # -- waiting

    def _wait(self, seconds: float, *, floor: float = 0.0, keep: bool = False) -> Act | None:
        """Lets programme `seconds` pass, at least `floor` real ones, unless somebody acts.

        keep: this is a moment at which a person's act means something. Otherwise an act other
        than answering and hanging up stays in the queue for the next question.
        """
        limit = float(self.call.first("TimeLimit", "14400"))
        begun = last = monotonic()
        passed = 0.0
        while True:
            act = self._take(keep or self.call.answered is None)
            if act is not None:
                return act
            now = monotonic()
            step = (now - last) * self.company.pace.speed()
            passed, last = passed + step, now
            if self.call.answered is not None:
                self._talk_seconds += step
                if self._talk_seconds >= limit:
                    raise Over("completed")
            if passed >= seconds and now - begun >= floor:
                return None
            with self._noted:
                self._noted.wait(self._nap(seconds - passed, floor - (now - begun)))

    def _nap(self, programme_seconds: float, real_seconds: float) -> float:
        needed = max(programme_seconds / max(self.company.pace.speed(), 1e-6), real_seconds)
        return min(max(needed, 0.0005), 0.05)

    def _take(self, any_act: bool) -> Act | None:
        with self._noted:
            if not self._notes:
                return None
            note = self._notes[0]
            if isinstance(note, Over):
                raise note
            if not any_act and note.do != "hangup":
                return None
            self._notes.popleft()
        if note.do == "answer" and self.call.answered is not None:
            return None
        if note.do == "hangup" and self.call.answered is not None:
            self.company.line(self.call, "line", "끊음")
            raise Over("completed")
        return note


class LegRun(CallRun):
    """The second leg: a telephone that another call's Dial rings. No document leads it; the two
    people talk until one of them puts the receiver back."""

    def _talk(self) -> None:
        if self.person.answer == "machine" and not self.call.by_hand:
            self.company.line(self.call, "person", self.person.greeting)
            self._wait(SENTENCE)
            return
        while self.acts:
            self._hear(self.acts.popleft())
            self._wait(SENTENCE)
        if self.call.by_hand:
            while (act := self._wait(self._time_limit(), keep=True)) is not None:
                self._hear(act)

    def _hear(self, act: Act) -> None:
        if act.do == "hangup":
            self.company.line(self.call, "line", "끊음")
            raise Over("completed")
        if act.do in ("say", "press"):
            self.company.line(self.call, "person", act.value)

    def _time_limit(self) -> float:
        return float(self.call.first("TimeLimit", "14400"))
