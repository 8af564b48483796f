"""The care app: what somebody did with the phone, and that the phone itself lives."""

from datetime import timedelta

from households.models import Feed, Purpose
from monitoring.feeds.contract import HOURLY, Column, Connector, Event, Fold, Schedule
from monitoring.models import Metric

CONNECTOR = Connector(
    feed=Feed.APP.value,
    partner="happyconnect",
    purpose=Purpose.HAPPYCONNECT.value,
    columns=(
        Column("device_id", "기기번호", "a device number", "D-000123"),
        Column("at", "발생일시", "when it happened", "2026-08-17 15:04:05"),
        Column("event", "이벤트", "what happened", "unlock"),
        Column("value", "값", "steps walked, battery percent; empty for others", ""),
    ),
    schedule=Schedule(HOURLY, grace=timedelta(hours=3)),
    events=(
        Event("charging_on", Metric.CHARGING.value),
        Event("charging_off", Metric.CHARGING.value, stands_for=0.0),
        Event("screen_on", Metric.SCREEN_ON.value),
        Event("unlock", Metric.UNLOCK.value),
        Event("steps", Metric.STEPS.value, most=50_000, whole=True),
        Event("battery", Metric.BATTERY.value, most=100),
        Event("heartbeat", Metric.HEARTBEAT.value),
    ),
    # Battery and heartbeat only show that the phone lives: nothing reads them as a sign of life.
    folds={
        Metric.UNLOCK.value: Fold.COUNT,
        Metric.SCREEN_ON.value: Fold.COUNT,
        Metric.STEPS.value: Fold.SUM,
        Metric.CHARGING.value: Fold.COUNT,
        Metric.BATTERY.value: Fold.LAST,
        Metric.HEARTBEAT.value: Fold.COUNT,
    },
)
