"""How much each source adds to the evidence of silence, in hours and in hundredths."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from monitoring.models import HouseholdState, Light
from monitoring.presenters.sources import SOURCES, Source

# The assessment names the pattern that spoke for a source: both telephones are one to a clerk.
_PATTERNS: dict[str, tuple[str, ...]] = {
    "power": ("power",),
    "phone": ("phone", "line", "app"),
    "steps": ("steps",),
}


@dataclass(frozen=True)
class Share:
    """`percent` None: nothing of this source is received, so it can say nothing."""

    source: Source
    said: str
    percent: int | None


def of(state: HouseholdState | None, *, linked: frozenset[str]) -> list[Share]:
    """One per source for a lit light, the largest first; none where nothing is lit.

    `linked`: the feeds this home is linked to.
    """
    if state is None or state.assessment is None:
        return []
    inputs: dict[str, Any] = state.assessment.inputs
    if state.light not in (Light.RED, Light.YELLOW) or "share" not in inputs:
        return []
    live = linked - set(inputs.get("lacking", []))
    found = [_share(source, inputs, live) for source in SOURCES.values()]
    return sorted(found, key=lambda share: 1 if share.percent is None else -share.percent)


def _share(source: Source, inputs: dict[str, Any], live: frozenset[str]) -> Share:
    silent = inputs.get("silent", {})
    hours = next((silent[name] for name in _PATTERNS[source.key] if name in silent), None)
    if hours is None and not live & set(source.feeds):
        return Share(source, _("자료가 오지 않아 알 수 없습니다."), None)
    said = _("%(n)d시간 조용함") % {"n": round(hours)} if hours else _("방금까지 움직임이 있음")
    return Share(source, said, round(100 * float(inputs["share"].get(source.key, 0))))
