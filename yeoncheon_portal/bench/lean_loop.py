"""The usual way: pandas, home by home, rolling over the last weeks. The peer of bench scoring.

It says of every hour how long a home has been silent, by the very definition of the detector, and
gives the evidence of the trees a look at the same number of rows. No state: every time the window
is rolled again.
"""

import numpy as np
import pandas as pd

from monitoring.detection import tables
from monitoring.detection.model import Model

WINDOW_DAYS = 14
STILL = tables.SMALLEST_ACT


def home(power: np.ndarray, phone: np.ndarray, steps: np.ndarray, habits: np.void) -> pd.DataFrame:
    """Hours of one home, flat arrays over the window: silence and evidence of each hour."""
    frame = pd.DataFrame({"power": power, "phone": phone, "steps": steps}, dtype="float64")
    rest = (frame["power"] - np.resize(habits["idle"], len(frame))).clip(lower=0)
    height = rest - rest.rolling(tables.LOW_HOURS, min_periods=1).min()
    lowest = frame["power"].rolling(tables.LOW_HOURS, min_periods=1).min()
    flutter = tables.FLUTTER * (rest - height)
    change = np.minimum(frame["power"].diff().abs(), rest.diff().abs()) - flutter
    above = np.minimum(frame["power"] - lowest, height) - flutter
    edge = habits["edges"][1:, tables.SIGN_EDGE] + STILL
    sign = (change.clip(lower=0) > edge[0]) | (above.clip(lower=0) > edge[1])
    sign |= (frame["phone"] > tables.PHONE_EDGES[0]) | (frame["steps"] > tables.STEP_EDGES[0])
    known = frame.notna().any(axis=1)
    frame["silent"] = known.astype(float).groupby(sign.cumsum()).cumsum() - sign.cumsum().gt(0)
    for hours in (6, 12, 24, 48):
        frame[f"calm_{hours}"] = (~sign).astype(float).rolling(hours, min_periods=1).mean()
        frame[f"level_{hours}"] = rest.rolling(hours, min_periods=1).mean()
    usual = frame["power"].shift(24).rolling(7 * 24, min_periods=24)
    frame["usual"], frame["spread"] = usual.mean(), usual.std()
    frame["unusual"] = (frame["power"] - frame["usual"]) / frame["spread"]
    return frame


def judge(frame: pd.DataFrame, model: Model, hours: int, width: int) -> np.ndarray:
    """Evidence of the last `hours` by the trees, on rows as wide as the detector's."""
    last = frame.tail(hours).to_numpy(np.float32)
    table = np.zeros((len(last), width), np.float32)
    table[:, : min(width, last.shape[1])] = last[:, :width]
    odds = pd.Series(model.predict(table))
    return odds.rolling(6, min_periods=1).mean().to_numpy()
