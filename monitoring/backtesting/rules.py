"""The rules that services publish, as evidence, for the same picture: hours without change, and
electricity below what is predicted. Causal, like the detector."""

import numpy as np

from monitoring.backtesting.files import Signals
from monitoring.backtesting.picture import Line
from monitoring.backtesting.run import Judged
from monitoring.detection import evaluation
from monitoring.detection.inputs import PHONE, POWER, Floats

LIMITS = (24, 36, 50)  # hours
# Less than this share of the home's own 90 % quantile of hourly change is no change. The published
# rules take any change for life; the large share is kinder to them than any service known.
ANY_CHANGE, LARGE_CHANGE = 0.2, 0.5
PREDICT_DAYS = 28
RECENT_HOURS = 24


def without_change(
    signals: Signals, learn_days: int, *, phone: bool, share: float = ANY_CHANGE
) -> Floats:
    """(H, T) received hours without a change of power - and, with `phone`, without an event."""
    power = signals.history[POWER].reshape(len(signals.ids), -1)
    change = np.full(power.shape, np.nan, np.float32)
    change[:, 1:] = np.abs(np.diff(power, axis=1))
    # What counts as change comes from the learning days, so that nothing later is looked at.
    learned = np.nan_to_num(change[:, : learn_days * 24], nan=-1.0)
    loud = np.sort(learned, axis=1)[:, int(0.9 * learned.shape[1])]
    sign = change > np.maximum(share * loud, 0.02)[:, None]
    known = np.isfinite(change)
    if phone:
        events = signals.history[PHONE].reshape(power.shape)
        sign |= events > 0
        known |= np.isfinite(events)
    hours = np.cumsum(known, axis=1, dtype=np.float32)
    at_sign = np.maximum.accumulate(np.where(sign, hours, 0), axis=1)
    return np.asarray((hours - at_sign)[:, learn_days * 24 :], np.float32)


def below_predicted(signals: Signals, learn_days: int) -> Floats:
    """(H, T) 1 - power of the last 24 received hours / its prediction, the mean of the same hours
    of 28 days before; NaN where less than half of them arrived."""
    power = signals.history[POWER]
    homes, days = power.shape[:2]
    predicted = np.full(power.shape, np.nan, np.float32)
    for day in range(1, days):
        past = power[:, max(0, day - PREDICT_DAYS) : day]
        known = np.isfinite(past).sum(axis=1)
        predicted[:, day] = np.nan_to_num(past).sum(axis=1) / np.maximum(known, 1)
    flat, usual = power.reshape(homes, -1), predicted.reshape(homes, -1)
    both = np.isfinite(flat) & np.isfinite(usual)

    def recent(values: Floats) -> Floats:
        total = np.cumsum(np.where(both, values, 0), axis=1, dtype=np.float64)
        total[:, RECENT_HOURS:] -= total[:, :-RECENT_HOURS].copy()
        return np.asarray(total, np.float32)

    counted = recent(np.ones(flat.shape, np.float32))
    ratio = recent(flat) / np.maximum(recent(usual), np.float32(1e-6))
    found = np.where(counted >= RECENT_HOURS / 2, 1 - ratio, np.float32(np.nan))
    return np.asarray(found[:, learn_days * 24 :], np.float32)


def scored(judged: list[Judged]) -> dict[str, list[Floats]]:
    """Evidence of each rule, by its name."""
    groups = [(group.signals, group.learn_days) for group in judged]
    return {
        "no change of power": [without_change(*group, phone=False) for group in groups],
        "no change, no telephone": [without_change(*group, phone=True) for group in groups],
        "no large change, no telephone": [
            without_change(*group, phone=True, share=LARGE_CHANGE) for group in groups
        ],
        "below predicted, 24 h": [below_predicted(*group) for group in groups],
    }


def line(name: str, found: evaluation.Trial) -> Line:
    """The curve of one rule; rules that count hours have marks at their published limits."""
    marks = []
    if name.startswith("no change") and len(evaluation.collapsed(found)):
        for hours in LIMITS:
            row = evaluation.at(found, float(hours) - 0.5)
            marks.append(
                (f"{hours} h", float(str(row["false_alarms"])), float(str(row["median_h"])))
            )
    return Line(name, evaluation.curve(found), tuple(marks))
