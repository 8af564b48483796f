"""Tables of the reports, one subject a file."""

from reports.models.budget import BudgetLine, BudgetSource
from reports.models.indicator import Actual, Indicator, YearTarget
from reports.models.pledge import Milestone, MilestoneKind, PledgeCard, PublishedValue

__all__ = [
    "Actual",
    "BudgetLine",
    "BudgetSource",
    "Indicator",
    "Milestone",
    "MilestoneKind",
    "PledgeCard",
    "PublishedValue",
    "YearTarget",
]
