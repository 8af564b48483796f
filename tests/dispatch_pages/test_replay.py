"""A case looked at again: minute by minute, with what each source showed, and logged."""

import re
from datetime import timedelta

import numpy as np
import pytest

from accounts.models import AccessLog
from dispatch import actions
from dispatch.models import ResponderRule
from dispatch.replay import rows
from households.days import local_day
from monitoring.models import Delivery, Metric, SignalDay
from monitoring.partitions import ensure_partitions
from tests.dispatch_pages.conftest import NAME, post, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(claimed, operator, now):
    actions.record_call(case=claimed, by=operator, result="no_answer", now=now)
    later = now + timedelta(minutes=17)
    return actions.close(
        case=claimed, by=operator, reason="fine", evidence_kind="spoke", note="본인", now=later
    )


def test_rows_in_order_with_readings(closed, operator, now):
    values = np.full(24, np.nan, np.float32)
    values[:11] = np.arange(11)
    ensure_partitions(local_day(now), local_day(now))
    SignalDay.objects.create(
        household_id=closed.household_id,
        day=local_day(now),
        metric=Metric.POWER,
        values=values.tobytes(),
    )
    show = rows.of(closed, operator, now=now + timedelta(hours=2))
    times = [row.at for row in show.rows]
    assert times == sorted(times)
    assert show.end == closed.closed_at
    titles = [row.title for row in show.rows if row.kind == "event"]
    assert titles[-1] == "종결"
    noon = next(row for row in show.rows if row.kind == "hour" and row.at == now)
    assert noon.values[0] == "자료 안 옴"  # 11시 had not come
    eleven = next(row for row in show.rows if row.at == now - timedelta(hours=1))
    assert eleven.values[0] == "10.00 kWh"
    assert any(row.kind == "light" and row.light == "red" for row in show.rows)
    assert show.judged


def test_what_had_not_come_by_then_says_so(closed, operator, now):
    ensure_partitions(local_day(now), local_day(now))
    SignalDay.objects.create(
        household_id=closed.household_id,
        day=local_day(now),
        metric=Metric.POWER,
        values=np.ones(24, np.float32).tobytes(),
    )
    half, hour = timedelta(minutes=30), timedelta(hours=1)
    for received, until in ((now - 9 * hour, now - 12 * hour), (now - half, now - hour)):
        Delivery.objects.create(
            feed="power",
            source="api",
            state="accepted",
            sha256="",
            filename="",
            received_at=received,
            data_until=until,
            seconds=0.0,
        )
    show = rows.of(closed, operator, now=now + hour)
    said = {row.at: row.values[0] for row in show.rows if row.kind == "hour"}
    late = "1.00 kWh (그때는 아직 안 옴)"
    assert said[now - hour] == late
    assert said[now] == late  # until 11시 only
    event = next(row for row in show.rows if row.kind == "event" and row.at == now)
    assert event.values[0] == late
    Delivery.objects.all().update(data_until=now)
    assert {row.values[0] for row in rows.of(closed, operator, now=now).rows if row.at >= now} == {
        "1.00 kWh"
    }


def test_the_page_is_for_readers_and_is_logged(as_user, closed, operator, clerk_baekhak, responder):
    page = text_of(as_user(operator).get(f"/cases/{closed.uid}/replay/"))
    assert NAME not in page
    assert len(re.findall(r"<tr class=", page)) > 12
    assert AccessLog.objects.filter(action="viewed", detail__what="replay").count() == 1
    assert as_user(clerk_baekhak).get(f"/cases/{closed.uid}/replay/").status_code == 404
    assert as_user(responder).get(f"/cases/{closed.uid}/replay/").status_code == 403


def test_the_county_writes_the_rota(as_user, official, responder, now, frozen_clock):
    client = as_user(official)
    line = {
        "township": "",
        "days": "any",
        "from_time": "18:00",
        "until_time": "09:00",
        "whom": "person",
        "person": responder.pk,
        "valid_from": local_day(now).isoformat(),
    }
    for _click in range(2):
        assert post(client, "/rota/add/", line).status_code == 302
    row = ResponderRule.objects.get()
    page = text_of(client.get("/rota/?at=2026-07-01T23:00"))
    assert "출도윤" in page
    assert post(client, "/rota/add/", {**line, "person": ""}).status_code == 200
    for _click in range(2):
        post(client, f"/rota/{row.uid}/", {"do": "end"})
    row.refresh_from_db()
    assert row.valid_until == local_day(now)
    assert as_user(responder).get("/rota/").status_code == 403
