"""How data come in: parse, validate, links and consent, merge, receipt. One door for all."""

from monitoring.intake.door import deliver
from monitoring.intake.feeds import ACCEPTED_FEEDS, FORMATS
from monitoring.intake.refusals import FeedNotAccepted

__all__ = ["ACCEPTED_FEEDS", "FORMATS", "FeedNotAccepted", "deliver"]
