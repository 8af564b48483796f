"""What the sign-in page of the demo offers a newcomer."""

from accounts.views import SignInHint

from .places import demo_folder
from .staff import ADMINISTRATOR, SHOWN, STAFF, password


def hints() -> list[SignInHint]:
    """One account per role. Empty where no demo was seeded: the file is made by the seed."""
    folder = demo_folder()
    if not (folder / "accounts.json").exists():
        return []
    secret = password(folder)
    accounts = {account.username: account for account in (ADMINISTRATOR, *STAFF)}
    return [
        SignInHint(who=str(accounts[name].role.label), username=name, password=secret)
        for name in SHOWN
    ]
