"""Homes for the detector's tests: a rhythm that a reader can check by eye."""

import numpy as np

DAYS = 66
FREE = np.arange(DAYS) % 7 >= 5


def history(
    homes: int = 1, *, days: int = DAYS, seed: int = 1, inputs: str = "power phone steps"
) -> np.ndarray:
    """(5, H, D, 24): a fridge, breakfast at seven, television from eighteen to twenty-two; the
    telephone and some steps in the waking hours."""
    rng = np.random.default_rng(seed)
    found = np.full((5, homes, days, 24), np.nan, np.float32)
    power = 0.06 + 0.02 * rng.random((homes, days, 24))
    power[:, :, 7] += 0.4 + 0.3 * rng.random((homes, days))
    power[:, :, 12] += 0.3 * (rng.random((homes, days)) < 0.8)
    power[:, :, 18:22] += 0.15 + 0.3 * rng.random((homes, days, 4))
    awake = np.zeros(24, bool)
    awake[7:23] = True
    events = rng.poisson(1.2, (homes, days, 24)) * awake
    steps = rng.poisson(1.0, (homes, days, 24)) * 150 * awake
    for name, place, values in (("power", 0, power), ("phone", 1, events), ("steps", 4, steps)):
        if name in inputs:
            found[place] = values
    return found


def quiet_day(homes: int = 1, *, seed: int = 9, phone: float = 0.0) -> np.ndarray:
    """(5, H, 24): only the fridge; telephone and steps silent."""
    found = np.full((5, homes, 24), np.nan, np.float32)
    found[0] = 0.06 + 0.02 * np.random.default_rng(seed).random((homes, 24))
    found[1] = phone
    found[4] = 0
    return found
