"""Keeps what opens a door out of the log: Django writes the path of every refused request."""

import logging
import re

_OPENS = re.compile(r"(/(?:invitations|hooks/[a-z]+|n)/)[^/\s]+")


class HideTokens(logging.Filter):
    """A filter of the handler: one-time links and tokens of calls become `…` in every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        hidden = _OPENS.sub(r"\1…", said)
        if hidden != said:
            record.msg, record.args = hidden, ()
        return True
