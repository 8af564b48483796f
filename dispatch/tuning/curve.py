"""Delay against alarms: the points of the newest computed curve, or of the shipped model's card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from dispatch.tuning.budgets import DAYS_OF_MONTH
from monitoring import own_points
from monitoring.detection.evaluation import HORIZON
from monitoring.models import TuningCurve

HORIZON_HOURS = HORIZON
"""A collapse that is not noticed within this time counts as missed."""


@dataclass(frozen=True)
class Point:
    """What a budget buys: alarms a day of all homes, hours until half (and nine tenths) of the
    collapses are noticed, and the share that is not noticed at all."""

    budget: float
    alarms_per_day: float
    median_h: float
    p90_h: float
    missed: float

    @classmethod
    def read(cls, row: Mapping[str, Any], *, homes: int) -> "Point":
        """From a stored row; the card's rows know no county, so alarms follow from the homes."""
        budget = float(row["budget"])
        alarms = row.get("alarms_per_day")
        return cls(
            budget=budget,
            alarms_per_day=per_day(budget, homes) if alarms is None else float(alarms),
            median_h=float(row["median_h"]),
            p90_h=float(row["p90_h"]),
            missed=float(row["missed"]),
        )


@dataclass(frozen=True)
class Curve:
    """`own`: of this county's history (`row` tells which); otherwise of the model's card."""

    points: tuple[Point, ...]  # rarest alarms first
    own: bool
    row: TuningCurve | None = None
    homes: int = 0
    days: int = 0
    collapses: int = 0

    @property
    def drawable(self) -> bool:
        """Without any alarm, or any watched home, there is nothing to weigh: the table tells."""
        return any(point.alarms_per_day > 0 for point in self.points)

    def at(self, budget: float) -> Point | None:
        """The point of a budget between the computed ones, even in the logarithm; None for a
        curve without points. Outside of them the nearest one stands."""
        if not self.points:
            return None
        where = np.log([point.budget for point in self.points])
        values = {
            name: float(np.interp(np.log(budget), where, [getattr(p, name) for p in self.points]))
            for name in ("alarms_per_day", "median_h", "p90_h", "missed")
        }
        return Point(budget=budget, **values)


def per_day(budget: float, homes: int) -> float:
    """Alarms a day of that many homes, when each has `budget` a month."""
    return budget * homes / DAYS_OF_MONTH


def newest(*, now: datetime) -> TuningCurve | None:
    """The curve that was asked for last, finished or not."""
    return TuningCurve.objects.filter(asked_at__lte=now).order_by("-asked_at", "-id").first()


def shown(*, card: Mapping[str, Any] | None, homes: int, now: datetime) -> Curve:
    """The newest finished curve of the county; before there is one, the model card's. Where the
    points were set again from the county's history, a budget is what rings here by them."""
    row = (
        TuningCurve.objects.filter(points__isnull=False, asked_at__lte=now)
        .order_by("-asked_at", "-id")
        .first()
    )
    if row is not None and row.points:
        first = row.points[0]
        fit = own_points.in_force(row.rule, now=now)
        return Curve(
            points=tuple(
                replace(point, budget=fit.rang(point.budget))
                for point in _read(row.points, homes=int(first.get("homes", homes)))
            ),
            own=True,
            row=row,
            homes=int(first.get("homes", 0)),
            days=int(first.get("days", 0)),
            collapses=int(first.get("collapses", 0)),
        )
    return Curve(points=_read(_figures(card), homes=homes), own=False, homes=homes)


def _figures(card: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    """The card's delays on homes its trees never saw, with every input they had."""
    rows: Sequence[Mapping[str, Any]] = (card or {}).get("figures", {}).get("as_given", ())
    return rows


def _read(rows: Sequence[Mapping[str, Any]], *, homes: int) -> tuple[Point, ...]:
    return tuple(
        sorted((Point.read(row, homes=homes) for row in rows), key=lambda point: point.budget)
    )
