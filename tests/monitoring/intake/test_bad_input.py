"""What partners send by mistake: every file ends in a receipt that says what is wrong."""

import gzip
import io
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from monitoring.intake import door, spool, words
from monitoring.intake.reading import Reading
from monitoring.models import Delivery, SignalDay, UnknownId
from tests.cast import NOON
from tests.households.factories import make_household
from tests.monitoring.files import HEADER, csv, day_rows, deliver, slots

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


@pytest.fixture
def home():
    return make_household(meter="M-1")


def rising(meter: str, start: float, hours: int = 24, step: float = 0.3) -> list:
    return [(meter, f"{DAY}T{hour:02d}:00", round(start + step * hour, 3)) for hour in range(hours)]


# ── wrong numbers ────────────────────────────────────────────────────────────
@pytest.mark.parametrize("start", [48_213.4, 51.0, 7.2])
def test_the_running_total_of_a_meter_is_not_usage(home, start):
    other = make_household(meter="M-2")
    delivery = deliver([*rising("M-1", start), *day_rows("M-2")])
    assert (delivery.accepted, delivery.rejected) == (24, 24)
    assert {error["expected"] for error in delivery.errors} == {
        "kWh used in the interval, not the running total of the meter"
    }
    assert slots(home.pk) == []
    assert len(slots(other.pk)) == 24


def test_an_evening_that_warms_up_is_usage(home):
    """Six hours of rising use, and a day of an even load, are no running total."""
    rows = [("M-1", f"{DAY}T{18 + n}:00", value) for n, value in enumerate([2.1, 2.4, 3, 3.1, 3.3])]
    assert deliver(rows).accepted == 5
    even = [("M-1", f"2026-06-29T{hour:02d}:00", 2.5) for hour in range(24)]
    assert deliver(even).accepted == 24


def test_a_9000_kwh_hour_is_rejected_alone(home):
    rows = day_rows("M-1")
    rows[3] = (*rows[3][:2], 9000)
    delivery = deliver(rows)
    assert (delivery.accepted, delivery.rejected) == (23, 1)
    assert delivery.errors[0]["expected"] == "at most 50 kWh in an hour"


@pytest.mark.parametrize(
    ("written", "kwh"), [("2.5e-1", 0.25), ("1E0", 1.0), ("+0.5", 0.5), (".5", 0.5), ("  3 ", 3.0)]
)
def test_unusual_spellings_of_numbers(home, written, kwh):
    assert deliver([("M-1", f"{DAY} 05:00", written)]).accepted == 1
    assert slots(home.pk)[5] == kwh


@pytest.mark.parametrize("written", ['"1,5"', "1;5", "1.5kWh", "1_000", "0x10", "1e", "--1"])
def test_what_is_no_number_is_rejected_and_shown(home, written):
    delivery = deliver([("M-1", f"{DAY} 05:00", written), ("M-1", f"{DAY} 06:00", 1)])
    assert (delivery.accepted, delivery.rejected) == (1, 1)
    (error,) = delivery.errors
    assert error["expected"].startswith("a number, with a point")
    assert error["value"] == written.strip('"')


def test_a_number_that_a_spreadsheet_shortened(home):
    delivery = deliver([("1.23457E+11", f"{DAY} 05:00", 1)])
    assert delivery.rejected == 1
    assert "spreadsheet" in delivery.errors[0]["expected"]
    assert not UnknownId.objects.exists()


def test_bad_rows_deep_in_a_file_are_named_by_their_lines(home):
    """More than one piece of a megabyte, which two cores read at once."""
    rows = [(f"M-{n:08d}-00000", f"{DAY}T{n % 24:02d}:00", "0.25") for n in range(45_000)]
    assert len(csv(rows)) > 1.4 * 2**20
    rows[40_000] = (*rows[40_000][:2], "x")
    rows[44_000] = (*rows[44_000][:2], "")
    rows[44_500] = ("M-1", f"{DAY} 05:00", "-1")
    rows[44_999] = ("M-1", f"{DAY} 06:00", "2.5e-1")
    wrong = [(error["row"], error["value"]) for error in deliver(rows).errors]
    assert wrong == [(40_002, "x"), (44_002, ""), (44_502, "-1")]
    assert slots(home.pk)[5:7] == [None, 0.25]


def test_readings_scattered_over_months_and_homes_find_their_days():
    homes = [make_household(meter=f"M-{n}", since=timedelta(days=300)) for n in range(3)]
    days = [DAY - timedelta(days=n) for n in (0, 97, 190, 280)]
    rows = [(f"M-{n % 3}", f"{day} {5 + n}:00", n + 1) for n, day in enumerate(days)]
    assert deliver(rows).accepted == 4
    for n, day in enumerate(days):
        assert slots(homes[n % 3].pk, day)[5 + n] == n + 1


# ── wrong text ───────────────────────────────────────────────────────────────
def test_two_encodings_in_one_file(home):
    top = "고객번호,검침일시,사용량,비고\n".encode()
    first = f"M-1,{DAY} 05:00,1,정상\n".encode("cp949")
    second = f"M-1,{DAY} 06:00,2,정상\n".encode()
    odd = f"M-1,{DAY} 07:00,3,".encode() + b"\xff\xff\n"
    assert deliver(top + first + second + odd).accepted == 3
    assert slots(home.pk)[5:8] == [1.0, 2.0, 3.0]


def test_a_cp949_file_with_one_odd_byte_costs_one_line():
    make_household(meter="M-1")
    text = f"고객번호,검침일시,사용량\nM-1,{DAY} 05:00,1\n".encode("cp949")
    delivery = deliver(text + b"\xff1," + f"{DAY} 06:00,2\n".encode())
    assert (delivery.accepted, delivery.rejected) == (1, 1)


def test_a_line_of_megabytes_costs_no_other_line(home):
    long = "y" * 3_000_000
    content = f"{HEADER}\nM-1,{DAY} 05:00,1\n{long}\nM-1,{DAY} 06:00,{long}\nM-1,{DAY} 07:00,2\n"
    delivery = deliver(content.encode())
    assert (delivery.accepted, delivery.rejected) == (2, 2)
    assert [error["row"] for error in delivery.errors] == [3, 4]


def test_utf_16_is_no_text_we_read():
    assert deliver(csv(day_rows("M-1")).decode().encode("utf-16")).refusal == "not_text"


def test_every_field_in_quotes(home):
    rows = "".join(f'"M-1","{DAY} {hour:02d}:00","0.5"\n' for hour in range(24))
    assert deliver(f'"meter_id","read_at","kwh"\n{rows}'.encode()).accepted == 24


def test_quotes_around_commas_in_a_column_that_is_not_ours(home):
    content = f'meter_id,note,read_at,kwh\nM-1,"정상, 확인",{DAY} 05:00,1\nM-1,x,{DAY} 06:00,2\n'
    assert deliver(content.encode()).accepted == 2


def test_old_and_mixed_line_ends(home):
    lines = [f"M-1,{DAY} {hour:02d}:00,1" for hour in range(6)]
    content = f"{HEADER}\r{lines[0]}\r\n{lines[1]}\n{lines[2]}\r\r\n{lines[3]}\n\n{lines[4]},x"
    delivery = deliver(content.encode())
    assert (delivery.accepted, delivery.rejected) == (4, 1)
    assert delivery.errors[0]["row"] == 8
    assert delivery.errors[0]["value"] == "x"


def test_a_missing_header_is_named_and_nothing_is_stored(home):
    delivery = deliver(csv(day_rows("M-1"), header="M-1,2026-06-30T00:00,0.5"))
    assert delivery.refusal == "wrong_header"
    assert "meter_id, read_at, kwh" in delivery.refusal_detail
    assert not SignalDay.objects.exists()


def test_lines_of_nothing_are_no_rows(home):
    content = f"{HEADER}\n,,\n\n   \nM-1,{DAY} 05:00,1\n,,\n , ,x\n"
    delivery = deliver(content.encode())
    assert (delivery.rows, delivery.accepted, delivery.rejected) == (2, 1, 1)
    assert delivery.errors[0]["row"] == 7


# ── wrong times ──────────────────────────────────────────────────────────────
def test_a_day_of_25_hours_written_with_offsets(home):
    """Berlin's 2025-10-26 has 02:00 twice; with the offset both are hours of their own."""
    make_household(meter="M-5", now=datetime(2025, 12, 1, tzinfo=NOON.tzinfo))
    written = ["01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00"]
    rows = [("M-5", f"2025-10-26T{at}", n + 1) for n, at in enumerate(written)]
    delivery = deliver(rows)
    assert (delivery.accepted, delivery.rejected) == (4, 0)
    kept = SignalDay.objects.get(metric="power")
    assert np.frombuffer(kept.values, "<f4")[8:12].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_the_same_hour_twice_without_offsets_is_a_contradiction(home):
    delivery = deliver([("M-1", f"{DAY} 02:00", 1), ("M-1", f"{DAY} 02:00", 2)])
    assert (delivery.accepted, delivery.rejected) == (0, 2)


@pytest.mark.parametrize("rows", [10, 200])  # few are read one by one, many all at once
def test_times_in_every_layout_mean_the_same(home, rows):
    layouts = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%Y.%m.%d %H:%M:%S"]
    offsets = [("Z", -9), ("+09:00", 0), ("+0900", 0), ("-01:30", -10.5)]
    begin, written = datetime(2026, 6, 1), []
    for n in range(rows):
        at = begin + timedelta(hours=n)
        if n % 8 < 4:
            written.append(at.strftime(layouts[n % 4]))
        else:
            zone, hours = offsets[n % 4]
            written.append((at + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M") + zone)
    assert deliver([("M-1", at, 1) for at in written]).accepted == rows
    stored = [slots(home.pk, date(2026, 6, 1 + day)) for day in range((rows - 1) // 24 + 1)]
    assert sum(day.count(1.0) for day in stored) == rows


@pytest.mark.parametrize("count", [1, 100])
def test_days_that_do_not_exist(home, count):
    bad = ["2026-02-30T05:00", "2026-13-01T05:00", "2026-00-10T05:00", "2026-06-00T05:00"]
    bad += ["2026-06-30T24:00", "2026-06-30T05:60", "2026-06-30T05:00+25:00", "20260630T0500"]
    good = [f"2026-05-{1 + n // 24:02d}T{n % 24:02d}:00" for n in range(count)]
    delivery = deliver([("M-1", at, 1) for at in [*bad, *good]])
    assert (delivery.accepted, delivery.rejected) == (count, len(bad))


def test_three_days_of_silence_and_then_all_at_once(home):
    deliver(day_rows("M-1", DAY - timedelta(days=4)))
    rows = [row for n in (3, 2, 1, 0) for row in day_rows("M-1", DAY - timedelta(days=n))]
    delivery = deliver(rows[::-1])
    assert (delivery.accepted, delivery.rejected) == (96, 0)
    assert slots(home.pk, DAY - timedelta(days=2)).count(None) == 0


# ── wrong packing ────────────────────────────────────────────────────────────
def test_two_gzips_one_after_the_other_and_zeros_behind(home):
    top, rest = csv(day_rows("M-1")[:12]), csv(day_rows("M-1")[12:]).split(b"\n", 1)[1]
    assert deliver(gzip.compress(top) + gzip.compress(rest)).accepted == 24
    assert deliver(gzip.compress(top) + b"\0" * 512).unchanged == 12


def test_every_cut_of_a_gzip_is_refused(home):
    whole = gzip.compress(csv(day_rows("M-1")))
    for end in range(3, len(whole), 7):
        assert deliver(whole[:end]).refusal == "bad_gzip", end
    assert not SignalDay.objects.exists()


def test_a_path_is_taken_like_its_bytes(home, tmp_path):
    path = tmp_path / "power.csv.gz"
    path.write_bytes(gzip.compress(csv(day_rows("M-1"))))
    assert deliver(path).accepted == 24
    assert deliver(path.read_bytes()).unchanged == 24
    assert len(set(Delivery.objects.values_list("sha256", flat=True))) == 1


def test_every_reason_has_korean_words(home):
    rows = io.StringIO()
    rows.write(f"{HEADER}\n,{DAY} 05:00,1\nM-1,x,1\nM-1,1999-01-01 00:00,1\n")
    rows.write(f"M-1,{DAY} 05:07,1\nM-1,2027-01-01 00:00,1\nM-1,{DAY} 05:00,x\n")
    rows.write(f"M-1,{DAY} 06:00,-1\nM-1,{DAY} 07:00,99\nM-1\n1.5E+10,{DAY} 05:00,1\n")
    rows.write(f"M-1,{DAY} 08:00,1\nM-1,{DAY} 08:00,2\n")
    delivery = deliver(rows.getvalue().encode())
    assert delivery.rejected == 12
    assert delivery.accepted == 0
    for error in delivery.errors:
        assert not str(words.explain(error["expected"])).isascii(), error


# ── running totals ───────────────────────────────────────────────────────────
def climbing(count: int, first: int = 0, step: float = 0.3):
    begin = datetime(2026, 6, 26)
    return [
        ("M-1", f"{begin + timedelta(hours=n):%Y-%m-%d %H:00}", round(0.3 + step * n, 3))
        for n in range(first, first + count)
    ]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_running_total_that_begins_low_is_no_usage(backwards):
    """A meter that was just put in: 0.3, 0.6 … 21.6. Beside it one that is all right."""
    make_household(meter="M-1")
    make_household(meter="M-2")
    good = [row for n in range(3) for row in day_rows("M-2", date(2026, 6, 26 + n))]
    wave = [(meter, at, 0.2 + n % 5) for n, (meter, at, _kwh) in enumerate(good)]
    rows = climbing(72) + wave
    delivery = deliver(sorted(rows, key=lambda row: row[1], reverse=backwards))
    assert (delivery.rejected, delivery.accepted) == (72, 72)
    assert "running total" in delivery.errors[0]["expected"]


def test_a_running_total_that_comes_row_by_row_is_seen_after_a_day():
    home = make_household(meter="M-1")
    receipts = [deliver([row]) for row in climbing(60)]
    assert [receipt.rejected for receipt in receipts] == [0] * 23 + [1] * 37
    assert "running total" in receipts[-1].errors[0]["expected"]
    assert slots(home.pk, date(2026, 6, 27)) == []


def test_a_home_that_uses_more_hour_by_hour_is_believed():
    make_household(meter="M-1")
    assert deliver(climbing(23)).accepted == 23
    assert deliver([("M-1", "2026-06-26 23:00", 0.1)]).accepted == 1
    assert deliver(climbing(6, 24)).accepted == 6
    make_household(meter="M-2")
    slowly = [("M-2", at, round(0.5 + n / 1000, 3)) for n, (_, at, _) in enumerate(climbing(30))]
    assert deliver(slowly).accepted == 30


# ── other separators, halves of calls ────────────────────────────────────────
@pytest.mark.parametrize(("mark", "told"), [(";", "';'"), ("\t", "a tab"), ("|", "'|'")])
def test_another_separator_is_named(mark, told):
    content = csv(day_rows("M-1")).replace(b",", mark.encode())
    delivery = deliver(content)
    assert delivery.refusal == "wrong_header"
    assert delivery.refusal_detail == f"the columns are separated by {told}; expected ','"


def test_there_is_no_half_of_a_call():
    make_household(line="L-1")
    rows = [("L-1", "2026-06-30T09:00", *row) for row in ((0.5, 0, 0, 1.5),)]
    header = "line_id,hour,calls_out,calls_in,sms_out,data_mb"
    delivery = deliver(
        csv([*rows, ("L-1", "2026-06-30T10:00", 1, 0, 2, 1.5)], header), feed="telecom"
    )
    assert (delivery.rejected, delivery.accepted) == (1, 1)
    assert delivery.errors[0]["expected"] == "a whole number of calls"


# ── what waits for what ──────────────────────────────────────────────────────
GOOD = [row for day in (28, 29, 30) for row in day_rows("M-1", date(2026, 6, day))] * 50


@pytest.mark.parametrize(
    ("content", "held"),
    [
        (csv(GOOD), True),
        (csv(GOOD).replace(b"\n", b"\r\n"), True),
        (csv(GOOD) + b"M-1,2026-06-30", True),  # a last line that was cut off is soon read
        (csv(GOOD, header="who,when,what"), False),
        (csv([*GOOD, *[("junk",)] * 9000]), False),
        (csv([*GOOD, *[("M-1", "2026-06-30T00:00", "x")] * 9000, *GOOD]), False),
        (csv(GOOD) + b"\0" * 9000, False),
        (b"x" * 100_000, False),
    ],
)
def test_only_a_file_that_looks_good_is_read_while_others_of_the_feed_wait(
    home, content, held, monkeypatch
):
    """Lines that do not fit are looked at one by one: four megabytes of them take seconds."""
    monkeypatch.setattr(spool, "WORTH", 1024)
    steps = []
    hold, read = door.hold_feed, Reading.read
    monkeypatch.setattr(door, "hold_feed", lambda *a, **k: [steps.append("held"), hold(*a, **k)])
    monkeypatch.setattr(Reading, "read", lambda self: [steps.append("read"), read(self)])
    deliver(content)
    assert steps[0] == ("held" if held else "read")
