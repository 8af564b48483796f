"""What partners read about their door: request, answers and an example of each (OpenAPI).

Every example here is posted to the real door by tests/monitoring/api/test_schema.py, which compares
the answers with those written here and all of them with their shapes.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers

from households.models import Feed

ID = "00000000-0000-4000-8000-000000000000"

REQUESTS: dict[str, tuple[str, str, str]] = {
    # name: (feed, summary, file)
    "power_hourly": (
        "power",
        "Power, hourly: kWh used in the hour that begins at read_at (Asia/Seoul)",
        "meter_id,read_at,kwh\nM-1,2026-06-30T00:00,0.412\nM-1,2026-06-30T01:00,0.388\n",
    ),
    "power_15_minutes": (
        "power",
        "Power, every 15 minutes, with Korean headings and a written offset",
        "고객번호,검침일시,사용량\n"
        "M-1,2026-06-30T02:00+09:00,0.101\nM-1,2026-06-30T02:15+09:00,0.097\n"
        "M-1,2026-06-30T02:30+09:00,0.103\nM-1,2026-06-30T02:45+09:00,0.099\n",
    ),
    "telecom_hourly": (
        "telecom",
        "Telecom, hourly: counts of one line and megabytes",
        "line_id,hour,calls_out,calls_in,sms_out,data_mb\n"
        "L-1,2026-06-30T09:00,1,0,2,14.5\nL-1,2026-06-30T10:00,0,1,0,3.2\n",
    ),
    "app_events": (
        "app",
        "Care app, one row per event; value counts steps and tells the battery in percent",
        "device_id,at,event,value\nD-1,2026-06-30T07:58:12,unlock,\n"
        "D-1,2026-06-30T08:00:00,steps,312\nD-1,2026-06-30T08:05:00,battery,81\n",
    ),
}

_COUNTS = {
    "rows": 0,
    "accepted": 0,
    "unchanged": 0,
    "corrected": 0,
    "rejected": 0,
    "unknown": 0,
    "no_consent": 0,
}


def _receipt(feed: str = "power", **said: Any) -> dict[str, Any]:
    return {"delivery": ID, "feed": feed, **_COUNTS, "errors": [], "seconds": 0.031} | said


_HOURLY = REQUESTS["power_hourly"][2]
_WRONG = "expected the columns meter_id, read_at, kwh; missing: kwh"
ANSWERS: dict[str, tuple[str, list[str], int, dict[str, Any]]] = {
    # name: (about, files sent one after the other, status and body of the last one's answer)
    "all_new": ("Two new hours", [_HOURLY], 201, _receipt(rows=2, accepted=2)),
    "telecom": (
        "Two new hours of a line",
        [REQUESTS["telecom_hourly"][2]],
        201,
        _receipt("telecom", rows=2, accepted=2),
    ),
    "app": ("Events", [REQUESTS["app_events"][2]], 201, _receipt("app", rows=3, accepted=3)),
    "sent_twice": (
        "The same file again changes nothing",
        [_HOURLY, _HOURLY],
        201,
        _receipt(rows=2, unchanged=2),
    ),
    "one_bad_row": (
        "A bad row never stops the good ones",
        [_HOURLY.replace("0.388", "-1")],
        201,
        _receipt(
            rows=2,
            accepted=1,
            rejected=1,
            errors=[{"row": 3, "column": "kwh", "value": "-1", "expected": "0 or more"}],
        ),
    ),
    "unreadable": (
        "Nothing of the file is taken in",
        [_HOURLY.replace("kwh", "usage")],
        400,
        _receipt(refused=_WRONG, code="wrong_header", detail=_WRONG),
    ),
}


class RowError(serializers.Serializer[Any]):
    """A row that was left out. The other rows of the file are stored."""

    row = serializers.IntegerField(help_text="line in the file; the header is line 1")
    column = serializers.CharField(
        allow_blank=True, help_text="our name of the column; empty: the line as a whole"
    )
    value = serializers.CharField(allow_blank=True, help_text="what was written there")
    expected = serializers.CharField()


class Receipt(serializers.Serializer[Any]):
    """rows = accepted + unchanged + corrected + rejected + unknown + no_consent."""

    delivery = serializers.UUIDField(help_text="number of the receipt")
    feed = serializers.ChoiceField(choices=Feed.values)
    rows = serializers.IntegerField(min_value=0)
    accepted = serializers.IntegerField(min_value=0, help_text="new values")
    unchanged = serializers.IntegerField(min_value=0, help_text="received before, the same")
    corrected = serializers.IntegerField(min_value=0, help_text="received before, now replaced")
    rejected = serializers.IntegerField(min_value=0, help_text="see errors; nothing stored")
    unknown = serializers.IntegerField(min_value=0, help_text="ids that belong to nobody here")
    no_consent = serializers.IntegerField(min_value=0, help_text="counted, never stored")
    errors = RowError(  # type: ignore[assignment]  # DRF keeps fields apart from attributes
        many=True, help_text="the first 100 rejected rows"
    )
    seconds = serializers.FloatField(min_value=0)


class BadFile(Receipt):
    """Why nothing was taken in. A file that could not be read has its receipt as well, with every
    count 0; a form without a file has none."""

    refused = serializers.CharField(help_text="the same as `detail`")
    code = serializers.CharField()
    detail = serializers.CharField(help_text="why, in English")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, one in fields.items():
            one.required = name in {"code", "detail"}
        return fields


class Problem(serializers.Serializer[Any]):
    """Why the request was turned away before its file was looked at."""

    code = serializers.CharField()
    detail = serializers.CharField()


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "monitoring.api.BearerToken"
    name = "partnerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The key that the county gave you, for one feed. It is shown once.",
        }


def _problem(about: str, *examples: tuple[str, str, str]) -> OpenApiResponse:
    return OpenApiResponse(
        Problem,
        description=about,
        examples=[
            OpenApiExample(name, value={"code": code, "detail": detail}, response_only=True)
            for name, code, detail in examples
        ],
    )


def _requests() -> list[OpenApiExample]:
    return [
        OpenApiExample(name, summary=about, value=text, request_only=True, media_type="text/csv")
        for name, (_feed, about, text) in REQUESTS.items()
    ]


def _answers() -> list[OpenApiExample]:
    return [
        OpenApiExample(
            name, summary=about, value=value, response_only=True, status_codes=[str(status)]
        )
        for name, (about, _files, status, value) in ANSWERS.items()
    ]


_RAW = {"type": "string", "format": "binary"}

DELIVERIES = extend_schema(
    operation_id="deliver",
    tags=["deliveries"],
    summary="Deliver a file",
    description=(
        "One file as the body, or as one part of a multipart form: CSV with a header, or the same "
        "packed with gzip; UTF-8 or CP949; columns in any order, with English or Korean names. "
        "Times are the start of the interval in Asia/Seoul unless an offset is written. Send a "
        "file again whenever you are not sure that it arrived: nothing is counted twice, and a "
        "corrected file replaces the values it corrects. The request must say how long it is "
        "(Content-Length); a chunked one is turned away. A file of which less arrives than was "
        "announced is not taken in at all."
    ),
    parameters=[
        OpenApiParameter(
            "feed", str, OpenApiParameter.PATH, enum=Feed.values, description="your stream"
        ),
        OpenApiParameter(
            "filename", str, description="a name for the receipt, when the file is the body"
        ),
        OpenApiParameter(
            "Retry-After",
            int,
            OpenApiParameter.HEADER,
            response=[429, 503],
            description="seconds to wait",
        ),
    ],
    request={
        "text/csv": OpenApiTypes.STR,
        "application/gzip": _RAW,
        "application/octet-stream": _RAW,
        "multipart/form-data": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": _RAW},
        },
    },
    responses={
        201: OpenApiResponse(Receipt, description="Read. Look at `rejected` and `errors`."),
        400: OpenApiResponse(
            BadFile, description="There is no file, half a file, or it cannot be read at all."
        ),
        401: _problem(
            "No valid key.", ("no_key", "authentication_failed", "this token is not valid")
        ),
        403: _problem(
            "A key for another feed, or used from a network that is not on its list.",
            ("other_feed", "permission_denied", "this token is for the feed 'power' only"),
            (
                "network",
                "network_not_allowed",
                "this token may not be used from your address",
            ),
        ),
        411: _problem(
            "No Content-Length.",
            (
                "chunked",
                "length_required",
                "say how long the file is (Content-Length); a chunked body is not read",
            ),
        ),
        413: _problem("Too large.", ("size", "too_large", "the file is larger than 64 MB")),
        415: _problem(
            "Not a kind of file.",
            ("json", "unsupported_media_type", "Unsupported media type in request."),
        ),
        429: _problem(
            "Too many files in this minute.",
            ("loop", "throttled", "Request was throttled. Expected available in 12 seconds."),
        ),
        503: _problem(
            "A large file is being taken in, or several at once. Nothing was stored.",
            ("busy", "busy", "other files are being taken in; send this one again later"),
        ),
    },
    examples=[*_requests(), *_answers()],
)
