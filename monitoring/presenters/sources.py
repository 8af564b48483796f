"""What a home shows by three sources - power, telephone, steps - as arrays for maps and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from households.models import Feed
from monitoring.models import Metric, SignalDay

Floats = NDArray[np.float64]
HOURS = 24
_SLOTS = np.dtype("<f4")
# Of what is not idle, the share below which an hour counts as little, some, much use.
_SHARES = (0.4, 0.75, 0.93)
# The idle level of a home is this quantile of its hours; up to this much more is still idle.
_IDLE, _NOISE, _MARGIN = 0.2, 1.3, 0.03
_FEW_STEPS = 5.0  # a telephone carried to the charger


@dataclass(frozen=True)
class Source:
    """`metrics` are added up; `feeds` are those whose incidents silence it."""

    key: str
    label: str | Promise
    unit: str | Promise
    icon: str
    metrics: tuple[str, ...]
    feeds: tuple[str, ...]
    decimals: int = 0

    def said(self, value: float) -> str:
        return f"{value:,.{self.decimals}f}"


POWER = Source("power", _("전력"), "kWh", "power", (Metric.POWER,), (Feed.POWER,), decimals=2)
PHONE = Source(
    "phone",
    _("휴대폰"),
    _("번"),
    "telecom",
    (Metric.CALLS_OUT, Metric.SMS_OUT, Metric.UNLOCK, Metric.SCREEN_ON),
    (Feed.TELECOM, Feed.APP),
)
STEPS = Source("steps", _("걸음"), _("보"), "app", (Metric.STEPS,), (Feed.APP,))
SOURCES: dict[str, Source] = {source.key: source for source in (POWER, PHONE, STEPS)}


def read(
    household_id: int, first: date, last: date, sources: Sequence[Source]
) -> dict[str, Floats]:
    """{source: (D, 24)} of the days `first`..`last`; NaN = nothing received. One query.

    An hour of which a part was received counts what was received.
    """
    days = (last - first).days + 1
    owner = {str(metric): source.key for source in sources for metric in source.metrics}
    found = {source.key: np.full((days, HOURS), np.nan) for source in sources}
    rows = SignalDay.objects.filter(
        day__range=(first, last), household_id=household_id, metric__in=list(owner)
    ).values_list("metric", "day", "values")
    for metric, day, stored in rows:
        into = found[owner[metric]][(day - first).days]
        values = np.frombuffer(stored, _SLOTS).astype(np.float64)
        known = np.isfinite(values)
        into[known] = np.nan_to_num(into[known]) + values[known]
    return found


def levels(source: Source, values: Floats) -> NDArray[np.int8]:
    """Shade 0-4 of every hour, by this home's own habits; 0 also where nothing was received."""
    known = values[np.isfinite(values)]
    shade = np.zeros(values.shape, np.int8)
    if not len(known):
        return shade
    idle = np.quantile(known, _IDLE) * _NOISE + _MARGIN if source is POWER else 0.0
    if source is STEPS:
        idle = _FEW_STEPS
    used = known[known > idle]
    if not len(used):
        return shade
    shade[np.nan_to_num(values) > idle] = 1
    for mark in np.quantile(used, _SHARES):
        shade[np.nan_to_num(values) > mark] += 1
    return shade
