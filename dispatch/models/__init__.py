"""Cases, what was tried, and everything that happened."""

from dispatch.models.calls import CallAttempt, CallbackEvent, CallKind
from dispatch.models.cases import Case, CaseCounter, CaseSignal, DeskStep
from dispatch.models.events import CaseEvent
from dispatch.models.field import ActionOutcome, FieldAction, FieldKey, FieldVerb
from dispatch.models.follow_up import FollowUp, FollowUpHow, FollowUpResult, NeedKind, NeedNote
from dispatch.models.neighbours import NeighbourAnswer, NeighbourAsk, SmsState
from dispatch.models.photos import VisitPhoto
from dispatch.models.plans import EscalationPlan
from dispatch.models.pulse import AuditPulse, DialLine, SweepPulse
from dispatch.models.reporters import ReporterNumber
from dispatch.models.rota import DayKind, ResponderRule, Whom
from dispatch.models.shifts import DrillHome, Duty, Handover, HandoverState, Shift
from dispatch.models.staff_calls import StaffCall, StaffOutcome
from dispatch.models.steps import Step, StepKind, StepState
from dispatch.models.visits import Visit

__all__ = [
    "ActionOutcome",
    "AuditPulse",
    "CallAttempt",
    "CallKind",
    "CallbackEvent",
    "Case",
    "CaseCounter",
    "CaseEvent",
    "CaseSignal",
    "DayKind",
    "DeskStep",
    "DialLine",
    "DrillHome",
    "Duty",
    "EscalationPlan",
    "FieldAction",
    "FieldKey",
    "FieldVerb",
    "FollowUp",
    "FollowUpHow",
    "FollowUpResult",
    "Handover",
    "HandoverState",
    "NeedKind",
    "NeedNote",
    "NeighbourAnswer",
    "NeighbourAsk",
    "ReporterNumber",
    "ResponderRule",
    "Shift",
    "SmsState",
    "StaffCall",
    "StaffOutcome",
    "Step",
    "StepKind",
    "StepState",
    "SweepPulse",
    "Visit",
    "VisitPhoto",
    "Whom",
]
