"""Areas that fell silent at once: a power cut, a dead concentrator, a telephone network down.

One home that falls silent is a question about a person; a third of the neighbours in the same hour
is a question about a wire. All of it is causal: what is said of an hour rests on that hour and
the ones before it.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Ints = NDArray[np.intp]

FEWEST_HOMES = 5
"""Below it an area is too small to tell a shared cause from chance."""
SHARE = 0.30  # of an area's homes, silent in one hour
MEMORY = 24  # hours: who gave nothing for longer says nothing about this hour
LONGEST = 168  # hours: a fault holds the memory of its homes for so long
DEAD_KWH = 0.0  # what a meter without current shows, where nothing is known of the home

WINDOWS = (1, 2, 3, 4, 6, 8, 12, 24)
"""Hours looked at together: where people call little, or at night, one hour alone expects too few
calls to tell anything."""
CHANCE = 1e-6  # of so few active homes in a window, were each living as usual
REMAINS = (
    0.10  # of the activity expected; habits shift together on a feast day, never by nine tenths
)


def area_faults(
    power: Floats, area: Ints, limit: Floats | None = None, *, settled: int | None = None
) -> Flags:
    """(A, T) hours in which an area's power feed says nothing about its people.

    `power` (H, T) kWh, NaN = not received; `area` (H,) 0..A-1, -1 for none; `limit` (H,) kWh at or
    below which a reading means no current (inputs.outage_limit). An hour is at fault where 30 % or
    more of the homes that were alive within a day are absent or without current, in an area of at
    least five such homes. While a fault lasts its homes stay counted, up to a week, so that a long
    cut does not end by being forgotten.

    Hours from index `settled` on may still come (None: all are settled): absent homes are left out
    of them, and one of which less than half has come goes on as the hour before it.
    """
    homes, hours = power.shape
    floor = np.full(homes, DEAD_KWH, np.float32) if limit is None else limit
    dead = ~(power > floor[:, None])  # NaN is dead too
    areas = int(area.max(initial=-1)) + 1
    faults = np.zeros((areas, hours), bool)
    placed = area >= 0
    group = np.where(placed, area, 0)
    alive_at = np.full(homes, -LONGEST - 1)
    for hour in range(hours):
        lasting = faults[:, hour - 1] if hour else np.zeros(areas, bool)
        memory = np.where(lasting[group], LONGEST, MEMORY) if areas else alive_at
        alive_at[~dead[:, hour]] = hour
        counted = placed & (hour - alive_at <= memory)
        known = np.bincount(group[counted], minlength=areas)
        silent = np.bincount(group[counted & dead[:, hour]], minlength=areas)
        faults[:, hour] = (known >= FEWEST_HOMES) & (silent >= SHARE * known)
        if settled is not None and hour >= settled:
            came = counted & np.isfinite(power[:, hour])
            here = np.bincount(group[came], minlength=areas)
            silent = np.bincount(group[came & dead[:, hour]], minlength=areas)
            told = (here >= FEWEST_HOMES) & (here >= known / 2)
            faults[:, hour] = np.where(told, silent >= SHARE * here, lasting)
    return faults


def silent_neighbours(active: Floats, usual: Floats, area: Ints) -> Flags:
    """(A, T) hours in which an area's telephones (or apps) fell silent together against all habit.

    `active` (H, T): above 0 the home used it, 0 it did not, NaN not received; `usual` (H, T): how
    often it does at such an hour, 0..1; `area` (H,) as above.

    Of n independent homes mu = sum(usual) are active; that only k of them are has a chance of at
    most exp(-(mu - k + k ln(k / mu))) (Chernoff's bound). A fault is a window of up to a day,
    silent in each hour, whose bound is below one in a million and in which less than a tenth of the
    expected activity remains. At night mu is small and no silence is surprising: nothing is said
    then, which is right, for nobody's light can rest on it. A fault that began by day goes on
    through the night until somebody shows that the network is back.
    """
    areas = int(area.max(initial=-1)) + 1
    came = np.isfinite(active) & np.isfinite(usual) & (area >= 0)[:, None]
    expected = _by_area(np.where(came, usual, 0.0), area, areas)
    found = _by_area((came & (active > 0)).astype(np.float64), area, areas)
    homes = _by_area(came.astype(np.float64), area, areas)
    quiet = (homes >= FEWEST_HOMES) & (found <= REMAINS * expected)
    hours = active.shape[1]
    faults: Flags = np.zeros((areas, hours), bool)
    for window in WINDOWS:
        mu, k = _rolling(expected, window), _rolling(found, window)
        throughout = _rolling(quiet.astype(np.float64), window) == window
        faults |= throughout & (_surprise(mu, k) >= -np.log(CHANCE)) & (k <= REMAINS * mu)
    for hour in range(1, hours):
        faults[:, hour] |= faults[:, hour - 1] & quiet[:, hour]
    return faults


def _by_area(values: NDArray[np.float64], area: Ints, areas: int) -> NDArray[np.float64]:
    """(A, T) sums of (H, T)."""
    sums = np.zeros((areas, values.shape[1]))
    placed = area >= 0
    np.add.at(sums, area[placed], values[placed])
    return sums


def _rolling(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """(A, T) sum of this hour and the window - 1 before it; NaN until there are so many."""
    if values.shape[1] < window:
        return np.full(values.shape, np.nan)
    total = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    sums = np.full(values.shape, np.nan)
    sums[:, window - 1 :] = total[:, window:] - total[:, :-window]
    return sums


def _surprise(mu: NDArray[np.float64], k: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minus the log of Chernoff's bound of finding k or fewer of mu; 0 where k is no less."""
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = mu - k + np.where(k > 0, k * np.log(k / mu), 0.0)
    return np.where(k < mu, bound, 0.0)


def cancel_silence(inputs: Floats, masked: Flags, limit: Floats | None = None) -> Floats:
    """`inputs` (I, H, T), power first, with the silence of `masked` hours (same shape) as missing.

    Only silence: who telephones or draws current in the middle of an outage is alive, and that
    sign of life stays. `limit` as in `area_faults`.
    """
    floor = np.zeros(inputs.shape[:2], np.float32)
    if limit is not None and len(floor):
        floor[0] = limit
    silent = ~(inputs > floor[:, :, None])
    return np.where(masked & silent, np.float32(np.nan), inputs)
