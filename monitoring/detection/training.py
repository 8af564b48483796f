"""Training of the trees: clean signals in, a model file and its card out. Same seed, same file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from monitoring.detection import evaluation, inject, trials
from monitoring.detection.advance import smooth
from monitoring.detection.features import FEATURES, FEATURES_VERSION, MONOTONE
from monitoring.detection.inputs import LEARN_DAYS, Flags, Floats
from monitoring.detection.trials import AFTER_DAYS, HOURS_AFTER, Judged, Pass, Windows

TREES = 150
FOLDS = 4
EVERY_CLEAN, EVERY_COLLAPSED = 3, 2  # hours that are kept as rows; neighbours say nearly the same
THREADS = 1  # the order of additions, and so the file, must not depend on the machine
PARAMETERS: dict[str, Any] = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "grow_policy": "lossguide",
    "max_leaves": 8,
    "max_depth": 0,
    "eta": 0.1,
    "min_child_weight": 50,
    "reg_lambda": 5,
    "subsample": 0.7,
    "colsample_bytree": 0.5,
    "nthread": THREADS,
}
# Each pass shows every home once through one set of inputs. The first two also serve the figures
# of the card: everything, and power alone.
PASSES = ("all", "power", "mixed", "mixed")
LEAST_DAYS = LEARN_DAYS + AFTER_DAYS + 3


class TooLittle(ValueError):
    """There is not enough history to learn from; the text says what is missing, in English."""


@dataclass(frozen=True)
class Rows:
    """Features (N, F), label (N,), weight (N,)."""

    table: Floats
    label: Floats
    weight: Floats


@dataclass(frozen=True)
class Trained:
    """The model file's bytes and its card."""

    model: bytes
    card: dict[str, Any]


def train(
    sets: Sequence[Windows], *, seed: int, made_on: str, command: str, sources: Sequence[str]
) -> Trained:
    """Learn from `sets` of clean windows.

    `made_on` (a date), `command` and `sources` (names of files) are written on the card. Raises
    TooLittle where fewer homes than two a fold have LEAST_DAYS days.
    """
    sets = [windows for windows in sets if windows.days >= LEAST_DAYS]
    homes = sum(windows.history.shape[1] for windows in sets)
    if homes < 2 * FOLDS:
        raise TooLittle(
            f"{homes} homes with at least {LEAST_DAYS} days; {2 * FOLDS} are needed to learn"
        )
    rng = np.random.default_rng(seed)
    folds = [_folds(windows, rng) for windows in sets]
    passes = [
        [_pass(windows, name, number, rng) for windows in sets]
        for number, name in enumerate(PASSES)
    ]
    judges = [_fit(_rows(passes, [own != fold for own in folds]), seed) for fold in range(FOLDS)]
    rows = _rows(passes, [own >= 0 for own in folds])
    model = bytes(_fit(rows, seed).save_raw("ubj"))
    given = [_scored(part, judges, own) for part, own in zip(passes[0], folds, strict=True)]
    alone = [_scored(part, judges, own) for part, own in zip(passes[1], folds, strict=True)]
    digest = hashlib.sha256(model).hexdigest()
    card = {
        "version": f"trees-{FEATURES_VERSION}-{digest[:8]}",
        "sha256": digest,
        "features_version": FEATURES_VERSION,
        "features": list(FEATURES),
        "made_on": made_on,
        "command": command,
        "seed": seed,
        "trained_on": _trained_on(sources, homes, rows),
        "trees": TREES,
        "parameters": {key: value for key, value in PARAMETERS.items() if key != "nthread"},
        "calibration": _calibration(given),
        "figures": {"as_given": _figures(given), "power_only": _figures(alone)},
    }
    return Trained(model, card)


def _trained_on(sources: Sequence[str], homes: int, rows: Rows) -> dict[str, Any]:
    return {
        "sources": list(sources),
        "homes": homes,
        "rows": len(rows.label),
        "of_them_after_a_collapse": int(rows.label.sum()),
        "kinds": list(inject.KINDS),
        "never_trained_on": inject.HELD_OUT,
    }


def _folds(windows: Windows, rng: np.random.Generator) -> NDArray[np.intp]:
    groups = np.unique(trials.look_alikes(windows), return_inverse=True)[1]
    return np.asarray(rng.permutation(groups.max() + 1)[groups] % FOLDS)


def _pass(windows: Windows, name: str, number: int, rng: np.random.Generator) -> Pass:
    homes = windows.history.shape[1]
    if name == "mixed":
        modes = [str(mode) for mode in rng.choice(inject.MODES, homes, p=inject.MODE_SHARES)]
        kinds: tuple[str, ...] = inject.KINDS
    else:
        modes = [name] * homes
        kinds = (*inject.KINDS, inject.HELD_OUT)
    return trials.run(
        windows,
        modes,
        kinds,
        rng,
        shift=number % trials.EVERY_DAYS,
        batteries=name == "mixed",
    )


def _rows(passes: list[list[Pass]], chosen: list[Flags]) -> Rows:
    """Of the chosen homes: untouched hours as 0, hours after a collapse as 1."""
    tables, labels, weights = [], [], []
    for number, parts in enumerate(passes):
        for part, homes in zip(parts, chosen, strict=True):
            keep = _every(part.clean, EVERY_CLEAN, number) & part.clean.judged & homes
            tables.append(_taken(part.clean, keep))
            labels.append(np.zeros(len(tables[-1]), np.float32))
            weights.append(np.full(len(tables[-1]), EVERY_CLEAN, np.float32))
            for judged in part.collapses:
                after = np.arange(len(judged.judged))[:, None] - judged.onset
                keep = (after >= 0) & (after < HOURS_AFTER) & judged.judged & homes
                keep &= after % EVERY_COLLAPSED == number % EVERY_COLLAPSED
                keep &= np.array(judged.kinds) != inject.HELD_OUT
                tables.append(_taken(judged, keep))
                labels.append(np.ones(len(tables[-1]), np.float32))
                weights.append(np.ones(len(tables[-1]), np.float32))
    label, weight = np.concatenate(labels), np.concatenate(weights)
    # A collapse is far rarer than any sample of them: their share only sets where zero lies.
    weight[label > 0] *= 0.5 * weight[label == 0].sum() / weight[label > 0].sum()
    return Rows(np.concatenate(tables), label, weight)


def _every(judged: Judged, step: int, offset: int) -> Flags:
    return (np.arange(len(judged.judged)) % step == offset % step)[:, None]


def _taken(judged: Judged, keep: Flags) -> Floats:
    """(N, F) features of the hours and homes to keep, hour by hour to spare memory."""
    parts = [judged.features[hour][keep[hour]] for hour in np.flatnonzero(keep.any(axis=1))]
    return np.concatenate(parts) if parts else np.empty((0, len(FEATURES)), np.float32)


def _fit(rows: Rows, seed: int) -> xgboost.Booster:
    table = xgboost.QuantileDMatrix(rows.table, rows.label, weight=rows.weight, nthread=THREADS)
    parameters = PARAMETERS | {"seed": seed, "monotone_constraints": MONOTONE}
    return xgboost.train(parameters, table, TREES)


def _scored(
    part: Pass, judges: list[xgboost.Booster], fold: NDArray[np.intp]
) -> list[tuple[Judged, Floats]]:
    """Evidence (T, H) of each judged part, every home by the trees that never saw it."""
    return [(judged, _evidence(judged, judges, fold)) for judged in (part.clean, *part.collapses)]


def _evidence(judged: Judged, judges: list[xgboost.Booster], fold: NDArray[np.intp]) -> Floats:
    odds = np.empty(judged.judged.shape, np.float32)
    for number, booster in enumerate(judges):
        mine = fold == number
        flat = judged.features[:, mine].reshape(-1, len(FEATURES))
        found = booster.inplace_predict(flat, predict_type="margin")
        odds[:, mine] = found.reshape(len(odds), -1)
    return smooth(odds, judged.judged)


def _calibration(scored: list[list[tuple[Judged, Floats]]]) -> dict[str, list[list[float]]]:
    evidence = _together([parts[0][1] for parts in scored])
    fused = _together([parts[0][0].fused for parts in scored])
    return {
        "evidence": evaluation.calibration(evidence),
        "fused": evaluation.calibration(fused),
    }


def _together(evidence: list[Floats]) -> evaluation.Trial:
    """Clean homes of all sets; shorter ones end earlier."""
    longest = max(len(part) for part in evidence)
    homes = sum(part.shape[1] for part in evidence)
    table = np.full((homes, longest), np.nan, np.float32)
    belongs = np.zeros(table.shape, bool)
    at = 0
    for part in evidence:
        rows = slice(at, at + part.shape[1])
        table[rows, : len(part)] = part.T
        belongs[rows, : len(part)] = True
        at += part.shape[1]
    return evaluation.Trial(table, np.full(homes, -1), [""] * homes, belongs)


def _figures(scored: list[list[tuple[Judged, Floats]]]) -> list[dict[str, Any]]:
    """Per budget: delays of the injected collapses by kind, by trees that never saw the home."""
    clean = _together([parts[0][1] for parts in scored])
    grid = evaluation.threshold_grid(clean)
    rates = evaluation.false_alarm_rates(clean, grid)
    found = []
    for budget in evaluation.BUDGETS:
        threshold = evaluation.threshold_for(grid, rates, budget)
        late, kinds = [], []
        for parts in scored:
            for judged, evidence in parts[1:]:
                trial = evaluation.Trial(evidence.T, judged.onset, judged.kinds)
                late.append(evaluation.delays(trial, threshold))
                kinds += [judged.kinds[home] for home in evaluation.collapsed(trial)]
        delay, kind = np.concatenate(late), np.array(kinds)
        known = kind != inject.HELD_OUT
        row: dict[str, Any] = {"budget": budget, "threshold": round(threshold, 4)}
        row |= evaluation.figures(delay[known])
        row["kinds"] = {
            str(name): evaluation.figures(delay[kind == name]) for name in np.unique(kind)
        }
        found.append(row)
    return found
