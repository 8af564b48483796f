"""How data come in: read, judge, links and consent, merge, receipt. One door for all feeds."""

from monitoring.intake.door import deliver
from monitoring.intake.locks import FeedIsBusy
from monitoring.intake.receipt import write_untaken
from monitoring.intake.refusals import FeedNotAccepted

__all__ = ["FeedIsBusy", "FeedNotAccepted", "deliver", "write_untaken"]
