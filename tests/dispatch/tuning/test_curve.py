"""The points of the curve: stored ones, the card's, and those between."""

from datetime import timedelta

import pytest

from dispatch.tuning import curve
from dispatch.tuning.curve import Curve, Point
from monitoring.models import TuningCurve
from tests.dispatch.tuning.conftest import CARD_ROWS

CARD = {"figures": {"as_given": CARD_ROWS}}
ROWS = [
    {"budget": 0.1, "alarms_per_day": 1.0, "median_h": 20.0, "p90_h": 60.0, "missed": 0.1,
     "homes": 200, "days": 90, "collapses": 400},
    {"budget": 1.0, "alarms_per_day": 9.0, "median_h": 10.0, "p90_h": 20.0, "missed": 0.0,
     "homes": 200, "days": 90, "collapses": 400},
]  # fmt: skip


def test_between_two_points_the_logarithm_decides():
    points = tuple(Point.read(row, homes=0) for row in ROWS)
    middle = Curve(points, own=True).at(0.1**0.5)
    assert (middle.median_h, middle.p90_h) == pytest.approx((15.0, 40.0))
    assert Curve(points, own=True).at(0.02).median_h == 20.0
    assert Curve((), own=True).at(0.3) is None


@pytest.mark.django_db
def test_without_history_the_card_speaks_and_says_so(now):
    found = curve.shown(card=CARD, homes=300, now=now)
    assert not found.own
    assert [point.budget for point in found.points] == [0.1, 0.32, 1.0, 2.7]
    assert found.points[0].alarms_per_day == pytest.approx(1.0)  # 300 homes x 0.1 / 30 days
    assert curve.shown(card=None, homes=300, now=now).points == ()


@pytest.mark.django_db
def test_the_newest_finished_curve_is_shown(now):
    def made(hours, **fields):
        return TuningCurve.objects.create(asked_at=now - timedelta(hours=hours), rule="r", **fields)

    made(30, points=ROWS[:1], finished_at=now)
    row = made(20, points=ROWS, finished_at=now)
    made(10, failure="자료가 모자랍니다", finished_at=now)
    made(1)
    found = curve.shown(card=CARD, homes=1, now=now)
    assert (found.row, found.own) == (row, True)
    assert (found.homes, found.days, found.collapses) == (200, 90, 400)
