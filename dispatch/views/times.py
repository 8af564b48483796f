"""/times/: how long each step took, month by month, against the county's goals."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts import clock
from accounts.access import allow, request_scope
from accounts.models import Township
from accounts.roles import Role
from dispatch.presenters import times as presenter
from dispatch.rules import Light


class TimesForm(forms.Form):
    light = forms.ChoiceField(
        label=_("신호등"), required=False, choices=[("", _("모두")), *Light.choices]
    )
    township = forms.ModelChoiceField(
        label=_("읍·면"), required=False, queryset=Township.objects.all(), empty_label=_("군 전체")
    )
    month = forms.CharField(required=False, widget=forms.HiddenInput)


@allow(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)
@require_GET
def times(request: HttpRequest) -> HttpResponse:
    """Counts and times only; a choice that is not one counts as none."""
    now = clock.now()
    form = TimesForm(request.GET)
    form.is_valid()
    chosen: dict[str, Any] = form.cleaned_data
    township = chosen.get("township")
    page = presenter.page(
        now=now,
        light=chosen.get("light", ""),
        township=township.code if township else "",
        month=chosen.get("month", ""),
    )
    context = {
        "form": form,
        "page": page,
        "may_set": request_scope(request).has(Role.COUNTY_OFFICIAL),
        "now": now,
    }
    return render(request, "dispatch/times.html", context)
