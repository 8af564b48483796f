"""One plain HTTP request to another process of this demo, on this machine."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit


def send(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = 60.0,
) -> tuple[int, bytes]:
    """Status and body of the answer. Raises OSError when there is none within `seconds`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.request(method, parts.path or "/", body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read()
    except http.client.HTTPException as error:
        raise OSError(f"no answer: {type(error).__name__}") from error
    finally:
        connection.close()
