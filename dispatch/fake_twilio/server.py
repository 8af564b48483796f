"""The company's HTTP side: the REST API, the control API for tests and page, and the page."""

import base64
import binascii
import hmac
import ipaddress
import json
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .company import Company
from .control import control
from .errors import SERVER_ERROR, TOO_MANY, UNAUTHORISED, ApiError, bad, not_found
from .params import NO_PARAMETERS, Fields, accept, check_method
from .people import BadBehaviour
from .records import API_VERSION

PAGE = Path(__file__).parent / "page"
PAGE_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAX_BODY = 256 * 1024
FORM = "application/x-www-form-urlencoded"
HOLD_SECONDS = 20.0
RESOURCE = re.compile(
    rf"/{API_VERSION}/Accounts/(?P<account>[^/]+)/(?P<kind>Calls|Messages)(/(?P<sid>[^/]+))?\.json"
)
FONT = re.compile(r"/fonts/(PretendardGOV-(?:Regular|Medium|Bold)\.subset\.woff2)")


class Hold(Exception):
    """The request was accepted; its reply never comes (a fault of the network)."""

    def __init__(self, seconds: float) -> None:
        super().__init__("no reply")
        self.seconds = seconds


class Server(ThreadingHTTPServer):
    """Listens on a loopback address only: people's telephones are behind it, and it has no
    other lock on its control API."""

    daemon_threads = True
    # A reply that is held back on purpose must not hold back the end of the process.
    block_on_close = False

    def __init__(
        self, company: Company, host: str = "127.0.0.1", port: int = 0, fonts: Path | None = None
    ) -> None:
        if not is_loopback(host):
            raise ValueError(f"{host} is not a loopback address")
        self.company = company
        self.fonts = fonts
        self.hold_seconds = HOLD_SECONDS
        self.released = threading.Event()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        name = host.decode() if isinstance(host, bytes) else str(host)
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "fake-twilio"
    sys_version = ""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: request lines hold telephone numbers in their queries."""

    # -- one request

    def _serve(self, method: str) -> None:
        then: Callable[[], None] | None = None
        try:
            status, body, then = self._answer(method)
        except ApiError as error:
            status, body = error.status, error.as_json()
        except BadBehaviour as error:
            status, body = 400, bad(20001, str(error)).as_json()
        except Hold as hold:
            self.server.released.wait(hold.seconds)
            self.close_connection = True
            return
        self._reply(status, body)
        if then is not None:
            then()

    def _answer(self, method: str) -> tuple[int, Any, Callable[[], None] | None]:
        parts = urlsplit(self.path)
        body = self._body()
        if method == "GET" and (parts.path in PAGE_FILES or FONT.fullmatch(parts.path)):
            return 200, self._page(parts.path), None
        if parts.path.startswith("/_control/"):
            self._check_origin(method)
            return 200, control(self.server.company, method, unquote(parts.path), body), None
        match = RESOURCE.fullmatch(parts.path)
        if match is None:
            raise not_found(parts.path)
        self._check_account(match["account"])
        fields = self._fields(method, parts.query, body)
        if match["kind"] == "Calls":
            return self._calls(method, match["sid"], fields)
        return self._messages(method, match["sid"], fields)

    def _calls(self, method: str, sid: str | None, fields: Fields) -> Any:
        company = self.server.company
        check_method(method, ("GET", "POST"), "Calls")
        if sid is not None and method == "GET":
            accept(fields, NO_PARAMETERS)
            return 200, company.call(sid).as_json(), None
        if sid is not None:
            return 200, company.update_call(sid, fields).as_json(), None
        if method == "GET":
            return 200, self._listing("calls", company.list_calls(fields), fields), None
        fault = self._refuse_by_fault(fields)
        call = company.create_call(fields)
        if fault is not None:
            company.start(call)
        if fault in ("accept_then_timeout", "accept_then_drop"):
            raise Hold(self.server.hold_seconds if fault == "accept_then_timeout" else 0)
        if fault == "callback_first":
            self.server.released.wait(0.3)
        return 201, call.as_json(), lambda: company.start(call)

    def _messages(self, method: str, sid: str | None, fields: Fields) -> Any:
        company = self.server.company
        check_method(method, ("GET", "POST"), "Messages")
        if sid is not None and method == "GET":
            accept(fields, NO_PARAMETERS)
            return 200, company.message(sid).as_json(), None
        if sid is not None:
            return 200, company.update_message(sid, fields).as_json(), None
        if method == "GET":
            return 200, self._listing("messages", company.list_messages(fields), fields), None
        fault = self._refuse_by_fault(fields)
        message = company.create_message(fields)
        if fault in ("accept_then_timeout", "accept_then_drop"):
            company.deliver(message)
            raise Hold(self.server.hold_seconds if fault == "accept_then_timeout" else 0)
        return 201, message.as_json(), lambda: company.deliver(message)

    def _refuse_by_fault(self, fields: Fields) -> str | None:
        fault = self.server.company.next_create_fault(fields.get("To", [""])[0])
        if fault == "429":
            raise TOO_MANY
        if fault == "500":
            raise SERVER_ERROR
        return fault

    def _listing(self, name: str, rows: list[Any], fields: Fields) -> dict[str, Any]:
        size = int(fields.get("PageSize", ["50"])[0])
        page = int(fields.get("Page", ["0"])[0])
        begin = page * size
        shown = rows[begin : begin + size]
        path, _, query = self.path.partition("?")
        kept = "&".join(p for p in query.split("&") if p and not p.startswith("Page="))

        def uri(number: int) -> str:
            return f"{path}?{kept}{'&' if kept else ''}Page={number}"

        return {
            name: [row.as_json() for row in shown],
            "page": page,
            "page_size": size,
            "start": begin,
            "end": begin + max(len(shown) - 1, 0),
            "uri": self.path,
            "first_page_uri": uri(0),
            "previous_page_uri": uri(page - 1) if page else None,
            "next_page_uri": uri(page + 1) if begin + size < len(rows) else None,
        }

    # -- reading the request

    def _body(self) -> bytes:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError as error:
            raise bad(20001, "Content-Length is not a number") from error
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            raise ApiError(413, 20001, "The request is too large")
        return self.rfile.read(length)

    def _fields(self, method: str, query: str, body: bytes) -> Fields:
        if method != "POST":
            return parse_qs(query, keep_blank_values=True)
        if query:
            raise bad(20001, "Parameters belong into the body")
        if self.headers.get("Content-Type", "").split(";")[0].strip().lower() != FORM:
            raise ApiError(415, 20001, f"The body must be {FORM}")
        try:
            return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
        except ValueError as error:
            raise bad(20001, "The body is not a form in UTF-8") from error

    def _check_account(self, sid: str) -> None:
        account = self.server.company.account
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True) if scheme == "Basic" else b""
        except (binascii.Error, ValueError):
            given = b""
        if not hmac.compare_digest(given, f"{account.sid}:{account.token}".encode()):
            raise UNAUTHORISED
        if sid != account.sid:
            raise not_found(f"/Accounts/{sid}")

    def _check_origin(self, method: str) -> None:
        """The control API has no password. A page of another site must not reach it: the host
        must be a loopback name (rebinding) and a change must be JSON (no simple form post)."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        if not is_loopback(host):
            raise ApiError(403, 20003, "Only from this machine")
        if method != "GET" and self.headers.get("Content-Type", "") != "application/json":
            raise ApiError(415, 20001, "The body must be application/json")

    # -- replying

    def _page(self, path: str) -> tuple[bytes, str]:
        font = FONT.fullmatch(path)
        if font is None:
            name, kind = PAGE_FILES[path]
            return (PAGE / name).read_bytes(), kind
        file = self.server.fonts / font[1] if self.server.fonts else None
        if file is None or not file.is_file():
            raise not_found(path)
        return file.read_bytes(), "font/woff2"

    def _reply(self, status: int, body: Any) -> None:
        if isinstance(body, tuple):
            content, kind = body
        else:
            content, kind = json.dumps(body).encode(), "application/json"
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", CSP)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="Twilio API"')
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up waiting; the call goes on
