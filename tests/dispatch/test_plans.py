"""The plan as data: what may be saved, who gets which ladder, what the preview says."""

from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import actions, answers, calling_later, plan, rota
from dispatch import calls as placing
from dispatch.models import CallAttempt, Case, DayKind, EscalationPlan, ResponderRule
from dispatch.plans import PlanError, in_force, save_plan
from dispatch.plans.default import DEFAULT
from dispatch.plans.preview import compare, preview
from dispatch.plans.schema import NUMBERS, Band, Days, parse
from dispatch.presenters import timers
from dispatch.rules import CaseState, Refused
from tests.dispatch.world import MINUTE, set_light, sweep

DAY = timedelta(days=1)
SEOLLAL_3AM = datetime(2027, 2, 6, 18, 0, tzinfo=UTC)  # 03:00 on 2027. 2. 7., 설날


def body():
    return deepcopy(DEFAULT)


def test_the_default_plan_is_the_ladder_of_the_programme():
    found = parse(DEFAULT)
    yellow = found.ladder(light="yellow", group=None, at=SEOLLAL_3AM)
    assert [(s.kind, s.minutes) for s in yellow.steps] == [
        ("ai_call", 0),
        ("ai_call", 15),
        ("ai_call", 30),
        ("ai_call", 60),
        ("desk", 75),
    ]
    assert [(link.minutes, link.who) for link in yellow.unclaimed] == [
        (3, "operator"),
        (6, "shift_lead"),
        (10, "county_official"),
    ]


def without_a_last_human(plan_body):
    plan_body["ladders"][1]["unclaimed"].pop()


def without_anybody(plan_body):
    plan_body["ladders"][0]["unclaimed"] = []


def without_a_desk(plan_body):
    plan_body["ladders"][0]["steps"].pop()


def with_a_late_desk_on_red(plan_body):
    plan_body["ladders"][1]["steps"][0]["minutes"] = 5


def with_quiet_hours_on_red(plan_body):
    plan_body["ladders"][1]["quiet"] = ["22:00", "07:00"]


def with_more_than_twelve_quiet_hours(plan_body):
    plan_body["ladders"][0]["quiet"] = ["18:00", "06:01"]


def only_for_some(plan_body):
    plan_body["ladders"][0]["groups"] = ["high"]


def with_an_unknown_jump(plan_body):
    plan_body["jumps"]["help"] = "home"


def with_a_wild_number(plan_body):
    plan_body["ladders"][0]["visit_accept_minutes"] = 9000


@pytest.mark.parametrize(
    "spoil",
    [
        without_a_last_human,
        without_anybody,
        without_a_desk,
        with_a_late_desk_on_red,
        with_quiet_hours_on_red,
        with_more_than_twelve_quiet_hours,
        only_for_some,
        with_an_unknown_jump,
        with_a_wild_number,
    ],
)
def test_a_plan_that_could_leave_somebody_alone_is_refused(spoil):
    spoilt = body()
    spoil(spoilt)
    with pytest.raises(PlanError) as error:
        parse(spoilt)
    assert error.value.faults


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["bands", "ladders", "jumps", "light"]),
                                      inner, max_size=3), max_leaves=8))  # fmt: skip
def test_nonsense_is_refused_and_never_breaks_the_parser(nonsense):
    with pytest.raises(PlanError):
        parse(nonsense)


@pytest.mark.parametrize("where", ["band", "quiet"])
def test_a_time_with_a_zone_is_refused_because_no_case_could_open(where):
    draft = body()
    if where == "band":
        draft["bands"][0]["from"] = "22:00+09:00"
    else:
        draft["ladders"][0]["quiet"] = ["22:00+09:00", "07:00+09:00"]
    with pytest.raises(PlanError):
        parse(draft)


def for_the_frail_on_holidays():
    """At most risk and on a holiday: a person at once, also on yellow."""
    plan_body = body()
    first = deepcopy(plan_body["ladders"][0])
    first |= {"groups": ["high"], "bands": ["holiday"], "quiet": None}
    first["steps"] = [{"kind": "ai_call", "minutes": 0}, {"kind": "desk", "minutes": 2}]
    plan_body["ladders"].insert(0, first)
    return plan_body


def test_what_would_happen_at_three_on_seollal():
    lines = preview(parse(body()), light="yellow", group="high", at=SEOLLAL_3AM)
    assert [(line.minutes, line.kind) for line in lines][:4] == [
        (0, "opened"),
        (0, "quiet"),
        (240, "ai_call"),
        (255, "ai_call"),
    ]
    desk = next(line for line in lines if line.kind == "desk")
    assert "마지막 AI 전화가 끝나면 기다리지 않고" in desk.words
    draft = preview(
        parse(for_the_frail_on_holidays()), light="yellow", group="high", at=SEOLLAL_3AM
    )
    assert [(line.minutes, line.kind) for line in draft] == [
        (0, "opened"),
        (0, "ai_call"),
        (2, "desk"),
        (5, "ring"),
        (8, "ring"),
        (12, "ring"),
        (22, "again"),
    ]
    marks = {one.mark for one in compare(draft, lines)}
    assert marks == {"same", "new", "gone"}
    weekday = SEOLLAL_3AM + timedelta(days=10)
    others = preview(parse(for_the_frail_on_holidays()), light="yellow", group="high", at=weekday)
    assert len(others) == len(lines)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("clock", "calls", "desk"),
    [
        ("21:30", [("21:30", 0), ("21:45", 0), ("07:00", 1), ("07:30", 1)], ("07:45", 1)),
        ("21:10", [("21:10", 0), ("21:25", 0), ("21:40", 0), ("07:00", 1)], ("07:15", 1)),
        ("23:00", [("07:00", 1), ("07:15", 1), ("07:30", 1), ("08:00", 1)], ("08:15", 1)),
    ],
)
def test_the_preview_says_what_the_engine_does_with_a_night_on_the_way(
    home, quiet_line, clock, calls, desk
):
    at = datetime.fromisoformat(f"2026-07-28T{clock}:00+09:00")
    lines = preview(parse(body()), light="yellow", group=None, at=at)
    shown = [line.at for line in lines if line.kind in ("ai_call", "desk")]
    expected = [(at + days * DAY).replace(hour=int(text[:2]), minute=int(text[3:]))
                for text, days in [*calls, desk]]  # fmt: skip
    assert shown == expected
    assert [line.kind for line in lines].count("quiet") == 1
    set_light(home, "yellow", now=at)
    for moment in sorted({line.at for line in lines if line.at < shown[-1]}):
        sweep(moment)
        for attempt in CallAttempt.objects.filter(ended_at__isnull=True):
            placing.ended_by_company(attempt.pk, now=moment)
    assert [call.created_at for call in CallAttempt.objects.order_by("id")] == shown[:-1]
    assert Case.objects.get().state == CaseState.WAITING


@pytest.mark.django_db
def test_versions_with_reasons_and_without_overwriting(official, operator, now):
    assert in_force(now).version == 0
    draft = for_the_frail_on_holidays()
    with pytest.raises(Refused):
        save_plan(body=draft, base=0, by=operator, reason="시험", now=now)
    with pytest.raises(Refused):
        save_plan(body=draft, base=0, by=official, reason=" ", now=now)
    with pytest.raises(Refused):
        save_plan(body=body(), base=0, by=official, reason="같은 것", now=now)
    first = save_plan(body=draft, base=0, by=official, reason="명절 대비", now=now)
    again = save_plan(body=draft, base=0, by=official, reason="명절 대비", now=now)
    assert first.pk == again.pk
    other = draft | {"jumps": DEFAULT["jumps"] | {"help": "visit"}}
    with pytest.raises(Refused):
        save_plan(body=other, base=0, by=official, reason="늦음", now=now)
    assert in_force(now).version == 1
    assert in_force(now - MINUTE).version == 0
    assert EscalationPlan.objects.count() == 1


@pytest.mark.django_db
def test_the_case_gets_the_ladder_of_its_group_and_keeps_it(home, now, official, quiet_line):
    from households.models import RiskAssessment

    RiskAssessment.objects.filter(household=home).delete()
    RiskAssessment.objects.create(
        household=home, group="high", from_date=now.date(), reason="-", by=official, recorded_at=now
    )
    draft = body()
    first = deepcopy(draft["ladders"][1])
    first |= {"groups": ["high"], "visit_accept_minutes": 3, "tries": 2}
    draft["ladders"].insert(1, first)
    save_plan(body=draft, base=0, by=official, reason="시험", now=now)
    set_light(home, "red", now=now)
    sweep(now)
    case = Case.objects.get()
    assert (case.plan["version"], case.plan["group"]) == (1, "high")
    assert plan.minutes(case, "visit_accept_minutes") == 3 * MINUTE
    save_plan(body=body(), base=1, by=official, reason="되돌림", now=now + MINUTE)
    assert plan.number(Case.objects.get(), "tries") == 2


def test_a_version_from_before_a_threshold_was_named_means_its_default():
    old = body()
    for ladder in old["ladders"]:
        for name in NUMBERS:
            del ladder[name]
    assert parse(old) == parse(DEFAULT)


@pytest.mark.parametrize("name", sorted(NUMBERS))
@pytest.mark.parametrize("side", ["least", "most"])
def test_a_threshold_out_of_its_bounds_is_refused_by_name(name, side):
    wrong = body()
    bound = getattr(NUMBERS[name], side)
    wrong["ladders"][0][name] = bound
    assert getattr(parse(wrong).ladders[0], name) == bound
    wrong["ladders"][0][name] = bound - 1 if side == "least" else bound + 1
    with pytest.raises(PlanError) as caught:
        parse(wrong)
    assert str(NUMBERS[name].label) in caught.value.faults[0]


@pytest.mark.django_db
def test_thresholds_are_those_of_the_ladder(home, now, official, operator, quiet_line):
    """The sample home is in no group; the ladder for everybody says other minutes than before."""
    draft = body()
    for ladder in draft["ladders"]:
        ladder |= {"lease_minutes": 6, "later_minutes": 20, "sure_percent": 80, "claim_seconds": 90}
    save_plan(body=draft, base=0, by=official, reason="시험", now=now)
    set_light(home, "yellow", now=now)
    sweep(now)
    case = Case.objects.get()
    attempt = case.calls.get()
    assert calling_later.put_off(case, attempt, now=now)
    assert case.steps.get(kind="ai_call", state="pending").due_at == now + 20 * MINUTE
    answers.take(case, attempt, answers.Answer("said_ok", confidence=0.7), now=now)
    assert case.state == "waiting", "heard with less than 80 %"
    timer = timers.of_case(case, visit=None, now=now)
    assert timer is not None
    assert timer.due == now + timedelta(seconds=90)
    claimed = actions.claim(case=case, by=operator, now=now)
    assert claimed.lease_until == now + 6 * MINUTE


@pytest.mark.django_db
def test_a_cry_for_help_makes_the_desk_begin_further_on(red, now, operator):
    assert red.desk_step == "call"
    actions.claim(case=red, by=operator, now=now)
    actions.record_call(case=red, by=operator, result="risk", now=now)
    assert Case.objects.get().desk_step == "emergency"


@pytest.mark.django_db
def test_a_neighbours_report_goes_to_the_visit(home, now, operator):
    case = actions.open_case(household=home, by=operator, now=now, note="사흘째 안 보임")
    assert Case.objects.get(pk=case.pk).desk_step == "visit"


def test_quiet_hours_are_twelve_at_most_and_the_page_says_why():
    draft = body()
    for span in (["19:00", "07:00"], ["07:00", "19:00"], ["22:00", "22:00"]):
        draft["ladders"][0]["quiet"] = span
        assert parse(draft).ladders[0].quiet is not None
    draft["ladders"][0]["quiet"] = ["07:00", "06:59"]
    with pytest.raises(PlanError) as caught:
        parse(draft)
    assert "12시간을 넘을 수 없습니다" in caught.value.faults[0]


@pytest.mark.django_db
def test_a_plan_saved_before_quiet_hours_had_a_limit_still_opens_cases(home, now, official):
    old = body()
    old["ladders"][0]["quiet"] = ["10:00", "07:00"]
    EscalationPlan.objects.create(version=1, body=old, made_at=now, made_by=official, reason="-")
    assert in_force(now).body["ladders"][0]["quiet"] == ["19:00", "07:00"]
    set_light(home, "yellow", now=now)
    sweep(now)
    assert Case.objects.get().plan["quiet"] == ["19:00", "07:00"]
    save_plan(body=body(), base=1, by=official, reason="되돌림", now=now)


def test_whoever_takes_a_case_has_five_minutes_at_least():
    draft = body()
    for minutes in (1, 4):
        draft["ladders"][0]["lease_minutes"] = minutes
        with pytest.raises(PlanError, match="5 이상 240 이하"):
            parse(draft)
    draft["ladders"][0]["lease_minutes"] = 5
    assert parse(draft).ladders[0].lease_minutes == 5


@pytest.mark.django_db
def test_a_plan_that_was_saved_with_a_minute_stays_readable(official, now):
    old = body()
    old["ladders"][0]["lease_minutes"] = 1
    EscalationPlan.objects.create(
        version=1, body=old, made_at=now, made_by=official, reason="예전 판"
    )
    assert in_force(now).plan.ladders[0].lease_minutes == 5


NIGHTS = [  # a moment in Seoul, and whether the night it belongs to began on a free day
    (datetime(2026, 2, 17, 3, 0), True),  # 설날; the night of the holiday before
    (datetime(2026, 2, 19, 3, 0), True),  # a work day; the night of the last holiday of 설날
    (datetime(2026, 2, 14, 3, 0), False),  # the first free day; the night of Friday
    (datetime(2024, 2, 9, 3, 0), False),  # the eve of 설날, a holiday; the night of a work day
    (datetime(2026, 2, 13, 23, 0), False),  # the evening before
    (datetime(2026, 2, 18, 23, 0), True),
]


@pytest.mark.parametrize(("wall", "free"), NIGHTS, ids=str)
def test_the_plan_and_the_rota_judge_a_night_by_the_day_on_which_it_began(wall, free):
    at = wall.replace(tzinfo=ZoneInfo("Asia/Seoul"))
    ends = (time(22), time(6))
    found = {
        days.value: Band("night", "밤", *ends, days).holds(at) for days in (Days.FREE, Days.WORK)
    }
    assert found == {"free": free, "work": not free}
    line = ResponderRule(from_time=ends[0], until_time=ends[1], valid_from=date(2020, 1, 1))
    for kind, expected in ((DayKind.FREE, free), (DayKind.WORKING, not free)):
        line.days = kind
        assert rota.fits(line, rota.Moment.of(at)) is expected


def test_a_band_of_the_whole_day_is_of_today():
    seollal = datetime(2026, 2, 16, 3, 0, tzinfo=ZoneInfo("Asia/Seoul"))
    assert Band("all", "종일", time(9), time(9), Days.FREE).holds(seollal)
    monday = datetime(2026, 2, 23, 3, 0, tzinfo=ZoneInfo("Asia/Seoul"))
    assert not Band("all", "종일", time(9), time(9), Days.FREE).holds(monday)
