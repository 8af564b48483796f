"""Forms of the control desk and of the responder. Every one keeps what was typed on an error."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from dispatch.actions.desk import Service
from dispatch.rules import (
    CLOSE_GROUPS,
    EVIDENCE_BY_HAND,
    FINAL_FOUND,
    CallResult,
    CloseReason,
    Company,
    DeclineReason,
    EvidenceKind,
    FoundState,
)
from households.models import AbsenceKind, AbsenceSource
from households.texts import without_resident_numbers

NOTE_LENGTH = 1000
REVEAL_REASONS = {
    "call": _("안부 확인 전화를 걸기 위해"),
    "contact": _("비상연락처에 걸기 위해"),
    "reporter": _("알린 사람에게 다시 묻기 위해"),
    "emergency": _("119·112에 알려 주기 위해"),
    "township": _("읍·면 담당자에게 알려 주기 위해"),
}
_SMALL = {"rows": 2, "maxlength": NOTE_LENGTH}


def new_key() -> str:
    """One key per form shown: the same form sent twice is recorded once."""
    return uuid.uuid4().hex


class WordsField(forms.CharField):
    """Words about a person. A resident registration number among them is cut out, not refused: what
    a responder writes in a dead spot must not be lost for it."""

    def clean(self, value: Any) -> str:
        return without_resident_numbers(super().clean(value))


class KeyedForm(forms.Form):
    key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Two of these stand on one page: their hidden keys must not share an id.
        super().__init__(*args, **{"auto_id": False, **kwargs})
        self.initial.setdefault("key", new_key())


def _moment(id_: str, label: Any, missing: Any) -> forms.DateTimeField:
    shown = "%Y-%m-%dT%H:%M"
    return forms.DateTimeField(
        label=label,
        input_formats=[shown],
        widget=forms.DateTimeInput(
            format=shown, attrs={"id": id_, "class": "input", "type": "datetime-local"}
        ),
        error_messages={"required": missing, "invalid": _("날짜와 시각을 다시 봐 주세요.")},
    )


class RevealForm(forms.Form):
    """Why a number is shown. `contact` is the uid of a contact; empty for the person."""

    reason = forms.ChoiceField(
        label=_("번호를 보는 이유"),
        choices=list(REVEAL_REASONS.items()),
        widget=forms.Select(attrs={"id": "reveal-reason", "class": "input"}),
    )
    contact = forms.UUIDField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The box stands beside the person's own number; the others bring their reason with them.
        shown = [(code, words) for code, words in REVEAL_REASONS.items() if code != "reporter"]
        self.fields["reason"].widget.choices = shown


class CallForm(KeyedForm):
    """`callee`: uid of a contact; empty for the person."""

    callee = forms.UUIDField(required=False, widget=forms.HiddenInput)
    result = forms.ChoiceField(
        choices=CallResult.choices,
        error_messages={"required": _("통화 결과를 골라 주세요.")},
    )


class NoteForm(KeyedForm):
    text = WordsField(
        label=_("메모"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(
            attrs={**_SMALL, "id": "note-text", "class": "input input--area", "data-key": "KeyN"}
        ),
        error_messages={"required": _("남길 말을 적어 주세요.")},
    )


class AbsenceForm(forms.Form):
    """Away since when, until when, who says so. The case stays open."""

    kind = forms.ChoiceField(
        label=_("까닭"),
        choices=AbsenceKind.choices,
        widget=forms.Select(attrs={"id": "absence-kind", "class": "input"}),
    )
    source = forms.ChoiceField(
        label=_("누가 알렸나"),
        choices=AbsenceSource.choices,
        widget=forms.Select(attrs={"id": "absence-source", "class": "input"}),
    )
    starts_at = _moment("absence-from", _("언제부터"), _("언제부터인지 적어 주세요."))
    ends_at = _moment("absence-until", _("돌아올 때"), _("언제 돌아오는지 적어 주세요."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("돌아올 때가 떠난 때보다 뒤여야 합니다."))
        return data


class EmergencyForm(KeyedForm):
    service = forms.ChoiceField(
        label=_("어디에 요청합니까?"),
        choices=Service.choices,
        initial=Service.BOTH,
        widget=forms.Select(attrs={"id": "emergency-service", "class": "input"}),
    )


class SendForm(forms.Form):
    responder = forms.ModelChoiceField(
        queryset=User.objects.none(),
        to_field_name="uid",
        error_messages={
            "required": _("보낼 사람을 골라 주세요."),
            "invalid_choice": _("고른 사람은 지금 갈 수 없습니다. 다른 사람을 골라 주세요."),
        },
    )

    def __init__(self, *args: Any, responders: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responder"].queryset = responders  # type: ignore[attr-defined]


class PersonField(forms.ModelChoiceField):
    """A colleague by name: a user's own text is the user name, for the logs."""

    def label_from_instance(self, obj: User) -> str:
        return obj.name


class HandOverForm(forms.Form):
    to = PersonField(
        label=_("누구에게 넘깁니까?"),
        queryset=User.objects.none(),
        to_field_name="uid",
        empty_label=None,
        widget=forms.Select(attrs={"id": "hand-to", "class": "input"}),
        error_messages={
            "required": _("넘겨받을 사람을 골라 주세요."),
            "invalid_choice": _("고른 사람은 지금 관제요원이 아닙니다."),
        },
    )

    def __init__(self, *args: Any, operators: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = operators  # type: ignore[attr-defined]


def _reason_choices(*groups: str) -> list[tuple[Any, Any]]:
    words = dict(CloseReason.choices)
    chosen = [(label, codes) for name, (label, codes) in CLOSE_GROUPS.items() if name in groups]
    listed = [(label, [(code, words[code]) for code in codes]) for label, codes in chosen]
    return [("", _("고르세요")), *listed]


class CloseForm(forms.Form):
    """The typed reason and the evidence: who saw or heard the person, how, when."""

    reason = forms.ChoiceField(
        label=_("종결 사유"),
        choices=lambda: _reason_choices(*CLOSE_GROUPS),
        widget=forms.Select(attrs={"id": "close-reason", "class": "input"}),
        error_messages={"required": _("종결 사유를 골라 주세요.")},
    )
    evidence_kind = forms.ChoiceField(
        label=_("어떻게 확인했나"),
        choices=lambda: [
            ("", _("고르세요")),
            *((code, EvidenceKind(code).label) for code in EVIDENCE_BY_HAND),
        ],
        widget=forms.Select(attrs={"id": "close-evidence", "class": "input"}),
        error_messages={"required": _("누가 어떻게 확인했는지 골라 주세요.")},
    )
    seen_by = WordsField(
        label=_("누가 보거나 들었나"),
        max_length=100,
        required=False,
        help_text=_("이름 대신 “관제 본인”, “집주인”처럼 적어도 됩니다."),
        widget=forms.TextInput(attrs={"id": "close-seen", "class": "input", "autocomplete": "off"}),
    )
    seen_at = forms.TimeField(
        label=_("언제 (시:분)"),
        required=False,
        widget=forms.TimeInput(
            format="%H:%M", attrs={"id": "close-at", "class": "input", "type": "time"}
        ),
        error_messages={"invalid": _("시각을 14:05처럼 적어 주세요.")},
    )
    note = WordsField(
        label=_("덧붙일 말"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={**_SMALL, "id": "close-note", "class": "input input--area"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        evidence = data.get("evidence_kind")
        if evidence and evidence != EvidenceKind.NONE:
            if not data.get("seen_by"):
                self.add_error("seen_by", _("누가 보거나 들었는지 적어 주세요."))
            if not data.get("seen_at") and "seen_at" not in self.errors:
                self.add_error("seen_at", _("언제 확인했는지 적어 주세요."))
        return data

    def heard_at(self, *, now: datetime) -> datetime | None:
        """The clock time as an instant: today's, or yesterday's if it is still to come."""
        at = self.cleaned_data.get("seen_at")
        if at is None:
            return None
        local = timezone.localtime(now)
        found = datetime.combine(local.date(), at, tzinfo=local.tzinfo)
        return found if found <= now else found - timedelta(days=1)

    def words(self, *, now: datetime) -> str:
        """The evidence as the sentence that is sealed with the case."""
        data = self.cleaned_data
        parts = []
        if data.get("seen_by"):
            parts.append(f"{data['seen_by']}")
        at = self.heard_at(now=now)
        if at is not None:
            parts.append(f"{at.month}. {at.day}. {at:%H:%M}")
        if data.get("note"):
            parts.append(data["note"].strip())
        return " / ".join(parts)


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("못 가는 이유"),
        choices=DeclineReason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("못 가는 이유를 골라 주세요."),
            "invalid_choice": _("못 가는 이유를 골라 주세요."),
        },
    )


class CompanyForm(forms.Form):
    """Who comes along: one of five buttons."""

    company = forms.ChoiceField(
        label=_("함께 가는 사람"),
        choices=Company.choices,
        error_messages={
            "required": _("누가 함께 가는지 골라 주세요."),
            "invalid_choice": _("누가 함께 가는지 골라 주세요."),
        },
    )


class FoundForm(forms.Form):
    """What the responder found. A final state also needs the reason that closes the case."""

    found_state = forms.ChoiceField(
        label=_("지금 상태"),
        choices=FoundState.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("지금 상태를 하나 골라 주세요.")},
    )
    close_reason = forms.ChoiceField(
        label=_("왜 조용했나요?"),
        choices=lambda: _reason_choices("explained", "true"),
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    note = WordsField(
        label=_("본 것·들은 것"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": NOTE_LENGTH, "class": "input"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        found = data.get("found_state")
        if found == FoundState.DEATH:
            data["close_reason"] = CloseReason.DEATH.value
        if found in FINAL_FOUND and not data.get("close_reason"):
            self.add_error("close_reason", _("왜 조용했는지 골라 주세요."))
        return data
