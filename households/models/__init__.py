"""People who live alone, how far they are in the programme, and what they agreed to."""

from households.models.absence import Absence, AbsenceKind, AbsenceSource
from households.models.consent import Consent, ConsentMethod, Purpose
from households.models.contact import Contact, ContactHours, MayBeTold, Relation
from households.models.draft import EnrolDraft
from households.models.enrolment import Enrolment, EnrolmentEvent
from households.models.feed_link import Feed, FeedLink
from households.models.household import Household, Sex
from households.models.risk import RiskAssessment, RiskGroup

__all__ = [
    "Absence",
    "AbsenceKind",
    "AbsenceSource",
    "Consent",
    "ConsentMethod",
    "Contact",
    "ContactHours",
    "EnrolDraft",
    "Enrolment",
    "EnrolmentEvent",
    "Feed",
    "FeedLink",
    "Household",
    "MayBeTold",
    "Purpose",
    "Relation",
    "RiskAssessment",
    "RiskGroup",
    "Sex",
]
