"""Tables of the watch, one subject a file."""

from monitoring.models.deliveries import Delivery, DeliveryFile, UnknownId
from monitoring.models.evidence import EvidenceDay
from monitoring.models.partners import PartnerToken
from monitoring.models.signals import Metric, RawReading, SignalDay
from monitoring.models.state import Assessment, HouseholdState, LifeSign, Light

__all__ = [
    "Assessment",
    "Delivery",
    "DeliveryFile",
    "EvidenceDay",
    "HouseholdState",
    "LifeSign",
    "Light",
    "Metric",
    "PartnerToken",
    "RawReading",
    "SignalDay",
    "UnknownId",
]
