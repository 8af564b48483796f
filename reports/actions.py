"""Verbs of the reports."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from reports.models import (
    Actual,
    BudgetLine,
    Indicator,
    Milestone,
    PledgeCard,
    PublishedValue,
    YearTarget,
)


@transaction.atomic
def load_card(*, data: dict[str, Any]) -> tuple[PledgeCard, bool]:
    """Store a published card as printed; returns (card, made).

    A card is content of its reporting date: loading the same one again changes nothing, so a
    correction that officials made meanwhile is never overwritten.
    """
    as_of = date.fromisoformat(data["as_of"])
    card, made = PledgeCard.objects.get_or_create(
        code=data["code"],
        as_of=as_of,
        defaults={key: data[key] for key in ("title", "project", "body", "head", "sections")},
    )
    if made:
        _load_figures(card=card, data=data, as_of=as_of)
    return card, made


def _load_figures(*, card: PledgeCard, data: dict[str, Any], as_of: date) -> None:
    indicator = Indicator.objects.create(card=card, **data["indicator"])
    YearTarget.objects.bulk_create(
        YearTarget(indicator=indicator, **target) for target in data["targets"]
    )
    Actual.objects.bulk_create(
        Actual(indicator=indicator, as_of=as_of, **actual) for actual in data["actuals"]
    )
    BudgetLine.objects.bulk_create(BudgetLine(card=card, **line) for line in data["budget"])
    Milestone.objects.bulk_create(Milestone(card=card, **line) for line in data["milestones"])
    PublishedValue.objects.bulk_create(
        PublishedValue(
            card=card,
            key=value["key"],
            place=value["place"],
            text=value["text"],
            number=None if value["number"] is None else Decimal(str(value["number"])),
        )
        for value in data["published"]
    )
