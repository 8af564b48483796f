"""POST /api/v1/feeds/{feed}/deliveries: the partners' door. English, JSON, fails closed.

Order of the checks: who (401), from where and for which feed (403), how often (429), how large
(411, 413), which kind (415), whether all of it came (400), whether there is room for it now (503),
and only then the file itself (400 when it cannot be read at all, with its receipt). What partners
read about this door is in monitoring.api_schema.
"""

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any, cast

import redis
from django.core.cache import cache
from django.utils import translation
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    ParseError,
    PermissionDenied,
)
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts import clock
from accounts.access import allow_partner
from accounts.audit import client_ip
from households.models import Feed
from monitoring import intake, networks, partner_log, partners
from monitoring.api_schema import DELIVERIES
from monitoring.intake.parse import MAX_DELIVERED
from monitoring.intake.refusals import FeedNotAccepted, Refusal
from monitoring.models import Delivery, PartnerToken
from monitoring.models.deliveries import Source

log = logging.getLogger(__name__)

_PIECE = 1024 * 1024
_MINUTE = 60
# A multipart body holds the file and a few hundred bytes around it.
_AROUND = 64 * 1024
# Threads of one web process that may hold a partner's file at once: the others are for people.
AT_ONCE = 3
_ROOM = BoundedSemaphore(AT_ONCE)
# A file waits so long for another of its feed; then the partner is asked to come back.
PATIENCE = timedelta(seconds=10)
COME_BACK_SECONDS = 30


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"the file is larger than {MAX_DELIVERED // 1024 // 1024} MB"
    default_code = "too_large"


class NoLength(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "say how long the file is (Content-Length); a chunked body is not read"
    default_code = "length_required"


class Incomplete(ParseError):
    default_detail = "the connection ended in the middle of the file; send it again"
    default_code = "incomplete"


class Busy(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "other files are being taken in; send this one again later"
    default_code = "busy"
    wait = COME_BACK_SECONDS  # the framework writes it as Retry-After


class _Counted:
    """A body that knows how much of it came: half a file must not count as a file."""

    def __init__(self, stream: Any) -> None:
        self._stream, self.size = stream, 0

    def read(self, *size: int) -> bytes:
        try:
            piece: bytes = self._stream.read(*size)
        except OSError as error:
            raise Incomplete from error
        self.size += len(piece)
        return piece


class Form(MultiPartParser):
    """A form with one file."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body: Any = _Counted(stream)
        try:
            return super().parse(body, media_type, parser_context)
        finally:
            while body.read(_PIECE):
                pass  # what stands behind the last part
            if body.size < _declared_length(parser_context["request"]):
                raise Incomplete


class RawFile(BaseParser):
    """The file as the whole body, whatever CSV or gzip is called today."""

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The bytes of the body."""
        body, pieces = _Counted(stream), []
        while piece := body.read(_PIECE):
            if body.size > MAX_DELIVERED:
                raise TooLarge
            pieces.append(piece)
        if body.size < _declared_length(parser_context["request"]):
            raise Incomplete
        return b"".join(pieces)


RAW_TYPES = (
    "text/csv",
    "text/plain",
    "application/csv",
    "application/vnd.ms-excel",  # what Windows calls a .csv
    "application/gzip",
    "application/x-gzip",
    "application/octet-stream",
)


class WrongNetwork(PermissionDenied):
    default_detail = "this token may not be used from your address"
    default_code = "network_not_allowed"


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`. Who comes without one is nobody and gets 401."""

    def authenticate(self, request: Request) -> tuple[PartnerToken, PartnerToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        secret = parts[1].decode("latin-1") if len(parts) == 2 else ""
        token = partners.holder(secret, at=clock.real_now())
        if token is None:
            partner_log.refused(request, why="unknown_token")
            raise AuthenticationFailed("this token is not valid")
        return token, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="deliveries"'


class PerToken(BaseThrottle):
    """So many deliveries a minute per token: a partner's endless loop must not fill the queue.

    Counted by the clock's minute in one atomic step, so that two processes count together.
    """

    def __init__(self) -> None:
        self._left = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        token = request.auth
        if not isinstance(token, PartnerToken):
            return True
        minute, second = divmod(clock.real_now().timestamp(), _MINUTE)
        self._left = _MINUTE - second
        key = f"deliveries:{token.pk}:{int(minute)}"
        try:
            cache.add(key, 0, timeout=2 * _MINUTE)
            return bool(cache.incr(key) <= token.per_minute)
        except (redis.RedisError, ValueError) as error:
            # The caller has shown a token; readings must come in also while Redis is away.
            log.warning("deliveries are not counted: %s", type(error).__name__)
            return True

    def wait(self) -> float:
        """Seconds until the next minute, for Retry-After."""
        return max(1.0, math.ceil(self._left))


class Deliveries(APIView):
    """One file, one receipt."""

    authentication_classes = [BearerToken]
    permission_classes = []
    throttle_classes = [PerToken]
    parser_classes = [Form]
    http_method_names = ["post"]

    def get_parsers(self) -> list[BaseParser]:
        return [Form(), *(RawFile(media_type) for media_type in RAW_TYPES)]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with translation.override("en"):
            return super().dispatch(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        if not isinstance(request.auth, PartnerToken):
            self.permission_denied(request)
        token, feed = request.auth, self.kwargs["feed"]
        if not networks.admits(token.networks, client_ip(request._request)):
            partner_log.refused(request, why="wrong_network", token=token)
            raise WrongNetwork
        if feed not in Feed.values or token.feed != feed:
            partner_log.refused(request, why="wrong_feed", token=token)
            raise PermissionDenied(f"this token is for the feed '{token.feed}' only")

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        if isinstance(request.auth, PartnerToken):
            partners.mark_used(request.auth, at=clock.real_now())

    @DELIVERIES
    def post(self, request: Request, feed: str) -> Response:
        try:
            with _room():
                content, filename = self._file(request)
                delivery = intake.deliver(
                    feed=feed,
                    content=content,
                    filename=filename,
                    source=Source.API,
                    now=clock.now(),
                    token=cast(PartnerToken, request.auth),
                    witness=lambda delivery: partner_log.delivered(request, delivery),
                    patience=PATIENCE,
                )
        except intake.FeedIsBusy as busy:
            raise Busy from busy
        except FeedNotAccepted as refusal:
            return Response(
                {"code": "feed_not_accepted", "detail": str(refusal)},
                status=status.HTTP_400_BAD_REQUEST,
            )
        return Response(self._answer(delivery), status=_status_of(delivery))

    def _file(self, request: Request) -> tuple[bytes, str]:
        if not request.META.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" in request.META:
            raise NoLength
        if _declared_length(request) > MAX_DELIVERED + _AROUND:
            raise TooLarge
        data: Any = request.data
        if isinstance(data, bytes):
            return data, str(request.query_params.get("filename", ""))
        if not _declared_length(request):
            return b"", ""  # the door refuses it, with a receipt
        files = list(request.FILES.values())
        if len(files) != 1:
            raise ParseError("send one file, as the body or as one part of a multipart form")
        if files[0].size > MAX_DELIVERED:
            raise TooLarge
        return files[0].read(), str(files[0].name)

    def _answer(self, delivery: Delivery) -> dict[str, Any]:
        receipt = delivery.receipt()
        if delivery.refused:
            receipt |= {"code": delivery.refusal, "detail": delivery.refusal_detail}
        return receipt

    def handle_exception(self, exc: Exception) -> Response:
        """Errors of the framework in one shape: {"code", "detail"}."""
        response = super().handle_exception(exc)
        code = getattr(exc, "default_code", "error")
        if isinstance(response.data, dict):
            response.data = {"code": str(code), "detail": str(response.data.get("detail", ""))}
        return response


@contextmanager
def _room() -> Iterator[None]:
    if not _ROOM.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        _ROOM.release()


def _declared_length(request: Request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _status_of(delivery: Delivery) -> int:
    if not delivery.refused:
        return status.HTTP_201_CREATED
    if delivery.refusal == Refusal.TOO_LARGE:
        return status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    return status.HTTP_400_BAD_REQUEST


deliveries: Callable[..., Any] = allow_partner()(Deliveries.as_view())
