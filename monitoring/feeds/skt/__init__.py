"""SKT: how often the line called, was called and wrote in an hour. Never with whom or what."""

from datetime import time, timedelta

from households.models import Feed, Purpose
from monitoring.feeds.contract import DAILY, Amount, Column, Connector, Schedule
from monitoring.models import Metric

CONNECTOR = Connector(
    feed=Feed.TELECOM.value,
    partner="skt",
    purpose=Purpose.SKT.value,
    columns=(
        Column("line_id", "회선번호", "a line number", "L-000123"),
        Column("hour", "시각", "the start of the hour", "2026-08-17 15:00"),
        Column("calls_out", "발신통화", "calls dialled", "2"),
        Column("calls_in", "수신통화", "calls that came in", "1"),
        Column("sms_out", "발신문자", "messages sent", "0"),
        Column("data_mb", "데이터", "megabytes of data", "12.5"),
    ),
    # All of yesterday comes early in the morning.
    schedule=Schedule(DAILY, daily_at=time(5), grace=timedelta(hours=3)),
    amounts=(
        Amount("calls_out", Metric.CALLS_OUT.value, most=1_000, unit="calls", whole=True),
        Amount("calls_in", Metric.CALLS_IN.value, most=1_000, unit="calls", whole=True),
        Amount("sms_out", Metric.SMS_OUT.value, most=5_000, unit="messages", whole=True),
        Amount("data_mb", Metric.DATA_MB.value, most=500_000, unit="MB"),
    ),
)
