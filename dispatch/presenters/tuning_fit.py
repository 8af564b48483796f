"""The offer to set the points again, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dispatch.presenters.tuning import number, rounded
from dispatch.tuning import fitting as offers
from dispatch.tuning.budgets import LABELS, Rule
from monitoring import own_points


@dataclass(frozen=True)
class Fitting:
    """The offer in words. `sentences`: a light each, then what cannot be set; `verdict`: what
    follows from them; `in_force`: the points are the county's."""

    curve_id: int
    at: datetime
    sentences: list[str]
    verdict: str
    in_force: bool
    can_be_set: bool  # the newest curve measured something else than what is in force


def fitting(rule: Rule, *, now: datetime) -> Fitting | None:
    """None where no curve of this rule tells how often the county rings."""
    found = offers.offer(rule, now=now)
    if found is None:
        return None
    standing = own_points.in_force(rule.version, now=now)
    can_be_set = own_points.written("", found.fit) != own_points.written("", standing)
    return Fitting(
        curve_id=found.row.pk,
        at=found.row.asked_at,
        sentences=[
            *(_rings(line, with_offer=can_be_set and found.is_off) for line in found.lines),
            *(_alone(line) for line in found.lines if line.alone),
        ],
        verdict=_verdict(found, can_be_set=can_be_set),
        in_force=bool(standing.rings),
        can_be_set=can_be_set,
    )


def _rings(line: offers.Line, *, with_offer: bool) -> str:
    said = _("%(light)s: 고른 수 %(chosen)s번, 우리 군에서 재 보니 %(rings)s번(%(n)d건으로 잼)") % {
        "light": LABELS[line.light],
        "chosen": number(line.chosen),
        "rings": rounded(line.rings),
        "n": line.counted,
    }
    if not with_offer:
        return said
    return f"{said} · {_('맞추면 %(after)s번') % {'after': rounded(line.after)}}"


def _alone(line: offers.Line) -> str:
    edge, rings = line.alone or (line.chosen, line.rings)
    return _(
        "전력만 오는 가구의 %(light)s: 모델 카드의 기준점이 %(edge)s번에서 끝나 더 맞출 수 "
        "없습니다. %(rings)s번쯤 울립니다."
    ) % {"light": LABELS[line.light], "edge": number(edge), "rings": rounded(rings)}


def _verdict(found: offers.Offer, *, can_be_set: bool) -> str:
    if found.is_clipped:
        return _(
            "우리 군은 모델 카드와 네 배 넘게 달라 기준점으로는 다 맞출 수 없습니다. "
            "자료와 감지 모델을 살펴봐 주세요."
        )
    if not found.is_off:
        return _("차이가 작거나 우연일 수 있어 그대로 두어도 됩니다.")
    if can_be_set:
        return _("차이가 큽니다. 잰 건수가 적으면 모델 카드를 섞어 조금만 옮깁니다.")
    return _("이 곡선으로 이미 맞췄습니다. 남은 차이는 자료가 더 쌓여야 맞출 수 있습니다.")
