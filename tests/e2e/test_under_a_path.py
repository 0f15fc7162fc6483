"""The site below a path of its host: pages, forms, static files, the API and its links, limits, and a browser."""

import json
import re
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.browser import Browser
from tests.e2e.conftest import PASSWORD, draw_seven, wait_for_label
from tests.factories import PEN, SEVEN, SIZE
from tests.services import Site

PATH = "/digits"
PAGES = re.compile(r"/((history|account|staff|batches|export|digits)/.*)?")
ACTS = re.compile(r"/(cancel|delete|end|logout|archive)/|\.\w+$")
LINK = re.compile(r'\b(?:href|src|action|hx-get|hx-post|data-[\w-]+)="(/[^"]*)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site.prepare(tmp_path_factory.mktemp("path"), SCRIPT_NAME=PATH)
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def token(site):
    return site.create_user("path-person", PASSWORD, staff=True)


@pytest.fixture(scope="module")
def browser(site, token):
    browser = Browser(site.url)
    browser.post("/account/login/", {"login": "path-person", "password": PASSWORD})
    return browser


def ask(url, token, body=None, method=None, **headers):
    """The status, headers and body of an answer of the API."""
    headers |= {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    request = Request(
        url, body if isinstance(body, bytes | None) else json.dumps(body).encode(), headers, method=method
    )
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as error:
        return error.code, error.headers, error.read()


def test_the_whole_road_of_a_person(site):
    assert site.url.endswith(PATH)
    assert f"digitsite is ready: {site.url}/" in site.terminal.read_text()
    person = Browser(site.url)
    fields = {"username": "newcomer", "password1": "seven-of-nine-77", "password2": "seven-of-nine-77"}
    assert person.get("/history/").url == f"{site.url}/account/login/?next={PATH}/history/"
    assert person.post("/account/signup/", fields).url == f"{site.url}/"
    drawing = {"strokes": json.dumps(SEVEN), "width": "280", "height": "280", "pen": str(PEN), "revision": "1"}
    drawing |= {"drawing": "00000000-0000-4000-8000-000000000007", "pointer": "mouse"}
    digit = person.post("/drawings/", drawing, form_at="/")
    assert (digit.status, digit.url.startswith(f"{site.url}/digits/")) == (200, True)
    assert person.post("/account/logout/", {}).url == f"{site.url}/"
    login = {"login": "newcomer", "password": "seven-of-nine-77"}
    assert (
        person.post(f"/account/login/?next={PATH}/history/", login | {"next": f"{PATH}/history/"}).url
        == f"{site.url}/history/"
    )
    assert urlsplit(digit.url).path in person.get("/history/").text
    assert {cookie.path for cookie in person.jar if not cookie.name.startswith("messages")} == {PATH}
    assert "newcomer" in person.get("").text  # without a slash at the end


def test_every_link_of_the_pages_leads_below_the_path(site, browser, token):
    ask(f"{site.url}/api/v1/digits/", token, {"strokes": SEVEN, "size": SIZE, "pen": PEN})
    seen, waiting = set(), ["/", "/history/", "/model/", "/api/docs/", "/account/", "/staff/", "/admin/"]
    while waiting:
        page = browser.get(waiting.pop())
        assert page.status in (200, 405), page.url  # 405: only a form or script sends to it
        for link in LINK.findall(page.text):
            assert link == PATH or link.startswith(f"{PATH}/"), (page.url, link)
            path = link.removeprefix(PATH).partition("#")[0].partition("?")[0]
            if path.startswith("/static/") and path not in seen:
                assert browser.get(path).status == 200, path
            is_form = f'action="{link}"' in page.text
            if PAGES.fullmatch(path) and not ACTS.search(path) and path not in seen and not is_form:
                waiting.append(path)
            seen.add(path)
    assert len(seen) > 40


def test_api_and_its_links_stay_below_the_path(site, token):
    api = f"{site.url}/api/v1"
    for _ in range(2):
        status, headers, body = ask(f"{api}/digits/", token, {"strokes": SEVEN, "size": SIZE, "pen": PEN})
        digit = json.loads(body)
        assert (status, headers["Location"]) == (201, f"{api}/digits/{digit['id']}/")
        assert ask(headers["Location"], token)[0] == 200
    addresses = re.findall(r'"(/[^"]+)"', body.decode())
    assert addresses
    for address in addresses:
        assert address.startswith(f"{PATH}/api/v1/"), address
        assert ask(f"{site.url.removesuffix(PATH)}{address}", token)[0] == 200
    pages = json.loads(ask(f"{api}/digits/?page_size=1", token)[2])
    assert pages["next"].startswith(f"{api}/digits/?")
    assert len(json.loads(ask(pages["next"], token)[2])["results"]) == 1
    models = json.loads(ask(f"{api}/models/?page_size=1", token)[2])
    assert models["next"] is None or models["next"].startswith(api)
    status, headers, _ = ask(f"{api}/nothing/", token)
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")


def test_description_of_the_api_names_the_path(site, token):
    described = json.loads(ask(f"{site.url}/api/schema/", token)[2])
    assert described["servers"] == [{"url": PATH}]
    assert "/api/v1/digits/" in described["paths"]
    assert described["components"]["securitySchemes"]["cookieAuth"]["name"].startswith("sessionid_")


def test_limits_hold_below_the_path(site, token):
    sizes = {"digits/": 65 * 2**20, "batches/": 600 * 2**20, "imports/": 600 * 2**20}
    for name, size in sizes.items():
        kind = {"Content-Length": str(size)}
        status, headers, body = ask(f"{site.url}/api/v1/{name}", token, b"", "POST", **kind)
        assert (status, headers["Content-Type"]) == (413, "application/problem+json"), (name, body)
        assert (b"500 MB" in body) == (name != "digits/")


def test_a_proxy_may_remove_the_path(site, browser):
    bare = Browser(site.url.removesuffix(PATH))
    assert bare.get("/healthz").status == 200
    page = Browser(site.url.removesuffix(PATH)).get("/model/")
    assert (page.status, f'href="{PATH}/history/"' in page.text or f'href="{PATH}/model/"' in page.text) == (200, True)


def test_two_sites_on_one_host_do_not_sign_each_other_out(site, live_site, person, token):
    jar = CookieJar()
    here, there = Browser(live_site.url, jar), Browser(site.url, jar)
    for _ in range(2):
        here.post("/account/login/", {"login": "pupil", "password": PASSWORD})
        there.post("/account/login/", {"login": "path-person", "password": PASSWORD})
        assert "pupil" in here.get("/history/").text
        assert "path-person" in there.get("/history/").text
        here.post("/account/logout/", {})
        assert "path-person" in there.get("/history/").text
        there.post("/account/logout/", {})
    assert len({cookie.name for cookie in jar if cookie.name.startswith("csrftoken")}) == 2


def test_pad_works_below_the_path(chromium, site, token):
    context = chromium.new_context()
    page, errors = context.new_page(), []
    page.on("console", lambda entry: errors.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{site.url}/account/login/")
    page.fill("[name=login]", "path-person")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector("#pad[data-strokes]")
    draw_seven(page)
    wait_for_label(page, 7)
    context.close()
    assert errors == []
