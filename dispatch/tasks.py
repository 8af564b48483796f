"""Celery wakes the engine; it holds no work itself."""

from celery import shared_task

from accounts import clock
from dispatch import engine, reported
from dispatch.field import keys, photos
from dispatch.shifts import watch
from dispatch.tuning import computing, deciding, fitting, learning


@shared_task
def sweep() -> None:
    """Every two seconds, in as many workers as there are."""
    engine.sweep(now=clock.now())


@shared_task(time_limit=900)
def compute_curve(curve_id: int) -> None:
    """Somebody asked for the curve; done once, however often it is woken."""
    computing.compute(curve_id, now=clock.now())


@shared_task(time_limit=900)
def compute_monthly_curve() -> None:
    """On the first of the month: the curve with the month that is over, and whether the points
    still keep what was chosen. Nothing changes by itself."""
    now = clock.now()
    row = computing.compute(computing.ask(by=None, now=now).pk, now=now)
    rule = deciding.live()
    if row is not None and row.points and row.rule == rule.version:
        fitting.tell(rule, now=now)


@shared_task(time_limit=3600)
def learn_rule(user_id: int) -> None:
    """Somebody asked for a rule of the county's own history."""
    learning.learn(user_id, now=clock.now())


@shared_task
def watch_shifts() -> None:
    """Every hour: holes in tomorrow's plan and telephones nobody has verified are told once."""
    watch.tell(now=clock.now())


@shared_task
def purge_visit_photos() -> None:
    """Every night: photos of visits past their time, and the secrets of phones that stayed away."""
    now = clock.now()
    photos.purge(now=now)
    keys.purge(now=now)


@shared_task
def purge_reporter_numbers() -> None:
    """Every night: numbers of people who reported, past their time. On its own, so that a store of
    photos that fails keeps no number."""
    reported.purge(now=clock.now())
