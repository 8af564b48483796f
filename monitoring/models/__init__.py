"""Tables of the watch, one subject a file."""

from monitoring.models.deliveries import Delivery, DeliveryFile, FetchedFile, UnknownId
from monitoring.models.evidence import Checkpoint, EvidenceDay, HabitsDay, HotBlock, Rescore
from monitoring.models.feeds import FeedIncident, IncidentKind, IntakeDay
from monitoring.models.notes import Decline, NoteState, Suggestion, SuggestionKind
from monitoring.models.partners import PartnerToken
from monitoring.models.rules import DetectionRule, RuleState, TuningCurve
from monitoring.models.runs import Run, RunChunk, RunKind
from monitoring.models.signals import Metric, RawReading, SignalDay
from monitoring.models.state import Assessment, Basis, HouseholdState, LifeSign, Light

__all__ = [
    "Assessment",
    "Basis",
    "Checkpoint",
    "Decline",
    "Delivery",
    "DeliveryFile",
    "DetectionRule",
    "EvidenceDay",
    "FeedIncident",
    "FetchedFile",
    "HabitsDay",
    "HotBlock",
    "HouseholdState",
    "IncidentKind",
    "IntakeDay",
    "LifeSign",
    "Light",
    "Metric",
    "NoteState",
    "PartnerToken",
    "RawReading",
    "Rescore",
    "RuleState",
    "Run",
    "RunChunk",
    "RunKind",
    "SignalDay",
    "Suggestion",
    "SuggestionKind",
    "TuningCurve",
    "UnknownId",
]
