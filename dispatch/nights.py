"""Which day a span of the clock belongs to: the one rule of the plan's bands and of the rota."""

from datetime import date, datetime, time, timedelta


def day_of(local: datetime, start: time, until: time) -> date | None:
    """The day as which the daily span [start, until) counts at `local`, Seoul's clock on the wall;
    None outside the span. Equal ends: the whole day.

    A span across midnight counts as the day on which it began, to its end: who works the night of
    설날 works it until the morning after, and nobody's duty changes at midnight.
    """
    at, today = local.time(), local.date()
    if start < until:
        return today if start <= at < until else None
    if start == until or at >= start:
        return today
    return today - timedelta(days=1) if at < until else None
