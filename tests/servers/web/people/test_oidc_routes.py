"""Sign-in at a real OpenID Connect provider, by HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import update

from framecast.model.rights import Role
from framecast.store.schema import sessions
from tests.servers.server_process import WAIT_S
from tests.servers.web.people_web import PASSWORD, PeopleWeb, give_password, people_web
from tests.support import oidc_provider, ports

PEOPLE = {
    "s-ada": {
        "preferred_username": "ada",
        "name": "Ada Lovelace",
        "email": "root@example.org",
        "groups": ["staff"],
    },
    "s-bob": {"preferred_username": "bob", "groups": []},
    "s-eve": {"preferred_username": "root", "email": "root@example.org", "groups": ["staff"]},
}


def settings(issuer: str, **fields: Any) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "client_id": "framecast",
        "client_secret": "a secret of the tests",
        "label": "Home",
        "scopes": ["openid", "profile", "email"],
        "name_claim": "preferred_username",
        "groups_claim": "groups",
        "roles": {"staff": "member"},
        "groups": {"staff": "Family"},
        "default_role": "none",
        "logout": True,
        **fields,
    }


class Signing:
    """The server, its provider, and the way of a browser through both."""

    def __init__(self, people: PeopleWeb, provider: oidc_provider.OidcProvider) -> None:
        self.people = people
        self.provider = provider
        self.callback = f"{people.url}/login/oidc/callback"

    def depart(self, browser: httpx.Client, following: str = "") -> str:
        """Return the address of the provider to which the browser is sent."""
        answer = browser.get(f"/login/oidc?next={following}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def answered(self, url: str, subject: str) -> dict[str, str]:
        """Return the answer of the provider after a login there."""
        return self.provider.sign_in(url, subject, self.callback)

    def enter(self, browser: httpx.Client, subject: str, following: str = "") -> httpx.Response:
        answer = self.answered(self.depart(browser, following), subject)
        return browser.get("/login/oidc/callback", params=answer)


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signing]:
    port = ports.free_port()
    back = f"http://localhost:{port}/login/oidc/callback"
    with (
        oidc_provider.running(
            [oidc_provider.client(back, post_logout_redirect_uris=[f"http://localhost:{port}/login"])], PEOPLE
        ) as provider,
        people_web(tmp_path_factory.mktemp("oidc"), port, oidc=settings(provider.issuer)) as people,
    ):
        yield Signing(people, provider)


def name_of(browser: httpx.Client) -> str | None:
    answer = browser.get("/api/me")
    return answer.json()["account"]["name"] if answer.status_code == 200 else None


def test_a_person_of_the_provider_comes_in_with_role_and_groups(signing: Signing) -> None:
    browser = signing.people.browser()
    assert browser.get("/api/login").json()["provider"] == "Home"
    answer = signing.enter(browser, "s-ada", "streams/door")
    assert (answer.status_code, answer.headers["location"]) == (303, "../.././streams/door")
    assert name_of(browser) == "ada"
    found = signing.people.accounts.account("ada")
    assert (found.role, found.has_password) == (Role.MEMBER, False)
    (session,) = signing.people.accounts.sessions(found.id)
    assert session.factor == "oidc"


def test_neither_name_nor_e_mail_opens_the_account_of_somebody_else(signing: Signing) -> None:
    browser = signing.people.browser()
    signing.enter(browser, "s-eve")
    assert name_of(browser) == "root-2"
    assert signing.people.accounts.account("root-2").role is Role.MEMBER


def test_a_person_without_a_group_that_opens_this_server_is_refused(signing: Signing) -> None:
    browser = signing.people.browser()
    answer = signing.enter(browser, "s-bob")
    assert (answer.status_code, "none of your groups" in answer.text) == (403, True)
    assert name_of(browser) is None


def test_the_way_to_the_provider_has_pkce_and_a_state_of_its_own(signing: Signing) -> None:
    browser = signing.people.browser()
    queries = [parse_qs(urlsplit(signing.depart(browser)).query) for _ in range(2)]
    for query in queries:
        assert query["redirect_uri"] == [signing.callback]
        assert query["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert queries[0][name] != queries[1][name]


def test_an_answer_counts_once(signing: Signing) -> None:
    browser = signing.people.browser()
    answer = signing.answered(signing.depart(browser), "s-ada")
    kept = dict(browser.cookies)
    assert browser.get("/login/oidc/callback", params=answer).status_code == 303
    replay = signing.people.browser()
    replay.cookies.update(kept)
    assert replay.get("/login/oidc/callback", params=answer).status_code == 403
    assert name_of(replay) is None


def test_a_stolen_code_opens_nothing_in_another_browser(signing: Signing) -> None:
    victim, thief = signing.people.browser(), signing.people.browser()
    stolen = signing.answered(signing.depart(victim), "s-ada")
    own = parse_qs(urlsplit(signing.depart(thief)).query)["state"][0]
    assert thief.get("/login/oidc/callback", params=stolen).status_code == 403  # not its state
    injected = thief.get("/login/oidc/callback", params={**stolen, "state": own})
    assert injected.status_code == 403  # its own state, but not its verifier
    assert name_of(thief) is None
    # The wrong tries have not ended the login of the victim, only its code was used up at the provider.
    assert signing.people.browser().get("/login/oidc/callback", params=stolen).status_code == 403


def test_an_answer_of_another_issuer_or_with_an_error_is_refused(signing: Signing) -> None:
    browser = signing.people.browser()
    answer = signing.answered(signing.depart(browser), "s-ada")
    assert (
        browser.get("/login/oidc/callback", params={**answer, "iss": "https://evil.example"}).status_code
        == 403
    )
    state = parse_qs(urlsplit(signing.depart(browser)).query)["state"][0]
    refused = browser.get("/login/oidc/callback", params={"state": state, "error": "access_denied"})
    assert (refused.status_code, "access_denied" in refused.text) == (403, True)
    state = parse_qs(urlsplit(signing.depart(browser)).query)["state"][0]
    odd = browser.get("/login/oidc/callback", params={"state": state, "error": "<b>call 555</b>"})
    assert "555" not in odd.text


def test_a_login_is_added_to_the_account_that_is_signed_in_and_removed(
    signing: Signing, tmp_path_factory: pytest.TempPathFactory
) -> None:
    port = ports.free_port()
    back = f"http://localhost:{port}/login/oidc/callback"
    folder = tmp_path_factory.mktemp("linked")
    with (
        oidc_provider.running(
            [oidc_provider.client(back, post_logout_redirect_uris=[f"http://localhost:{port}/login"])], PEOPLE
        ) as provider,
        people_web(folder, port, oidc=settings(provider.issuer)) as people,
    ):
        here = Signing(people, provider)
        people.person("carl")
        browser = people.signed_in("carl")
        url = browser.post("/api/me/logins", json={}).json()["url"]
        answer = browser.get("/login/oidc/callback", params=here.answered(url, "s-ada"))
        assert (answer.status_code, answer.headers["location"]) == (303, "../../account")
        (login,) = browser.get("/api/me/logins").json()["logins"]
        assert (login["name"], login["issuer"]) == ("root@example.org", provider.issuer)
        other = people.browser()
        here.enter(other, "s-ada")
        assert name_of(other) == "carl"
        # Signed out in between: the answer adds nothing.
        url = browser.post("/api/me/logins", json={}).json()["url"]
        back_again = here.answered(url, "s-eve")
        browser.post("/logout")
        assert browser.get("/login/oidc/callback", params=back_again).status_code == 403
        give_password(browser, "carl")
        _, token = people.accounts.make_token("carl", "program", ["admin"])
        program = {"Authorization": f"Bearer {token}"}
        refused = people.browser().delete(f"/api/me/logins?id={login['id']}", headers=program)
        assert (refused.status_code, "not a token" in refused.json()["message"]) == (403, True)
        assert browser.delete(f"/api/me/logins?id={login['id']}").status_code == 204
        assert browser.get("/api/me/logins").json()["logins"] == []


def test_without_the_provider_people_sign_in_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    gone = f"http://127.0.0.1:{ports.free_port()}"
    with people_web(tmp_path_factory.mktemp("gone"), oidc=settings(gone)) as people:
        answer = people.browser().get("/login/oidc")
        assert answer.status_code == 502
        assert "Sign in by name and password" in answer.json()["message"]
        assert name_of(people.signed_in("root")) == "root"


def test_signing_out_leads_to_the_provider_that_opened_the_session(signing: Signing) -> None:
    browser = signing.people.browser()
    signing.enter(browser, "s-ada")
    url = browser.post("/logout", headers={"Accept": "application/json"}).json()["url"]
    assert name_of(browser) is None
    assert url.startswith(f"{signing.provider.issuer}/session/end?")
    back = f"{signing.people.url}/login"
    assert parse_qs(urlsplit(url).query) == {"client_id": ["framecast"], "post_logout_redirect_uri": [back]}
    with httpx.Client(timeout=WAIT_S) as other:
        page = other.get(url)  # the provider asks whether to end its session
        assert page.status_code == 200, page.text
        found = re.search(r'name="xsrf" value="(\w+)"', page.text)
        assert found, page.text
        done = other.post(
            f"{signing.provider.issuer}/session/end/confirm", data={"xsrf": found[1], "logout": "yes"}
        )
        assert (done.status_code, done.headers["location"].partition("?")[0]) == (303, back)


def test_session_that_a_password_has_opened_ends_here_alone(signing: Signing) -> None:
    signing.people.person("tom")
    browser = signing.people.signed_in("tom")
    assert browser.post("/logout", headers={"Accept": "application/json"}).json() == {"url": "login"}
    assert name_of(browser) is None


def test_adding_a_login_needs_a_fresh_session_or_the_password(signing: Signing) -> None:
    account = signing.people.person("kim")
    browser = signing.people.signed_in("kim")
    with signing.people.accounts.store.write() as connection:
        old = update(sessions).where(sessions.c.account_id == account).values(created_at=time.time() - 3600)
        connection.execute(old)
    answer = browser.post("/api/me/logins", json={})
    assert (answer.status_code, answer.json()["reason"]) == (403, "confirm")
    assert browser.post("/api/me/logins", json={"password": "something else"}).status_code == 403
    assert browser.post("/api/me/logins", json={"password": PASSWORD}).json()["url"]
