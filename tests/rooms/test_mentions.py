"""Mentions and links: typed spans that the server finds, counted in code points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framecast.accounts import Accounts
from framecast.model.room import Author, RoomRole
from framecast.model.room_presence import PresenceRow
from framecast.rooms import Rooms
from framecast.rooms.mentions import names_in
from framecast.rooms.spans import links_in
from tests.rooms.people import ROOM, account, say


def found(rooms: Rooms, text: str, *, by: object) -> list[tuple[str, str, str]]:
    message = say(rooms, text, by).message  # type: ignore[arg-type]
    assert message is not None
    return [(one.kind, message.text[one.start : one.end], one.target) for one in message.spans]


def test_those_whom_the_room_knows_are_mentioned(rooms: Rooms, accounts: Accounts) -> None:
    anna, ben, carl = (account(accounts, name) for name in ("anna", "ben.b", "carl"))
    owner = account(accounts, "owner", is_owner=True)
    say(rooms, "I am here", anna)
    rooms.set_role(ROOM, owner, "ben.b", "moderator")
    assert found(rooms, "🙂 @Anna, and @ben.b. see https://x.example/@anna", by=anna) == [
        ("mention", "@Anna", anna.id),
        ("mention", "@ben.b", ben.id),
        ("link", "https://x.example/@anna", "https://x.example/@anna"),
    ]
    # The room does not know carl, so nobody finds out that there is such an account.
    assert found(rooms, "@carl @nobody a@anna.example", by=anna) == []
    say(rooms, "hello", carl)
    assert found(rooms, "@carl", by=anna) == [("mention", "@carl", carl.id)]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x_(y))", ["https://a.example/x_(y)"]),
        (
            "HTTPS://A.example, http://b.example:80/?q=1&r=ü#f!",
            ["HTTPS://A.example", "http://b.example:80/?q=1&r=ü#f"],
        ),
        ("<https://a.example>", ["https://a.example"]),
        (
            "xhttps://a.example javascript:alert(1) data:text/html,x ftp://a.example //a.example www.a.example",
            [],
        ),
        ("https:// http:///x https://[::1 https://a.example:x/ https://user@evil.example/", []),
        ("https://[::1]/x", ["https://[::1]/x"]),
    ],
)
def test_links_are_those_of_http_with_a_host(text: str, links: list[str]) -> None:
    assert [one.target for one in links_in(text)] == links
    assert [text[one.start : one.end] for one in links_in(text)] == links


PARTS = st.sampled_from(
    [
        "@",
        "anna",
        " ",
        "https://",
        "a.example",
        "/(x)",
        ").",
        "🙂",
        "e\u0301",
        "\u200d",
        "http://@",
        "\n",
        "]",
        '"',
        "<",
    ]
)


@given(st.lists(PARTS, max_size=30).map("".join))
def test_links_stand_in_the_text_one_behind_the_other(text: str) -> None:
    end = 0
    for link in links_in(text):
        assert end <= link.start < link.end <= len(text)
        assert text[link.start : link.end] == link.target
        assert link.target.startswith(("http://", "https://"))
        assert not set(' \n"<>@') & set(link.target.split("/")[2])
        end = link.end
    for start, names in names_in(text):
        assert text[start] == "@"
        assert all(text.startswith(name, start + 1) for name in names)


def test_texts_with_many_signs_have_few_spans() -> None:
    assert len(list(links_in("https://a.example " * 500))) == 20
    assert len(list(names_in("@a " * 500))) == 20
    assert list(links_in("https://a.example/" + "(" * 5000)) == []
    assert list(names_in("a@b (@c) @@d @ e")) == [(5, ["c"])]


def test_names_of_several_words_are_tried_from_the_longest() -> None:
    ((place, names),) = names_in("hi @Anna B, see")
    assert place == 3
    assert names == ["Anna B", "Anna"]


def test_those_who_are_present_are_mentioned_by_the_name_that_they_have_there(
    rooms: Rooms, accounts: Accounts
) -> None:
    anna, dora = account(accounts, "anna"), account(accounts, "dora")
    people = (
        Author(dora.id, "Dora the First", RoomRole.MEMBER),
        Author("g:x", "Ünal", RoomRole.GUEST),
    )
    rooms.note_presence("one", [PresenceRow(ROOM, 2, people)])
    rooms.note_presence("two", [PresenceRow(ROOM, 200, None)])
    assert found(rooms, "@dora the first, @ÜNAL! @dora", by=anna) == [
        ("mention", "@dora the first", dora.id),
        ("mention", "@ÜNAL", "g:x"),
        ("mention", "@dora", dora.id),
    ]
