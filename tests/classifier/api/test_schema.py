"""The description of the API matches the API, and is valid OpenAPI."""

import json
import re

import pytest
from django.conf import settings
from django.urls import get_resolver, resolve
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from classifier.api import schema
from classifier.api.endpoints import Endpoint
from classifier.api.urls import urlpatterns
from classifier.digits.filters import DigitFilter
from classifier.pages.api_docs import SCHEMA
from classifier.sheets.api.urls import urlpatterns as of_sheets
from tests.conftest import ON_POSTGRESQL
from tests.digitsite.test_loaded_modules import SIGNING_IN_OFF, loaded

URLS = [*urlpatterns, *of_sheets]
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def described():
    return json.loads(SCHEMA.read_text())


@pytest.mark.skipif(ON_POSTGRESQL, reason="the shipped description has the integer limits of SQLite")
def test_description_is_up_to_date():
    assert schema.as_json() == SCHEMA.read_text(), "Update it with: manage.py write_schema"


def test_description_is_valid_openapi(described):
    assert described["openapi"].startswith("3.1")
    validate_schema(described)


def test_everybody_gets_the_description(client):
    response = client.get("/api/schema/")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    own = SCHEMA.read_text().replace('"sessionid"', f'"{settings.SESSION_COOKIE_NAME}"')  # each site names its cookies
    assert response.text == own
    etag = response.headers["ETag"]
    assert client.get("/api/schema/", headers={"If-None-Match": etag}).status_code == 304


def test_every_address_and_method_is_described(described):
    for pattern in URLS:
        path = "/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
        assert set(described["paths"][path]) == METHODS & set(dir(pattern.callback.cls)), path


def test_every_endpoint_is_an_endpoint_of_ours():
    """This class adds the rate headers and makes answers private."""
    for pattern in URLS:
        assert issubclass(pattern.callback.cls, Endpoint), pattern


def test_every_error_is_problem_json(described):
    for operations in described["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                assert list(answer.get("content", {})) == ["application/problem+json"] or int(status) < 400
            assert {"401", "429"} <= set(operation["responses"])
            assert operation["security"] == [{"token": []}, {"cookieAuth": []}]


def test_sending_is_described_for_json_and_forms(described):
    sending = described["paths"]["/api/v1/digits/"]["post"]
    assert set(sending["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert {each["name"] for each in sending["parameters"]} == {"Prefer", "Idempotency-Key"}
    assert {"201", "202", "409", "413", "415", "422", "503"} <= set(sending["responses"])


def test_exports_have_the_filters_of_the_list(described):
    """All but the order, which is fixed in a file."""
    files = [path for path in described["paths"] if "/export/" in path]
    assert len(files) == 6
    for path in files:
        operation = described["paths"][path]["get"]
        assert {each["name"] for each in operation["parameters"]} == set(DigitFilter.base_filters) - {"sort"}
        assert "400" in operation["responses"]


def test_each_filter_has_a_type_and_a_description(described):
    for each in described["paths"]["/api/v1/digits/"]["get"]["parameters"]:
        assert each["schema"]["type"], each["name"]
        assert each["description"] and each["description"] == each["description"].strip(), each["name"]


def test_no_name_is_invented(described):
    """drf-spectacular warns when it invents a name such as Status7f8Enum."""
    GENERATOR_STATS.reset()
    schema.build()
    assert not GENERATOR_STATS
    names = {name for name in described["components"]["schemas"] if name.endswith("Enum")}
    assert names == set(schema.SETTINGS["ENUM_NAME_OVERRIDES"])


def test_single_resources_have_an_etag(described):
    for path, operations in described["paths"].items():
        is_file = "/export/" in path or "/results." in path or "/table." in path or ".pdf" in path  # streamed
        if (path.endswith("/") and "{" not in path) or "get" not in operations or is_file:
            continue
        assert {"200", "304", "404"} <= set(operations["get"]["responses"]), path
        assert "ETag" in operations["get"]["responses"]["200"]["headers"], path


def test_docs_page_loads_only_own_files(client):
    text = client.get("/api/docs/").text
    assert 'data-schema="/api/schema/"' in text
    assert "vendor/swagger-ui/swagger-ui-bundle.js" in text
    assert "//" not in "".join(part.split('"')[1] for part in text.split(" src=")[1:])


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/", "/api/v2/digits/", "/api/v1/digits/x/"])
def test_unknown_address_is_a_problem(client, path):
    response = client.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


def test_serving_loads_none_of_the_libraries_that_build_it(db):
    program = """
from digitsite.wsgi import application
from django.test import Client
assert Client().get("/api/schema/").status_code == 200
assert Client().get("/api/docs/").status_code == 200
assert Client().get("/api/v1/digits/").status_code == 401
"""
    heavy = ["drf_spectacular", "drf_spectacular_sidecar", "jsonschema", "uritemplate", "inflection", "requests"]
    assert loaded(program, [*heavy, "classifier"], **SIGNING_IN_OFF) == {"classifier"}


def test_paths_of_the_description_resolve_to_the_api(described):
    for path in described["paths"]:
        path = path.replace("{number}", "1").replace("{name}", "owner")
        path = re.sub(r"\{\w+\}", "7b2e1c1e-0000-4000-8000-000000000000", path)
        assert resolve(path).namespace in ("api", "sheets-api")
    assert get_resolver().resolve("/api/schema/").url_name == "api-schema"
