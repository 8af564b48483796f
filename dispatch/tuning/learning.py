"""A rule of the county's own: learned from its history, run beside the live one, then decided on.

What a rule may become is decided below (monitoring.rules_actions); here it is made and told about.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notify import notify
from accounts.roles import Role
from dispatch.models import Case
from dispatch.rules import CLOSE_GROUPS
from dispatch.tuning import computing
from dispatch.tuning.actions import require
from households.rules import Refused
from monitoring import rules_actions
from monitoring.detection import training
from monitoring.detection.trials import Windows
from monitoring.models import DetectionRule

_KEY = "dispatch.tuning.learning"
_AT_MOST = timedelta(hours=1)
KEEPERS = (Role.COUNTY_OFFICIAL, Role.ADMINISTRATOR)
RULES_PATH = "/tuning/rules/"


@dataclass(frozen=True)
class Learning:
    """Somebody's learning that is under way."""

    since: datetime
    by: str


def under_way() -> Learning | None:
    """What `begin` wrote, until `learn` has ended (or an hour has passed: the worker was lost)."""
    found: Learning | None = cache.get(_KEY)
    return found


def begin(*, by: User, now: datetime) -> bool:
    """Take the one place for learning; False when somebody has it. Raises Refused."""
    require(by, *KEEPERS, now=now)
    return cache.add(_KEY, Learning(now, by.name), timeout=_AT_MOST.total_seconds())


def learn(user_id: int, *, now: datetime) -> DetectionRule | None:
    """Learn from the county's last 90 days and run what comes out beside the live rule.

    The person who asked is told in the inbox how it ended; None when nothing came of it.
    """
    by = User.objects.get(pk=user_id)
    try:
        trained = _train(now=now)
        rule = rules_actions.run_in_shadow(
            model=trained.model,
            card=trained.card,
            by=by,
            reason=_("우리 군 자료로 다시 배움"),
            now=now,
        )
    except (computing.TooLittle, training.TooLittle, Refused):
        notify(to=by, kind="dispatch.rule_not_learned", link_path=RULES_PATH, now=now)
        return None
    finally:
        cache.delete(_KEY)
    notify(to=by, kind="dispatch.rule_learned", link_path=RULES_PATH, now=now)
    return rule


def _train(*, now: datetime) -> training.Trained:
    own = computing.read(now=now)
    quiet = ~np.isin(own.ids, list(_in_need(now=now)))
    # Absences and homes in need are no picture of usual days.
    history = np.where(own.history.held, np.float32(np.nan), own.history.inputs)[:, quiet]
    return training.train(
        [Windows(history, own.history.free)],
        seed=computing.SEED,
        made_on=timezone.localdate(now).isoformat(),
        command=computing.LEARNED_HERE,
        sources=[
            _("우리 군 %(days)d일, %(homes)d가구") % {"days": computing.DAYS, "homes": quiet.sum()}
        ],
    )


def _in_need(*, now: datetime) -> set[int]:
    """Homes in which somebody really needed help in these days."""
    cases = Case.objects.filter(
        opened_at__gte=now - timedelta(days=computing.DAYS + 1),
        close_reason__in=CLOSE_GROUPS["true"][1],
    )
    return set(cases.values_list("household_id", flat=True))
