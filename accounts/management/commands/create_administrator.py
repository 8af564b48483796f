"""The first administrator. Everybody else is invited inside the portal."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions, clock
from accounts.models import Organisation
from accounts.roles import Role
from accounts.scope import holders


class Command(BaseCommand):
    help = (
        "Creates the first administrator and prints a one-time invitation link (valid 72 hours). "
        "Further administrators are invited inside the portal; --another is for the emergency in "
        "which no administrator can sign in any more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True, help="a-z, 0-9, . _ -; at least 3 letters")
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--email", default="", help="the link is also sent here")
        parser.add_argument(
            "--organisation", default="yeoncheon-welfare", help="code of the organisation"
        )
        parser.add_argument(
            "--another", action="store_true", help="although an administrator exists already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        if holders(Role.ADMINISTRATOR, now=now) and not options["another"]:
            raise CommandError(
                "an administrator exists already and can invite others (--another to go on)",
                returncode=2,
            )
        organisation = Organisation.objects.filter(code=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"no organisation {options['organisation']!r}", returncode=2)
        try:
            made = actions.create_administrator(
                username=options["username"],
                name=options["name"],
                email=options["email"],
                organisation=organisation,
                now=now,
            )
        except ValidationError as error:
            raise CommandError(_in_english(error), returncode=2) from error
        self.stdout.write(made.link.url)


def _in_english(error: ValidationError) -> str:
    """The fields that were wrong; the sentences of the verbs are Korean, for the screen."""
    reasons = {
        "username": "username must be free and look like kim.chulsoo (a-z first, 3 or more)",
        "email": "email must be an address that nobody else uses",
        "name": "name must not be empty",
    }
    fields = getattr(error, "error_dict", {})
    return "; ".join(reasons.get(field, field) for field in fields) or "refused"
