"""Hours that come after their home was judged: a row says from where it is judged again."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from monitoring import actions, hours
from monitoring.models import HabitsDay, RawReading, Rescore, SignalDay
from monitoring.scoring import memory
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows, deliver, quarters
from tests.monitoring.intake.test_intake import HOUR

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 6, 29, 15, tzinfo=UTC)  # the 30th of June begins in Seoul


@pytest.fixture
def homes():
    return [make_household(meter=f"M-{n}", device=f"D-{n}") for n in range(3)]


def judged(home, until: datetime) -> None:
    memory.put(np.array([home.pk]), memory.blank(1), np.array([hours.hour_of(until)]))


def again() -> dict[int, datetime]:
    return dict(Rescore.objects.values_list("household_id", "since"))


def test_hours_that_nobody_has_judged_need_nothing(homes):
    for home in homes:
        judged(home, MIDNIGHT)
    deliver([row for n in range(3) for row in day_rows(f"M-{n}")])
    assert again() == {}


def test_late_hours_and_corrections_name_the_first_that_changed(homes):
    deliver(day_rows("M-1"))
    judged(homes[0], MIDNIGHT + timedelta(hours=5))
    judged(homes[1], MIDNIGHT + timedelta(hours=30))
    judged(homes[2], MIDNIGHT)
    corrected = [*day_rows("M-1")[:7], ("M-1", "2026-06-30 07:00", 3.3)]
    deliver([*day_rows("M-0"), *corrected, *day_rows("M-2")])
    assert again() == {
        homes[0].pk: MIDNIGHT,
        homes[1].pk: MIDNIGHT + timedelta(hours=7),
    }


def test_the_same_file_again_names_nobody(homes):
    deliver(day_rows("M-1"))
    judged(homes[1], MIDNIGHT + timedelta(hours=30))
    deliver(day_rows("M-1"))
    assert again() == {}


def test_the_earliest_of_several_stays(homes):
    judged(homes[0], MIDNIGHT + timedelta(hours=30))
    deliver(day_rows("M-0")[5:])
    deliver(day_rows("M-0")[2:4])
    deliver(day_rows("M-0")[4:5])
    assert again() == {homes[0].pk: MIDNIGHT + timedelta(hours=2)}


def test_late_quarters_and_events_count_by_their_hour(homes):
    for home in homes:
        judged(home, MIDNIGHT + timedelta(hours=30))
    deliver(quarters("M-0", HOUR, [0.1, 0.2, 0.3, 0.4]))
    deliver(quarters("M-1", HOUR, [0.1, 0.2, 0.3]))  # no hour yet
    events = [("D-2", "2026-06-30T04:59:59", "unlock", "")]
    deliver(csv(events, "device_id,at,event,value"), feed="app")
    assert again() == {
        homes[0].pk: MIDNIGHT + timedelta(hours=5),
        homes[2].pk: MIDNIGHT + timedelta(hours=4),
    }


def test_habits_learned_without_late_days_are_learned_again(homes):
    """A feed is silent for days and then sends all: nobody was judged, but habits were learned."""
    judged(homes[0], MIDNIGHT - timedelta(days=5))
    HabitsDay.objects.create(
        day=date(2026, 7, 1), household_id=homes[0].pk, days_learned=60, version="1", habits=b"\0"
    )
    deliver([row for n in range(4) for row in day_rows("M-0", date(2026, 6, 26 + n))])
    assert not HabitsDay.objects.exists()


def test_withdrawal_takes_the_quarters_too(homes):
    deliver(quarters("M-0", HOUR, [0.1, 0.2, 0.3, 0.4]))
    assert SignalDay.objects.count() == 5
    actions.purge(household=homes[0], metric="power")
    assert not SignalDay.objects.exists()
    assert not RawReading.objects.exists()


def test_a_discarded_id_stays_discarded(homes, now, official):
    from monitoring.models import UnknownId

    deliver(day_rows("M-9"))
    UnknownId.objects.update(discarded_at=now, discarded_by=official)
    deliver(day_rows("M-9"), now=now + timedelta(hours=1))
    row = UnknownId.objects.get()
    assert (row.last_seen_at, row.discarded_at) == (now, now)
