"""KEPCO: what a home's meter counted, hourly or every quarter of an hour."""

from datetime import timedelta

from households.models import Feed, Purpose
from monitoring.feeds.contract import HOUR, HOURLY, QUARTER, Amount, Column, Connector, Schedule
from monitoring.models import Metric

CONNECTOR = Connector(
    feed=Feed.POWER.value,
    partner="kepco-yeoncheon",
    purpose=Purpose.KEPCO.value,
    columns=(
        Column("meter_id", "고객번호", "a meter number", "0123456789"),
        Column("read_at", "검침일시", "the start of the interval", "2026-08-17 15:00"),
        Column("kwh", "사용량", "kWh used in the interval", "0.213"),
    ),
    schedule=Schedule(HOURLY, grace=timedelta(hours=3)),
    # A home's main fuse carries less: what reads more is a broken meter or another unit.
    amounts=(Amount("kwh", Metric.POWER.value, most=50.0, unit="kWh"),),
    intervals=(HOUR, QUARTER),
    register_from=2.0,
)
