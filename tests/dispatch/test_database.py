"""What the database refuses even when the code is wrong."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from dispatch import actions
from dispatch.models import CallAttempt, Case, CaseEvent, CaseSignal, Visit

pytestmark = pytest.mark.django_db


def refused(sql, *values):
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, values)


@pytest.fixture
def closed(red, operator, now):
    actions.claim(case=red, by=operator, now=now)
    return actions.close(
        case=red, by=operator, reason="outing", evidence_kind="spoke", note="통화", now=now
    )


@pytest.mark.parametrize("state", ["ai_call", "waiting", "claimed", "visiting"])
def test_a_closed_case_cannot_be_reopened(closed, state):
    refused(
        "UPDATE dispatch_case SET state = %s, closed_at = NULL, closed_by_id = NULL, "
        "close_reason = '', evidence_kind = '', next_action_at = now() WHERE id = %s",
        state,
        closed.pk,
    )


def test_a_closed_case_cannot_be_changed_or_deleted_at_all(closed):
    refused("UPDATE dispatch_case SET close_reason = 'work' WHERE id = %s", closed.pk)
    refused("UPDATE dispatch_case SET priority = priority WHERE id = %s", closed.pk)
    refused("DELETE FROM dispatch_case WHERE id = %s", closed.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        closed.save()


def test_the_log_cannot_be_rewritten(red):
    refused("UPDATE dispatch_caseevent SET kind = 'noted'")
    refused("DELETE FROM dispatch_caseevent")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    refused("TRUNCATE dispatch_caseevent CASCADE")
    assert CaseEvent.objects.filter(case=red).exists()


def test_one_open_case_per_household(red):
    red.pk, red.uid, red.number = None, None, "2026-9999"
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.bulk_create([red])


def test_a_red_case_never_turns_yellow(red):
    refused("UPDATE dispatch_case SET light = 'yellow' WHERE id = %s", red.pk)


def test_nobody_closes_a_red_case_by_machine(red):
    refused(
        "UPDATE dispatch_case SET state = 'closed', closed_at = now(), close_reason = 'fine', "
        "evidence_kind = 'resident_key', next_action_at = NULL, queued_at = NULL WHERE id = %s",
        red.pk,
    )


@pytest.mark.parametrize(
    "change",
    [
        "closed_at = now()",
        "next_action_at = NULL",
        "owner_id = NULL, state = 'claimed'",
        "lease_until = now()",
        "queued_at = NULL",
        "state = 'asleep'",
    ],
)
def test_half_a_pair_is_refused(red, change):
    refused(f"UPDATE dispatch_case SET {change} WHERE id = %s", red.pk)


def test_one_live_call_per_household(red, now):
    live = CallAttempt.objects.get(case=red)
    assert live.is_live
    with pytest.raises(IntegrityError), transaction.atomic():
        CallAttempt.objects.create(
            case=red, household=red.household, token="x", created_at=now, check_at=now
        )


def test_an_ended_call_stays_ended_and_keeps_its_id(red, now):
    refused("UPDATE dispatch_callattempt SET sid = 'CAother' WHERE case_id = %s", red.pk)
    CallAttempt.objects.filter(case=red).update(status="completed", ended_at=now, check_at=None)
    refused(
        "UPDATE dispatch_callattempt SET status = 'ringing', ended_at = NULL, check_at = now() "
        "WHERE case_id = %s",
        red.pk,
    )


def test_the_same_assessment_never_opens_a_second_case(red, now):
    signal = CaseSignal.objects.get(case=red)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseSignal.objects.create(case=red, assessment=signal.assessment, at=now)


def test_an_ended_visit_cannot_be_changed(red, operator, responder, now):
    actions.claim(case=red, by=operator, now=now)
    visit = actions.send_responder(case=red, responder=responder, by=operator, now=now)
    actions.decline_visit(visit=visit, by=responder, reason="vehicle", now=now)
    refused("UPDATE dispatch_visit SET ended_at = %s", now + timedelta(hours=1))
    assert Visit.objects.get().state == "declined"


def test_an_ended_call_stays_ended_unless_it_was_never_seen(red, now):
    call = red.calls.get()
    end = "status = 'failed', ended_at = now(), check_at = NULL"
    live = "status = 'ringing', ended_at = NULL, check_at = now()"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE dispatch_callattempt SET {end} WHERE id = %s", [call.pk])
    refused(f"UPDATE dispatch_callattempt SET {live} WHERE id = %s", call.pk)
    with connection.cursor() as cursor:
        lost = "outcome = 'not_placed', error_code = 'lost'"
        cursor.execute(f"UPDATE dispatch_callattempt SET {lost} WHERE id = %s", [call.pk])
        cursor.execute(f"UPDATE dispatch_callattempt SET {live} WHERE id = %s", [call.pk])
