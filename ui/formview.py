"""How one field and its errors are shown; shared by the tags and the form renderer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.forms import (
    BaseForm,
    CheckboxInput,
    ClearableFileInput,
    MultiWidget,
    SplitDateTimeWidget,
    Textarea,
)
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ui import words

# Length of the timer's ring: radius 8 in a box of 20.
RING = 50.3
SOON, NOW = 1 / 3, 0.1
# Keys under which pages keep forms in their context.
FORM_KEYS = ("form", "forms", "formset")


@dataclass(frozen=True)
class Problem:
    """One thing to correct. `target` is the id of the control, empty for the whole form."""

    message: str
    label: str = ""
    target: str = ""


def problems(*forms: Any) -> list[Problem]:
    """All errors of bound forms and formsets, in the order of the page."""
    return [problem for form in forms if form is not None for problem in _problems_of(form)]


def _problems_of(form: Any) -> Iterator[Problem]:
    if isinstance(form, BaseFormSet):
        yield from (Problem(str(message)) for message in form.non_form_errors())
        for member in form.forms:
            yield from _problems_of(member)
        return
    yield from (Problem(str(message)) for message in form.non_field_errors())
    for bound in form:
        label = "" if bound.is_hidden else str(bound.label)
        target = "" if bound.is_hidden else target_of(bound)
        yield from (Problem(str(message), label, target) for message in bound.errors)


def forms_in(context: Context) -> Iterator[Any]:
    for key in FORM_KEYS:
        value = context.get(key)
        for form in value if isinstance(value, list | tuple) else [value]:
            if isinstance(form, BaseForm | BaseFormSet):
                yield form


def target_of(bound: BoundField) -> str:
    """The id that a link can focus: of a group, its first control."""
    return f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label or bound.auto_id


def kind_of(bound: BoundField) -> str:
    """`choices` (radio buttons, checkboxes), `group` (several inputs), `single`, `text`."""
    widget = bound.field.widget
    if getattr(widget, "input_type", "") in {"radio", "checkbox"} and bound.use_fieldset:
        return "choices"
    if bound.use_fieldset:
        return "group"
    return "single" if isinstance(widget, CheckboxInput) else "text"


def necessity(bound: BoundField) -> str:
    """필수 or 선택, said only in forms that mix the two."""
    asked = {f.field.required for f in bound.form.visible_fields() if kind_of(f) != "single"}
    if len(asked) < 2 or kind_of(bound) == "single":
        return ""
    return _("필수") if bound.field.required else _("선택")


def control(bound: BoundField) -> SafeString:
    widget = bound.field.widget
    own = "input input--area" if isinstance(widget, Textarea) else "input"
    if isinstance(widget, CheckboxInput):
        own = ""
    elif isinstance(widget, ClearableFileInput):
        own = "input input--file"
    elif isinstance(widget, MultiWidget):
        _name_parts(widget, str(bound.label))
    css = f"{own} {widget.attrs.get('class', '')}".strip()
    attrs: dict[str, Any] = {"class": css} if css else {}
    return bound.as_widget(attrs=attrs)


def _name_parts(widget: MultiWidget, label: str) -> None:
    """Several inputs under one legend: each needs a name of its own for a screen reader."""
    split = isinstance(widget, SplitDateTimeWidget)
    parts = [_("날짜"), _("시각")] if split else map(str, range(1, len(widget.widgets) + 1))
    for part, word in zip(widget.widgets, parts, strict=True):
        part.attrs.setdefault("aria-label", f"{label} {word}")


def timer(
    *, due: datetime, now: datetime, text: str, over: str, start: datetime | None
) -> dict[str, Any]:
    """Variables of ui/timer.html: words, state and how much of the ring is filled."""
    left = due - now
    whole = due - start if start else None
    share = max(0.0, min(1.0, left / whole)) if whole else None
    return {
        "due": due,
        "now": now,
        "start": start,
        "text": text,
        "over": over,
        "words": (over if left < timedelta(0) else text).replace("{}", words.span(left)),
        "state": _state(left, share),
        "ring": None if share is None else f"{share * RING:.1f} {RING}",
    }


def _state(left: timedelta, share: float | None) -> str:
    """Calm, then soon at a third, now in the last tenth or minute, then over."""
    if left < timedelta(0):
        return "over"
    if left < timedelta(minutes=1) or (share is not None and share <= NOW):
        return "now"
    return "soon" if share is not None and share <= SOON else ""
