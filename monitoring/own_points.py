"""A rule's points, set again from the county's own history: how often they really ring here.

A card promises alarms per household-month on the homes it was measured on; a county's homes ring
more or less often. `Fit` is what a person has taken over from the county's own curve
(dispatch.tuning.fitting); it belongs to one rule, and any other keeps its card's word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.county_settings import setting

SETTING = "monitoring.points_fit"
LEAST, MOST = 0.25, 4.0
"""A county that rings more often than this against its card has another fault than its points."""
_GRID = np.geomspace(0.005, 20.0, 240)
_ANY = (0.0, np.inf)


@dataclass(frozen=True)
class Fit:
    """`rings`: (alarms the card promises, times as often the county rang there), rising."""

    rings: tuple[tuple[float, float], ...] = ()

    def rang(self, alarms: float) -> float:
        """Alarms per household-month of this county where the card promises `alarms`."""
        return float(self._rang(np.array([alarms]))[0])

    def on_card(self, alarms: float, *, span: tuple[float, float] = _ANY) -> float:
        """What to ask the card for, so that the county rings `alarms` times. `span`: where the
        card's table begins and ends, if it matters that it cannot be asked for more: a point
        beyond is that of the end, and `rang` of what is returned is what then rings."""
        return min(max(self._asked(alarms), span[0]), span[1])

    def _asked(self, alarms: float) -> float:
        if not self.rings:
            return alarms
        # Rising without a doubt, so that there is one answer.
        here = np.maximum.accumulate(self._rang(_GRID))
        return float(np.exp(np.interp(np.log(alarms), np.log(here), np.log(_GRID))))

    def _rang(self, alarms: "np.ndarray[Any, np.dtype[np.float64]]") -> Any:
        if not self.rings:
            return alarms
        promised, times = (np.array(column) for column in zip(*self.rings, strict=True))
        share = np.interp(np.log(alarms), np.log(promised), np.log(times.clip(LEAST, MOST)))
        return alarms * np.exp(share)


def in_force(version: str, *, now: datetime) -> Fit:
    """What holds for this rule at `now`; the card's word where nobody has set it again."""
    stored = setting(SETTING, at=now)
    return read(stored) if stored.get("rule") == version else Fit()


def read(stored: Mapping[str, Any]) -> Fit:
    rings = stored.get("rings", {})
    return Fit(tuple(sorted((float(alarms), float(times)) for alarms, times in rings.items())))


def written(version: str, fit: Fit) -> dict[str, Any]:
    """As the setting keeps it; nothing where the card's word holds."""
    if not fit.rings:
        return {}
    return {"rule": version, "rings": {f"{a:g}": round(times, 3) for a, times in fit.rings}}


def check(value: Any) -> None:
    """Raises ValidationError for anything that `written` cannot have made."""
    try:
        fit = read(value)
        whole = not value or (isinstance(value["rule"], str) and len(fit.rings) > 0)
        good = whole and all(a > 0 and LEAST <= times <= MOST for a, times in fit.rings)
    except (AttributeError, KeyError, TypeError, ValueError):
        good = False
    if not good:
        raise ValidationError(_("감지 기준 화면에서 정해 주세요."))


def words(value: Any) -> str:
    """`plain-1: 가구당 월 0.1번에서 1.2배, 0.32번에서 1.4배`, for the list of settings."""
    rings = ", ".join(
        _("%(alarms)s번에서 %(times)s배") % {"alarms": f"{alarms:g}", "times": f"{times:g}"}
        for alarms, times in read(value).rings
    )
    return _("%(rule)s: 가구당 월 %(rings)s") % {"rule": value.get("rule", ""), "rings": rings}
