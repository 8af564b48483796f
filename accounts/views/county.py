"""The county's settings: what is in force, since when, who changed it and why."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock, county_settings
from accounts.access import allow
from accounts.county_settings import SettingSpec
from accounts.forms import SettingForm, or_now
from accounts.models import SettingVersion
from accounts.models.access_log import AccessLog
from accounts.roles import Role
from accounts.views.common import oneself

GROUPS = {
    "accounts": gettext_lazy("로그인과 알림"),
    "households": gettext_lazy("대상자"),
    "monitoring": gettext_lazy("감지"),
    "dispatch": gettext_lazy("관제와 출동"),
    "reports": gettext_lazy("보고"),
}
keepers = allow(Role.ADMINISTRATOR, Role.COUNTY_OFFICIAL)


@dataclass(frozen=True)
class Row:
    """One setting of the list."""

    spec: SettingSpec
    value: str
    since: SettingVersion | None
    coming: SettingVersion | None


@keepers
@require_safe
def settings_page(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    versions = list(SettingVersion.objects.select_related("by").order_by("valid_from", "id"))
    groups: dict[str, list[Row]] = {}
    for spec in county_settings.specs():
        mine = [version for version in versions if version.name == spec.name]
        past = [version for version in mine if version.valid_from <= now]
        value = past[-1].value if past else spec.default
        coming = next((version for version in mine if version.valid_from > now), None)
        row = Row(spec, _shown(spec, value), past[-1] if past else None, coming)
        groups.setdefault(spec.name.partition(".")[0], []).append(row)
    named = [(GROUPS.get(key, key), rows) for key, rows in _in_order(groups)]
    return render(request, "accounts/settings_list.html", {"groups": named})


def _in_order(groups: dict[str, list[Row]]) -> list[tuple[str, list[Row]]]:
    order = [*GROUPS, *sorted(set(groups) - set(GROUPS))]
    return [(key, groups[key]) for key in order if key in groups]


def _shown(spec: SettingSpec, value: Any) -> str:
    """The value in words; a stored one of an older kind is shown as it is."""
    try:
        return spec.shown(spec.clean(value))
    except ValidationError:
        return str(value)


@keepers
@require_http_methods(["GET", "POST"])
def setting_page(request: HttpRequest, name: str) -> HttpResponse:
    """One setting: value now, form for the next version, all versions."""
    try:
        spec = county_settings.spec(name)
    except KeyError:
        raise Http404 from None
    if request.method == "POST" and spec.read_only:
        raise PermissionDenied(_("이 값은 다른 화면에서 정합니다."))
    form = SettingForm(request.POST or None, spec=spec)
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, spec, form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("새 값을 저장했습니다."))
            return redirect("setting", name=name)
    now = clock.now()
    versions = [(version, _shown(spec, version.value)) for version in county_settings.history(name)]
    context = {
        "spec": spec,
        "form": form,
        "value": spec.shown(county_settings.setting(name, at=now)),
        "default": spec.shown(spec.clean(spec.default)),
        "versions": versions,
        "now": now,
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "accounts/setting.html", context, status=status)


def _change(request: HttpRequest, spec: SettingSpec, data: dict[str, Any]) -> None:
    now = clock.now()
    by = oneself(request)
    county_settings.change(
        name=spec.name,
        value=data["value"],
        valid_from=or_now(data["valid_from"], now),
        by=by,
        reason=data["reason"],
        now=now,
    )
    audit.record(
        actor=by,
        action=AccessLog.Action.CHANGED,
        subject_kind="setting",
        subject_uid=spec.name,
        now=now,
        request=request,
        reason=data["reason"],
    )
