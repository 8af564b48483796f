"""What the trees look at: accumulators, how they compare with the home's own record, its traits."""

import numpy as np

from monitoring.detection.hot import FADING, ROWS, SINCE, SUMS
from monitoring.detection.inputs import PHONE, POWER, SOURCES, STEPS, Floats
from monitoring.detection.records import LEVELS, RECORDS, TRAITS

FEATURES_VERSION = "1"
LOST_HOURS = 72.0  # a source not received for that long is as if the person had none
SHORTEST = 0.5  # added below a ratio, so that short records do not explode
LEVEL = 0.05  # kWh, the same for levels

_SURPRISES = ("power", "phone", "telecom", "any")
# (accumulator, its place, record, level): how far it is on the way to the home's own record. Both
# stay, ratio and plain sum: the ratio alone would hide the collapse of a frequent traveller.
_RATIOS = (
    ("surprise", SINCE.index("power"), "surprise_power", "tenth"),
    ("surprise", SINCE.index("phone"), "surprise_phone", "tenth"),
    ("surprise", SINCE.index("any"), "surprise_any", "longest"),
    ("surprise", SINCE.index("any"), "surprise_any", "tenth"),
    ("sums", SUMS.index("power"), "sum_power", "longest"),
    ("sums", SUMS.index("power"), "sum_power", "tenth"),
    ("sums", SUMS.index("all"), "sum_all", "longest"),
    ("sums", SUMS.index("all"), "sum_all", "tenth"),
)
_RECORDS = ("silent_power", "silent_any")
_TRAITS = ("active_power", "level")

_LIVE: dict[str, int] = (
    {f"sum_{name}": ROWS["sums"].start + i for i, name in enumerate(SUMS)}
    | {f"fading_{name}_{span}": ROWS["fading"].start + i for i, (name, span) in enumerate(FADING)}
    | {f"silent_{name}": ROWS["silent"].start + i for i, name in enumerate(SINCE)}
    | {f"surprise_{name}": ROWS["surprise"].start + SINCE.index(name) for name in _SURPRISES}
    | {
        "constant": ROWS["constant"].start,
        "gap_steps": ROWS["gap"].start + SOURCES.index("steps"),
        "share_power": ROWS["share"].start + SOURCES.index("power"),
        "share_steps": ROWS["share"].start + SOURCES.index("steps"),
    }
)
FEATURES: tuple[str, ...] = (
    *_LIVE,
    *(f"ratio_{record}_{level}" for _, _, record, level in _RATIOS),
    *(f"record_{name}" for name in _RECORDS),
    *_TRAITS,
    "rough",  # hourly change against level: an appliance left on draws evenly
    "high",  # level against the home's own
    "hour",
    "free",
)

# Longer silence never speaks for life.
MONOTONE: tuple[int, ...] = tuple(
    int(name.startswith(("sum_", "silent_", "surprise_", "ratio_"))) for name in FEATURES
)

_OWN = {
    "power": (
        *("_power", "sum_level", "sum_change", "sum_above"),
        *("constant", "level", "rough", "high"),
    ),
    "phone": ("_phone",),
    "steps": ("_steps",),
}


def _of_source(source: str) -> list[int]:
    """Features that mean nothing where the person has no such source."""
    return [
        place
        for place, name in enumerate(FEATURES)
        if any(part == name or (part[0] == "_" and part in name) for part in _OWN[source])
    ]


_PLACES = [_of_source(source) for source in SOURCES]
_LIVE_ROWS = np.array(list(_LIVE.values()))
_RATIO_ROWS = np.array([ROWS[name].start + place for name, place, _, _ in _RATIOS])
_AT_RATIOS, _AT_FIXED = len(_LIVE), len(_LIVE) + len(_RATIOS)


class Prepared:
    """What stays the same through the hours of a call: records, traits, who has which source."""

    def __init__(self, habits: np.ndarray) -> None:
        record = habits["record"]
        self.below = np.stack(
            [
                1 / (record[:, RECORDS.index(name), LEVELS.index(level)] + np.float32(SHORTEST))
                for _, _, name, level in _RATIOS
            ]
        )
        fixed = [record[:, RECORDS.index(name), LEVELS.index("longest")] for name in _RECORDS]
        fixed += [habits["trait"][:, TRAITS.index(name)] for name in _TRAITS]
        self.fixed = np.stack(fixed)
        self.level = habits["trait"][:, TRAITS.index("level")] + np.float32(LEVEL)
        days = habits["days"]
        phone = days[:, PHONE:STEPS].any(axis=1)
        self.without = np.stack([days[:, POWER] == 0, ~phone, days[:, STEPS] == 0])


def write(rows: Floats, prepared: Prepared, hour: int, free: bool, out: Floats) -> None:
    """Fill `out` (features, H) of one hour from the accumulators `rows` after that hour."""
    np.take(rows, _LIVE_ROWS, axis=0, out=out[:_AT_RATIOS])
    np.multiply(rows[_RATIO_ROWS], prepared.below, out=out[_AT_RATIOS:_AT_FIXED])
    out[_AT_FIXED:-4] = prepared.fixed
    level, change = rows[ROWS["mean"]]
    np.divide(change, np.abs(level) + np.float32(LEVEL), out=out[-4])
    np.divide(level, prepared.level, out=out[-3])
    out[-2], out[-1] = hour, free
    lost = prepared.without | (rows[ROWS["gap"]] > LOST_HOURS)
    for source, places in zip(lost, _PLACES, strict=True):
        homes = np.flatnonzero(source)
        if len(homes):
            for place in places:
                out[place, homes] = np.nan
