"""Verbs of the control centre. Keyword-only, atomic, row and event together.

Each takes `by` (the user who acts) and `now` (aware programme time) and raises
`dispatch.rules.Refused` with a Korean sentence when the rules do not allow it. All of them lock
the case first and look at its state again under the lock: a second click gets the same result or
a clear message, never a second effect.
"""

from dispatch.actions.ai import stop_ai
from dispatch.actions.cases import (
    add_note,
    claim,
    close,
    confirm_auto_close,
    open_case,
    record_call,
    release,
)
from dispatch.actions.desk import ask_emergency, note_absence
from dispatch.actions.reporting import report_unseen
from dispatch.actions.visits import (
    accept_visit,
    arrive,
    cancel_visit,
    decline_visit,
    depart,
    finish_visit,
    record_found,
    say_company,
    send_responder,
    tell_found,
)

__all__ = [
    "accept_visit",
    "add_note",
    "arrive",
    "ask_emergency",
    "cancel_visit",
    "claim",
    "close",
    "confirm_auto_close",
    "decline_visit",
    "depart",
    "finish_visit",
    "note_absence",
    "open_case",
    "record_call",
    "record_found",
    "release",
    "report_unseen",
    "say_company",
    "send_responder",
    "stop_ai",
    "tell_found",
]
