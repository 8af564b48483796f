"""`manage.py demo_feed`: the partners' feeds of the demo. `manage.py demo` runs it."""

import signal
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from yeoncheon_portal.demo.feed_token import tokens_for_feeds
from yeoncheon_portal.demo.pacer import Pacer, http_door, run
from yeoncheon_portal.demo.places import demo_folder
from yeoncheon_portal.demo.story import Story
from yeoncheon_portal.demo.supervisor import READY_S, is_ready

TIME_TO_LOOK_S = 25.0


class Command(BaseCommand):
    help = "Delivers the demo county's readings hour by hour and keeps the pace of its clock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--portal", required=True, help="address of the portal's web server")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PORTAL_DEMO:
            raise CommandError("the demo feed runs only with PORTAL_DEMO=1", returncode=2)
        file = demo_folder() / "story.json"
        story = Story.load(file)
        if story is None:
            raise CommandError("there is no demo county yet: run demo_seed first", returncode=2)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        door = http_door(options["portal"].rstrip("/"), tokens_for_feeds())
        _wait_for(options["portal"], stopped=stop.wait)
        begins_at = time.monotonic() + TIME_TO_LOOK_S
        run(Pacer(file, story, door, begins_at), stopped=stop.wait)


def _wait_for(portal: str, *, stopped: Callable[[float], bool]) -> None:
    """Until the portal is ready: what there is to see must not pass before its pages open."""
    end = time.monotonic() + READY_S
    port = urlsplit(portal).port or 80
    while time.monotonic() < end and not is_ready(port, settings.PUBLIC_BASE_URL):
        if stopped(0.3):
            return
