"""What the log of the servers leaves out: what opens a door, and how a refusal came about."""

import logging
import re

from django.core.exceptions import PermissionDenied

_OPENS = re.compile(r"(/(?:invitations|hooks/[a-z]+|n)/)[^/\s]+")


class HideTokens(logging.Filter):
    """A filter of the handler: Django writes the path of every refused request. One-time links and
    tokens of calls become `…` in every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        hidden = _OPENS.sub(r"\1…", said)
        if hidden != said:
            record.msg, record.args = hidden, ()
        return True


class ShortRefusals(logging.Filter):
    """A filter of the handler: a refused page is one line; where in the program it was refused is
    the same every time."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = record.exc_text = None
        return True
