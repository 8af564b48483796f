"""What a request to the telephone company needs, and the two reasons not to make one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialling:
    """Taken out of the database before the transaction ended."""

    attempt_id: int
    phone: str
    token: str
    ring_seconds: int


class NothingDue(Exception):
    """No case with a due call is free to take."""


class LineFull(Exception):
    """No call left on the account's line in this moment."""
