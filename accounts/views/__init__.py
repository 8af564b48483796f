"""Pages of the accounts floor.

`sign_in_hints` is a hook: whoever wants to help a newcomer sign in (the demo) appends a function
that gives hints. Outside the demo the page shows none, whatever is registered.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class SignInHint:
    """One account that a newcomer may use. `who` is what this person does, in Korean."""

    who: str
    username: str
    password: str


sign_in_hints: list[Callable[[], list[SignInHint]]] = []
