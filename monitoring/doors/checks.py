"""System check: what FEED_PULL_… cannot mean is told at start, not by data that never come."""

from typing import Any

from django.core.checks import CheckMessage, Warning

from monitoring.doors.sources import BadSource, sources


def sources_can_be_used(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A warning each: the other feeds and the portal itself work without."""
    return [
        Warning(str(bad), hint="See FEED_PULL in .env.example.", id="monitoring.W001")
        for bad in sources()
        if isinstance(bad, BadSource)
    ]
