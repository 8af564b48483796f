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
    "demo_month",
    "draw_states",
    "fake_twilio",
    "help",
    "makemessages",
    "makemigrations",
    "train_detector",
    "train_understanding",
    "understand",
}
MIGRATES_ITSELF = {"migrate", "sqlmigrate", "showmigrations", "dbshell"}


def wants_servers(argv: list[str]) -> bool:
    if len(argv) < 2 or argv[1].startswith("-") or argv[1] in NEED_NO_SERVERS:
        return False
    return not {"-h", "--help", "--version"} & set(argv)


def prepare_database() -> None:
    """Bring the embedded database of this checkout up to date, so that a first command works."""
    import django
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        sys.stderr.write("preparing the database under .local/dev (first use)\n")
        call_command("migrate", verbosity=0)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yeoncheon_portal.settings")
    from django.core.management import execute_from_command_line

    from yeoncheon_portal import embedded

    own_database = not os.environ.get("DATABASE_URL")
    with embedded.for_command() if wants_servers(sys.argv) else nullcontext():
        if wants_servers(sys.argv) and own_database and sys.argv[1] not in MIGRATES_ITSELF:
            prepare_database()
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
