"""Settings of the county: typed, validated, in dated versions with who and why.

Every floor registers its own in AppConfig.ready():

    register(SettingSpec("dispatch.again_hours", "int", default=6, unit=_("시간"), …))

and reads them by time, so that a decision of last month is explained by last month's value.
One indexed row is read, and a change is in force at once in every process. While a page is made,
`remembered()` reads all versions once: a page asks for the same settings many times.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import SettingVersion, User

Kind = Literal["int", "float", "bool", "time", "choice", "json"]
Text = str | Promise


@dataclass(frozen=True)
class SettingSpec:
    """One setting. `default`, `minimum` and `maximum` are values of the setting's own kind.

    `name` is "<floor>.<what_it_is>"; `unit` is shown behind the value; `validate` gets the clean
    value and raises ValidationError with a Korean sentence; `fits` gets it with the moment from
    which it is to hold, and looks at other settings from then on (`values_beside`). Settings that
    fit each other name the same `group`: they are changed one at a time. `read_only`: another page
    sets it, from what only that page knows; the settings page shows it. `words` says a value of the
    kind "json", which has no words of its own; an empty one is "정하지 않음".
    """

    name: str
    kind: Kind
    default: Any
    label: Text
    unit: Text = ""
    help: Text = ""
    minimum: Any = None
    maximum: Any = None
    choices: tuple[tuple[str, Text], ...] = ()
    validate: Callable[[Any], None] | None = None
    fits: Callable[[Any, datetime], None] | None = None
    group: str = ""
    read_only: bool = False
    words: Callable[[Any], str] | None = None

    def clean(self, raw: Any) -> Any:
        """The value of this kind from form text or JSON; ValidationError in Korean otherwise."""
        value = _PARSERS[self.kind](raw)
        if self.kind == "choice" and value not in {key for key, _label in self.choices}:
            raise ValidationError(_("고를 수 있는 값이 아닙니다."))
        if self.minimum is not None and value < self.minimum:
            raise ValidationError(
                _("%(least)s 이상이어야 합니다.") % {"least": self.shown(self.minimum)}
            )
        if self.maximum is not None and value > self.maximum:
            raise ValidationError(
                _("%(most)s 이하여야 합니다.") % {"most": self.shown(self.maximum)}
            )
        if self.validate is not None:
            self.validate(value)
        return value

    def stored(self, value: Any) -> Any:
        """The value as JSON keeps it."""
        return value.strftime("%H:%M") if isinstance(value, time) else value

    def shown(self, value: Any) -> str:
        """The value as a clerk reads it: '10분', '22:00', '예'."""
        if self.kind == "bool":
            return str(_("예") if value else _("아니요"))
        if self.kind == "choice":
            return str(dict(self.choices).get(value, value))
        if self.kind == "json" and not value:
            return str(_("정하지 않음"))
        if self.words is not None:
            return self.words(value)
        if self.kind == "float":
            return f"{value:g}{self.unit}"
        return f"{self.stored(value)}{self.unit}"


def _int(raw: Any) -> int:
    if isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer()):
        raise ValidationError(_("정수를 입력하세요."))
    try:
        return int(str(raw).strip()) if isinstance(raw, str) else int(raw)
    except (TypeError, ValueError) as error:
        raise ValidationError(_("정수를 입력하세요.")) from error


def _float(raw: Any) -> float:
    try:
        value = float(raw)
    except (TypeError, ValueError) as error:
        raise ValidationError(_("숫자를 입력하세요.")) from error
    if isinstance(raw, bool) or value != value or value in (float("inf"), float("-inf")):
        raise ValidationError(_("숫자를 입력하세요."))
    return value


def _bool(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    known = {"true": True, "1": True, "on": True, "false": False, "0": False, "": False}
    try:
        return known[str(raw).strip().lower()]
    except KeyError as error:
        raise ValidationError(_("예 또는 아니요를 고르세요.")) from error


def _time(raw: Any) -> time:
    if isinstance(raw, time):
        return raw.replace(second=0, microsecond=0, tzinfo=None)
    try:
        return time.fromisoformat(str(raw).strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError as error:
        raise ValidationError(_("시각을 22:00처럼 입력하세요.")) from error


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "time": _time,
    "choice": str,
    "json": lambda raw: raw,
}
_specs: dict[str, SettingSpec] = {}


def register(spec: SettingSpec) -> SettingSpec:
    """Adds a setting. The same spec twice is nothing; another one of that name is an error."""
    spec = replace(spec, default=spec.clean(spec.default))  # "22:00" becomes a time
    known = _specs.get(spec.name)
    if known is not None and known != spec:
        raise ValueError(f"setting {spec.name} is registered twice")
    _specs[spec.name] = spec
    return spec


def spec(name: str) -> SettingSpec:
    """The spec of that name; KeyError for one nobody registered."""
    return _specs[name]


def specs() -> list[SettingSpec]:
    """Every registered setting, by name."""
    return sorted(_specs.values(), key=lambda one: one.name)


def setting(name: str, *, at: datetime) -> Any:
    """The value in force at `at`; the default before the first version. KeyError if unknown."""
    known = _specs[name]
    memory = _memory.get()
    stored = _read(name, at) if memory is None else memory.value(name, at)
    if stored is None:
        return known.default
    return _PARSERS[known.kind](stored)


def _read(name: str, at: datetime) -> Any:
    """The stored value in force at `at`, None before the first version."""
    return (
        SettingVersion.objects.filter(name=name, valid_from__lte=at)
        .order_by("-valid_from", "-id")
        .values_list("value", flat=True)
        .first()
    )


class _Memory:
    """All versions of all settings, read when the first of them is asked for."""

    def __init__(self) -> None:
        self._versions: dict[str, list[tuple[datetime, Any]]] | None = None

    def forget(self) -> None:
        self._versions = None

    def value(self, name: str, at: datetime) -> Any:
        if self._versions is None:
            self._versions = {}
            rows = SettingVersion.objects.order_by("-valid_from", "-id")
            for key, valid_from, value in rows.values_list("name", "valid_from", "value"):
                self._versions.setdefault(key, []).append((valid_from, value))
        versions = self._versions.get(name, ())
        return next((value for valid_from, value in versions if valid_from <= at), None)


_memory: ContextVar[_Memory | None] = ContextVar("county_settings", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """Within it, settings are read from the database once; a change made within it counts."""
    token = _memory.set(_Memory())
    try:
        yield
    finally:
        _memory.reset(token)


def history(name: str) -> list[SettingVersion]:
    """All versions, the newest first."""
    return list(SettingVersion.objects.filter(name=name).select_related("by"))


def values_beside(other: str, *, name: str, since: datetime) -> list[tuple[datetime, Any]]:
    """(from when, value) of `other` for as long as a version of `name` from `since` on would be in
    force, which is until its next one that is planned already. The first is from `since` on."""
    planned = SettingVersion.objects.filter(valid_from__gt=since).order_by("valid_from")
    moments = planned.filter(name=other)
    until = planned.filter(name=name).values_list("valid_from", flat=True).first()
    if until is not None:
        moments = moments.filter(valid_from__lt=until)
    later = moments.values_list("valid_from", flat=True).distinct()
    return [(at, setting(other, at=at)) for at in (since, *later)]


def _one_change_at_a_time(name: str) -> None:
    """Holds back a second change of the same setting, or of the same group, until this transaction
    ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"setting:{name}"])


@transaction.atomic
def change(
    *, name: str, value: Any, valid_from: datetime, by: User, reason: str, now: datetime
) -> SettingVersion:
    """Writes a new version from `valid_from` on, which must not lie before `now`.

    KeyError for an unknown name; ValidationError with a Korean sentence for a bad value, a date
    that reaches back, a missing reason, or a value that is in force already (a second click).
    """
    known = _specs[name]
    clean = known.clean(value)
    if not reason.strip():
        raise ValidationError(_("변경 사유를 입력하세요."))
    if valid_from < now:
        raise ValidationError(
            _("적용 일시는 지금보다 앞설 수 없습니다. 지난 결정의 근거가 바뀌기 때문입니다.")
        )
    _one_change_at_a_time(known.group or name)
    _forget_memory()
    if known.fits is not None:
        known.fits(clean, valid_from)
    if setting(name, at=valid_from) == clean:
        raise ValidationError(_("이미 같은 값이 적용되어 있습니다."))
    version = SettingVersion.objects.create(
        name=name,
        value=known.stored(clean),
        valid_from=valid_from,
        by=by,
        reason=reason.strip()[:200],
        created_at=now,
    )
    _forget_memory()
    return version


def _forget_memory() -> None:
    memory = _memory.get()
    if memory is not None:
        memory.forget()
