"""`manage.py load_pledge_card`: the county's published card of this pledge as the first content."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from reports import actions

SEED = Path(__file__).resolve().parents[2] / "seed" / "pledge_2_6.json"


class Command(BaseCommand):
    help = "Load the published pledge card 2-6 (2024-10-15). Loading twice changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        card, made = actions.load_card(data=json.loads(SEED.read_text(encoding="utf-8")))
        state = "loaded" if made else "was there already"
        self.stdout.write(f"pledge card {card.code} as of {card.as_of:%Y-%m-%d} {state}")
