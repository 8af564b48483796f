"""A small telephone company over real HTTP, for messages only.

It refuses what Twilio's own API description does not know, keeps what it accepted, and can die
between accepting and answering.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from accounts import clock

SID = "AC" + "0" * 32
TOKEN = "a-token-of-the-tests"
SECOND_TOKEN = "the-next-token"
FROM = "+82310000000"
PATH = f"/2010-04-01/Accounts/{SID}/Messages.json"
POST_NAMES = {"To", "From", "Body", "StatusCallback"}
LIST_NAMES = {"To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize"}


@dataclass
class Company:
    """What it accepted, and how it misbehaves: `fail_with` a list of answers to come."""

    url: str = ""
    accepted: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    posts: int = 0
    fail_with: list[str | tuple[int, int]] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        return {
            "ACCOUNT_SID": SID,
            "AUTH_TOKEN": TOKEN,
            "AUTH_TOKEN_SECONDARY": SECOND_TOKEN,
            "FROM_NUMBER": FROM,
            "API_BASE_URL": self.url,
        }

    def take(self, form: dict[str, str], *, at: datetime | None = None) -> dict[str, str]:
        created = at or clock.real_now()
        message = {
            "sid": f"SM{len(self.accepted):032d}",
            "to": form["To"],
            "from": form["From"],
            "body": form["Body"],
            "status": "queued",
            "date_created": format_datetime(created),
            "callback": form.get("StatusCallback", ""),
        }
        self.accepted.append(message)
        return message


class Handler(BaseHTTPRequestHandler):
    company: Company

    def do_POST(self) -> None:
        self.company.posts += 1
        length = int(self.headers["Content-Length"])
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        if not self._known_caller() or not self._right_names(form, POST_NAMES):
            return
        how = self.company.fail_with.pop(0) if self.company.fail_with else None
        if isinstance(how, tuple):
            self._answer(how[0], {"code": how[1], "message": "no", "status": how[0]})
            return
        message = self.company.take(form)
        if how == "dies after accepting":
            self.connection.close()
            return
        self._answer(201, message)

    def do_GET(self) -> None:
        query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        if not self._known_caller() or not self._right_names(query, LIST_NAMES):
            return
        self.company.asked.append(query)
        found = [m for m in reversed(self.company.accepted) if m["to"] == query.get("To", m["to"])]
        self._answer(200, {"messages": found, "next_page_uri": None, "page": 0, "page_size": 50})

    def _known_caller(self) -> bool:
        expected = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        knows = self.headers["Authorization"] == f"Basic {expected}"
        if knows and urlsplit(self.path).path == PATH:
            return True
        self._answer(401, {"code": 20003, "message": "who are you", "status": 401})
        return False

    def _right_names(self, given: dict[str, str], known: set[str]) -> bool:
        if set(given) <= known:
            return True
        unknown = sorted(set(given) - known)
        self._answer(400, {"code": 20001, "message": f"unknown {unknown}", "status": 400})
        return False

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the numbers are in the lines."""


@contextmanager
def running() -> Iterator[Company]:
    company = Company()
    handler = type("BoundHandler", (Handler,), {"company": company})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    company.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield company
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
