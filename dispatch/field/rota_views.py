"""/rota/: who goes out for which township, when; with a preview for any hour."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import clock
from accounts.access import allow
from accounts.models import Organisation, Township, User
from accounts.roles import Role
from accounts.scope import holders
from dispatch import rota
from dispatch.field import rota_actions
from dispatch.field.rota_actions import Line
from dispatch.models import DayKind, ResponderRule, Whom
from dispatch.rules import Refused
from dispatch.views.common import staff_of
from households.days import local_day
from ui.words import day

keeper = allow(Role.COUNTY_OFFICIAL)


class LineForm(forms.Form):
    township = forms.ModelChoiceField(
        label=gettext_lazy("읍·면"),
        queryset=Township.objects.all(),
        required=False,
        empty_label=gettext_lazy("군 전체"),
    )
    days = forms.ChoiceField(label=gettext_lazy("날"), choices=DayKind.choices)
    from_time = forms.TimeField(
        label=gettext_lazy("시작"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    until_time = forms.TimeField(
        label=gettext_lazy("끝"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    whom = forms.ChoiceField(label=gettext_lazy("누구에게"), choices=Whom.choices)
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("기관"), queryset=Organisation.objects.all(), required=False
    )
    person = forms.ModelChoiceField(
        label=gettext_lazy("사람"), queryset=User.objects.none(), required=False
    )
    valid_from = forms.DateField(
        label=gettext_lazy("적용 시작일"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = User.objects.filter(pk__in=[person.pk for person in people])
        self.fields["person"].queryset = able  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = lambda person: person.name  # type: ignore[attr-defined]

    def line(self) -> Line:
        """What was chosen; a field that the choice of `whom` does not use is left out."""
        data = dict(self.cleaned_data)
        if data["whom"] != Whom.ORGANISATION:
            data["organisation"] = None
        if data["whom"] != Whom.PERSON:
            data["person"] = None
        return Line(**data)


@dataclass(frozen=True)
class Row:
    uid: str
    place: str
    when: str
    whom: str
    dates: str
    is_now: bool
    is_over: bool


@dataclass(frozen=True)
class Preview:
    """Who would be asked in one township at the hour that was chosen."""

    place: str
    names: list[str]


@keeper
@require_GET
def rota_page(request: HttpRequest) -> HttpResponse:
    return _page(request, now=clock.now())


def _page(request: HttpRequest, *, now: datetime, form: LineForm | None = None) -> HttpResponse:
    at = _chosen(request.GET.get("at"), now)
    old = request.GET.get("old") == "1"
    today = local_day(now)
    lines = ResponderRule.objects.select_related("township", "organisation", "person")
    if not old:
        lines = lines.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
    moment = rota.Moment.of(at)
    context = {
        "rows": [_row(line, moment) for line in lines],
        "form": form or _form(now),
        "old": old,
        "at": timezone.localtime(at).strftime("%Y-%m-%dT%H:%M"),
        "previews": [_preview(place, at=at, now=now) for place in Township.objects.all()],
    }
    return render(request, "dispatch/rota.html", context)


def _form(now: datetime, data: Any = None) -> LineForm:
    people = holders(Role.RESPONDER, now=now)
    start = {"valid_from": local_day(now), "from_time": "18:00", "until_time": "09:00"}
    return LineForm(data, people=people, initial=start)


def _chosen(text: str | None, now: datetime) -> datetime:
    try:
        naive = datetime.fromisoformat(text) if text else None
    except ValueError:
        naive = None
    if naive is None or naive.tzinfo is not None:
        return now
    return timezone.make_aware(naive)


def _row(line: ResponderRule, moment: rota.Moment) -> Row:
    whole = line.from_time == line.until_time
    hours = _("하루 종일") if whole else f"{line.from_time:%H:%M}~{line.until_time:%H:%M}"
    over = line.valid_until is not None and line.valid_until < moment.today
    until = day(line.valid_until) if line.valid_until else ""
    return Row(
        uid=str(line.uid),
        place=line.township.name if line.township else _("군 전체"),
        when=f"{line.get_days_display()} {hours}",
        whom=_whom(line),
        dates=f"{day(line.valid_from)}~{until}",
        is_now=rota.fits(line, moment),
        is_over=over,
    )


def _whom(line: ResponderRule) -> str:
    if line.person is not None:
        return line.person.name
    if line.organisation is not None:
        return _("%(place)s 직원") % {"place": line.organisation.name}
    return str(line.get_whom_display())


def _preview(place: Township, *, at: datetime, now: datetime) -> Preview:
    """Roles as they are today: nobody's future grants are guessed."""
    names = [person.name for person in rota.order_in(place.code, at=at, now=now)]
    return Preview(place.name, names)


@keeper
@require_POST
def rota_add(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    form = _form(now, request.POST)
    if form.is_valid():
        try:
            rota_actions.add_line(line=form.line(), by=staff_of(request), now=now)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("출동 순번에 한 줄을 더했습니다."))
            return redirect("dispatch:rota")
    return _page(request, now=now, form=form)


@keeper
@require_POST
def rota_line(request: HttpRequest, uid: UUID) -> HttpResponse:
    """`do`: end, up or down."""
    now = clock.now()
    line = get_object_or_404(ResponderRule, uid=uid)
    do = request.POST.get("do", "")
    try:
        if do == "end":
            rota_actions.end_line(line=line, by=staff_of(request), now=now)
            messages.success(request, _("내일부터 이 줄을 쓰지 않습니다."))
        elif do in ("up", "down"):
            rota_actions.move_line(line=line, up=do == "up", by=staff_of(request), now=now)
    except Refused as error:
        messages.error(request, str(error))
    return redirect("dispatch:rota")
