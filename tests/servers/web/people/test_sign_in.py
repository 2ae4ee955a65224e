"""Signing in by name and password over HTTP, with a real database: cookies, rotation, waiting, signing out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from framecast.accounts import Accounts
from framecast.accounts.passwords import Passwords
from framecast.model.rights import Role
from framecast.servers.web.people.sign_in import wait_words
from framecast.store import open_store
from tests.accounts.opened import CHEAP
from tests.accounts.opened import database as new_database
from tests.servers.web.web_process import WebProcess
from tests.support.waiting import until

PASSWORD = "four words of mine"
FORM = "application/x-www-form-urlencoded"
STORM = 40
StartWeb = Callable[..., WebProcess]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The database of a node whose admin is ada, with a screen that has a token."""
    url = new_database("sqlite", tmp_path)
    accounts = Accounts(open_store(url), passwords=Passwords(CHEAP))
    accounts.create("ada", role=Role.ADMIN, password=PASSWORD)
    accounts.close()
    return url


def post(web: WebProcess, cookie: str = "", path: str = "/login", **form: str) -> tuple[int, str, str, str]:
    """Return the status, the location, the cookie (name and value) and the text of a form's answer."""
    body = urlencode(form).encode()
    response, text = web.ask(path, "POST", body, Content_Type=FORM, Cookie=cookie)
    given = response.headers.get("Set-Cookie", "").partition(";")[0]
    return response.status, response.headers.get("Location", ""), given, text.decode()


def status(web: WebProcess, cookie: str) -> int:
    """Return the status of a request with a cookie."""
    return web.ask("/api/me", Cookie=cookie)[0].status


def test_session_is_rotated_and_ends_with_signing_out(start_web: StartWeb, database: str) -> None:
    web = start_web(database=database)
    code, where, first, _ = post(web, name="ada", password=PASSWORD, next="streams/door")
    assert (code, where) == (303, "./streams/door")
    assert first.startswith("framecast-")
    assert "=fcs_" in first
    assert status(web, first) == 200
    code, where, second, _ = post(web, first, name="ADA", password=PASSWORD, next="https://evil.example/")
    assert (code, where) == (303, "./")
    assert second != first
    assert (status(web, first), status(web, second)) == (401, 200)
    code, where, emptied, _ = post(web, second, path="/logout")
    assert (code, where) == (303, "login")
    assert "fcs_" not in emptied
    assert status(web, second) == 401


def test_wrong_names_and_passwords_are_answered_alike_and_wait_in_words(
    start_web: StartWeb, database: str
) -> None:
    web = start_web(database=database)
    answers = [post(web, name=name, password="not this one") for name in ("ada", "nobody")]
    assert answers[0] == answers[1]
    code, _, cookie, page = answers[0]
    assert (code, cookie) == (401, "")
    assert "do not match an account" in page
    for _ in range(30):
        code, _, _, page = post(web, name="ada", password="not this one")
        if code != 401:
            break
    assert code == 429
    assert "Too many tries. Wait " in page
    assert "seconds, then try again." in page or "minutes, then try again." in page


def test_screen_keeps_its_token_and_a_player_does_not(start_web: StartWeb, database: str) -> None:
    accounts = Accounts(open_store(database), passwords=Passwords(CHEAP))
    accounts.create("hall", role=Role.VIEWER, is_service=True)
    info, screen = accounts.make_token("hall", "hall", ["watch", "read"], kind="screen")
    _, media = accounts.make_token("hall", "vlc", ["watch"], kind="media", stream="door")
    web = start_web(database=database)
    code, where, cookie, _ = post(web, token=screen)
    assert (code, where) == (303, "./")
    assert status(web, cookie) == 200
    for wrong in (media, "fct_" + "x" * 43, "no token"):
        assert post(web, token=wrong)[0] == 401
    post(web, cookie, path="/logout")  # the browser forgets the token, which goes on
    assert status(web, cookie) == 200
    accounts.end_token(info.id)
    accounts.close()
    until(lambda: status(web, cookie) == 401, "a token that was ended signs in no more")


@pytest.mark.parametrize(("wait_s", "words"), [(0.2, "1 second"), (59, "60 seconds"), (600, "11 minutes")])
def test_wait_is_in_words(wait_s: float, words: str) -> None:
    assert wait_words(wait_s) == words


def test_storm_of_sign_ins_keeps_no_other_request_waiting_and_locks_nobody_out(
    start_web: StartWeb, database: str
) -> None:
    web = start_web(database=database)
    _, _, cookie, _ = post(web, name="ada", password=PASSWORD)
    others = 0
    with ThreadPoolExecutor(STORM) as pool:
        storm = [pool.submit(post, web, name=f"nobody{number}", password="wrong") for number in range(STORM)]
        while not all(one.done() for one in storm):
            assert status(web, cookie) == 200
            others += 1
        codes = [one.result()[0] for one in storm]
    # Those that find the queue full are refused at once, in words; the others were compared with a password.
    assert set(codes) == {401, 503}
    assert others > 3, "other requests waited behind the passwords"
    assert post(web, name="ada", password=PASSWORD)[0] == 303
