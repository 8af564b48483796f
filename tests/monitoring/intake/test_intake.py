"""A file comes through the door: what is stored, what the receipt counts, what is rejected why."""

import gzip
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from accounts import clock
from monitoring import intake, tasks
from monitoring.intake import parse
from monitoring.intake.receipt import purge_refused_files
from monitoring.models import Delivery, DeliveryFile, RawReading, SignalDay, UnknownId
from tests.cast import NOON
from tests.households.factories import make_household
from tests.monitoring.files import HEADER, csv, day_rows, deliver, quarters, slots

pytestmark = pytest.mark.django_db
COUNTS = ("accepted", "unchanged", "corrected", "rejected", "unknown", "no_consent")


@pytest.fixture
def home():
    return make_household(meter="M-1")


def counts(delivery: Delivery) -> dict[str, int]:
    names = ("rows", *COUNTS)
    return {name: getattr(delivery, name) for name in names if getattr(delivery, name)}


# ── what a good file does ────────────────────────────────────────────────────
def test_a_day_is_stored_by_local_hour(home):
    delivery = deliver(day_rows("M-1"))
    assert counts(delivery) == {"rows": 24, "accepted": 24}
    assert slots(home.pk) == [round(0.5 + hour / 1000, 4) for hour in range(24)]
    assert delivery.data_until == datetime(2026, 6, 30, 15, tzinfo=UTC)


def test_the_receipt_has_the_agreed_names(home):
    receipt = deliver(day_rows("M-1")).receipt()
    assert list(receipt) == [
        "delivery",
        "feed",
        "rows",
        "accepted",
        "unchanged",
        "corrected",
        "rejected",
        "unknown",
        "no_consent",
        "errors",
        "seconds",
    ]


def test_the_same_file_twice_changes_nothing_the_second_time(home):
    first, second = deliver(day_rows("M-1")), deliver(day_rows("M-1"))
    assert counts(second) == {"rows": 24, "unchanged": 24}
    assert first.uid != second.uid


def test_a_corrected_value_replaces_the_old_one(home):
    deliver(day_rows("M-1"))
    delivery = deliver([("M-1", "2026-06-30 05:00", 9.25), ("M-1", "2026-06-30 06:00", 0.506)])
    assert counts(delivery) == {"rows": 2, "corrected": 1, "unchanged": 1}
    assert slots(home.pk)[4:7] == [0.504, 9.25, 0.506]


def test_an_hour_that_did_not_come_is_not_zero(home):
    deliver([("M-1", "2026-06-30 05:00", 0)])
    assert slots(home.pk) == [None] * 5 + [0.0] + [None] * 18


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_headings_in_any_order_and_encoding(home, encoding):
    text = "사용량,검침일시,비고,고객번호\r\n1.5,2026-06-30 07:00,정상,M-1\r\n"
    assert counts(deliver(text.encode(encoding))) == {"rows": 1, "accepted": 1}
    assert slots(home.pk)[7] == 1.5


def test_a_gzip_is_unpacked(home):
    assert deliver(gzip.compress(csv(day_rows("M-1")))).accepted == 24


@pytest.mark.parametrize(
    "written",
    [
        "2026-06-30 07:00",
        "2026-06-30T07:00:00",
        "2026-06-30T07:00+09:00",
        "2026-06-29T22:00Z",
        "2026-06-30T00:00+0200",
        "2026/6/30 7:00",
        "2026.06.30 07:00:00.000",
    ],
)
def test_a_time_is_of_seoul_unless_it_says_otherwise(home, written):
    assert deliver([("M-1", written, 1)]).accepted == 1
    assert slots(home.pk)[7] == 1.0


def test_quoted_fields_and_blank_lines(home):
    content = f'{HEADER}\n\n"M-1","2026-06-30 07:00","1.5"\n   \n'.encode()
    assert counts(deliver(content)) == {"rows": 1, "accepted": 1}


# ── bad rows never stop the good ones ────────────────────────────────────────
@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        (("M-1", "2026-06-30 05:00", -0.1), "kwh", "0 or more"),
        (("M-1", "2026-06-30 05:00", "많음"), "kwh", "a number"),
        (("M-1", "2026-06-30 05:00", ""), "kwh", "a number"),
        (("M-1", "2026-06-30 05:00", "nan"), "kwh", "a number"),
        (("M-1", "2026-06-30 05:00", "inf"), "kwh", "at most 50 kWh"),
        (("M-1", "2026-06-30 05:00", 50.01), "kwh", "at most 50 kWh"),
        (("M-1", "2026-07-01 13:00", 1), "read_at", "not in the future"),
        (("M-1", "9999-12-31 23:00", 1), "read_at", "not in the future"),
        (("M-1", "1970-01-01 09:00", 1), "read_at", "since the year 2000"),
        (("M-1", "0001-01-01 00:00", 1), "read_at", "a time"),
        (("M-1", "2026-06-31 05:00", 1), "read_at", "a time"),
        (("M-1", "2026-06-30 24:00", 1), "read_at", "a time"),
        (("M-1", "어제", 1), "read_at", "a time"),
        (("M-1", "2026-06-30", 1), "read_at", "a time"),
        (("M-1", "2026-06-30 05:07", 1), "read_at", "quarter of an hour"),
        (("M-1", "2026-06-30 05:00:30", 1), "read_at", "quarter of an hour"),
        (("", "2026-06-30 05:00", 1), "meter_id", "a meter number"),
        (("M" * 65, "2026-06-30 05:00", 1), "meter_id", "a meter number"),
        (("M-1", "2026-06-30 05:00", "1,7"), "", "as many fields"),
    ],
)
def test_a_bad_row_is_rejected_alone_and_says_why(home, row, column, expected):
    good = ("M-1", "2026-06-30 04:00", 1)
    delivery = deliver([good, row, ("M-1", "2026-06-30 06:00", 2)])
    assert counts(delivery) == {"rows": 3, "accepted": 2, "rejected": 1}
    (error,) = delivery.errors
    assert error["row"] == 3
    assert error["column"] == column
    assert expected in error["expected"]
    assert slots(home.pk)[4:7] == [1.0, None, 2.0]


def test_a_quarter_that_is_too_much_is_rejected_and_still_tells_what_kind_of_meter_it_is(home):
    """Beside a row at 05:15 those at 04:00 and 06:00 are quarters that wait for their others."""
    rows = [("M-1", "2026-06-30 04:00", 1), ("M-1", "2026-06-30 05:15", 12.6)]
    delivery = deliver([*rows, ("M-1", "2026-06-30 06:00", 2)])
    assert counts(delivery) == {"rows": 3, "accepted": 2, "rejected": 1}
    assert "at most 50 kWh" in delivery.errors[0]["expected"]
    assert slots(home.pk) == []
    deliver([("M-1", f"2026-06-30 04:{minute}", 0.5) for minute in (15, 30, 45)])
    assert slots(home.pk)[4:7] == [2.5, None, None]


def test_a_short_row_is_rejected_alone(home):
    content = f"{HEADER}\nM-1\nM-1,2026-06-30 05:00,1\n".encode()
    assert counts(deliver(content)) == {"rows": 2, "accepted": 1, "rejected": 1}


@pytest.mark.parametrize("bad", [b'"M-1,2026-06-30 05:00,1', b"\xff\xfeM-1,2026-06-30 05:00,1"])
def test_a_broken_line_costs_only_itself(home, bad):
    content = HEADER.encode() + b"\nM-1,2026-06-30 04:00,1\n" + bad + b"\nM-1,2026-06-30 06:00,2\n"
    delivery = deliver(content)
    assert counts(delivery) == {"rows": 3, "accepted": 2, "rejected": 1}
    assert delivery.errors[0]["row"] == 3


def test_the_last_hour_begun_is_not_of_the_future(home):
    assert deliver([("M-1", "2026-07-01 12:00", 1)], now=NOON).accepted == 1


def test_an_equal_row_twice_counts_once(home):
    delivery = deliver([("M-1", "2026-06-30 05:00", 1), ("M-1", "2026-06-29T20:00Z", "1.0")])
    assert counts(delivery) == {"rows": 2, "accepted": 1, "unchanged": 1}


def test_rows_that_contradict_each_other_are_all_rejected(home):
    rows = [("M-1", "2026-06-30 05:00", 1), ("M-1", "2026-06-30 05:00", 2), *day_rows("M-1")[6:]]
    delivery = deliver(rows)
    assert counts(delivery) == {"rows": 20, "accepted": 18, "rejected": 2}
    assert [error["row"] for error in delivery.errors] == [2, 3]


def test_only_a_hundred_errors_are_listed(home):
    delivery = deliver([("M-1", "2026-06-30 05:00", -n) for n in range(1, 151)])
    assert (delivery.rejected, len(delivery.errors)) == (150, 100)


def test_a_long_value_is_cut_in_the_receipt(home):
    (error,) = deliver([("M-1", "2026-06-30 05:00", "x" * 500)]).errors
    assert len(error["value"]) == 40


# ── whose data it is ─────────────────────────────────────────────────────────
def test_an_unknown_meter_is_kept_by_its_id_only(home):
    delivery = deliver([*day_rows("M-1"), *day_rows("M-9")])
    assert counts(delivery) == {"rows": 48, "accepted": 24, "unknown": 24}
    assert delivery.set_aside == {"unknown": ["M-9"]}
    assert list(UnknownId.objects.values_list("partner_id", flat=True)) == ["M-9"]
    assert SignalDay.objects.count() == 1


def test_an_unknown_meter_is_remembered_once(home):
    deliver(day_rows("M-9"))
    deliver(day_rows("M-9"), now=NOON.replace(hour=4))
    (row,) = UnknownId.objects.all()
    assert (row.first_seen_at, row.last_seen_at) == (NOON, NOON.replace(hour=4))


def test_without_consent_nothing_is_stored():
    make_household(meter="M-2", consents=["collection"])
    delivery = deliver(day_rows("M-2"))
    assert counts(delivery) == {"rows": 24, "no_consent": 24}
    assert delivery.set_aside == {}  # who agreed to nothing is counted and not written down
    assert not SignalDay.objects.exists()


def test_readings_from_before_the_link_are_not_taken(home):
    delivery = deliver(day_rows("M-1", date(2026, 1, 1)))
    assert counts(delivery) == {"rows": 24, "unknown": 24}
    assert not SignalDay.objects.exists()


# ── files refused whole ──────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (HEADER.encode(), "empty"),
        (HEADER.encode() + b"\n\n\n", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (gzip.compress(csv(day_rows("M-1")), mtime=0)[:-20], "bad_gzip"),
        (b"\x1f\x8b but not a gzip", "bad_gzip"),
        (b"PK\x03\x04\x00\x00 an Excel file", "not_text"),
        (b"a,b,c\n1,2,3\n", "wrong_header"),
        (b"meter_id,read_at\nM-1,2026-06-30 05:00\n", "wrong_header"),
        (b"meter_id,kwh,read_at,kwh\nM-1,1,2026-06-30 05:00,1\n", "wrong_header"),
        (
            csv(
                [("L-1", "2026-06-30 05:00", 1, 2, 3, 4)],
                "line_id,hour,calls_out,calls_in,sms_out,data_mb",
            ),
            "other_feed",
        ),
        (
            csv([("D-1", "2026-06-30 05:00", "unlock", 1)], "기기번호,발생일시,event,value"),
            "other_feed",
        ),
    ],
)
def test_an_unreadable_file_is_refused_whole_and_kept(content, code):
    delivery = deliver(content)
    assert delivery.refused
    assert delivery.refusal == code
    assert delivery.receipt()["refused"]
    assert counts(delivery) == {}
    kept = DeliveryFile.objects.get(pk=delivery.file_id)
    assert gzip.decompress(kept.content) == content


def test_the_same_refused_file_is_kept_once():
    deliver(b"a,b\n")
    deliver(b"a,b\n")
    assert (Delivery.objects.count(), DeliveryFile.objects.count()) == (2, 1)


def test_a_refused_file_is_encrypted_and_forgotten_after_a_month(now):
    """Whose data are in a file that nobody can read, nobody can tell."""
    kept = deliver("김철수,010-1234-5678\n".encode()).file
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM monitoring_deliveryfile")
        stored = bytes(cursor.fetchone()[0])
    assert gzip.decompress(kept.content) not in stored
    assert not stored.startswith(b"\x1f\x8b")
    assert purge_refused_files(now=now + timedelta(days=29)) == 0
    with clock.freeze(now + timedelta(days=31)):
        tasks.purge_refused_files()
    assert not DeliveryFile.objects.exists()
    delivery = Delivery.objects.get()
    assert (delivery.file, delivery.refusal) == (None, "wrong_header")


def test_a_refused_file_moves_to_a_new_key(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    deliver(b"a,b\n")
    settings.FIELD_KEYS = [new, old]
    call_command("rotate_field_keys", stdout=StringIO())
    settings.FIELD_KEYS = [new]
    assert gzip.decompress(DeliveryFile.objects.get().content) == b"a,b\n"


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
def test_a_file_of_countless_empty_lines_is_refused(monkeypatch, ending):
    monkeypatch.setattr(parse, "MAX_LINES", 1000)
    bomb = gzip.compress(HEADER.encode() + ending * 1001)
    assert deliver(bomb).refusal == "too_large"


def test_an_endless_header_is_refused():
    assert deliver(HEADER.encode() + b"," * 20_000 + b"\n").refusal == "wrong_header"


def test_a_gzip_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(parse, "MAX_UNPACKED", 1000)
    delivery = deliver(gzip.compress(HEADER.encode() + b"\n" * 100_000))
    assert delivery.refusal == "too_large"


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(parse, "MAX_DELIVERED", 100)
    assert deliver(csv(day_rows("M-1"))).refusal == "too_large"


def test_a_feed_without_a_connector_leaves_nothing(monkeypatch):
    monkeypatch.setattr("monitoring.feeds._found", dict)
    with pytest.raises(intake.FeedNotAccepted, match="feed 'telecom' is not accepted yet"):
        deliver(day_rows("M-1"), feed="telecom")
    with pytest.raises(ValueError, match="gas"):
        deliver(day_rows("M-1"), feed="gas")
    assert not Delivery.objects.exists()


def test_a_path_in_the_file_name_is_not_kept(home):
    assert deliver(day_rows("M-1"), filename="C:\\김철수\\a\n.csv").filename == "a_.csv"


# ── quarters of an hour ──────────────────────────────────────────────────────
HOUR = datetime(2026, 6, 30, 5)


def test_four_quarters_make_an_hour(home):
    delivery = deliver(quarters("M-1", HOUR, [0.1, 0.2, 0.3, 0.4]))
    assert counts(delivery) == {"rows": 4, "accepted": 4}
    assert slots(home.pk)[5] == 1.0
    kept = SignalDay.objects.filter(metric__startswith="power@")
    assert kept.count() == 4
    assert not RawReading.objects.exists()


def test_three_quarters_are_not_an_hour(home):
    deliver(quarters("M-1", HOUR, [0.1, 0.2, 0.3]))
    assert slots(home.pk) == []
    deliver(quarters("M-1", HOUR.replace(hour=6), [0.1, 0.2, 0.3, 0.4]))
    assert slots(home.pk)[5:7] == [None, 1.0]


def test_the_hour_is_recomputed_and_never_added_to(home):
    rows = quarters("M-1", HOUR, [0.1, 0.2, 0.3, 0.4])
    deliver(rows)
    assert counts(deliver(rows)) == {"rows": 4, "unchanged": 4}
    assert counts(deliver([rows[0], (*rows[1][:2], 1.2)])) == {
        "rows": 2,
        "unchanged": 1,
        "corrected": 1,
    }
    assert slots(home.pk)[5] == 2.0


def test_quarters_that_come_one_by_one_make_an_hour(home):
    """A partner who delivers each quarter sends files that hold the full hour's quarter alone."""
    deliver(quarters("M-1", HOUR.replace(hour=4), [0.1, 0.1, 0.1, 0.1]))
    for row in quarters("M-1", HOUR, [0.1, 0.2, 0.3, 0.4]):
        deliver([row])
    assert slots(home.pk)[4:6] == [0.4, 1.0]


def test_hourly_and_quarterly_meters_in_one_file(home):
    other = make_household(meter="M-2")
    deliver([*quarters("M-1", HOUR, [0.1, 0.2, 0.3, 0.4]), ("M-2", "2026-06-30 05:00", 2)])
    assert (slots(home.pk)[5], slots(other.pk)[5]) == (1.0, 2.0)
