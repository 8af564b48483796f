"""The form with which a person enters the programme."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from accounts.models import Township
from accounts.scope import Scope
from households.actions import ConsentInput, ContactInput, LinkInput, PersonInput
from households.consent_texts import CONSENT_TEXTS, REQUIRED, ConsentText
from households.days import local_day
from households.forms import CHOOSE, DATE_FORMATS, CleanForm, DateInput, PhoneInput
from households.models import (
    ConsentMethod,
    ContactHours,
    Feed,
    Household,
    MayBeTold,
    Relation,
    Sex,
)
from households.rules import Refused, check_eligible
from households.texts import clean_phone
from households.valve import PURPOSE_OF_FEED

YES_NO = [("yes", _("네")), ("no", _("아니요"))]
AGREE = [("yes", _("동의합니다")), ("no", _("동의하지 않습니다"))]
LINK_FIELD = {Feed.POWER.value: "meter", Feed.TELECOM.value: "line", Feed.APP.value: "device"}


class EnrolForm(CleanForm):
    """`inputs()` gives the arguments of `actions.enrol`. No consent is ticked beforehand."""

    township = forms.ModelChoiceField(label=_("읍·면"), queryset=Township.objects.none())
    name = forms.CharField(label=_("이름"), max_length=40)
    birth_date = forms.DateField(label=_("생년월일"), widget=DateInput, input_formats=DATE_FORMATS)
    sex = forms.ChoiceField(label=_("성별"), choices=Sex.choices, widget=forms.RadioSelect)
    lives_alone = forms.ChoiceField(
        label=_("혼자 사나요?"), choices=YES_NO, widget=forms.RadioSelect
    )
    phone = forms.CharField(label=_("휴대전화"), max_length=20, widget=PhoneInput)
    address = forms.CharField(label=_("주소"), max_length=200)
    access_note = forms.CharField(
        label=_("찾아가는 길·출입"),
        max_length=300,
        required=False,
        help_text=_("예: 뒷문으로 들어감, 2층 계단"),
    )
    dog = forms.CharField(
        label=_("개"), max_length=100, required=False, help_text=_("예: 마당에 큰 개, 묶여 있음")
    )

    contact_name = forms.CharField(label=_("이름"), max_length=40, required=False)
    contact_phone = forms.CharField(
        label=_("전화번호"), max_length=20, required=False, widget=PhoneInput
    )
    contact_relation = forms.ChoiceField(
        label=_("관계"), choices=[CHOOSE, *Relation.choices], required=False
    )
    contact_may_be_told = forms.ChoiceField(
        label=_("알려도 되는 것"), choices=[CHOOSE, *MayBeTold.choices], required=False
    )
    contact_hours = forms.ChoiceField(
        label=_("전화해도 되는 때"), choices=[CHOOSE, *ContactHours.choices], required=False
    )

    consent_method = forms.ChoiceField(
        label=_("동의를 받은 방법"), choices=ConsentMethod.choices, widget=forms.RadioSelect
    )
    consent_on = forms.DateField(
        label=_("동의를 받은 날"), widget=DateInput, input_formats=DATE_FORMATS
    )
    illness = forms.CharField(
        label=_("질병·복약"), max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )

    meter = forms.CharField(label=_("한국전력 고객번호"), max_length=64, required=False)
    line = forms.CharField(label=_("SKT 회선번호"), max_length=64, required=False)
    device = forms.CharField(label=_("돌봄앱 기기번호"), max_length=64, required=False)

    def __init__(self, *args: Any, now: datetime, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = local_day(now)
        townships = Township.objects.all()
        if not scope.sees_all_townships:
            townships = townships.filter(code__in=scope.township_codes)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]
        if townships.count() == 1:
            self.fields["township"].initial = townships[0]
        self.fields["consent_on"].initial = self.today
        for purpose, text in CONSENT_TEXTS.items():
            self.fields[f"consent_{purpose}"] = forms.ChoiceField(
                label=str(text.title),
                choices=AGREE,
                widget=forms.RadioSelect,
                error_messages={"required": _("동의하는지 아닌지 골라 주세요.")},
            )
        self.may_be_another_person = False
        self.existing: Household | None = None  # whom the page links to after a duplicate

    def offer_another_person(self) -> None:
        """After a namesake was found: let the clerk say that this is somebody else."""
        self.may_be_another_person = True
        self.fields["another_person"] = forms.BooleanField(
            label=_("이름과 생년월일이 같지만 다른 사람입니다. 본인에게 확인했습니다."),
            required=False,
        )

    # ── for the page ─────────────────────────────────────────────────────────
    def consents(self) -> Iterator[tuple[ConsentText, BoundField]]:
        for purpose, text in CONSENT_TEXTS.items():
            yield text, self[f"consent_{purpose}"]

    # ── checks ───────────────────────────────────────────────────────────────
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self._check_eligible(values)
        self._check_phones(values)
        self._check_contact(values)
        self._check_consents(values)
        return values

    def _check_eligible(self, values: dict[str, Any]) -> None:
        born, alone = values.get("birth_date"), values.get("lives_alone")
        if alone == "no":
            self.add_error("lives_alone", _("혼자 사는 분만 가입할 수 있습니다."))
        if born:
            try:
                check_eligible(born=born, lives_alone=True, on=self.today)
            except Refused as refusal:
                self.add_error("birth_date", str(refusal))

    def _check_phones(self, values: dict[str, Any]) -> None:
        for name in ("phone", "contact_phone"):
            if values.get(name):
                try:
                    values[name] = clean_phone(values[name])
                except Refused as refusal:
                    self.add_error(name, str(refusal))

    def _check_contact(self, values: dict[str, Any]) -> None:
        names = [name for name in self.fields if name.startswith("contact_")]
        if any(values.get(name) for name in names):
            for name in names:
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, _("비상연락처를 적으려면 이 칸도 채워 주세요."))

    def _check_consents(self, values: dict[str, Any]) -> None:
        for purpose in REQUIRED:
            if values.get(f"consent_{purpose}") == "no":
                self.add_error(f"consent_{purpose}", _("이 동의가 없으면 가입할 수 없습니다."))
        if values.get("illness") and values.get("consent_health") != "yes":
            self.add_error("illness", _("건강 정보 적기에 동의했을 때만 적을 수 있습니다."))
        for feed, name in LINK_FIELD.items():
            purpose = PURPOSE_OF_FEED[feed]
            if values.get(name) and values.get(f"consent_{purpose}") != "yes":
                self.add_error(name, _("이 자료를 받는 데 동의했을 때만 적을 수 있습니다."))
        if (on := values.get("consent_on")) and on > self.today:
            self.add_error("consent_on", _("동의한 날이 오늘보다 뒤입니다."))

    # ── for the verb ─────────────────────────────────────────────────────────
    def inputs(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {
            "person": PersonInput(
                **{
                    name: values[name]
                    for name in (
                        "name",
                        "birth_date",
                        "sex",
                        "phone",
                        "address",
                        "township",
                        "access_note",
                        "dog",
                        "illness",
                    )
                },
                lives_alone=values["lives_alone"] == "yes",
            ),
            "consents": [
                ConsentInput(
                    purpose=purpose, method=values["consent_method"], on=values["consent_on"]
                )
                for purpose in CONSENT_TEXTS
                if values[f"consent_{purpose}"] == "yes"
            ],
            "contacts": self._contacts(values),
            "links": [
                LinkInput(feed=feed, partner_id=values[name], valid_from=self.today)
                for feed, name in LINK_FIELD.items()
                if values[name]
            ],
            "another_person": bool(values.get("another_person")),
        }

    def _contacts(self, values: dict[str, Any]) -> list[ContactInput]:
        if not values["contact_name"]:
            return []
        return [
            ContactInput(
                name=values["contact_name"],
                phone=values["contact_phone"],
                relation=values["contact_relation"],
                may_be_told=values["contact_may_be_told"],
                hours=values["contact_hours"],
            )
        ]
