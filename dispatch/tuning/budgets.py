"""How many alarms the county accepts: two numbers for all, and others for a risk group.

A budget is alarms per household and month (30 days). A rule's card says above which evidence a
budget is kept, so that a change of the rule does not change what the county has chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from accounts.county_settings import setting, spec
from households.models import RiskGroup
from monitoring.own_points import Fit

NO_FIT = Fit()
LIGHTS = ("yellow", "red")
GROUPS: tuple[str, ...] = tuple(group.value for group in RiskGroup)
DAYS_OF_MONTH = 30

STEPS = (
    0.02, 0.03, 0.05, 0.07, 0.1, 0.13, 0.16, 0.2, 0.25, 0.32,
    0.4, 0.5, 0.64, 0.8, 1.0, 1.3, 1.6, 2.0, 2.7,
)  # fmt: skip
"""The stops of the slider: even to the eye, each about a quarter more than the one before."""

LABELS = {"yellow": _("주의 (AI 전화)"), "red": _("긴급 (사람이 바로)")}


class Rule(Protocol):
    """What decides (monitoring.scoring.rule.Rule)."""

    @property
    def version(self) -> str: ...
    def point(self, alarms: float, *, power_only: bool = False) -> float: ...
    def span(self, *, power_only: bool = False) -> tuple[float, float]: ...


def field_of(light: str, group: str = "") -> str:
    """The key of a budget: `yellow`, `red_high`."""
    return f"{light}_{group}" if group else light


FIELDS: tuple[str, ...] = tuple(
    field_of(light, group) for group in ("", *GROUPS) for light in LIGHTS
)


def setting_name(field: str) -> str:
    """`red_high` is the county's setting `monitoring.red_alarms_high`."""
    light, _line, group = field.partition("_")
    return f"monitoring.{light}_alarms" + (f"_{group}" if group else "")


@dataclass(frozen=True)
class Budgets:
    """`values`: one number per key of FIELDS; None where a group follows the common one."""

    values: Mapping[str, float | None]

    @classmethod
    def at(cls, when: datetime) -> "Budgets":
        """Those in force at `when`."""
        return cls({field: known(setting(setting_name(field), at=when)) for field in FIELDS})

    def of(self, light: str, group: str | None = None) -> float:
        """The budget that holds for a risk group; None: for whoever has none of the own."""
        own = self.values.get(field_of(light, group)) if group else None
        found = own if own is not None else self.values[light]
        if found is None:
            raise ValueError(f"the common budget {light!r} is missing")
        return found

    def changed_from(self, before: "Budgets") -> list[str]:
        """Keys whose number differs, in the order of FIELDS."""
        return [field for field in FIELDS if self.values.get(field) != before.values.get(field)]

    def points(
        self, rule: Rule, homes: Sequence["Home"], *, fit: Fit = NO_FIT
    ) -> dict[str, list[float]]:
        """Per light, the evidence above which each of these homes has an alarm. `fit`: how often
        the rule rings in this county, where that was measured and taken over."""
        level = {
            (light, home): rule.point(
                fit.on_card(self.of(light, home.group)), power_only=home.power_only
            )
            for light in LIGHTS
            for home in set(homes)
        }
        return {light: [level[light, home] for home in homes] for light in LIGHTS}


@dataclass(frozen=True)
class Home:
    """What a home's points depend on: its risk group, and whether nothing but electricity comes."""

    group: str
    power_only: bool = False


def known(stored: Any) -> float | None:
    """A stored budget; nothing and zero mean: as for all."""
    return float(stored) if stored else None


def stored(budget: float | None) -> float:
    """How a budget is kept: nothing as zero."""
    return budget or 0.0


def limits() -> tuple[float, float]:
    """The least and the most a budget may be, as the settings say."""
    common = spec(setting_name("yellow"))
    return float(common.minimum or STEPS[0]), float(common.maximum or STEPS[-1])
