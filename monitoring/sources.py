"""What brings what: a partner's feed, the detector's inputs, and its three sources of life."""

from households.models import Feed
from monitoring.detection.inputs import APP, LINE, PHONE, POWER, STEPS

FEEDS: tuple[str, ...] = (Feed.POWER.value, Feed.TELECOM.value, Feed.APP.value)
INPUTS_OF_FEED: dict[str, tuple[int, ...]] = {
    Feed.POWER.value: (POWER,),
    Feed.TELECOM.value: (PHONE, LINE),
    Feed.APP.value: (PHONE, APP, STEPS),
}
FEED_OF_INPUT: dict[int, str] = {
    POWER: Feed.POWER.value,
    LINE: Feed.TELECOM.value,
    APP: Feed.APP.value,
    STEPS: Feed.APP.value,
}
"""Of the inputs that one feed brings alone; PHONE is of two."""
INPUTS_OF_SOURCE: tuple[tuple[int, ...], ...] = ((POWER,), (PHONE, APP, LINE), (STEPS,))
FEEDS_OF_SOURCE: tuple[tuple[str, ...], ...] = (
    (Feed.POWER.value,),
    (Feed.TELECOM.value, Feed.APP.value),
    (Feed.APP.value,),
)
