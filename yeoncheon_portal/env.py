"""What the environment says: the only place that reads `os.environ` for settings.

Secrets come from the environment. Where the portal runs on its own embedded servers, or is
served without https on this machine only, missing secrets are made once and kept in `.local/`
(mode 0600); a portal that is served over https refuses to start without them, because a second
host with other keys could not read the first one's people.
"""

import fcntl
import json
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = Path(os.environ.get("PORTAL_LOCAL_DIR", BASE_DIR / ".local"))


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    """True for 1/true/yes, False for empty/0/false/no; anything else stops the start."""
    value = text(name).lower()
    if value in {"1", "true", "yes"}:
        return True
    if value in {"", "0", "false", "no"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def beginning(prefix: str) -> dict[str, str]:
    """Every set variable whose name begins so, by the rest of its name."""
    return {
        name.removeprefix(prefix): value.strip()
        for name, value in os.environ.items()
        if name.startswith(prefix) and value.strip()
    }


def listing(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def _new_secrets() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "BLIND_INDEX_KEY": secrets.token_urlsafe(32),
    }


def _local_secrets() -> dict[str, str]:
    """Secrets of this checkout, made on first use; a lock keeps two first uses from differing."""
    LOCAL_DIR.mkdir(parents=True, exist_ok=True)
    path = LOCAL_DIR / "secrets.json"
    with open(LOCAL_DIR / "secrets.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            staged = path.with_suffix(".new")
            staged.touch(mode=0o600)
            staged.write_text(json.dumps(_new_secrets(), indent=1))
            staged.replace(path)
        found: dict[str, str] = json.loads(path.read_text())
        return found


def secret(name: str, *, served_over_https: bool) -> str:
    """The secret `name` from the environment, or this checkout's own where that is allowed."""
    if value := text(name):
        return value
    if served_over_https:
        raise ImproperlyConfigured(f"{name} is required (see .env.example)")
    return _local_secrets()[name]
