"""The API's description: it is of this API, and it is a description."""

import json

import pytest
from django.urls import get_resolver, resolve
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from classifier.api import schema
from classifier.api.endpoints import Endpoint
from classifier.api.urls import urlpatterns
from classifier.digits.filters import DigitFilter
from classifier.pages.api_docs import SCHEMA
from tests.classifier.transfer.test_imports import loaded
from tests.conftest import ON_POSTGRESQL

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def described():
    return json.loads(SCHEMA.read_text())


@pytest.mark.skipif(ON_POSTGRESQL, reason="the description that ships has the whole numbers that SQLite takes")
def test_description_is_of_the_views_as_they_are():
    assert schema.as_json() == SCHEMA.read_text(), "Write it anew: manage.py write_schema"


def test_description_is_openapi(described):
    assert described["openapi"].startswith("3.1")
    validate_schema(described)


def test_it_is_served_to_everybody_as_it_is(client):
    response = client.get("/api/schema/")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.content == SCHEMA.read_bytes()
    etag = response.headers["ETag"]
    assert client.get("/api/schema/", headers={"If-None-Match": etag}).status_code == 304


def test_every_address_and_method_is_described(described):
    for pattern in urlpatterns:
        path = "/api/v1/" + str(pattern.pattern).replace("<uuid:", "{").replace(">", "}")
        assert set(described["paths"][path]) == METHODS & set(dir(pattern.callback.cls)), path


def test_everything_has_what_all_answers_have_in_common():
    """Rate headers, privacy and problems come with this class."""
    for pattern in urlpatterns:
        assert issubclass(pattern.callback.cls, Endpoint), pattern


def test_every_refusal_is_problem_json(described):
    for operations in described["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                assert list(answer.get("content", {})) == ["application/problem+json"] or int(status) < 400
            assert {"401", "429"} <= set(operation["responses"])
            assert operation["security"] == [{"token": []}, {"cookieAuth": []}]


def test_sending_is_described_both_ways(described):
    sending = described["paths"]["/api/v1/digits/"]["post"]
    assert set(sending["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert {each["name"] for each in sending["parameters"]} == {"Prefer", "Idempotency-Key"}
    assert {"201", "202", "409", "413", "415", "422", "503"} <= set(sending["responses"])


def test_exports_are_chosen_by_the_filters_of_the_list(described):
    """By all of them but the order, which is a file's own."""
    files = [path for path in described["paths"] if "/export/" in path]
    assert len(files) == 4
    for path in files:
        operation = described["paths"][path]["get"]
        assert {each["name"] for each in operation["parameters"]} == set(DigitFilter.base_filters) - {"sort"}
        assert "400" in operation["responses"]


def test_each_filter_says_what_it_takes(described):
    for each in described["paths"]["/api/v1/digits/"]["get"]["parameters"]:
        assert each["schema"]["type"], each["name"]
        assert each["description"] == each["description"].strip()


def test_everything_has_a_name_that_somebody_chose(described):
    """drf-spectacular makes names up, like Status7f8Enum, and says so."""
    GENERATOR_STATS.reset()
    schema.build()
    assert not GENERATOR_STATS
    names = {name for name in described["components"]["schemas"] if name.endswith("Enum")}
    assert names == set(schema.SETTINGS["ENUM_NAME_OVERRIDES"])


def test_single_things_can_be_asked_for_news(described):
    for path, operations in described["paths"].items():
        is_file = "/export/" in path or "/results." in path  # made while it is sent
        if (path.endswith("/") and "{" not in path) or "get" not in operations or is_file:
            continue
        assert {"200", "304", "404"} <= set(operations["get"]["responses"]), path
        assert "ETag" in operations["get"]["responses"]["200"]["headers"], path


def test_page_to_try_it_loads_only_what_we_serve(client):
    text = client.get("/api/docs/").text
    assert 'data-schema="/api/schema/"' in text
    assert "vendor/swagger-ui/swagger-ui-bundle.js" in text
    assert "//" not in "".join(part.split('"')[1] for part in text.split(" src=")[1:])


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/", "/api/v2/digits/", "/api/v1/digits/x/"])
def test_address_that_is_none_is_a_problem(client, path):
    response = client.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


def test_what_makes_the_description_is_loaded_by_nothing_that_serves(db):
    program = """
from digitsite.wsgi import application
from django.test import Client
assert Client().get("/api/schema/").status_code == 200
assert Client().get("/api/docs/").status_code == 200
assert Client().get("/api/v1/digits/").status_code == 401
"""
    heavy = ["drf_spectacular", "drf_spectacular_sidecar", "jsonschema", "uritemplate", "inflection", "requests"]
    assert loaded(program, [*heavy, "classifier"]) == {"classifier"}


def test_addresses_of_the_description_lead_to_the_api(described):
    for path in described["paths"]:
        assert resolve(path.replace("{public_id}", "7b2e1c1e-0000-4000-8000-000000000000")).namespace == "api"
    assert get_resolver().resolve("/api/schema/").url_name == "api-schema"
