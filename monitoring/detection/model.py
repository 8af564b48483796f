"""The trees and their card: what they were trained on, and which value costs how many alarms."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from monitoring.detection.features import FEATURES, FEATURES_VERSION
from monitoring.detection.inputs import Floats

SHIPPED = Path(__file__).parent / "shipped"
MODEL_FILE, CARD_FILE = "model.ubj", "card.json"
THREADS_VARIABLE = "DETECTION_THREADS"


class UnusableModel(ValueError):
    """The model file is broken or was made for other features; the text says which, in English."""


@dataclass(frozen=True)
class Model:
    """Trees that turn features into log-odds, with the card of their training."""

    booster: xgboost.Booster
    card: dict[str, Any]

    @classmethod
    def load(
        cls,
        source: Path | bytes,
        card: dict[str, Any] | None = None,
        *,
        threads: int | None = None,
    ) -> "Model":
        """From a file (its card lies beside it) or from bytes and a card.

        Raises UnusableModel.
        """
        try:
            if isinstance(source, Path):
                if card is None:
                    card = json.loads(card_path(source).read_text("utf-8"))
                source = source.read_bytes()
            booster = xgboost.Booster({"nthread": threads or threads_wanted()})
            booster.load_model(bytearray(source))
        except (OSError, ValueError, xgboost.core.XGBoostError) as error:
            line = str(error).strip().splitlines()[0] if str(error).strip() else "unreadable"
            raise UnusableModel(f"the model cannot be read: {line}") from None
        if not card or card.get("features_version") != FEATURES_VERSION:
            made_for = (card or {}).get("features_version")
            raise UnusableModel(
                f"the model was made for features {made_for!r}, "
                f"this program has {FEATURES_VERSION!r}"
            )
        if booster.num_features() != len(FEATURES):
            raise UnusableModel("the model does not match its card: another number of features")
        return cls(booster, card)

    @property
    def version(self) -> str:
        """Name of the rule that made an assessment."""
        return str(self.card["version"])

    def predict(self, table: Floats) -> Floats:
        """Log-odds (N,) of `table` (N, features), float32, C order."""
        if not len(table):
            return np.zeros(0, np.float32)
        return np.asarray(
            self.booster.inplace_predict(table, predict_type="margin", validate_features=False),
            np.float32,
        )

    def point(self, alarms_per_month: float, *, power_only: bool = False) -> float:
        """Evidence above which there are that many false alarms per household-month.

        `power_only`: of homes of which nothing but electricity is known; they are uncertain more
        often, and their point lies higher.
        """
        return between(self._table(power_only), alarms_per_month)

    def span(self, *, power_only: bool = False) -> tuple[float, float]:
        """The rarest and the most alarms per household-month that the card knows a point of;
        whoever asks `point` for more or for less gets the point of the end."""
        table = self._table(power_only)
        return float(table[0][0]), float(table[-1][0])

    def _table(self, power_only: bool) -> Sequence[Sequence[float]]:
        if not power_only:
            rows: Sequence[Sequence[float]] = self.card["calibration"]["evidence"]
            return rows
        alone = self.card["figures"]["power_only"]
        return sorted([row["budget"], row["threshold"]] for row in alone)

    def fused_point(self, alarms_per_month: float) -> float:
        """The same for the fused sum."""
        return between(self.card["calibration"]["fused"], alarms_per_month)


def between(table: Sequence[Sequence[float]], alarms: float) -> float:
    """`table` of (alarms per household-month, value), rarest first; linear in log alarms."""
    rates, values = np.array(table, float).T
    return float(np.interp(np.log(max(alarms, 1e-6)), np.log(rates), values))


def card_path(model: Path) -> Path:
    """Where the card of a model file lies."""
    beside = model.with_suffix(".card.json")
    return model.parent / CARD_FILE if model.name == MODEL_FILE else beside


def threads_wanted() -> int:
    """DETECTION_THREADS, or all processors of the machine."""
    return int(os.environ.get(THREADS_VARIABLE) or os.cpu_count() or 1)


@cache
def shipped() -> Model:
    """The model that comes with the program."""
    return Model.load(SHIPPED / MODEL_FILE)
