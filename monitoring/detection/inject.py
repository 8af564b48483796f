"""Collapses put into the clean history of homes, to learn from and to test with.

Nobody ever labelled a real one. Electricity falls to what the home itself shows when nobody acts;
telephone and steps fall silent in the same hour but for a small remainder, and the battery of the
device that counts steps dies within two days. Several kinds, because a model learns its injector:
one kind (HELD_OUT) is never trained on and says what that costs.
"""

from dataclasses import dataclass

import numpy as np

from monitoring.detection.inputs import APP, LINE, PHONE, POWER, STEPS, Floats

KINDS = ("quiet_night", "own_absence", "stuck_on", "burnt_out")
HELD_OUT = "thermostat"
PAST_DAYS = 28  # history from which quiet hours are taken
BLOCK = 4  # hours that stay together, so that a fridge's rhythm survives
REMAINDER = 0.012  # share of silent hours in which a telephone still shows something
BATTERY_HOURS = (4, 48)
BATTERY_DIES = 0.65  # of the devices
OWN_HAND = 0.3  # of the homes: what looks like a timer was the person, and fails to come
EMPTY_HOURS = (12, 96)  # a device that somebody well forgot to charge


@dataclass(frozen=True)
class Collapse:
    """One home's collapse: its kind and first hour, counted in the whole history."""

    kind: str
    onset: int


def inject(
    history: Floats, collapses: list[Collapse], rng: np.random.Generator, *, hours: int
) -> Floats:
    """A copy of `history` (5, H, T) with collapse i in home i, lasting `hours` or to the end.

    Missing hours stay missing. Deterministic for one state of `rng`.
    """
    found = history.copy()
    for home, collapse in enumerate(collapses):
        begin, end = collapse.onset, min(collapse.onset + hours, history.shape[2])
        power = found[POWER, home]
        power[begin:end] = np.where(
            np.isfinite(power[begin:end]), _quiet_power(power, collapse, end, rng), np.nan
        )
        _silence(found[:, home], begin, end, rng)
    return found


def _quiet_power(power: Floats, collapse: Collapse, end: int, rng: np.random.Generator) -> Floats:
    """(hours,) kWh of the home from the collapse on."""
    begin = collapse.onset
    first = max(0, begin // 24 - PAST_DAYS) * 24
    past = power[first : begin // 24 * 24].reshape(-1, 24)
    clock = np.arange(begin, end) % 24
    if collapse.kind == "own_absence":
        return _own_quiet_days(power, begin, end, rng)
    ordered = np.sort(past, axis=0)  # NaN last
    idle = np.nan_to_num(ordered[min(1, len(ordered) - 1)])
    if rng.random() < OWN_HAND:
        quiet = np.minimum(idle, np.median(idle))[clock]
    else:
        quiet = idle[clock]
    quiet = np.maximum(quiet + _quiet_rest(past, idle, end - begin, rng), 0)
    return np.asarray(quiet + _left_on(collapse.kind, clock, rng), np.float32)


def _quiet_rest(past: Floats, idle: Floats, count: int, rng: np.random.Generator) -> Floats:
    """(count,) what quiet hours show above the timers, in blocks of the home's quietest nights."""
    rest = (past - idle).ravel()
    rough = np.nan_to_num(rest, nan=9.0)
    rough = np.maximum(rough, 0) + np.abs(np.diff(rough, prepend=rough[0]))
    total = np.concatenate([[0], np.cumsum(rough)])
    length = BLOCK + 1
    load = total[length:] - total[:-length]
    daily = np.array([day.argmin() + 24 * i for i, day in enumerate(_days(load))])
    calm = daily[np.argsort(load[daily])[: max(3, len(daily) * 3 // 4)]]
    starts = rng.choice(calm, count // BLOCK + 1)
    hours = (starts[:, None] + np.arange(BLOCK)).ravel()[:count]
    return np.asarray(np.nan_to_num(rest[hours]), np.float32)


def _days(load: Floats) -> list[Floats]:
    return [load[at : at + 24] for at in range(0, len(load), 24) if len(load[at : at + 24])]


def _own_quiet_days(power: Floats, begin: int, end: int, rng: np.random.Generator) -> Floats:
    """(hours,) the quietest quarter days of 60, at their own time of day: what an absence is."""
    first = max(0, begin // 24 - 60) * 24
    past = power[first : begin // 24 * 24].reshape(-1, 4, 6)
    rough = np.abs(np.diff(past, axis=2)).sum(axis=2) + past.sum(axis=2)
    order = np.argsort(np.nan_to_num(rough, nan=1e9), axis=0)
    found = np.empty(end - begin, np.float32)
    at = begin
    while at < end:
        quarter = at % 24 // 6
        day = order[rng.integers(0, 4), quarter]
        offset = at % 6
        part = past[day, quarter, offset:][: end - at]
        found[at - begin : at - begin + len(part)] = part
        at += len(part)
    return np.nan_to_num(found)


def _left_on(kind: str, clock: np.ndarray, rng: np.random.Generator) -> Floats:
    """(hours,) kWh of what the person had switched on and never switches off."""
    count = len(clock)
    load = float(np.exp(rng.uniform(np.log(0.06), np.log(1.4))))
    if kind == "stuck_on":
        flutter = rng.uniform(0.01, 0.1) * rng.standard_normal(count)
        return np.asarray(load * np.clip(1 + flutter, 0.5, 1.5), np.float32)
    if kind == "burnt_out":  # a timer or an empty pan ends it after some hours
        last = int(rng.integers(1, 14))
        return np.where(np.arange(count) < last, np.float32(load), np.float32(0))
    if kind == HELD_OUT:  # a heater that follows the day's temperature, in cycles
        swing = 1 + 0.4 * np.cos((clock - 4) / 24 * 2 * np.pi)
        return np.asarray(load * swing * rng.uniform(0.7, 1.3, count), np.float32)
    return np.zeros(count, np.float32)


def _silence(home: Floats, begin: int, end: int, rng: np.random.Generator) -> None:
    """Telephone, line, app and steps of one home (5, T) from the collapse on."""
    count = end - begin
    share = REMAINDER * rng.choice([0.0, 1.0, 1.5])
    line = rng.random(count) < share * 0.3
    app = rng.random(count) < share
    dead = int(rng.integers(*BATTERY_HOURS)) if rng.random() < BATTERY_DIES else count
    for given, value in ((PHONE, app), (LINE, line), (APP, app), (STEPS, app * 20)):
        part = home[given, begin:end]
        part[:] = np.where(np.isfinite(part), value, np.nan)
    for given in (APP, STEPS):
        home[given, begin + dead : end] = np.nan


def flat_batteries(home: Floats, first: int, rng: np.random.Generator) -> None:
    """Devices of one home (5, T) that die now and then from hour `first` on, in place: an empty
    battery alone is no collapse."""
    hours = home.shape[1]
    for _ in range(rng.poisson((hours - first) / (24 * 15))):
        begin = int(rng.integers(first, hours))
        home[[APP, STEPS], begin : begin + int(rng.integers(*EMPTY_HOURS))] = np.nan


def hide(history: Floats, mode: str, rng: np.random.Generator) -> None:
    """Take inputs of one home (5, T) away, in place: one model serves every set of partners."""
    if mode == "power":
        history[[PHONE, LINE, APP, STEPS]] = np.nan
    elif mode == "power_phone":
        history[STEPS] = np.nan
    elif mode == "phone_steps":
        history[POWER] = np.nan
    elif mode in ("split", "line"):
        events = history[PHONE]
        known = np.isfinite(events)
        calls = rng.binomial(np.nan_to_num(events).astype(int), 0.25)
        history[LINE] = np.where(known, calls, np.nan)
        history[APP] = np.where(known, np.nan_to_num(events) - calls, np.nan)
        if mode == "line":
            history[APP] = np.nan
            history[PHONE] = np.nan
        else:
            history[PHONE] = history[LINE] + history[APP]


MODES = ("all", "power_phone", "power", "split", "phone_steps", "line")
MODE_SHARES = (0.5, 0.15, 0.2, 0.07, 0.04, 0.04)
