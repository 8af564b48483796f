"""WSGI entry of the web process."""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yeoncheon_portal.settings")
_portal = get_wsgi_application()
_warm = threading.Lock()  # taken once per process, never given back


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The portal. The first call to a resident loads the Korean analyser (seconds, 0.5 GB) while
    the greeting is spoken, so that the answer does not wait for it; other processes never do."""
    if environ.get("PATH_INFO", "").startswith("/hooks/voice/") and _warm.acquire(blocking=False):
        from dispatch.understanding import warm_up

        threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    return _portal(environ, start_response)
