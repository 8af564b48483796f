"""Every folder is a feed by itself, and says nothing that the rest of the portal contradicts."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Organisation
from households.models import Feed
from households.valve import PURPOSE_OF_FEED
from monitoring import feeds
from monitoring.models import Metric

ALL = feeds.all()


def test_every_feed_has_one_connector():
    assert sorted(one.feed for one in ALL) == sorted(Feed.values)
    assert all(feeds.connector(one.feed) is one for one in ALL)
    with pytest.raises(KeyError):
        feeds.connector("water")


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.feed)
def test_a_connector_agrees_with_the_floors_below(one, db):
    assert one.purpose == PURPOSE_OF_FEED[one.feed]
    assert Organisation.objects.filter(code=one.partner).exists()
    assert set(one.metrics) <= set(Metric.values)
    assert bool(one.amounts) != bool(one.events)
    assert all(len(name) <= 12 for name in one.stored)


def test_no_metric_and_no_column_belongs_to_two():
    metrics = [metric for one in ALL for metric in one.stored]
    assert len(metrics) == len(set(metrics))
    ids = [one.id_column.name for one in ALL]
    assert len(ids) == len(set(ids)), "a file at the wrong door is known by its id"


def test_the_intake_knows_no_feed_by_name():
    """What is particular to a feed stands in its folder: a new one needs no other edit."""
    words = {*Feed.values, *Metric.values, "kwh", "kepco", "skt", "care_app"} - {"app"}
    folder = Path(settings.BASE_DIR) / "monitoring/intake"
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value not in words, (path.name, node.value)
