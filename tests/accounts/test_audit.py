"""The one door into the access log."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import audit
from accounts.models import AccessLog


def test_a_line_tells_who_what_whose_whence_and_why(clerk_and_responder, now, rf):
    audit.record(
        actor=clerk_and_responder,
        action="revealed",
        subject_kind="household",
        subject_uid="0b7c",
        now=now,
        request=rf.get("/", REMOTE_ADDR="10.0.0.7"),
        reason=" 안부 확인 ",
        detail={"fields": ["phone"]},
    )
    line = AccessLog.objects.get()
    assert (line.at, line.actor_id, line.ip) == (now, clerk_and_responder.pk, "10.0.0.7")
    assert line.actor_role == "responder,township_clerk"
    assert (line.action, line.subject_kind, line.subject_uid) == ("revealed", "household", "0b7c")
    assert (line.reason, line.detail) == ("안부 확인", {"fields": ["phone"]})


@pytest.mark.parametrize("actor", [None, AnonymousUser()])
def test_a_failed_sign_in_has_no_actor(db, now, actor):
    line = audit.record(actor=actor, action="sign_in_failed", subject_kind="user", now=now)
    assert (line.actor_id, line.actor_role, line.ip) == (None, "", None)


def test_an_unknown_action_is_refused(db, now):
    with pytest.raises(ValueError, match="unknown action"):
        audit.record(actor=None, action="peeked", subject_kind="household", now=now)


@pytest.mark.parametrize(
    "detail", [{"x": "010-1234-5678"}, {"x": ["01012345678"]}, {"x": {"y": "(031) 839-1234"}}]
)
def test_a_telephone_number_never_reaches_the_log(db, now, detail):
    with pytest.raises(ValueError, match="telephone"):
        audit.record(actor=None, action="viewed", subject_kind="household", now=now, detail=detail)
    assert not AccessLog.objects.exists()


def test_opaque_ids_are_no_telephone_numbers(db, now):
    detail = {"uid": "4f0c0101-2345-4678-9abc-010123456789", "count": 12345678901}
    audit.record(actor=None, action="listed", subject_kind="household", now=now, detail=detail)
    assert AccessLog.objects.get().detail == detail


def test_a_forwarded_address_counts_only_from_our_own_proxies(rf, settings):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "6.6.6.6, 1.2.3.4"})
    settings.TRUSTED_PROXY_COUNT = 0
    assert audit.client_ip(request) == "10.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 1
    assert audit.client_ip(request) == "1.2.3.4"
    settings.TRUSTED_PROXY_COUNT = 3
    assert audit.client_ip(request) == "10.0.0.1"


def test_garbage_in_a_forwarded_header_is_not_an_address(rf, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "drop table"})
    assert audit.client_ip(request) == "10.0.0.1"
