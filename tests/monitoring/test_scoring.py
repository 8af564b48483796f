"""From readings to lights: green, yellow, red, and grey where nobody can know."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from households import actions as households
from monitoring import actions, reasons, scoring, setting_specs
from monitoring.models import Assessment, EvidenceDay, HouseholdState, SignalDay
from monitoring.partitions import ensure_partitions
from monitoring.store import pack
from tests.households.factories import make_household
from tests.monitoring.test_detection import home, silent_from

pytestmark = pytest.mark.django_db

DAYS = 75


def store(household, power: np.ndarray, now, *, until_hour: int | None = None) -> None:
    """Put (D, 24) kWh into SignalDay, the last day being today up to `until_hour`."""
    today = timezone.localtime(now).date()
    first = today - timedelta(days=len(power) - 1)
    ensure_partitions(first, today)
    power = power.copy()
    power[-1, timezone.localtime(now).hour if until_hour is None else until_hour :] = np.nan
    SignalDay.objects.filter(household_id=household.pk).delete()
    SignalDay.objects.bulk_create(
        SignalDay(
            day=first + timedelta(days=i),
            household_id=household.pk,
            metric="power",
            values=pack(day),
        )
        for i, day in enumerate(power)
        if np.isfinite(day).any()
    )


def light_of(household) -> str:
    return HouseholdState.objects.get(household=household).light


@pytest.fixture
def resident(now):
    return make_household(meter="M-0001", now=now)


def test_an_ordinary_home_is_green_and_says_when_it_last_moved(resident, now):
    store(resident, home()[0], now)
    scoring.score(now=now)
    state = HouseholdState.objects.get(household=resident)
    assert state.light == "green"
    assert state.last_sign_at > now - timedelta(days=1)
    assert "마지막 움직임" in state.reasons[0]


def test_two_silent_days_are_yellow_with_the_missed_habit_in_words(resident, now):
    store(resident, silent_from(home(), DAYS - 3, 0)[0], now)
    scoring.score(now=now)
    state = HouseholdState.objects.get(household=resident)
    assert state.light == "yellow"
    assert any("열 번에" in line for line in state.reasons)
    assert state.silence_hours > 48


def test_a_week_of_silence_is_red(resident, now):
    store(resident, silent_from(home(), DAYS - 12, 0)[0], now)
    scoring.score(now=now)
    assert light_of(resident) == "red"


def test_no_data_is_grey_and_neither_safe_nor_danger(resident, now):
    scoring.score(now=now)
    assert light_of(resident) == "grey"


def test_data_that_stopped_are_grey(resident, now):
    power = home()[0]
    power[-3:] = np.nan
    store(resident, power, now)
    scoring.score(now=now)
    assert light_of(resident) == "grey"


def test_a_red_light_never_turns_grey(resident, now):
    store(resident, silent_from(home(), DAYS - 12, 0)[0], now)
    scoring.score(now=now)
    later = now + timedelta(days=3)
    scoring.score(now=later)
    state = HouseholdState.objects.get(household=resident)
    assert state.light == "red"
    assert any("오지 않습니다" in line for line in state.reasons)


def test_life_turns_red_to_green(resident, now):
    store(resident, silent_from(home(), DAYS - 12, 0)[0], now)
    scoring.score(now=now)
    power = silent_from(home(), DAYS - 12, 0)[0]
    power[-1, 6:10] = [0.1, 1.2, 0.4, 0.9]
    store(resident, power, now)
    scoring.score(now=now)
    assert light_of(resident) == "green"


def test_a_human_who_saw_the_person_begins_the_evidence_again(resident, now, operator):
    store(resident, silent_from(home(), DAYS - 12, 0)[0], now)
    scoring.score(now=now)
    actions.confirm_life(household=resident, at=now, source="seen", by=operator, now=now)
    state = HouseholdState.objects.get(household=resident)
    assert state.light == "green"
    assert state.last_sign_at == now


def test_a_light_of_before_a_pause_does_not_outlive_it(resident, now, clerk_jeongok):
    store(resident, silent_from(home(), DAYS - 12, 0)[0], now)
    scoring.score(now=now)
    assert light_of(resident) == "red"
    households.pause(household=resident, reason="long_stay", by=clerk_jeongok, now=now)
    later = now + timedelta(days=40)
    households.resume(household=resident, by=clerk_jeongok, now=later)
    state = HouseholdState.objects.get(household=resident)
    assert (state.light, state.since) == ("grey", later)


def test_a_missed_habit_reads_as_a_sentence():
    window = SimpleNamespace(
        first=date(2026, 6, 1),
        now_hour=20,
        evidence=np.zeros((1, 48)),
        held=np.zeros((1, 48), bool),
        often=np.zeros((1, 2, 24)),
        hour_of=lambda at: -1,
    )
    window.often[0, :, 19] = 1.0
    seen = datetime(2026, 5, 31, 23, tzinfo=UTC)
    said = reasons.silence(window, 0, last_sign=seen, hours=20.0)
    assert said[1] == "평소 19시쯤에는 열 번에 열 번은 움직임이 있었는데 이번에는 없었습니다."
    window.now_hour = 44
    said = reasons.silence(window, 0, last_sign=seen, hours=44.0)
    assert said[1].endswith("이번에는 2번 모두 없었습니다.")


def test_a_home_without_any_sign_tells_only_the_hours_that_arrived():
    window = SimpleNamespace(
        first=date(2026, 6, 1),
        now_hour=5,
        evidence=np.full((1, 24), np.nan),
        held=np.zeros((1, 24), bool),
        often=np.zeros((1, 2, 24)),
    )
    said = reasons.silence(window, 0, last_sign=None, hours=72.0)
    assert said == ["전력: 자료가 온 72시간 내내 사람이 쓴 흔적이 없습니다."]


def test_a_planned_absence_is_no_silence(resident, now, clerk_jeongok):
    start = now - timedelta(days=4)
    households.plan_absence(
        household=resident,
        by=clerk_jeongok,
        starts_at=start,
        ends_at=now + timedelta(days=2),
        kind="travel",
        source="self",
        now=start,
    )
    store(resident, silent_from(home(), DAYS - 4, 12)[0], now)
    scoring.score(now=now)
    state = HouseholdState.objects.get(household=resident)
    assert state.light == "green"
    assert any("부재" in line for line in state.reasons)


def test_a_newcomer_is_judged_by_the_fixed_limit_of_the_risk_group(now, clerk_jeongok):
    newcomer = make_household(meter="M-0009", now=now, since=timedelta(days=20), state="learning")
    households.set_risk_group(
        household=newcomer,
        by=clerk_jeongok,
        group="high",
        from_date=timezone.localtime(now).date(),
        reason="전수조사",
        now=now,
    )
    power = np.full((DAYS, 24), np.nan)
    power[-10:] = silent_from(home(), DAYS - 2, 9)[0][-10:]
    store(newcomer, power, now)
    scoring.score(now=now)
    assert light_of(newcomer) == "yellow"  # about 27 hours without a sign, limit 24, red 36


def test_scoring_twice_changes_nothing(resident, now):
    store(resident, silent_from(home(), DAYS - 3, 0)[0], now)
    first = scoring.score(now=now)
    again = scoring.score(now=now)
    assert (first.changed, again.changed) == (1, 0)
    assert Assessment.objects.count() == 1


def test_every_change_of_light_is_kept(resident, now):
    store(resident, silent_from(home(), DAYS - 3, 0)[0], now)
    scoring.score(now=now)
    store(resident, silent_from(home(), DAYS - 12, 0)[0], now)
    scoring.score(now=now)
    assert list(Assessment.objects.order_by("id").values_list("light", flat=True)) == [
        "yellow",
        "red",
    ]
    kept = Assessment.objects.last()
    assert (kept.point_yellow, kept.point_red) == (
        setting_specs.YELLOW_POINT,
        setting_specs.RED_POINT,
    )
    assert kept.rule_version


def test_an_assessment_cannot_be_rewritten(resident, now):
    scoring.score(now=now)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_assessment SET light = 'green'")


def test_a_correction_scores_the_day_again(resident, now):
    store(resident, silent_from(home(), DAYS - 12, 0)[0], now)
    scoring.score(now=now)
    kept = EvidenceDay.objects.filter(household_id=resident.pk).count()
    store(resident, home()[0], now)
    scoring.score(now=now)
    assert EvidenceDay.objects.filter(household_id=resident.pk).count() == kept
    assert light_of(resident) == "green"


def test_only_watched_homes_are_judged(now):
    paused = make_household(meter="M-0003", now=now, state="paused")
    scoring.score(now=now)
    assert not HouseholdState.objects.filter(household=paused).exists()


def test_withdrawing_the_consent_forgets_the_readings(resident, now, clerk_jeongok):
    store(resident, home()[0], now)
    scoring.score(now=now)
    households.withdraw_consent(household=resident, purpose="kepco", by=clerk_jeongok, now=now)
    assert not SignalDay.objects.filter(household_id=resident.pk).exists()
    assert light_of(resident) == "grey"


def test_a_hundred_homes_take_a_fixed_number_of_queries(now, django_assert_max_num_queries):
    for i in range(3):
        store(make_household(meter=f"M-1{i:03}", now=now), home(seed=i)[0], now)
    scoring.score(now=now)
    with django_assert_max_num_queries(24):
        scoring.score(now=now + timedelta(hours=1))


def test_a_long_planned_absence_is_not_learned_as_the_habit(resident, now, clerk_jeongok):
    """Home again for three weeks after six away: a silence must still be noticed."""
    away, back = now - timedelta(days=64), now - timedelta(days=22)
    households.plan_absence(
        household=resident,
        by=clerk_jeongok,
        starts_at=away,
        ends_at=back,
        kind="work",
        source="self",
        now=away,
    )
    power = home()[0]
    quiet = silent_from(home(), 0, 0)[0]
    power[DAYS - 65 : DAYS - 22] = quiet[DAYS - 65 : DAYS - 22]
    power[DAYS - 3 :] = quiet[DAYS - 3 :]
    store(resident, power, now)
    scoring.score(now=now)
    assert light_of(resident) in ("yellow", "red")
