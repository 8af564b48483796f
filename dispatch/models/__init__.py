"""Cases, what was tried, and everything that happened."""

from dispatch.models.calls import CallAttempt, CallbackEvent, CallKind
from dispatch.models.cases import Case, CaseCounter, CaseSignal
from dispatch.models.events import CaseEvent
from dispatch.models.pulse import DialLine, SweepPulse
from dispatch.models.steps import Step, StepKind, StepState
from dispatch.models.visits import Visit

__all__ = [
    "CallAttempt",
    "CallKind",
    "CallbackEvent",
    "Case",
    "CaseCounter",
    "CaseEvent",
    "CaseSignal",
    "DialLine",
    "Step",
    "StepKind",
    "StepState",
    "SweepPulse",
    "Visit",
]
