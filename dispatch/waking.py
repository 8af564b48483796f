"""A write may wake the engine sooner than the beat does. Nothing depends on it.

The queue is the database: when Redis is gone the wake-up is lost and the next beat finds the row.
"""

import logging
import threading
from time import monotonic

from django.db import transaction

logger = logging.getLogger(__name__)
AT_MOST_EVERY_S = 0.5
EXPIRES_S = 4

_lock = threading.Lock()
_last = 0.0


def wake() -> None:
    """After the commit of the caller's transaction, ask a worker to sweep now.

    Coalesced: many writes within half a second of one process send one message.
    """
    transaction.on_commit(_send, robust=True)


def _send() -> None:
    global _last
    with _lock:
        if monotonic() - _last < AT_MOST_EVERY_S:
            return
        _last = monotonic()
    from dispatch.tasks import sweep

    try:
        sweep.apply_async(expires=EXPIRES_S, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - the beat comes anyway
        logger.warning("wake-up not sent: %s", type(error).__name__)
