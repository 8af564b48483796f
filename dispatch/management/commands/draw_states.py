"""manage.py draw_states: docs/state-machines.md from the transition tables."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from dispatch import diagrams

PAGE = Path("docs") / "state-machines.md"


class Command(BaseCommand):
    help = "Prints the state machines as Markdown; --write puts them into docs/state-machines.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write docs/state-machines.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            (settings.BASE_DIR / PAGE).write_text(diagrams.page(), encoding="utf-8")
        else:
            self.stdout.write(diagrams.page())
