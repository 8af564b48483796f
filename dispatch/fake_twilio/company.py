"""The company's memory: accounts, phones, calls, messages, and what went wrong."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from . import twiml
from .callrun import CallRun, LegRun
from .errors import ApiError, TwimlError, bad, not_found
from .pace import Pace
from .params import (
    CREATE_MESSAGE,
    LIST_CALLS,
    LIST_MESSAGES,
    UPDATE_CALL,
    UPDATE_MESSAGE,
    Fields,
    accept,
    accept_call,
    accept_message,
    is_url,
)
from .people import NOBODY, Act, Person
from .records import Call, Line, Message, in_window
from .webhooks import Callback, Delivered, Postman, Signer, monotonic

UNDELIVERED = 30003


@dataclass(frozen=True)
class Account:
    """Who may use the API. `numbers` are the account's own telephone numbers; when empty every
    sender is accepted. `sms_url` is where texts sent to these numbers are announced."""

    sid: str
    token: str
    numbers: frozenset[str] = frozenset()
    sms_url: str = ""

    def __repr__(self) -> str:  # the token stays out of every traceback
        return f"Account({self.sid})"


@dataclass(frozen=True)
class Notice:
    """An entry of the debugger: our TwiML or a callback address was wrong."""

    code: int
    message: str
    sid: str


class Company:
    """Thread-safe. Every public method may be called from any thread."""

    def __init__(self, account: Account, pace: Pace, default: Person = NOBODY) -> None:
        self.account = account
        self.pace = pace
        self.default = default
        self.signer = Signer(account.token)
        self.people: dict[str, Person] = {}
        self.labels: dict[str, str] = {}
        self.calls: dict[str, Call] = {}
        self.messages: dict[str, Message] = {}
        self.notices: list[Notice] = []
        self.deliveries: list[Delivered] = []
        self._create_faults: dict[str, deque[str]] = {}
        self._next_people: dict[str, deque[Person]] = {}
        self._runs: dict[str, CallRun] = {}
        self._busy = 0
        self._changed = threading.Condition(threading.RLock())

    # -- phones

    def person(self, number: str) -> Person:
        with self._changed:
            return self.people.get(number, self.default)

    def set_person(self, number: str, person: Person, label: str = "") -> None:
        with self._changed:
            self.people[number] = person
            self._create_faults[number] = deque(person.faults.create)
            if label:
                self.labels[number] = label

    def set_next_people(self, number: str, people: list[Person]) -> None:
        """How the phone behaves at its next calls, one after the other; then as set before."""
        with self._changed:
            self._next_people[number] = deque(people)

    def _person_for_call(self, number: str) -> Person:
        waiting = self._next_people.get(number)
        return waiting.popleft() if waiting else self.person(number)

    def add_create_faults(self, faults: list[str]) -> None:
        """What happens to the next requests to create a call or message, whatever the number."""
        with self._changed:
            self._create_faults.setdefault("*", deque()).extend(faults)

    def next_create_fault(self, number: str) -> str | None:
        with self._changed:
            for key in (number, "*"):
                waiting = self._create_faults.get(key)
                if waiting:
                    return waiting.popleft()
        return None

    # -- calls

    def create_call(self, fields: Fields) -> Call:
        """The call, not yet ringing: `start` it when the reply has been sent."""
        accept_call(fields, self.account.numbers)
        call = Call(self.account.sid, fields, self.pace.now())
        with self._changed:
            self.calls[call.sid] = call
            self._runs[call.sid] = CallRun(self, call, self._person_for_call(call.to))
            self._busy += 1
        return call

    def create_leg(self, parent: Call, dial: twiml.Verb) -> Call:
        """The call of a Dial to its number, not yet ringing. Strict as a request is: a caller id
        that is not the account's, or a foreign number, ends the parent call."""
        (number,) = dial.inner
        caller = dial.attributes["callerId"]
        if self.account.numbers and caller not in self.account.numbers:
            raise TwimlError(13214, "Dial: invalid callerId value")
        if not number.text.startswith("+82"):
            raise TwimlError(13227, "Dial: no international permissions")
        fields: Fields = {"To": [number.text], "From": [caller]}
        fields["Timeout"] = [dial.attributes.get("timeout", "30")]
        fields["TimeLimit"] = [dial.attributes.get("timeLimit", "14400")]
        if url := number.attributes.get("statusCallback"):
            fields["StatusCallback"] = [url]
            fields["StatusCallbackMethod"] = [number.attributes.get("statusCallbackMethod", "POST")]
            events = number.attributes.get("statusCallbackEvent", "completed")
            fields["StatusCallbackEvent"] = events.split()
        leg = Call(self.account.sid, fields, self.pace.now(), parent=parent.sid)
        with self._changed:
            self.calls[leg.sid] = leg
            self._runs[leg.sid] = LegRun(self, leg, self._person_for_call(leg.to))
            self._busy += 1
        return leg

    def runs(self, call: Call) -> bool:
        """Whether the call is still on its way."""
        with self._changed:
            return call.sid in self._runs

    def end_leg(self, leg: Call) -> None:
        """The first leg is gone: the second one ends too."""
        with self._changed:
            run = self._runs.get(leg.sid)
        if run is not None:
            run.end("completed" if leg.answered else "canceled")

    def start(self, call: Call) -> None:
        with self._changed:
            run = self._runs.get(call.sid)
        if run is not None and run.ident is None:
            run.start()

    def call(self, sid: str) -> Call:
        with self._changed:
            if sid not in self.calls:
                raise not_found(f"/Calls/{sid}.json")
            return self.calls[sid]

    def update_call(self, sid: str, fields: Fields) -> Call:
        """Cancels a ringing call or ends an answered one; 21220 when it is in another state."""
        accept(fields, UPDATE_CALL)
        call = self.call(sid)
        wanted = fields.get("Status", [""])[0]
        with self._changed:
            run = self._runs.get(sid)
            ringing = call.status in ("queued", "ringing")
            fits = wanted == ("canceled" if ringing else "completed")
            if run is None or not call.live or (wanted and not fits):
                raise bad(21220, "Invalid call state. Call is not in the expected state.")
        if wanted:
            run.end("canceled" if ringing else "completed")
            # As at Twilio the reply shows the state after the change, when that comes quickly.
            self._until(lambda: not call.live, 0.5)
        return call

    def act(self, sid: str, act: Act) -> Call:
        """A person at the page does something on this call."""
        call = self.call(sid)
        with self._changed:
            run = self._runs.get(sid)
        if run is None or not call.live:
            raise ApiError(409, 21220, "This call is over.")
        if act.do != "answer" and act.do != "hangup" and call.status != "in-progress":
            raise ApiError(409, 21220, "Answer the call first.")
        run.tell(act)
        return call

    def list_calls(self, fields: Fields) -> list[Call]:
        """Newest first, filtered as Twilio filters; time filters look at the start."""
        accept(fields, LIST_CALLS)
        with self._changed:
            calls = list(reversed(self.calls.values()))
        return [call for call in calls if self._matches_call(call, fields)]

    @staticmethod
    def _matches_call(call: Call, fields: Fields) -> bool:
        wanted = {name: values[0] for name, values in fields.items()}
        if wanted.get("To", call.to) != call.to:
            return False
        if wanted.get("From", call.first("From")) != call.first("From"):
            return False
        if wanted.get("Status", call.status) != call.status:
            return False
        return in_window(call.started or call.created, fields, "StartTime")

    # -- messages

    def create_message(self, fields: Fields) -> Message:
        accept_message(fields, self.account.numbers)
        message = Message(self.account.sid, fields, self.pace.now())
        with self._changed:
            self.messages[message.sid] = message
            self._busy += 1
        return message

    def deliver(self, message: Message) -> None:
        """Sends the message on its way in a thread of its own."""
        threading.Thread(target=self._deliver, args=[message], daemon=True).start()

    def _deliver(self, message: Message) -> None:
        person = self.person(message.to)
        postman = Postman(self.signer, person.faults, self.record)
        self._message_step(message, "sent", postman)
        if message.status == "sent":
            self._message_step(message, person.text_end, postman)
        postman.close()
        self._leave()

    def _message_step(self, message: Message, status: str, postman: Postman) -> None:
        with self._changed:
            if message.status == "canceled":
                return
            message.status = status
            message.updated = self.pace.now()
            message.sent = message.sent or message.updated
            if status in ("undelivered", "failed"):
                message.error_code = UNDELIVERED
            self._changed.notify_all()
        if url := message.first("StatusCallback"):
            params = {
                "MessageSid": message.sid,
                "SmsSid": message.sid,
                "AccountSid": message.account_sid,
                "From": message.first("From"),
                "To": message.to,
                "MessageStatus": status,
                "SmsStatus": status,
                "ApiVersion": "2010-04-01",
            }
            if message.error_code:
                params["ErrorCode"] = str(message.error_code)
            postman.post(Callback(message.sid, status, "POST", url, params))

    def message(self, sid: str) -> Message:
        with self._changed:
            if sid not in self.messages:
                raise not_found(f"/Messages/{sid}.json")
            return self.messages[sid]

    def update_message(self, sid: str, fields: Fields) -> Message:
        accept(fields, UPDATE_MESSAGE)
        message = self.message(sid)
        with self._changed:
            if "Status" in fields and message.status != "queued":
                raise bad(30409, "Message is not in a cancelable state")
            if "Status" in fields:
                message.status = "canceled"
        return message

    def list_messages(self, fields: Fields) -> list[Message]:
        accept(fields, LIST_MESSAGES)
        wanted = {name: values[0] for name, values in fields.items()}
        with self._changed:
            messages = list(reversed(self.messages.values()))
        return [
            message
            for message in messages
            if wanted.get("To", message.to) == message.to
            and wanted.get("From", message.first("From")) == message.first("From")
            and in_window(message.sent or message.created, fields, "DateSent")
        ]

    def text_in(self, sender: str, body: str) -> Message:
        """A person writes to the account's number; the portal's inbound webhook is called."""
        if not self.account.sms_url:
            raise ApiError(409, 21619, "No SMS URL is set for this number.")
        number = next(iter(self.account.numbers), "+820000000000")
        fields = accept({"From": [sender], "To": [number], "Body": [body]}, CREATE_MESSAGE)
        at = self.pace.now()
        message = Message(self.account.sid, fields, at, "inbound", status="received", sent=at)
        with self._changed:
            self.messages[message.sid] = message
        params = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "AccountSid": self.account.sid,
            "From": sender,
            "To": number,
            "Body": body,
            "NumMedia": "0",
            "ApiVersion": "2010-04-01",
        }
        postman = Postman(self.signer, self.person(sender).faults, self.record)
        postman.post(Callback(message.sid, "inbound", "POST", self.account.sms_url, params))
        postman.close()
        return message

    # -- used by the threads of calls

    def change(self, call: Call, **values: Any) -> None:
        with self._changed:
            for name, value in values.items():
                setattr(call, name, value)
            call.updated = self.pace.now()
            self._changed.notify_all()

    def line(self, call: Call, who: str, text: str) -> None:
        with self._changed:
            call.lines.append(Line(who, text))

    def notice(self, code: int, message: str, sid: str) -> None:
        with self._changed:
            self.notices.append(Notice(code, message, sid))

    def record(self, delivered: Delivered) -> None:
        with self._changed:
            self.deliveries.append(delivered)
        if delivered.status not in (-1, 200, 204):
            self.notice(11200, f"callback {delivered.event}: {delivered.status}", delivered.sid)

    def gone(self, call: Call) -> None:
        with self._changed:
            self._runs.pop(call.sid, None)
        self._leave()

    def absolute(self, url: str, base: str) -> str:
        """A TwiML address made absolute against the document it stands in."""
        whole = urljoin(base, url) if base else url
        if not is_url(whole):
            raise TwimlError(11100, "Invalid URL format")
        return whole

    # -- waiting

    def settle(self, seconds: float = 30.0) -> bool:
        """True when no call and no callback is on its way any more, False after `seconds`."""
        return self._until(lambda: self._busy == 0, seconds)

    def wait_for_ringing(self, number: str, seconds: float = 30.0) -> Call | None:
        """The call that rings at this number, or None when none does within real `seconds`."""

        def ringing() -> Call | None:
            calls = reversed(self.calls.values())
            return next((c for c in calls if c.to == number and c.status == "ringing"), None)

        self._until(lambda: ringing() is not None, seconds)
        return ringing()

    def _until(self, done: Any, seconds: float) -> bool:
        end = monotonic() + seconds
        with self._changed:
            while not done():
                left = end - monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
        return True

    def _leave(self) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()
