"""A partner's key as an administrator reads it: how long it opens, from where, who uses it."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from monitoring.models import PartnerToken

_DAY = timedelta(days=1)
SOON, NOW = 30, 7
_NETWORKS_SHOWN = 3


@dataclass(frozen=True)
class Row:
    token: PartnerToken
    state: str
    kind: str  # of the tag: ok, warn, bad or nothing
    networks: list[str]
    more_networks: int
    over: bool


def rows(tokens: list[PartnerToken], *, at: datetime) -> list[Row]:
    return [_row(token, at) for token in tokens]


def _row(token: PartnerToken, at: datetime) -> Row:
    state, kind, over = _state(token, at)
    shown = token.networks[:_NETWORKS_SHOWN]
    return Row(token, state, kind, shown, len(token.networks) - len(shown), over)


def _state(token: PartnerToken, at: datetime) -> tuple[str, str, bool]:
    if token.revoked_at is not None:
        return _("거둠"), "", True
    left = token.expires_at - at
    if left <= timedelta(0):
        return _("끝남"), "", True
    days = math.ceil(left / _DAY)
    if days > SOON:
        return _("쓰는 중"), "ok", False
    return _("%(n)d일 남음") % {"n": days}, "bad" if days <= NOW else "warn", False
