"""manage.py train_understanding: learn the model of spoken answers from the data in the project."""

from argparse import ArgumentParser
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from dispatch.understanding import learn
from dispatch.understanding.answers import all_answers
from dispatch.understanding.figures import by_author_table
from dispatch.understanding.kinds import sort_words
from dispatch.understanding.morphemes import load


class Command(BaseCommand):
    help = (
        "Learn the model of spoken answers anew from dispatch/understanding/data and write "
        "dispatch/understanding/model. Thresholds come from leaving one author out at a time. "
        "Opens no database; two to five minutes."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--kinds", action="store_true", help="also sort the analyser's words into kinds anew"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kinds"]:
            sort_words(load())
        answers = all_answers()
        examples = learn.examples(answers)
        told = learn.by_author(examples)
        sharpness = learn.best_sharpness(told, [one.label for one in examples])
        thresholds = learn.best_thresholds(answers, told, sharpness)
        table = by_author_table(answers, told, sharpness, thresholds)
        card = {
            "answers": len(answers),
            "origin": "written for this project by several authors; nobody's real words",
            "thresholds": asdict(thresholds),
            "unread_authors": [asdict(row) for row in table],
            "analyser": f"kiwipiepy {version('kiwipiepy')}, model {version('kiwipiepy_model')}",
            "numpy": np.__version__,
        }
        learn.save(learn.fit(examples, sharpness), card)
        for row in table:
            self.stdout.write(str(row))
        self.stdout.write(str(thresholds))
