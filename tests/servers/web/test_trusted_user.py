"""A trusted proxy says in a header whose account is signed in there; the test is the proxy, or a client that writes the header itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.servers.web.people_web import PeopleWeb, people_web

HEADER = "Remote-User"
TRUSTED: dict[str, Any] = {"trusted_proxies": ["127.0.0.1", "::1"], "trusted_user_header": HEADER}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleWeb]:
    """A server behind a trusted proxy, with the admin root and the member carl."""
    with people_web(tmp_path_factory.mktemp("proxied"), **TRUSTED) as found:
        found.person("carl")
        yield found


def asked(people: PeopleWeb, *names: str, path: str = "/api/me", **headers: str) -> httpx.Response:
    given = [
        *((HEADER, name.encode()) for name in names),
        *((key, text.encode()) for key, text in headers.items()),
    ]
    return httpx.get(people.url + path, headers=[(key.encode(), text) for key, text in given])


def test_named_account_is_signed_in_with_its_own_rights(people: PeopleWeb) -> None:
    assert asked(people, "Carl").json()["account"]["name"] == "carl"
    assert asked(people, "root").json()["is_admin"]
    assert asked(people, "carl", path="/api/people").status_code == 403
    assert asked(people, "root", path="/api/people").status_code == 200


@pytest.mark.parametrize(
    "names", [("nobody",), ("carl", "root"), ("carl", ""), ("x" * 5000,), ("c\u00e4rl",), ("carl", "carl")]
)
def test_what_names_no_account_is_refused(people: PeopleWeb, names: tuple[str, ...]) -> None:
    refused = asked(people, *names)
    assert (refused.status_code, refused.json()["error"]) == (403, "Denied")
    assert asked(people, *names, path="/healthz").status_code == 200


def test_without_a_name_the_login_comes_first(people: PeopleWeb) -> None:
    assert asked(people).status_code == asked(people, "").status_code == 401
    browser = people.signed_in("root")
    assert browser.get("/api/me").json()["account"]["name"] == "root"
    # Who the proxy names counts more than a session of before.
    assert browser.get("/api/me", headers={HEADER: "carl"}).json()["account"]["name"] == "carl"


def test_page_of_another_site_changes_nothing_for_the_named_account(people: PeopleWeb) -> None:
    headers = {HEADER: "root", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert httpx.delete(f"{people.url}/api/streams?src=x", headers=headers).status_code == 403


def test_locked_account_is_refused_at_the_next_look(people: PeopleWeb) -> None:
    eve = people.person("eve")
    assert asked(people, "eve").status_code == 200
    people.accounts.change(eve, locked=True)
    while asked(people, "eve").status_code == 200:
        pass  # what is known counts for half a second
    assert asked(people, "eve").status_code == 403


@pytest.mark.parametrize(
    "options",
    [
        {"trusted_user_header": HEADER},
        {**TRUSTED, "trusted_proxies": ["10.9.9.9"]},
        {"trusted_proxies": ["127.0.0.1"]},
    ],
)
def test_header_of_anybody_else_says_nothing(
    tmp_path_factory: pytest.TempPathFactory, options: dict[str, Any]
) -> None:
    with people_web(tmp_path_factory.mktemp("plain"), **options) as people:
        assert asked(people, "root").status_code == 401
