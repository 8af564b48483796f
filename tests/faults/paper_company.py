"""A telephone company that is one file: it outlives the process that calls it.

Every accepted call is a line of JSON. No network, no callbacks: for tests that kill the caller.
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from dispatch.telephony import NotFound, Placed, ProviderCall


class PaperCompany:
    """`ended`: what `fetch` says of calls to these numbers; every other call is still on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.ended: dict[str, str] = {}
        self.on_dial: Any = None

    def _lines(self) -> list[dict[str, str]]:
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def dials(self) -> Counter[str]:
        """How often each number was rung."""
        return Counter(line["phone"] for line in self._lines())

    def dial(self, *, phone: str, token: str, ring_seconds: int, hooks: str = "voice") -> Placed:
        if self.on_dial is not None:
            self.on_dial()
        sid = f"CA{len(self._lines()):032x}"
        line = json.dumps({"sid": sid, "phone": phone, "hooks": hooks}) + "\n"
        with open(self.file, "a") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        return Placed(sid, "queued")

    def hangup(self, *, sid: str) -> None:
        return None

    def fetch(self, *, sid: str) -> ProviderCall:
        for line in self._lines():
            if line["sid"] == sid:
                return ProviderCall(sid, self.ended.get(line["phone"], "in-progress"))
        raise NotFound

    def list(self, *, phone: str, limit: int = 20) -> "list[ProviderCall]":
        mine = [line for line in self._lines() if line["phone"] == phone]
        return [ProviderCall(line["sid"], "in-progress") for line in reversed(mine)][:limit]

    def verify_webhook(self, request: Any) -> bool:
        return False
