"""The file format of every feed: its columns, their Korean aliases, and what is accepted yet."""

from dataclasses import dataclass

from households.models import Feed


@dataclass(frozen=True)
class Column:
    name: str
    alias: str  # the Korean heading that partners use


@dataclass(frozen=True)
class Format:
    """Columns in the order in which messages name them. Further columns of a file are ignored."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


FORMATS: dict[str, Format] = {
    Feed.POWER.value: Format(
        (Column("meter_id", "고객번호"), Column("read_at", "검침일시"), Column("kwh", "사용량"))
    ),
    Feed.TELECOM.value: Format(
        (
            Column("line_id", "회선번호"),
            Column("hour", "시각"),
            Column("calls_out", "calls_out"),
            Column("calls_in", "calls_in"),
            Column("sms_out", "sms_out"),
            Column("data_mb", "data_mb"),
        )
    ),
    Feed.APP.value: Format(
        (
            Column("device_id", "기기번호"),
            Column("at", "발생일시"),
            Column("event", "event"),
            Column("value", "value"),
        )
    ),
}

ACCEPTED_FEEDS: frozenset[str] = frozenset({Feed.POWER.value})
"""Feeds whose readings are stored. The others have a format, so that a file of theirs at the
wrong door is recognised, and are answered "not accepted yet"."""
