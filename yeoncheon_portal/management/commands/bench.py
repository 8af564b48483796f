"""`manage.py bench NAME`: how fast, against the physical limit and the usual way."""

import json
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from yeoncheon_portal.bench import scratch
from yeoncheon_portal.bench.frame import NotVerified

# Households with which a benchmark takes a minute or two on two cores.
SIZES = {
    "intake": 20_000,
    "scoring": 20_000,
    "power": 100_000,
    "learning": 2_000,
    "lights": 200,
    "sweep": 10_000,
    "ringing": 10_000,
    "pages": 1_000,
}


class Command(BaseCommand):
    help = (
        "Benchmarks in a scratch database: intake, scoring, power, learning, lights, sweep, "
        "ringing, pages; without a name all of them. Times are seconds; ratios are of one "
        "interleaved run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", choices=sorted(SIZES), help="default: all")
        parser.add_argument("--households", type=int, help="default: by benchmark")
        parser.add_argument(
            "--hours", type=int, choices=(1, 24), help="scoring: hours of one run (default 24)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["households"] is not None and options["households"] < 1:
            raise CommandError("--households must be 1 or more", returncode=2)
        names = [options["name"]] if options["name"] else list(SIZES)
        if not scratch.inside():
            self._outside(names, options)
            return
        call_command("migrate", verbosity=0)
        for name in names:
            self._run(name, options)

    def _outside(self, names: list[str], options: dict[str, Any]) -> None:
        for name in names:
            arguments = ["bench", name]
            for option in ("households", "hours"):
                if options[option] is not None:
                    arguments += [f"--{option}", str(options[option])]
            arguments += ["--json"] if options["json"] else []
            code = scratch.run_inside(arguments)
            if code:
                raise SystemExit(code)

    def _run(self, name: str, options: dict[str, Any]) -> None:
        module = import_module(f"yeoncheon_portal.bench.{name}")
        households = options["households"] or SIZES[name]
        try:
            found = module.run(households=households, hours=options["hours"])
        except NotVerified as error:
            raise CommandError(f"{name}: the result is wrong: {error}", returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        self.stdout.write(f"== {name}")
        for key, value in found.items():
            self.stdout.write(f"{key:20} {value}")
