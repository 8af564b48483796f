"""One photo of a visit: read again, written anew, kept sealed, forgotten in time.

A camera writes the place, the time and its own number into a photo. Nothing of that may come in:
the portal takes the pixels alone and makes a JPEG of its own of them.
"""

import base64
import struct
from datetime import datetime, timedelta
from io import BytesIO

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from PIL import Image

from accounts.county_settings import setting
from accounts.models import User
from dispatch import machine
from dispatch.actions.common import require_responder, require_role
from dispatch.models import Visit, VisitPhoto
from dispatch.rules import EventKind, Refused, VisitDo, VisitState

MOST_BYTES = 1_500_000
"""So large a photo is taken; a phone with our script sends about a quarter of it."""

MOST_PIXELS = 30_000_000
"""A small file may unfold to many gigabytes: looked at before it is unfolded."""

MOST_SIDE = 1280
QUALITY = 80
FORMATS = ("JPEG", "PNG")
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a camera held the photo, and what sets it upright."""

# On site, over, or called back while the phone was in a dead spot: it was taken all the same.
_TAKEN_IN = frozenset({VisitState.ON_SITE, VisitState.DONE, VisitState.CANCELLED})
_UNREADABLE = (
    OSError,  # UnidentifiedImageError is one
    SyntaxError,  # a broken PNG
    ValueError,
    EOFError,
    struct.error,  # what a camera wrote about the photo is cut off
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def rewrite(raw: bytes) -> bytes:
    """The photo as a JPEG of our own: upright, at most 1280 pixels wide and high, no metadata.

    Raises Refused for anything but a readable JPEG or PNG of at most MOST_BYTES.
    """
    if len(raw) > MOST_BYTES:
        raise Refused(_("사진이 너무 큽니다. 1.5MB까지 보낼 수 있습니다."))
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused(_("사진이 너무 큽니다. 더 작게 찍어 주세요."))
            turn = _UPRIGHT.get(picture.getexif().get(_ORIENTATION, 1))
            picture.thumbnail((MOST_SIDE, MOST_SIDE))  # first, so that a JPEG unfolds small
            # A picture of its own: whatever hung on the old one (place, comment, profile) stays.
            seen = picture.convert("RGBA")
            if turn is not None:
                seen = seen.transpose(turn)
            fresh = Image.new("RGB", seen.size, "white")
            fresh.paste(seen, mask=seen)
    except _UNREADABLE as error:
        raise Refused(_("사진을 읽을 수 없습니다. JPEG나 PNG 사진만 보낼 수 있습니다.")) from error
    made = BytesIO()
    fresh.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


@transaction.atomic
def add_photo(
    *,
    visit: Visit,
    image: bytes,
    by: User,
    now: datetime,
    at: datetime | None = None,
    key: str = "",
) -> VisitPhoto:
    """Keep the one photo of a visit (`image` as `rewrite` made it), with its line in the log. The
    first stands: a second one, or the same sent again, gives the row that is there.

    Raises Refused for somebody else's visit and for one where nobody has arrived.
    """
    require_role(by, VisitDo.FOUND, now=now)
    case = machine.lock(visit.case_id)
    fresh = Visit.objects.get(pk=visit.pk)
    require_responder(fresh, by)
    standing = VisitPhoto.objects.filter(visit=fresh).first()
    if standing is not None:
        return standing
    if fresh.state not in _TAKEN_IN:
        raise Refused(_("현장에 도착한 뒤에 사진을 보낼 수 있습니다."))
    taken = at or now
    photo = VisitPhoto.objects.create(
        visit=fresh,
        image=case.household.seal(base64.b64encode(image).decode()),
        size=len(image),
        taken_at=taken,
        received_at=now,
        taken_by=by,
    )
    data = {"visit": str(fresh.uid), "photo": str(photo.uid)}
    if taken < now:
        data["received_at"] = now.isoformat()
    machine.log(case, EventKind.VISIT_PHOTO, now=taken, by=by, data=data, key=key)
    return photo


def opened(photo: VisitPhoto) -> bytes:
    """The JPEG. Raises KeyDestroyed where the person was forgotten."""
    return base64.b64decode(photo.visit.case.household.unseal(bytes(photo.image)))


def purge(*, now: datetime) -> int:
    """Delete the photos of cases that were closed `dispatch.photo_days` ago, and those of people
    who were forgotten. Returns how many."""
    kept = timedelta(days=setting("dispatch.photo_days", at=now))
    forgotten = Q(visit__case__household__wrapped_key__isnull=True) | Q(
        visit__case__household__wrapped_key=b""
    )
    old = VisitPhoto.objects.filter(forgotten | Q(visit__case__closed_at__lte=now - kept))
    deleted, _by_model = old.delete()
    return deleted
