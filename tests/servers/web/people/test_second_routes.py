"""The second step of a login, and passkeys, by HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from framecast.model.rights import Role
from framecast.store.schema import audit, sessions, totp
from tests.servers.web.people_web import PeopleWeb, give_password, people_web, with_app
from tests.support.authenticator import Authenticator


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleWeb]:
    with people_web(tmp_path_factory.mktemp("people")) as found:
        yield found


def forget_used_codes(people: PeopleWeb, account: str) -> None:
    """A code counts once, and the next one comes in 30 s: here the account has not used one yet."""
    with people.accounts.store.write() as connection:
        connection.execute(update(totp).where(totp.c.account_id == account).values(last_counter=0))


def is_in(browser: httpx.Client) -> bool:
    return browser.get("/api/me").status_code == 200


def give_code(browser: httpx.Client, code: str, following: str = "") -> httpx.Response:
    return browser.post("/login/second", data={"code": code, "next": following})


def by_passkey(browser: httpx.Client, authenticator: Authenticator, *, is_second: bool) -> httpx.Response:
    options = browser.post("/api/login/passkey/options", json={"is_second": is_second}).json()["publicKey"]
    return browser.post(
        "/api/login/passkey",
        json={"credential": authenticator.use(options), "is_second": is_second, "next": "account"},
    )


def with_passkey(people: PeopleWeb, browser: httpx.Client) -> Authenticator:
    authenticator = Authenticator(people.url)
    options = browser.post("/api/me/passkeys/options", json={}).json()["publicKey"]
    made = {"name": "My key", "credential": authenticator.make(options)}
    answer = browser.post("/api/me/passkeys", json=made)
    assert answer.status_code == 200, answer.text
    return authenticator


def test_a_password_leads_to_the_second_step_and_a_code_into_the_page_that_was_wanted(
    people: PeopleWeb,
) -> None:
    ada = people.person("ada")
    app, recovery = with_app(people.signed_in("ada"))
    assert len(recovery) == 10
    forget_used_codes(people, ada)
    browser = people.browser()
    answer = give_password(browser, "ada", "streams/door")
    assert (answer.status_code, answer.headers["location"]) == (303, "login/second?next=streams/door")
    assert not is_in(browser)
    page = browser.get("/login/second?next=streams/door")
    assert 'value="streams/door"' in page.text
    assert browser.get("/api/login/second").json() == {"has_app": True, "has_passkey": False}
    wrong = give_code(browser, "000000")
    assert (wrong.status_code, "wrong" in wrong.text) == (401, True)
    assert not is_in(browser)
    right = give_code(browser, app.now(), "streams/door")
    assert (right.status_code, right.headers["location"]) == (303, ".././streams/door")
    assert is_in(browser)
    assert people.accounts.sessions(ada)[0].factor == "totp"


def test_the_cookie_of_a_login_under_way_is_for_this_browser_and_for_pages_only(people: PeopleWeb) -> None:
    people.person("cora")
    with_app(people.signed_in("cora"))
    browser = people.browser()
    cookie = give_password(browser, "cora").headers["set-cookie"].lower()
    assert "-second=fcc_" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert give_code(people.browser(), "000000").headers["location"] == "../login"  # without it
    foreign = browser.post(
        "/login/second",
        data={"code": "1"},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert foreign.status_code == 403


def test_a_login_is_finished_once(people: PeopleWeb) -> None:
    dora = people.person("dora")
    _, recovery = with_app(people.signed_in("dora"))
    browser, thief = people.browser(), people.browser()
    give_password(browser, "dora")
    thief.cookies.update(browser.cookies)
    assert give_code(browser, recovery[0]).headers["location"] == ".././"
    assert give_code(thief, recovery[1]).headers["location"] == "../login"
    assert people.accounts.sessions(dora)[0].factor == "recovery"


def test_wrong_codes_are_counted_for_the_account_also_over_several_logins(people: PeopleWeb) -> None:
    people.person("eve")
    with_app(people.signed_in("eve"))
    statuses = []
    for _ in range(3):
        browser = people.browser()
        give_password(browser, "eve")
        statuses += [give_code(browser, "000000").status_code for _ in range(5)]
    assert statuses[0] == 401
    assert 429 in statuses
    with people.accounts.store.read() as connection:
        noted = connection.execute(
            select(audit.c.result).where(audit.c.who == "eve", audit.c.what == "sign-in")
        )
        assert "refused: second factor" in list(noted.scalars())


def test_a_passkey_signs_in_alone_and_as_second_step(people: PeopleWeb) -> None:
    fay = people.person("fay")
    authenticator = with_passkey(people, people.signed_in("fay"))
    alone = people.browser()
    answer = by_passkey(alone, authenticator, is_second=False)
    assert answer.json() == {"next": "./account"}
    assert is_in(alone)
    second = people.browser()
    assert give_password(second, "fay").headers["location"].startswith("login/second")
    assert second.get("/api/login/second").json() == {"has_app": False, "has_passkey": True}
    assert by_passkey(second, authenticator, is_second=True).status_code == 200
    assert is_in(second)
    assert [one.factor for one in people.accounts.sessions(fay)][:2] == ["passkey", "passkey"]


def test_an_answer_of_a_passkey_counts_once_and_for_its_browser(people: PeopleWeb) -> None:
    people.person("gil")
    authenticator = with_passkey(people, people.signed_in("gil"))
    browser, other = people.browser(), people.browser()
    options = browser.post("/api/login/passkey/options", json={}).json()["publicKey"]
    answer = {"credential": authenticator.use(options)}
    assert other.post("/api/login/passkey", json=answer).status_code == 403
    kept = dict(browser.cookies)
    assert browser.post("/api/login/passkey", json=answer).status_code == 200
    other.cookies.update(kept)
    assert other.post("/api/login/passkey", json=answer).status_code == 403
    assert not is_in(other)


def test_a_passkey_of_one_account_is_no_second_step_of_another(people: PeopleWeb) -> None:
    people.person("hal")
    people.person("ida")
    with_passkey(people, people.signed_in("hal"))
    thief = with_passkey(people, people.signed_in("ida"))
    browser = people.browser()
    give_password(browser, "hal")
    assert by_passkey(browser, thief, is_second=True).status_code == 403
    assert not is_in(browser)


def test_where_passkeys_are_not_possible_a_sentence_says_why(people: PeopleWeb) -> None:
    by_address = httpx.get(f"http://127.0.0.1:{people.web.port}/api/login").json()
    assert "open it by the name of the server" in by_address["passkeys"]
    refused = httpx.post(
        f"http://127.0.0.1:{people.web.port}/api/login/passkey/options",
        json={},
        headers={"Origin": f"http://127.0.0.1:{people.web.port}"},
    )
    assert refused.status_code == 403
    assert people.browser().get("/api/login").json() == {"passkeys": "", "provider": ""}


def test_an_old_session_needs_the_password_for_what_opens_the_account(people: PeopleWeb) -> None:
    jon = people.person("jon")
    browser = people.signed_in("jon")
    with_app(browser)
    with people.accounts.store.write() as connection:
        connection.execute(update(sessions).where(sessions.c.account_id == jon).values(created_at=0))
    for path in ("factors/app/remove", "factors/recovery-codes", "passkeys/options"):
        answer = browser.post(f"/api/me/{path}", json={})
        assert (answer.status_code, answer.json()["reason"]) == (403, "confirm")
    wrong = browser.post("/api/me/factors/app/remove", json={"password": "wrong"})
    assert (wrong.status_code, "wrong" in wrong.json()["message"]) == (403, True)
    right = browser.post("/api/me/factors/app/remove", json={"password": "correct horse battery"})
    assert right.status_code == 200
    assert browser.get("/api/me/factors").json()["app_since"] is None


def test_factors_are_listed_renamed_and_removed_by_their_owner_and_by_an_admin(people: PeopleWeb) -> None:
    kim = people.person("kim")
    browser, admin = people.signed_in("kim"), people.signed_in("root")
    with_passkey(people, browser)
    (found,) = browser.get("/api/me/factors").json()["passkeys"]
    assert (found["name"], found["server"]) == ("My key", "localhost")
    assert browser.patch(f"/api/me/passkeys?id={found['id']}", json={"name": "Phone"}).status_code == 204
    assert admin.patch(f"/api/me/passkeys?id={found['id']}", json={"name": "x"}).status_code == 404
    assert browser.get("/api/me/factors").json()["passkeys"][0]["name"] == "Phone"
    assert browser.delete(f"/api/people/factors?id={kim}").status_code == 403
    assert admin.delete(f"/api/people/factors?id={kim}").status_code == 204
    assert browser.get("/api/me/factors").json()["passkeys"] == []
    assert is_in(people.signed_in("kim"))


def test_a_token_changes_no_factor(people: PeopleWeb) -> None:
    lee = people.person("lee", Role.MEMBER)
    token = people.accounts.make_token(lee, "program", ["admin"])[1]
    headers = {"Authorization": f"Bearer {token}"}
    for method, path, body in _CHANGES:
        answer = httpx.request(method, f"{people.url}{path}", json=body, headers=headers)
        assert answer.status_code == 403, path


_CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/me/factors/app", {}),
    ("POST", "/api/me/factors/app/confirm", {"code": "123456"}),
    ("POST", "/api/me/factors/app/remove", {}),
    ("POST", "/api/me/factors/recovery-codes", {}),
    ("POST", "/api/me/passkeys/options", {}),
    ("PATCH", "/api/me/passkeys?id=x", {"name": "x"}),
    ("POST", "/api/me/passkeys/remove?id=x", {}),
]


def test_a_server_with_accounts_loads_no_library_of_these_ways_before_it_needs_one() -> None:
    code = (
        "import sys, framecast.accounts\n"
        "from framecast.servers.web import app\nfrom framecast.servers.web.people import factor_routes, oidc_routes, second_routes\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & {'authlib', 'joserfc', 'webauthn', 'pyotp', 'cbor2'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
