"""A telephone company that is one file: it outlives the process that calls it.

Every accepted call is a line of JSON. No network, no callbacks: for tests that kill the caller.
"""

import json
import os
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dispatch.telephony import NotFound, Placed, ProviderCall


class PaperCompany:
    """`ended`: what `fetch` says of calls to these numbers; every other call is answered and still
    on, unless it was hung up."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.ended: dict[str, str] = {}
        self.on_dial: Any = None
        self.texts = PaperTexts(self)

    def lines(self, kind: str) -> list[dict[str, str]]:
        """What was accepted, oldest first."""
        if not self.file.exists():
            return []
        rows = [json.loads(line) for line in self.file.read_text().splitlines()]
        return [row for row in rows if row["kind"] == kind]

    def write(self, **row: str) -> None:
        with open(self.file, "a") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> list[dict[str, str]]:
        return self.lines("call")

    def dials(self) -> Counter[str]:
        """How often each number was rung."""
        return Counter(line["phone"] for line in self._lines())

    def dial(self, *, phone: str, token: str, ring_seconds: int, hooks: str = "voice") -> Placed:
        if self.on_dial is not None:
            self.on_dial()
        sid = f"CA{len(self._lines()):032x}"
        self.write(kind="call", sid=sid, phone=phone, hooks=hooks)
        return Placed(sid, "queued")

    def hangup(self, *, sid: str, ringing: bool) -> None:
        if self.on_dial is not None:
            self.on_dial()
        self.write(kind="hangup", sid=sid)

    def hung_up(self) -> Counter[str]:
        """How often each call was hung up."""
        return Counter(line["sid"] for line in self.lines("hangup"))

    def fetch(self, *, sid: str) -> ProviderCall:
        if sid in self.hung_up():
            return ProviderCall(sid, "canceled")
        for line in self._lines():
            if line["sid"] == sid:
                return ProviderCall(sid, self.ended.get(line["phone"], "in-progress"))
        raise NotFound

    def list(self, *, phone: str, limit: int = 20) -> "list[ProviderCall]":
        mine = [line for line in self._lines() if line["phone"] == phone]
        return [ProviderCall(line["sid"], "in-progress") for line in reversed(mine)][:limit]

    def verify_webhook(self, request: Any) -> bool:
        return False


class PaperTexts:
    """The company's short messages, as twilio's client offers them."""

    def __init__(self, company: PaperCompany) -> None:
        self.company = company

    def sent(self) -> Counter[str]:
        """How often each number got a text."""
        return Counter(line["to"] for line in self.company.lines("text"))

    def create(self, *, to: str, from_: str, body: str) -> None:
        if self.company.on_dial is not None:
            self.company.on_dial()
        self.company.write(kind="text", to=to, body=body)

    def list(self, *, to: str, from_: str, limit: int) -> "list[SimpleNamespace]":
        rows = [row for row in self.company.lines("text") if row["to"] == to]
        return [SimpleNamespace(body=row["body"]) for row in reversed(rows)][:limit]
