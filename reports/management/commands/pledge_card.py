"""`manage.py pledge_card`: one pledge card with its proof, as a file."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from reports import pledge, presenters


def iso_date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ArgumentTypeError(f"not a date (YYYY-MM-DD): {value!r}") from None


class Command(BaseCommand):
    help = "Write the pledge card as known on a date, with computed figures and discrepancies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=iso_date, required=True, help="date, YYYY-MM-DD")
        parser.add_argument("--format", choices=["json", "html"], required=True)
        parser.add_argument("--out", type=Path, required=True, help="file to write")
        parser.add_argument("--code", default="2-6", help="number of the pledge (default 2-6)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            figures = pledge.figures(code=options["code"], as_of=options["as_of"])
            options["out"].write_text(_render(figures, options["format"]), encoding="utf-8")
        except pledge.NoCard:
            self._refuse(
                f"no card of pledge {options['code']} up to {options['as_of']}; "
                "load it with: manage.py load_pledge_card"
            )
        except OSError as error:
            self._refuse(f"cannot write {options['out']}: {error.strerror}")

    def _refuse(self, message: str) -> None:
        self.stderr.write(message)
        sys.exit(2)


def _render(figures: pledge.CardFigures, form: str) -> str:
    if form == "json":
        return json.dumps(pledge.as_json(figures), ensure_ascii=False, indent=2) + "\n"
    return render_to_string("reports/pledge_file.html", presenters.pledge_card(figures))
