"""What the pages of people say and check, without a browser: names, passwords, rights, scopes, times, initials."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from framecast.accounts.naming import check_account_name
from framecast.accounts.passwords import LONGEST, SHORTEST
from framecast.errors import Invalid
from framecast.model.rights import Right, Role, Scope
from tests.servers.web.page_modules import STATIC, PageModules

MODULES = (
    *("account-rules.js", "grant-texts.js", "audit-texts.js", "token-texts.js", "times.js", "words.js"),
    *("avatar.js", "plain-http.js", "dom.js"),
)
IMPORTS = """
import {ownedWords} from "./words.js"; import * as rules from "./account-rules.js"; import * as grants from "./grant-texts.js"; import * as tokens from "./token-texts.js";
import * as times from "./times.js"; import * as audit from "./audit-texts.js"; import {initials} from "./avatar.js"; import {isExposed} from "./plain-http.js";
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    folder = tmp_path_factory.mktemp("modules")
    return PageModules(folder, [STATIC / name for name in MODULES], IMPORTS).run


def is_allowed(name: str) -> bool:
    """Return whether the server takes a name."""
    try:
        return check_account_name(name) == name
    except Invalid:
        return False


def test_names_passwords_rights_and_scopes_are_those_of_the_server(run: Callable[..., Any]) -> None:
    names = [
        "ada",
        "zoë",
        "maria@example.org",
        "Ц-1",
        "_x",
        "a" * 64,
        "a" * 65,
        "",
        ".a",
        "a b",
        "a/b",
        "-a",
        "😀",
    ]
    script = """
        print({names: given.map((name) => rules.wrongAccountName(name) === ""), least: rules.MIN_PASSWORD, most: rules.MAX_PASSWORD,
               short: rules.wrongPassword("ä".repeat(7)), good: rules.wrongPassword("😀".repeat(8)), rights: grants.RIGHTS.map(([one]) => one),
               scopes: tokens.SCOPES.map(([one]) => one)});
    """
    found = run(script, names)
    assert dict(zip(names, found["names"], strict=True)) == {name: is_allowed(name) for name in names}
    assert (found["least"], found["most"]) == (SHORTEST, LONGEST)
    assert found["short"].endswith("got 7.")
    assert found["good"] == ""
    assert set(found["rights"]) == set(map(str, Right))
    assert set(found["scopes"]) == set(map(str, Scope))
    assert {str(role) for role in Role} == {"viewer", "member", "admin"}


def test_what_an_account_owns_is_counted_in_words(run: Callable[..., Any]) -> None:
    script = "print([[0, 0], [1, 0], [2, 1], [0, 5]].map(([streams, videos]) => ownedWords(streams, videos)))"
    assert run(script) == ["", "1 stream", "2 streams and 1 video", "5 videos"]


def test_grants_stand_together_by_subject_in_words(run: Callable[..., Any]) -> None:
    given = [
        {"subject_kind": kind, "subject": who, "subject_name": who, "right": right, "stream": stream, "group": group}
        for kind, who, right, stream, group in (
            ("account", "zoe", "see", "door", None),
            ("account", "ada", "talk", None, "Garden"),
            ("group", "Family", "see", None, None),
            ("account", "zoe", "control", "door", None),
            ("everybody", "", "see", "park", None),
        )
    ]  # fmt: skip
    script = """print(grants.bySubject(given).map((one) => [one.words, one.grants.map((grant) => `${grants.rightWord(grant.right)} ${grants.targetWords(grant)}`)]))"""
    assert run(script, given) == [
        ["Everybody with an account", ["see park"]],
        ["Group Family", ["see all streams"]],
        ["ada", ["talk all streams of the group Garden"]],
        ["zoe", ["see door", "control door"]],
    ]


def test_times_agents_initials_and_plain_http(run: Callable[..., Any]) -> None:
    now = time.time()
    script = """
        print([times.agoWords(null), times.agoWords(given), times.agoWords(given - 7300), times.seenWords(null), times.untilWords(null),
               times.untilWords(given - 5), times.untilWords(given + 3 * 86400 + 60),
               times.agentWords("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"),
               times.agentWords("curl/8.0"), times.agentWords(""),
               initials("Ada King Lovelace"), initials("zoë"), initials(""), initials("hall-screen"),
               audit.eventWords("token.make"), audit.eventWords("key.add"), audit.dayStart("no day"), audit.dayStart("2026-05-02") - audit.dayStart("2026-05-01")]);
    """
    assert run(script, now) == [
        *("never", "just now", "2 hours ago", "never seen", "never", "ended", "in 3 days"),
        *("Chrome on Linux", "curl/8.0", "Unknown program"),
        *("AL", "Z", "?", "HS", "Token made", "Key add", 0, 86400),
    ]
    places = [
        ("http:", "tv.local", True),
        ("http:", "192.168.1.2", True),
        ("https:", "tv.local", False),
        ("http:", "localhost", False),
        ("http:", "127.0.0.1", False),
        ("http:", "[::1]", False),
        ("http:", "127.0.0.1.evil.example", True),
    ]
    found = run("print(given.map(([protocol, hostname]) => isExposed({protocol, hostname})))", places)
    assert found == [expected for *_, expected in places]
