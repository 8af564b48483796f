"""Rules of detection in words: what a model was trained on, when a candidate may go live."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from dispatch.presenters.tuning import hours, number
from dispatch.tuning.shadow import Candidate
from monitoring.models import DetectionRule, RuleState

FORMER_SHOWN = 10


def live_rule() -> DetectionRule | None:
    """The county's live rule; None while the one that ships decides."""
    return (
        DetectionRule.objects.filter(state=RuleState.LIVE)
        .select_related("by")
        .defer("model")
        .first()
    )


def former() -> list[DetectionRule]:
    """Rules that were laid aside, the newest first."""
    rows = DetectionRule.objects.filter(state=RuleState.RETIRED).select_related("by")
    return list(rows.defer("model").order_by("-retired_at", "-id")[:FORMER_SHOWN])


def facts(card: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """The card's most important lines; what a card leaves out is left out."""
    card = card or {}
    trained = card.get("trained_on", {})
    lines = []
    if card.get("made_on"):
        lines.append((_("배운 날"), str(card["made_on"])))
    if trained.get("sources"):
        lines.append((_("배운 자료"), ", ".join(map(str, trained["sources"]))))
    if trained.get("homes"):
        lines.append((_("배운 가구"), _("%(n)d가구") % {"n": int(trained["homes"])}))
    for row in card.get("figures", {}).get("as_given", ()):
        name = _("한 달 %(n)s번일 때") % {"n": number(float(row["budget"]))}
        said = _("절반을 %(median)s 안에, 놓침 %(missed)d%%") % {
            "median": hours(float(row["median_h"])),
            "missed": round(float(row["missed"]) * 100),
        }
        lines.append((name, said))
    return lines


def ready_at(candidate: Candidate | None, *, days: int) -> datetime | None:
    """From when the candidate may go live."""
    return None if candidate is None else candidate.rule.shadow_since + timedelta(days=days)
