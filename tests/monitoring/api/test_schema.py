"""The description of the API is valid, and the API does what it says."""

import gzip
import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from accounts.models import Organisation
from households.models import Feed
from monitoring import api, api_schema, partners
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows

pytestmark = pytest.mark.django_db
PATH = "/api/v1/feeds/{feed}/deliveries"
HOLDERS = {"power": "kepco-yeoncheon", "telecom": "skt", "app": "happyconnect"}


@pytest.fixture
def schema(client):
    answer = client.get("/api/v1/schema/", {"format": "json"})
    assert answer.status_code == 200
    return json.loads(answer.content)


@pytest.fixture
def keys(now):
    found = {}
    for feed, code in HOLDERS.items():
        organisation = Organisation.objects.get(code=code)
        found[feed] = partners.issue(feed=feed, organisation=organisation, by=None, now=now)[1]
    return found


def post(key, body, *, feed="power", kind="text/csv", **environ):
    headers = {"Authorization": f"Bearer {key}"}
    url = f"/api/v1/feeds/{feed}/deliveries"
    if isinstance(body, dict):
        return Client().post(url, body, headers=headers, **environ)
    return Client().post(url, body, content_type=kind, headers=headers, **environ)


def short(body: bytes) -> dict:
    """A body that ends before it should, as a broken connection leaves it."""
    return {"wsgi.input": BytesIO(body)}


def conforms(schema, answer) -> None:
    """The answer has a shape that the description promises for its status."""
    responses = schema["paths"][PATH]["post"]["responses"]
    promised = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
    whole = {**promised, "components": schema["components"]}
    Draft202012Validator(whole).validate(answer.json())


def test_the_schema_is_valid_openapi_and_public(schema, client):
    validate_schema(schema)
    assert list(schema["paths"]) == [PATH]
    assert client.get("/api/v1/schema/").status_code == 200  # YAML, without signing in


def test_the_schema_needs_a_key_for_every_operation(schema):
    assert schema["paths"][PATH]["post"]["security"] == [{"partnerToken": []}]
    assert schema["components"]["securitySchemes"]["partnerToken"]["scheme"] == "bearer"


def test_there_is_an_example_of_every_feed_and_every_answer(schema):
    operation = schema["paths"][PATH]["post"]
    requests = operation["requestBody"]["content"]["text/csv"]["examples"]
    feeds = {feed for feed, _about, _text in api_schema.REQUESTS.values()}
    assert feeds == set(Feed.values)
    assert len(requests) == len(api_schema.REQUESTS)
    assert {name for name, answer in operation["responses"].items() if answer.get("content")} == {
        "201", "400", "401", "403", "411", "413", "415", "429", "503"
    }  # fmt: skip
    for status, answer in operation["responses"].items():
        assert answer["content"]["application/json"]["examples"], status


def test_every_example_of_an_answer_has_the_promised_shape(schema):
    for answer in schema["paths"][PATH]["post"]["responses"].values():
        content = answer["content"]["application/json"]
        whole = {**content["schema"], "components": schema["components"]}
        for example in content["examples"].values():
            Draft202012Validator(whole).validate(example["value"])


def test_the_kinds_of_file_in_the_schema_are_taken(schema):
    kinds = set(schema["paths"][PATH]["post"]["requestBody"]["content"])
    assert kinds - {"multipart/form-data"} <= set(api.RAW_TYPES)


@pytest.mark.parametrize("name", api_schema.REQUESTS)
def test_every_example_of_a_file_is_taken_in(schema, keys, name):
    feed, _about, text = api_schema.REQUESTS[name]
    make_household(meter="M-1", line="L-1", device="D-1")
    answer = post(keys[feed], text.encode(), feed=feed)
    assert answer.status_code == 201, answer.json()
    conforms(schema, answer)
    receipt = answer.json()
    assert receipt["accepted"] == receipt["rows"] == text.count("\n") - 1
    conforms(schema, post(keys[feed], gzip.compress(text.encode()), feed=feed))


@pytest.mark.parametrize("name", api_schema.ANSWERS)
def test_every_example_of_an_answer_is_what_the_door_says(keys, name):
    _about, files, status, promised = api_schema.ANSWERS[name]
    make_household(meter="M-1", line="L-1", device="D-1")
    feed = promised["feed"]
    for text in files:
        answer = post(keys[feed], text.encode(), feed=feed)
    assert answer.status_code == status
    given = answer.json() | {name: promised[name] for name in ("delivery", "seconds")}
    assert given == promised


def test_every_kind_of_answer_is_as_described(schema, keys, home, monkeypatch):
    good = csv(day_rows("M-1"))
    answers = [
        post(keys["power"], good),
        post(keys["power"], {"file": SimpleUploadedFile("a.csv", good)}),
        post(keys["power"], csv([*day_rows("M-1"), ("M-1", "2026-06-29T00:00", "-1")])),
        post(keys["power"], csv([("NOBODY", "2026-06-29T00:00", "1")])),
        post(keys["power"], b"a,b\n1,2\n"),
        post(keys["power"], {"note": "no file"}),
        post("wrong", good),
        post(keys["telecom"], good),
        post(keys["power"], b"{}", kind="application/json"),
        post(keys["power"], b"", HTTP_TRANSFER_ENCODING="chunked"),
        post(keys["power"], good, CONTENT_LENGTH=f"{len(good) + 9}", **short(good)),
    ]
    for _ in range(api.AT_ONCE):
        api._ROOM.acquire()
    answers.append(post(keys["power"], good))
    api._ROOM.release(api.AT_ONCE)
    monkeypatch.setattr(api, "MAX_DELIVERED", 10)
    monkeypatch.setattr(api, "_AROUND", 0)
    answers.append(post(keys["power"], good))
    partners.PartnerToken.objects.update(per_minute=1)
    answers.append(post(keys["power"], good))
    statuses = [answer.status_code for answer in answers]
    received = [201, 201, 201, 201, 400, 400]
    assert statuses == [*received, 401, 403, 415, 411, 400, 503, 413, 429]
    for answer in answers:
        conforms(schema, answer)
        waits = answer.status_code in (429, 503)
        assert bool(int(answer.headers.get("Retry-After", 0))) is waits


def test_the_page_is_for_everybody_on_the_staff_and_nobody_else(client, cast):
    page = reverse("monitoring:api_docs")
    assert client.get(page).status_code == 302
    for user in cast.values():
        assert sign_in(client, user).get(page).status_code == 200
