"""`manage.py fake_twilio --port P`: the fake telephone company as a process of its own."""

import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from dispatch.fake_twilio.company import Account, Company
from dispatch.fake_twilio.pace import Pace, real_speed
from dispatch.fake_twilio.people import ANSWERS, Person
from dispatch.fake_twilio.server import Server

FONTS = Path(settings.BASE_DIR) / "node_modules/krds-uiux/resources/fonts"
RING_FLOOR_S = 6.0
PATIENCE_S = 45.0


class Command(BaseCommand):
    help = (
        "Runs the fake telephone company: Calls.json and Messages.json of Twilio's API, people who "
        "answer, and a page that shows the phones. Loopback only. Account and token come from "
        "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, required=True, help="TCP port, 0 for a free one")
        parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
        parser.add_argument(
            "--sms-url", default="", help="webhook for texts that people send to our number"
        )
        parser.add_argument(
            "--unknown",
            choices=ANSWERS,
            default="never",
            help="what a phone does that nobody described (default: it rings out)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["port"] <= 65535:
            raise CommandError("--port must be 0 to 65535", returncode=2)
        company = Company(self._account(options["sms_url"]), pace(), Person(options["unknown"]))
        try:
            server = Server(company, options["host"], options["port"], FONTS)
        except (OSError, ValueError) as error:
            raise CommandError(f"cannot listen: {error}", returncode=2) from error
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        server.start()
        self.stdout.write(f"fake telephone company on {server.url}")
        self.stdout.flush()
        stop.wait()
        server.stop()

    def _account(self, sms_url: str) -> Account:
        sid, token = settings.TWILIO["ACCOUNT_SID"], settings.TWILIO["AUTH_TOKEN"]
        if not sid or not token:
            raise CommandError(
                "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN must be set: without a token callbacks "
                "could not be signed",
                returncode=2,
            )
        number = settings.TWILIO["FROM_NUMBER"]
        return Account(sid, token, frozenset({number} if number else ()), sms_url)


def pace() -> Pace:
    """Programme time in the demo (the clock's row), real time otherwise, without a database."""
    if not settings.PORTAL_DEMO:
        return Pace(now=now, speed=real_speed, patience=PATIENCE_S)
    return Pace(now=now, speed=clock.demo_speed, ring_floor=RING_FLOOR_S, patience=PATIENCE_S)


def now() -> datetime:
    return clock.now()
