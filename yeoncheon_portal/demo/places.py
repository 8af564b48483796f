"""Where the demo keeps its things, and what its processes tell each other in the environment."""

import os
from pathlib import Path

from yeoncheon_portal import env

PHONES_URL = "PORTAL_DEMO_PHONES_URL"


def demo_folder() -> Path:
    """PORTAL_DEMO_DIR, or `.local/demo` of this checkout; absolute."""
    chosen = env.text("PORTAL_DEMO_DIR")
    return Path(chosen).absolute() if chosen else (env.BASE_DIR / ".local" / "demo")


def phones_url() -> str:
    """The page of the fake telephone company, "" when calls go to another company."""
    return os.environ.get(PHONES_URL, "")
