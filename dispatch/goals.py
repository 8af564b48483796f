"""What the county aims at: how soon a waiting case is taken, how soon somebody stands at the door.

The defaults are those of British telecare (TSA: 97.5 % of the calls within a minute; a responder
at the door within 45 minutes in 90 %, always within 60, counted from the decision). Yeoncheon is
wide: the county sets its own once it has measured.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.county_settings import SettingSpec, register, setting, values_beside
from ui.words import moment

MINUTE = 60.0


@dataclass(frozen=True)
class Goal:
    """`percent` of the cases of a stage take at most `seconds`."""

    seconds: float
    percent: float

    def is_met(self, within: int, n: int) -> bool:
        """Of `n` cases, n > 0, `within` kept to it."""
        return within * 100 >= self.percent * n


def in_force(now: datetime) -> dict[str, tuple[Goal, ...]]:
    """The goals by the name of their stage (dispatch.times.NAMES)."""
    return {
        "claim": (
            Goal(
                float(setting("dispatch.goal_claim_seconds", at=now)),
                float(setting("dispatch.goal_claim_percent", at=now)),
            ),
        ),
        "on_site": (
            Goal(
                setting("dispatch.goal_on_site_minutes", at=now) * MINUTE,
                float(setting("dispatch.goal_on_site_percent", at=now)),
            ),
            Goal(setting("dispatch.goal_on_site_all_minutes", at=now) * MINUTE, 100.0),
        ),
    }


_MOST, _ALL = "dispatch.goal_on_site_minutes", "dispatch.goal_on_site_all_minutes"


def _most_before_all(minutes: int, at: datetime) -> None:
    """What most keep to cannot be later than what all keep to, now or as it is planned."""
    for since, latest in values_beside(_ALL, name=_MOST, since=at):
        if minutes > latest:
            words = _("‘늦어도’ 목표(%(goal)s)보다 늦을 수 없습니다. 그 목표를 먼저 바꿔 주세요.")
            raise ValidationError(words % {"goal": _goal(latest, since, at)})


def _all_after_most(minutes: int, at: datetime) -> None:
    for since, most in values_beside(_MOST, name=_ALL, since=at):
        if minutes < most:
            words = _("도착 목표(%(goal)s)보다 이를 수 없습니다. 그 목표를 먼저 바꿔 주세요.")
            raise ValidationError(words % {"goal": _goal(most, since, at)})


def _goal(minutes: int, since: datetime, at: datetime) -> str:
    """The other goal in words; with its day when it is planned for later."""
    words = _("%(n)d분") if since == at else _("%(at)s부터 %(n)d분")
    return words % {"at": moment(since), "n": minutes}


_FITS = {"on_site_minutes": _most_before_all, "on_site_all_minutes": _all_after_most}

for _name, _kind, _default, _unit, _label, _least, _most in (
    ("claim_seconds", "int", 60, _("초"), _("목표: 대기에서 맡기까지"), 10, 3600),
    ("claim_percent", "float", 97.5, "%", _("목표: 그 안에 맡는 비율"), 50.0, 100.0),
    ("on_site_minutes", "int", 45, _("분"), _("목표: 출동 결정에서 도착까지"), 5, 600),
    ("on_site_percent", "float", 90.0, "%", _("목표: 그 안에 도착하는 비율"), 50.0, 100.0),
    ("on_site_all_minutes", "int", 60, _("분"), _("목표: 늦어도 모두 도착"), 5, 600),
):
    register(
        SettingSpec(
            f"dispatch.goal_{_name}",
            _kind,  # type: ignore[arg-type]
            default=_default,
            unit=_unit,
            label=_label,
            help=_("대응 시간 화면에서 달마다 이 목표와 견줍니다. 건의 진행은 바뀌지 않습니다."),
            minimum=_least,
            maximum=_most,
            fits=_FITS.get(_name),
            group="dispatch.goal_on_site" if _name in _FITS else "",
        )
    )
