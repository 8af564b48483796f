"""A visit's photo: nothing of the camera comes in, nobody else sees it, it is forgotten."""

import base64
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import AccessLog
from dispatch import actions, machine
from dispatch.field import photos, receiving
from dispatch.models import FieldAction, VisitPhoto
from dispatch.rules import Refused
from tests.cast import sign_in
from tests.dispatch.field.test_dead_spot import MINUTE, Phone
from tests.dispatch_pages.conftest import (  # noqa: F401
    as_user,
    claimed,
    home,
    post,
    red,
    text_of,
    visit,
)

pytestmark = pytest.mark.django_db
SECRET = b"Secret Camera 37.99N"


def camera(size=(1600, 900), kind="JPEG"):
    """A photo as a camera makes it: turned, with its place, its maker, a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    made, more = BytesIO(), {"exif": exif}
    if kind == "JPEG":
        more |= {"comment": SECRET, "icc_profile": SECRET}
    Image.new("RGB", size, "teal").save(made, kind, **more)
    return made.getvalue()


def b64(raw):
    return base64.b64encode(raw).decode()


@pytest.fixture
def on_site(visit, responder, now):  # noqa: F811
    for verb in (actions.accept_visit, actions.depart, actions.arrive):
        verb(visit=visit, by=responder, now=now)
    visit.refresh_from_db()
    return visit


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_nothing_of_the_camera_is_left(kind):
    raw = camera(kind=kind)
    assert SECRET in raw
    made = photos.rewrite(raw)
    assert SECRET not in made
    with Image.open(BytesIO(made)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (720, 1280)  # upright, and small
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_odd_words_of_a_camera_hinder_nothing():
    """A number (type 11) where words belong; the orientation beside it still counts."""
    odd = b"\x01\x0e\0\x0b\0\0\0\x01\0\x01\0\x02"
    turned = b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
    raw = BytesIO()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02" + odd + turned + b"\0\0\0\0"
    Image.new("RGB", (8, 4)).save(raw, "JPEG", exif=exif)
    with Image.open(BytesIO(photos.rewrite(raw.getvalue()))) as picture:
        assert picture.size == (4, 8)


def a_gif():
    made = BytesIO()
    Image.new("RGB", (9, 9)).save(made, "GIF")
    return made.getvalue()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (a_gif(), "JPEG나 PNG 사진만"),
        (b"<svg onload=alert(1)>", "JPEG나 PNG 사진만"),
        (camera()[:400], "JPEG나 PNG 사진만"),
        (b"\xff\xd8" + b"0" * photos.MOST_BYTES, "너무 큽니다"),
    ],
)
def test_anything_else_is_refused_in_korean(raw, words):
    with pytest.raises(Refused, match=words):
        photos.rewrite(raw)


def test_a_small_file_that_unfolds_is_refused_unopened(monkeypatch):
    monkeypatch.setattr(photos, "MOST_PIXELS", 1000)
    with pytest.raises(Refused, match="더 작게"):
        photos.rewrite(camera())


def test_out_of_a_dead_spot_after_the_result_and_once(visit, responder, now, frozen_clock):  # noqa: F811
    phone = Phone(responder, visit)
    items = [
        phone.item(do, now + n * MINUTE) for n, do in enumerate(("accept", "depart", "arrive"))
    ]
    found = phone.item("found", now + 9 * MINUTE, found_state="met_safe", close_reason="phone")
    photo = phone.item("photo", now + 8 * MINUTE, image=b64(camera()))
    frozen_clock.move_to(now + 20 * MINUTE)
    phone.client.logout()  # twenty minutes without a network are twenty minutes idle
    sign_in(phone.client, responder)
    assert phone.send(*items, found).status_code == 200
    for _twice in range(2):
        told = phone.send(photo).json()["receipts"]
        assert [one["status"] for one in told] == ["done"]
    kept = VisitPhoto.objects.get()
    assert (kept.visit_id, kept.taken_by) == (visit.pk, responder)
    assert (kept.taken_at, kept.received_at) == (now + 8 * MINUTE, now + 20 * MINUTE)
    event = visit.case.events.get(kind="visit_photo")
    assert event.data["photo"] == str(kept.uid)
    # Neither the row nor what is kept of the action holds the picture in the clear.
    assert photos.opened(kept)[:2] == b"\xff\xd8"
    assert b64(photos.opened(kept))[:24].encode() not in bytes(kept.image)
    assert FieldAction.objects.get(verb="photo").data == {}
    # Another one of the same visit changes nothing.
    phone.send(phone.item("photo", now, image=b64(camera(size=(20, 20)))))
    assert VisitPhoto.objects.get().size == kept.size


def test_a_photo_is_unfolded_before_the_lock_and_once(on_site, responder, now, monkeypatch):
    order = []
    rewrite, lock = photos.rewrite, machine.lock
    monkeypatch.setattr(photos, "rewrite", lambda raw: order.append("unfold") or rewrite(raw))
    monkeypatch.setattr(machine, "lock", lambda pk: order.append("lock") or lock(pk))
    phone = Phone(responder, on_site)
    photo = phone.item("photo", now, image=b64(camera(size=(20, 20))))
    for _twice in range(2):
        phone.send(photo)
    assert order[:2] == ["unfold", "lock"]
    assert order.count("unfold") == 1


def test_one_request_brings_few_photos_and_few_bytes(on_site, responder, now, monkeypatch):
    monkeypatch.setattr(photos, "rewrite", lambda raw: pytest.fail("nothing was to be read"))
    phone = Phone(responder, on_site)
    small = b64(camera(size=(20, 20)))
    many = [phone.item("photo", now, image=small) for _ in range(receiving.MOST_PHOTOS + 1)]
    assert phone.send(*many).status_code == 413
    heavy = phone.item("note", now, text="가" * receiving.MOST_BODY)
    assert phone.send(heavy).status_code == 413


def test_a_photo_that_cannot_be_read_is_told_to_the_phone(on_site, responder, now, frozen_clock):
    phone = Phone(responder, on_site)
    for wrong in (b64(a_gif()), "not base64!"):
        told = phone.send(phone.item("photo", now, image=wrong)).json()["receipts"][0]
        assert told["status"] == "invalid"
        assert "사진을 읽을 수 없습니다" in told["errors"]["image"][0]
    assert not VisitPhoto.objects.exists()


def test_not_before_the_door_and_not_by_another(visit, responder, responder2, now):  # noqa: F811
    with pytest.raises(Refused, match="도착한 뒤에"):
        photos.add_photo(visit=visit, image=b"x", by=responder, now=now)
    with pytest.raises(Refused, match="다른 사람"):
        photos.add_photo(visit=visit, image=b"x", by=responder2, now=now)


def test_with_a_plain_form(on_site, responder, as_user):  # noqa: F811
    url = f"/visits/{on_site.uid}/found/"
    data = {"found_state": "absent_revisit", "note": "우편물이 쌓임"}
    wrong = {**data, "photo": SimpleUploadedFile("a.jpg", a_gif())}
    page = text_of(post(as_user(responder), url, wrong))
    assert "JPEG나 PNG 사진만" in page
    assert "우편물이 쌓임" in page
    for _tap in range(2):
        right = {**data, "photo": SimpleUploadedFile("a.jpg", camera())}
        assert post(as_user(responder), url, right).status_code == 302
    on_site.refresh_from_db()
    assert on_site.state == "done"
    assert on_site.photo.size > 0
    assert on_site.case.events.filter(kind="visit_photo").count() == 1


def test_seen_by_who_reads_the_case_and_each_look_is_logged(
    on_site,
    responder,
    operator,
    operator2,
    clerk_jeongok,
    clerk_baekhak,
    official,
    privacy_officer,
    as_user,  # noqa: F811
    now,
):
    photo = photos.add_photo(visit=on_site, image=photos.rewrite(camera()), by=responder, now=now)
    page = f"/cases/{on_site.case.uid}/"
    url = f"{page}photos/{photo.uid}/"
    assert url in text_of(as_user(operator).get(page))
    assert url not in text_of(as_user(official).get(page))
    looks = AccessLog.objects.filter(detail__photo=str(photo.uid))
    for reader in (operator, operator2, clerk_jeongok):
        answer = as_user(reader).get(url)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert "no-store" in answer["Cache-Control"]
        assert looks.filter(actor_id=reader.pk).count() == 1
    for other in (official, clerk_baekhak):
        assert as_user(other).get(url).status_code == 404
    for other in (responder, privacy_officer):
        assert as_user(other).get(url).status_code == 403
    assert looks.count() == 3


def test_it_goes_with_the_case_and_with_the_person(on_site, responder, operator, now):
    photos.add_photo(visit=on_site, image=photos.rewrite(camera()), by=responder, now=now)
    actions.finish_visit(
        visit=on_site, by=responder, found_state="met_safe", close_reason="phone", note="", now=now
    )
    assert photos.purge(now=now + timedelta(days=89)) == 0
    assert photos.purge(now=now + timedelta(days=90)) == 1
    assert on_site.case.events.filter(kind="visit_photo").exists()
    photos.add_photo(visit=on_site, image=b"x", by=responder, now=now)
    home = on_site.case.household  # noqa: F811
    type(home).objects.filter(pk=home.pk).update(wrapped_key=b"")
    assert photos.purge(now=now) == 1
