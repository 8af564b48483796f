#!/usr/bin/env python
"""Command line of the portal.

A command that needs the database or Redis gets the embedded servers under `.local/dev/` when
DATABASE_URL / REDIS_URL are unset: started if need be, stopped again if this command started them.
"""

import os
import sys
from contextlib import nullcontext

# These open no connection, or bring servers of their own.
NEED_NO_SERVERS = {
    "backtest",
    "bench",
    "check",
    "collectstatic",
    "compilemessages",
    "demo",
    "draw_states",
    "fake_twilio",
    "help",
    "makemessages",
    "makemigrations",
    "train_detector",
    "understand",
}


def wants_servers(argv: list[str]) -> bool:
    if len(argv) < 2 or argv[1].startswith("-") or argv[1] in NEED_NO_SERVERS:
        return False
    return not {"-h", "--help", "--version"} & set(argv)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yeoncheon_portal.settings")
    from django.core.management import execute_from_command_line

    from yeoncheon_portal import embedded

    with embedded.for_command() if wants_servers(sys.argv) else nullcontext():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
