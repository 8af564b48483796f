"""The county's own history judged again, with collapses put into it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from dispatch.tuning import replay
from dispatch.tuning.replay import History, Lag, Replayed, Trace, delay

HOMES, DAYS = 6, 75


def lived(seed: int = 1) -> History:
    """Homes with a clear day: power and telephone by day, next to nothing at night."""
    rng = np.random.default_rng(seed)
    awake = (np.arange(24) >= 7) & (np.arange(24) < 23)
    inputs = np.full((5, HOMES, DAYS, 24), np.nan, np.float32)
    inputs[0] = 0.05 + awake * rng.gamma(2.0, 0.1, (HOMES, DAYS, 24))
    inputs[1] = inputs[3] = rng.poisson(1.5, (HOMES, DAYS, 24)) * awake
    inputs[4] = rng.poisson(60, (HOMES, DAYS, 24)) * awake
    days = np.arange(DAYS)
    return History(inputs, (days % 7) >= 5, np.zeros((HOMES, DAYS, 24), bool))


def test_delay_counts_to_the_end_of_the_hour_of_a_new_alarm():
    trace = Trace(np.array([*[0.0] * 24, *[0.0] * 5, 9.0, *[0.0] * 90], np.float32), 24)
    assert delay(trace, 5.0) == 6
    assert delay(trace, 10.0) == 96
    running = Trace(np.array([*[0.0] * 20, *[9.0] * 60, *[0.0] * 60], np.float32), 24)
    assert delay(running, 5.0) == 96, "an alarm that was running already notices nobody"


def test_a_row_equals_what_can_be_counted_by_hand():
    quiet = np.zeros((2, (replay.WARM_UP_DAYS + 30) * 24), np.float32)
    quiet[0, replay.WARM_UP_DAYS * 24 + 50] = 9.0
    quiet[1, 5] = 9.0  # while warming up
    traces = [
        Trace(np.array([*[0.0] * 4, 9.0, *[0.0] * 100], np.float32), 0),
        Trace(np.zeros(120, np.float32), 10),
    ]
    row = Replayed(quiet, traces).row(0.32, 5.0, homes=60)
    # One alarm in two homes' months; sixty homes would have thirty a month, one a day.
    assert (row["alarms_per_month"], row["alarms_per_day"]) == (0.5, 1.0)
    assert (row["median_h"], row["p90_h"], row["missed"]) == (50.5, 96.0, 0.5)


@dataclass
class Heard:
    shares: list[float]

    def __call__(self, share: float) -> None:
        self.shares.append(share)


@pytest.fixture(scope="module")
def done() -> tuple[Replayed, Heard]:
    heard = Heard([])
    return replay.run(lived(), None, per_home=2, seed=3, tell=heard), heard


def test_collapses_are_noticed_and_usual_days_are_not(done):
    replayed, heard = done
    assert replayed.clean.shape == (HOMES, (DAYS - 60) * 24)
    assert len(replayed.traces) == 2 * HOMES
    row = replayed.row(0.32, 15.0, homes=HOMES)
    assert row["missed"] < 0.5
    assert row["alarms_per_month"] < row["collapses"]
    assert heard.shares[-1] == 1.0
    assert heard.shares == sorted(heard.shares)


def test_the_same_lot_gives_the_same_curve(done):
    again = replay.run(lived(), None, per_home=2, seed=3)
    assert again.row(0.32, 15.0, homes=9) == done[0].row(0.32, 15.0, homes=9)


DAILY = Lag(inputs=(1, 2), due=5)


def test_a_daily_feed_is_known_only_after_its_delivery():
    """The telephone alone shows life: until its delivery at five nobody can know of it."""
    history = lived()
    history.inputs[0, :, 66:] = 0.05
    history.inputs[3:, :, 66:] = np.nan
    hourly, daily = (replay.run(replace(history, lag=lag), None, per_home=1, seed=3)
                     for lag in (Lag(), DAILY))  # fmt: skip
    last = (slice(None), slice(-24, None))
    assert np.median(hourly.clean[last][:, 12:20]) < np.median(daily.clean[last][:, 12:20])
    # What came of the day before is known from five on: the sum is lower than it was at four.
    assert (daily.clean[last][:, 5] <= daily.clean[last][:, 4]).all()


def test_a_collapse_is_noticed_later_with_a_daily_feed(done):
    daily = replay.run(replace(lived(), lag=DAILY), None, per_home=2, seed=3)
    rows = [found.row(0.32, 15.0, homes=HOMES) for found in (done[0], daily)]
    assert rows[0]["median_h"] <= rows[1]["median_h"]


def test_days_that_were_learned_from_are_not_judged():
    found = replay.run(lived(), None, per_home=1, seed=3, unseen=70)
    assert found.clean.shape[1] == (DAYS - 70 + replay.WARM_UP_DAYS) * 24


def test_nobody_collapses_who_is_away():
    away = lived()
    away.held[:] = True
    assert replay.run(away, None, per_home=1, seed=3).traces == []
