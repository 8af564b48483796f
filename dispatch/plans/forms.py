"""The plan as forms: one for each ladder, band, the jumps, the preview, and the reason."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DateTimeInput
from dispatch.models import DeskStep
from dispatch.plans.schema import (
    MOST_BANDS,
    MOST_LADDERS,
    NUMBERS,
    Days,
    Jump,
    Plan,
    PlanError,
    Who,
    parse,
)
from dispatch.rules import Light
from households.models import RiskGroup
from monitoring.calendar import is_free

_DAYS = (
    (Days.ALL.value, gettext_lazy("모든 날")),
    (Days.WORK.value, gettext_lazy("평일")),
    (Days.FREE.value, gettext_lazy("주말·공휴일")),
)
_TIME = "%H:%M"


class MinutesField(forms.CharField):
    """'0, 15, 30, 60' as a list of whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=60, **kwargs)
        self.widget.attrs["inputmode"] = "text"

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return [int(part) for part in text.replace("，", ",").split(",") if part.strip()]
        except ValueError:
            raise forms.ValidationError(
                _("분을 쉼표로 나누어 적어 주세요. 예: 0, 15, 30")
            ) from None


class LadderForm(forms.Form):
    """What happens after one light."""

    light = forms.ChoiceField(choices=Light.choices, widget=forms.HiddenInput)
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("위험군"),
        choices=RiskGroup.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("고르지 않으면 모든 위험군입니다."),
    )
    bands = forms.MultipleChoiceField(
        label=gettext_lazy("시간대"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("고르지 않으면 모든 시간대입니다."),
    )
    calls = MinutesField(label=gettext_lazy("AI 전화(건이 열린 뒤 분)"))
    desk = forms.IntegerField(
        label=gettext_lazy("관제로 넘기기(건이 열린 뒤 분)"), min_value=0, max_value=1440
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("조용한 시간 시작"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format=_TIME),
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("조용한 시간 끝"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format=_TIME),
    )
    operator = MinutesField(label=gettext_lazy("다음 관제요원에게 전화(기다린 분)"))
    shift_lead = MinutesField(label=gettext_lazy("근무조장에게 전화(기다린 분)"))
    county_official = MinutesField(label=gettext_lazy("군 당직자에게 전화(기다린 분)"))

    def __init__(self, *args: Any, bands: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bands"].choices = bands  # type: ignore[attr-defined]
        for name, number in NUMBERS.items():
            self.fields[name] = forms.IntegerField(
                label=number.label, min_value=number.least, max_value=number.most
            )
        if self.initial.get("light", self.data.get(self.add_prefix("light"))) == Light.RED:
            for name in ("quiet_from", "quiet_until"):
                del self.fields[name]
        self.fields["remove"] = forms.BooleanField(
            label=gettext_lazy("이 줄을 없애기"), required=False
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("quiet_from")) != bool(data.get("quiet_until")):
            self.add_error("quiet_until", _("시작과 끝을 함께 적거나 함께 비워 주세요."))
        return data

    def body(self) -> dict[str, Any]:
        """The ladder as the plan keeps it; only of a valid form."""
        data = self.cleaned_data
        steps = [{"kind": "ai_call", "minutes": minutes} for minutes in data["calls"]]
        steps.append({"kind": "desk", "minutes": data["desk"]})
        chain = [{"minutes": m, "who": who} for who in Who.values for m in data[who]]
        quiet = (data.get("quiet_from"), data.get("quiet_until"))
        return {
            "light": data["light"],
            "groups": data["groups"],
            "bands": data["bands"],
            "steps": sorted(steps, key=lambda step: (step["minutes"], step["kind"] != "desk")),
            "quiet": [at.strftime(_TIME) for at in quiet if at] or None,
            "unclaimed": sorted(chain, key=lambda link: link["minutes"]),
            **{name: data[name] for name in NUMBERS},
        }


def ladder_initial(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a ladder of a body."""

    def minutes(rows: Any, key: str, value: str) -> str:
        return ", ".join(str(one["minutes"]) for one in rows if one[key] == value)

    quiet = row["quiet"] or ["", ""]
    return {
        "light": row["light"],
        "groups": row["groups"],
        "bands": row["bands"],
        "calls": minutes(row["steps"], "kind", "ai_call"),
        "desk": minutes(row["steps"], "kind", "desk"),
        "quiet_from": quiet[0],
        "quiet_until": quiet[1],
        **{who: minutes(row["unclaimed"], "who", who) for who in Who.values},
        **{name: row.get(name, number.default) for name, number in NUMBERS.items()},
    }


class BandForm(forms.Form):
    """A part of the day, on some days."""

    key = forms.CharField(max_length=20, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("이름"), max_length=20)
    start = forms.TimeField(
        label=gettext_lazy("시작"), widget=forms.TimeInput(attrs={"type": "time"}, format=_TIME)
    )
    until = forms.TimeField(
        label=gettext_lazy("끝"), widget=forms.TimeInput(attrs={"type": "time"}, format=_TIME)
    )
    days = forms.ChoiceField(label=gettext_lazy("날"), choices=_DAYS)
    remove = forms.BooleanField(label=gettext_lazy("이 시간대를 없애기"), required=False)

    def body(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "key": data["key"],
            "name": data["name"],
            "from": data["start"].strftime(_TIME),
            "until": data["until"].strftime(_TIME),
            "days": data["days"],
        }


class JumpsForm(forms.Form):
    """Where the desk begins after words of a crisis."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for jump in Jump:
            self.fields[jump.value] = forms.ChoiceField(label=jump.label, choices=DeskStep.choices)


class PreviewForm(forms.Form):
    """To whom, and when."""

    light = forms.ChoiceField(label=gettext_lazy("신호등"), choices=Light.choices)
    group = forms.ChoiceField(label=gettext_lazy("위험군"), choices=RiskGroup.choices)
    at = forms.DateTimeField(
        label=gettext_lazy("언제"),
        widget=DateTimeInput(),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )


class SaveForm(forms.Form):
    """Why, and which version was edited."""

    base = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("변경 사유"), max_length=200, required=False)


def preview_initial(now: datetime) -> dict[str, Any]:
    """The hardest hour: 03:00 of the next long holiday."""
    day = timezone.localtime(now).replace(hour=3, minute=0, second=0, microsecond=0)
    for _turn in range(400):
        day += timedelta(days=1)
        if all(is_free((day + timedelta(days=n)).date()) for n in range(3)):
            break
    return {"light": Light.YELLOW.value, "group": RiskGroup.HIGH.value, "at": day}


class Draft:
    """All forms of a plan: filled from a body, or from what was posted."""

    def __init__(
        self, body: dict[str, Any] | None = None, data: Mapping[str, Any] | None = None
    ) -> None:
        self.faults: list[str] = []
        self.plan: Plan | None = None
        if data is None:
            assert body is not None
            self._fill(body)
        else:
            self._read(data)

    def _fill(self, body: dict[str, Any]) -> None:
        self.bands = [
            BandForm(
                prefix=f"b{n}",
                initial={**band, "start": band["from"]},
            )
            for n, band in enumerate(body["bands"])
        ]
        choices = [(band["key"], band["name"]) for band in body["bands"]]
        self.ladders = [
            LadderForm(prefix=f"l{n}", initial=ladder_initial(row), bands=choices)
            for n, row in enumerate(body["ladders"])
        ]
        self.jumps = JumpsForm(prefix="j", initial=body["jumps"])
        self.plan = parse(body)

    def _read(self, data: Mapping[str, Any]) -> None:
        self.bands = [BandForm(data, prefix=f"b{n}") for n in range(_count(data, "bands"))]
        choices = [
            (str(data.get(f"b{n}-key", "")), str(data.get(f"b{n}-name", "")))
            for n in range(len(self.bands))
        ]
        self.ladders = [
            LadderForm(data, prefix=f"l{n}", bands=choices) for n in range(_count(data, "ladders"))
        ]
        self.jumps = JumpsForm(data, prefix="j")
        valid = [form.is_valid() for form in self.forms]  # of each: all errors are shown at once
        if not all(valid):
            return
        try:
            self.plan = parse(self.body())
        except PlanError as error:
            self.faults = error.faults

    @property
    def forms(self) -> list[forms.Form]:
        return [*self.bands, *self.ladders, self.jumps]

    def body(self) -> dict[str, Any]:
        """The plan as JSON; only when every form is valid."""
        kept = [form.body() for form in self.bands if not form.cleaned_data["remove"]]
        keys = {band["key"] for band in kept}
        ladders = [form.body() for form in self.ladders if not form.cleaned_data["remove"]]
        for ladder in ladders:
            ladder["bands"] = [key for key in ladder["bands"] if key in keys]
        return {"bands": kept, "ladders": ladders, "jumps": dict(self.jumps.cleaned_data)}

    def with_ladder(self, number: int) -> dict[str, Any]:
        """The body with a copy of that ladder before it, for the first risk group."""
        body = self.body()
        copy = {**body["ladders"][number], "groups": [RiskGroup.HIGH.value]}
        body["ladders"].insert(number, copy)
        return body

    def with_band(self) -> dict[str, Any]:
        body = self.body()
        taken = {band["key"] for band in body["bands"]}
        key = next(f"band{n}" for n in range(1, 100) if f"band{n}" not in taken)
        new = {"key": key, "name": _("새 시간대"), "from": "18:00", "until": "09:00", "days": "all"}
        body["bands"].append(new)
        return body


_MOST = {"bands": MOST_BANDS, "ladders": MOST_LADDERS}


def _count(data: Mapping[str, Any], name: str) -> int:
    text = str(data.get(name, ""))
    return min(int(text), _MOST[name]) if text.isascii() and text.isdigit() else 0
