"""Speaks to the portal: fetches TwiML and delivers callbacks, both signed as Twilio signs them."""

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Queue
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from .errors import TwimlError
from .people import Faults

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
MAX_TWIML = 64 * 1024
USER_AGENT = "TwilioProxy/1.1"

Params = dict[str, str]


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    body: bytes


class Signer:
    """Sends one request with `X-Twilio-Signature`; the token never leaves this object."""

    def __init__(self, token: str) -> None:
        self._validator = RequestValidator(token)

    def send(self, method: str, url: str, params: Params) -> Reply:
        """One try, and a second one when the connection fails. Raises OSError after that."""
        if method == "GET":
            url = _with_query(url, params)
            params = {}
        signature = self._validator.compute_signature(url, params)
        for attempt in (1, 2):
            try:
                return _request(method, url, params, signature)
            except (OSError, http.client.HTTPException) as error:
                if attempt == 2:
                    raise OSError(f"no reply ({type(error).__name__})") from error
        raise AssertionError("unreachable")

    def fetch_twiml(self, method: str, url: str, params: Params) -> bytes:
        """The instructions at `url`; raises `TwimlError` 11200 or 12300 when there are none."""
        try:
            reply = self.send(method, url, params)
        except OSError as error:
            raise TwimlError(11200, f"HTTP retrieval failure: {error}") from error
        if reply.status != 200:
            raise TwimlError(11200, f"HTTP retrieval failure: status {reply.status}")
        if reply.content_type not in ("text/xml", "application/xml"):
            raise TwimlError(12300, f"Invalid Content-Type '{reply.content_type}'")
        if len(reply.body) > MAX_TWIML:
            raise TwimlError(11750, "TwiML response body too large")
        return reply.body


def _with_query(url: str, params: Params) -> str:
    return url + ("&" if "?" in url else "?") + urlencode(params)


def _request(method: str, url: str, params: Params, signature: str) -> Reply:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"X-Twilio-Signature": signature, "User-Agent": USER_AGENT, "Accept": "*/*"}
    body = None
    if method == "POST":
        body = urlencode(params)
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
    try:
        connection.connect()
        connection.sock.settimeout(READ_SECONDS)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read(MAX_TWIML + 1)
        kind_of = (response.getheader("Content-Type") or "").split(";")[0].strip().lower()
        return Reply(response.status, kind_of, content)
    finally:
        connection.close()


@dataclass(frozen=True)
class Callback:
    """A callback on its way: `event` names it for the faults and the records."""

    sid: str
    event: str
    method: str
    url: str
    params: Params


@dataclass
class Delivered:
    """What became of a callback: the HTTP status, 0 when nobody replied, -1 when dropped."""

    sid: str
    event: str
    status: int


@dataclass
class Postman:
    """Delivers callbacks one after the other in a thread of its own, with the phone's faults.

    One postman serves one call or message, so callbacks of two calls overlap as in life, and
    those of one call come in order unless a fault says otherwise.
    """

    signer: Signer
    faults: Faults
    record: Callable[[Delivered], None]
    _queue: "Queue[Callback | None]" = field(default_factory=Queue)
    _held: list[Callback] = field(default_factory=list)
    _late: list[threading.Timer] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def post(self, callback: Callback) -> None:
        if callback.event in self.faults.drop:
            self.record(Delivered(callback.sid, callback.event, -1))
            return
        copies = 2 if callback.event in self.faults.repeat else 1
        for _ in range(copies):
            self._route(callback)

    def close(self) -> None:
        """No callback follows. Returns when all are delivered, late ones too."""
        for callback in reversed(self._held):
            self._enqueue(callback)
        self._held.clear()
        for timer in self._late:
            timer.join()
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()

    def _route(self, callback: Callback) -> None:
        delay = self.faults.delay.get(callback.event, 0.0)
        if self.faults.reorder:
            self._held.append(callback)
        elif delay > 0:
            timer = threading.Timer(delay, self._deliver, [callback])
            timer.daemon = True
            self._late.append(timer)
            timer.start()
        else:
            self._enqueue(callback)

    def _enqueue(self, callback: Callback) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="callbacks", daemon=True)
            self._thread.start()
        self._queue.put(callback)

    def _work(self) -> None:
        while (callback := self._queue.get()) is not None:
            self._deliver(callback)

    def _deliver(self, callback: Callback) -> None:
        try:
            status = self.signer.send(callback.method, callback.url, callback.params).status
        except OSError:
            status = 0
        self.record(Delivered(callback.sid, callback.event, status))


def monotonic() -> float:
    """Real seconds for waiting. Never programme time."""
    return time.monotonic()
