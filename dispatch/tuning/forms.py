"""The form of the budgets, of the reason for a change, and of a candidate's files."""

import json
import math
import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DateTimeInput, or_now
from dispatch.tuning.budgets import GROUPS, LABELS, LIGHTS, Budgets, field_of, limits
from households.models import RiskGroup
from monitoring.detection.model import Model, UnusableModel
from monitoring.models import TuningCurve

BUDGET = 0.32  # any one: the card's table must give a point for it
_NAME = re.compile(r"[\w.-]{1,40}", re.ASCII)  # it stands in addresses and in every evidence row
_KEY = re.compile(r"[0-9]{1,18}")

MODEL_AT_MOST = 4 * 1024 * 1024
"""Bytes of an uploaded model; the shipped one is far below."""


class BudgetsForm(forms.Form):
    """Alarms per household and month. A group that is left empty follows the common number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least, most = limits()
        for group in ("", *GROUPS):
            for light in LIGHTS:
                name = f"{RiskGroup(group).label} " if group else ""
                self.fields[field_of(light, group)] = forms.FloatField(
                    label=f"{name}{LABELS[light]}",
                    required=not group,
                    min_value=least,
                    max_value=most,
                    widget=forms.NumberInput(
                        attrs={"step": "any", "min": least, "max": most, "inputmode": "decimal"}
                    ),
                )

    def clean(self) -> dict[str, Any]:
        """Urgent alarms are the rarer ones, for every group."""
        data = super().clean() or {}
        if self.errors:
            return data
        budgets = Budgets(dict(data))  # add_error takes numbers out of `data`
        for group in ("", *GROUPS):
            if budgets.of("red", group) > budgets.of("yellow", group):
                self.add_error(
                    field_of("red", group), _("긴급은 주의보다 잦을 수 없습니다. 수를 줄여 주세요.")
                )
        return data

    @property
    def budgets(self) -> Budgets:
        """What was typed; only of a valid form."""
        return Budgets(dict(self.cleaned_data))


class ReasonForm(forms.Form):
    """Why, and from when."""

    reason = forms.CharField(label=_("변경 사유"), max_length=200)
    valid_from = forms.DateTimeField(
        label=_("적용 일시"),
        required=False,
        help_text=_("비우면 바로 적용합니다. 지난 때로는 정할 수 없습니다."),
        widget=DateTimeInput(),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def moment(self, now: datetime) -> datetime:
        """The instant that was typed, or now."""
        return or_now(self.cleaned_data["valid_from"], now)


class PointsForm(forms.Form):
    """Whose points hold: those of a curve, or those of the CARD; the pressed button says which,
    and nothing is ever meant by its absence. And why."""

    CARD = "card"

    curve = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("기준점을 바꾸는 까닭"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """`curve` is then a TuningCurve, or None for the card."""
        data = super().clean() or {}
        typed = data.get("curve", "")
        curves = TuningCurve.objects.filter(points__isnull=False)
        curve = curves.filter(pk=int(typed)).first() if _KEY.fullmatch(typed) else None
        if curve is None and typed != self.CARD:
            raise forms.ValidationError(_("무엇으로 맞출지 단추를 다시 눌러 주세요."))
        return {**data, "curve": curve}


class CandidateForm(forms.Form):
    """A trained model and its card, as `train_detector` writes them."""

    model = forms.FileField(label=_("모델 파일"), help_text=_("train_detector가 만든 .ubj 파일"))
    card = forms.FileField(label=_("모델 카드"), help_text=_("모델 옆에 생긴 .card.json 파일"))
    reason = forms.CharField(label=_("사유"), max_length=200)

    def clean_model(self) -> bytes:
        """The file's bytes."""
        return _bytes(self.cleaned_data["model"])

    def clean_card(self) -> dict[str, Any]:
        """The card as it was written."""
        try:
            card = json.loads(_bytes(self.cleaned_data["card"]))
        except ValueError:
            raise forms.ValidationError(
                _("카드를 읽을 수 없습니다. JSON 파일이어야 합니다.")
            ) from None
        if not isinstance(card, dict):
            raise forms.ValidationError(_("카드를 읽을 수 없습니다. JSON 파일이어야 합니다."))
        return card

    def clean(self) -> dict[str, Any]:
        """Model and card belong together, and the card says what scoring will ask of it."""
        data = super().clean() or {}
        if not self.errors and not _usable(data["model"], data["card"]):
            raise forms.ValidationError(
                _("이 모델은 쓸 수 없습니다. 파일이 깨졌거나 다른 판의 프로그램에서 배운 것입니다.")
            )
        return data


class WhyForm(forms.Form):
    """Why a candidate goes live, or is laid aside."""

    reason = forms.CharField(label=_("사유"), max_length=200)


def _usable(model: bytes, card: dict[str, Any]) -> bool:
    try:
        found = Model.load(model, card)
        points = (found.point(BUDGET), found.fused_point(BUDGET))
        return _NAME.fullmatch(found.version) is not None and all(map(math.isfinite, points))
    except (UnusableModel, KeyError, TypeError, ValueError):
        return False


def _bytes(file: Any) -> bytes:
    if file.size > MODEL_AT_MOST:
        raise forms.ValidationError(_("파일이 너무 큽니다. 4MB까지 올릴 수 있습니다."))
    return bytes(file.read())
