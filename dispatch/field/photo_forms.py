"""A photo on its way in: out of a phone's queue as base64, or as a file of a plain form."""

import base64
import binascii
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dispatch.field import photos
from dispatch.forms import FoundForm
from dispatch.rules import CloseReason, FoundState, Refused

_MOST_LETTERS = photos.MOST_BYTES * 4 // 3 + 4


def _rewritten(raw: bytes) -> bytes:
    try:
        return photos.rewrite(raw)
    except Refused as error:
        raise forms.ValidationError(str(error)) from error


class PhotoForm(forms.Form):
    """`image`: base64; cleaned it is the JPEG as `photos.rewrite` made it."""

    image = forms.CharField(
        max_length=_MOST_LETTERS,
        strip=False,
        error_messages={
            "required": _("사진이 없습니다."),
            "max_length": _("사진이 너무 큽니다. 1.5MB까지 보낼 수 있습니다."),
        },
    )

    def clean_image(self) -> bytes:
        try:
            raw = base64.b64decode(self.cleaned_data["image"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise forms.ValidationError(_("사진을 읽을 수 없습니다.")) from error
        return _rewritten(raw)


class FoundPageForm(FoundForm):
    """The found step without a script: the photo comes with it."""

    photo = forms.FileField(
        required=False,
        error_messages={"empty": _("사진을 읽을 수 없습니다. 다시 찍어 주세요.")},
    )

    def clean_photo(self) -> bytes:
        file: Any = self.cleaned_data.get("photo")
        if file is None:
            return b""
        return _rewritten(file.read(photos.MOST_BYTES + 1))

    def clean(self) -> dict[str, Any]:
        """A phone's script says so before it queues; what came out of a queue goes to the desk."""
        reason = self.cleaned_data.get("close_reason")
        data = super().clean()
        found = data.get("found_state")
        if reason == CloseReason.DEATH and found and found != FoundState.DEATH:
            self.add_error("close_reason", _("사망이면 지금 상태에서 “사망 확인”을 골라 주세요."))
        return data
