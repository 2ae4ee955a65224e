"""Rooms of a node with accounts: what one may not see is not there, roles, guests, moderation, and rights that end while a socket is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from framecast.model.video import Visibility
from framecast.servers.rooms.outlet import BANNED, NOT_VISIBLE
from tests.servers.web.rooms.conftest import Visit
from tests.servers.web.rooms.room_client import WAIT_S, RoomClient
from tests.servers.web.rooms.room_web import DOOR, VAULT, RoomWeb, room_web
from tests.support.waiting import until

NOWHERE = "nowhere"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomWeb]:
    with room_web(tmp_path_factory.mktemp("web")) as found:
        yield found


def private_room(web: RoomWeb, name: str, title: str = "Just us") -> str:
    answer = web.by(name, "/api/rooms", "POST", json={"title": title})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["key"])


def invited(web: RoomWeb, key: str, by: str, name: str, **options: Any) -> httpx.Response:
    """Let somebody use an invitation of somebody."""
    token = web.by(by, f"/api/rooms/{key}/invitations", "POST").json()["token"]
    return web.by(name, "/api/rooms/join", "POST", json={"token": token, **options})


# Method and path below a room: all of them are about one room.
BELOW = [
    ("GET", "", None),
    ("PATCH", "", {"settings": {"slow_s": 1}}),
    ("DELETE", "", None),
    ("GET", "/messages", None),
    ("POST", "/messages", {"id": "x", "text": "x"}),
    ("GET", "/events", None),
    ("GET", "/export", None),
    ("GET", "/members", None),
    ("PATCH", "/members/a:abc", {"role": "member"}),
    ("DELETE", "/members/a:abc", None),
    ("GET", "/invitations", None),
    ("POST", "/invitations", {}),
    ("DELETE", "/invitations?id=x", None),
    ("GET", "/queue", None),
    ("GET", "/restrictions", None),
]


@pytest.mark.parametrize(("method", "below", "body"), BELOW, ids=lambda one: str(one))
def test_room_that_one_may_not_enter_is_answered_as_one_that_does_not_exist(
    web: RoomWeb, method: str, below: str, body: Any
) -> None:
    key = private_room(web, "ann")
    video = web.shelf.add("secret", Visibility.PRIVATE, owner=web.ids["ann"])
    for there, away in (
        (VAULT, NOWHERE),
        (key, f"room:{'A' * (len(key) - 5)}"),
        (f"video:{video.id}", f"video:{'A' * len(video.id)}"),
    ):
        hidden = web.by("vic", f"/api/rooms/{there}{below}", method, json=body)
        nowhere = web.by("vic", f"/api/rooms/{away}{below}", method, json=body)
        assert hidden.status_code == nowhere.status_code == 404
        assert hidden.text.replace(there.partition(":")[2] or there, "X") == nowhere.text.replace(
            away.partition(":")[2] or away, "X"
        )
        assert web.by("nobody", f"/api/rooms/{there}{below}", method, json=body).status_code == 401


def test_socket_and_page_of_a_room_that_one_may_not_enter_are_not_there(web: RoomWeb) -> None:
    for key in (VAULT, private_room(web, "ann")):
        with pytest.raises(InvalidStatus) as refused:
            web.member("vic", key)
        assert refused.value.response.status_code == 404
        assert web.by("vic", f"/rooms/{key}").status_code == 404
    assert web.by("vic", f"/rooms/{DOOR}").status_code == 200
    assert web.by("nobody", f"/rooms/{DOOR}", headers={"Accept": "text/html"}).status_code == 303
    assert web.by("nobody", "/api/rooms").status_code == 401


def test_people_talk_under_their_accounts_with_their_roles(web: RoomWeb) -> None:
    with web.member("ann") as ann, web.member("root") as root, web.member("vic", name="Somebody Else") as vic:
        assert (ann.welcome["you"]["id"], ann.welcome["you"]["role"]) == (f"a:{web.ids['ann']}", "member")
        assert root.welcome["you"]["role"] == "owner"
        assert vic.welcome["you"]["name"] == "vic", "an account has its own name"
        assert not ann.welcome["you"]["may_moderate"]
        assert "words" not in ann.welcome["room"]["settings"]
        ann.send("hello all")
        assert root.wait_for("hello all")["message"]["author"]["id"] == f"a:{web.ids['ann']}"
        assert ann.ask(type="moderate", action="pin", target=1)["error"] == "Denied"
    for path in ("/export", "/queue", "/restrictions", "/invitations"):
        assert web.by("ann", f"/api/rooms/{DOOR}{path}").status_code == 403
        assert web.by("root", f"/api/rooms/{DOOR}{path}").status_code == 200
    assert web.by("ann", f"/api/rooms/{DOOR}", "PATCH", json={"settings": {"slow_s": 3}}).status_code == 403
    assert web.by("ann", f"/api/rooms/{DOOR}", "DELETE").status_code == 403


def test_list_has_what_is_unread_and_nothing_that_one_may_not_see_any_more(web: RoomWeb) -> None:
    video = web.shelf.add("for a while", Visibility.MEMBERS, owner=web.ids["ann"])
    key = f"video:{video.id}"
    with web.member("bob", key) as bob:
        bob.send("first")
        seq = bob.wait_for("first")["seq"]
        bob.post(type="read", seq=seq)
        bob.ask(type="react", seq=seq, emoji="👍", on=True)
    with web.member("ann", key) as ann:
        ann.send("second @bob")

    def listed() -> dict[str, Any] | None:
        rooms = web.by("bob", "/api/rooms").json()["rooms"]
        return next((one for one in rooms if one["key"] == key), None)

    found = until(listed)
    assert (found["title"], found["mentions"]) == ("for a while", 1)
    web.by("ann", f"/api/videos/{video.id}", "PATCH", json={"visibility": "private"})
    until(lambda: listed() is None)


def test_token_that_only_reads_hears_and_says_nothing(web: RoomWeb) -> None:
    token = web.token("ann", "read", "watch")
    headers = {"Authorization": f"Bearer {token}"}
    with RoomClient(web.url, DOOR, headers) as ann:
        assert not ann.welcome["you"]["may_write"]
        assert ann.send("quiet")["error"] == "Denied"
    answer = web.ask(f"/api/rooms/{DOOR}/messages", token, "POST", json={"id": "x", "text": "x"})
    assert answer.status_code == 403
    assert web.ask(f"/api/rooms/{DOOR}/messages", token).status_code == 200


def test_private_room_has_members_moderators_and_an_owner(web: RoomWeb) -> None:
    key = private_room(web, "ann", "Members")
    assert web.by("vic", "/api/rooms", "POST", json={"title": "x"}).status_code == 403, "viewers make nothing"
    assert invited(web, key, "ann", "bob").status_code == 200
    people = {
        one["name"]: one["role"] for one in web.by("bob", f"/api/rooms/{key}/members").json()["members"]
    }
    assert people == {"ann": "owner", "bob": "member"}
    bob = f"a:{web.ids['bob']}"
    with web.member("bob", key) as member:
        assert (
            web.by("ann", f"/api/rooms/{key}/members/{bob}", "PATCH", json={"role": "moderator"}).status_code
            == 204
        )
        member.until(lambda one: one["type"] == "you" and one["may_moderate"])
        assert web.by("bob", f"/api/rooms/{key}/invitations").status_code == 200
        assert web.by("ann", f"/api/rooms/{key}/members/{bob}", "DELETE").status_code == 204
        code, _ = member.closed()
        assert code == NOT_VISIBLE, "who is removed leaves at once"
    assert web.by("bob", f"/api/rooms/{key}").status_code == 404
    made = web.by("ann", f"/api/rooms/{key}/invitations", "POST").json()
    assert web.by("ann", f"/api/rooms/{key}/invitations?id={made['id']}", "DELETE").status_code == 204
    late = web.by("bob", "/api/rooms/join", "POST", json={"token": made["token"]})
    assert late.status_code == 404


def test_guest_enters_a_private_room_only_if_its_owner_allows_guests(web: RoomWeb, visit: Visit) -> None:
    key = private_room(web, "ann", "With guests")
    browser = visit(web.url)
    token = web.by("ann", f"/api/rooms/{key}/invitations", "POST").json()["token"]
    body = {"token": token, "name": "Gus"}
    assert browser.post("/api/rooms/join", json=body).status_code == 403
    assert (
        web.by("ann", f"/api/rooms/{key}", "PATCH", json={"settings": {"guests": "write"}}).status_code == 200
    )
    answer = browser.post("/api/rooms/join", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["you"]["role"] == "guest"
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with RoomClient(web.url, key, {"Cookie": cookie}, name="Gus") as gus, web.member("ann", key) as ann:
        assert gus.send("I am a guest")["type"] == "done"
        assert ann.wait_for("I am a guest")["message"]["author"]["role"] == "guest"
        assert (
            web.by("ann", f"/api/rooms/{key}", "PATCH", json={"settings": {"guests": "read"}}).status_code
            == 200
        )
        gus.until(lambda one: one["type"] == "you" and not one["may_write"])
        assert gus.send("and now?")["error"] == "Denied"
    stranger = httpx.get(f"{web.url}/api/rooms/{key}", timeout=WAIT_S)
    assert stranger.status_code == 401, "the key alone opens nothing"


def test_moderation_ends_what_is_open_at_once(web: RoomWeb) -> None:
    key = private_room(web, "ann", "Order")
    invited(web, key, "ann", "bob")
    with web.member("ann", key) as ann, web.member("bob", key) as bob:
        bob.send("rude words")
        bad = ann.wait_for("rude words")["message"]
        done = ann.ask(
            type="moderate", action="timeout", target=bad["author"]["id"], seconds=600, reason="cool down"
        )
        assert done["type"] == "done", done
        you = bob.until(lambda one: one["type"] == "you" and one["muted_until"] is not None)
        assert not you["may_write"]
        answer = bob.send("but")
        assert answer["error"] == "Denied"
        assert answer["fields"]["wait_s"] > 500
        by_request = web.by("bob", f"/api/rooms/{key}/messages", "POST", json={"id": "x", "text": "x"})
        assert by_request.status_code == 403
        (restriction,) = web.by("ann", f"/api/rooms/{key}/restrictions").json()["restrictions"]
        assert (restriction["kind"], restriction["name"], restriction["by"]) == ("timeout", "bob", "ann")
        assert (
            ann.ask(type="moderate", action="ban", target=bad["author"]["id"], reason="enough")["type"]
            == "done"
        )
        code, last = bob.closed()
        assert code == BANNED
        assert last[-1]["type"] == "gone"
    assert web.by("bob", f"/api/rooms/{key}").status_code == 403
    assert web.by("bob", f"/api/rooms/{key}/messages").status_code == 403


def test_held_message_waits_in_the_queue_until_it_is_released(web: RoomWeb) -> None:
    key = private_room(web, "ann", "Words")
    invited(web, key, "ann", "bob")
    patch = {"settings": {"words": ["forbidden"], "words_action": "held"}}
    assert web.by("ann", f"/api/rooms/{key}", "PATCH", json=patch).json()["settings"]["words"] == [
        "forbidden"
    ]
    assert "words" not in {
        k for k, v in web.by("bob", f"/api/rooms/{key}").json()["settings"].items() if v is not None
    }
    with web.member("bob", key) as bob, web.member("ann", key) as ann:
        assert bob.send("this is Forbidden")["is_held"]
        ann.until(lambda one: one["type"] == "moderation" and one["held"] == 1)
        (held,) = web.by("ann", f"/api/rooms/{key}/queue").json()["held"]
        assert (held["text"], held["reason"]) == ("this is Forbidden", "word")
        assert ann.ask(type="moderate", action="release", target=held["id"])["type"] == "done"
        bob.wait_for("this is Forbidden")
    assert web.by("ann", f"/api/rooms/{key}/queue").json()["held_count"] == 0


def test_slow_mode_says_how_long_to_wait(web: RoomWeb) -> None:
    key = private_room(web, "ann", "Slow")
    invited(web, key, "ann", "bob")
    web.by("ann", f"/api/rooms/{key}", "PATCH", json={"settings": {"slow_s": 3600}})
    assert (
        web.by("bob", f"/api/rooms/{key}/messages", "POST", json={"id": "a", "text": "one"}).status_code
        == 200
    )
    soon = web.by("bob", f"/api/rooms/{key}/messages", "POST", json={"id": "b", "text": "two"})
    assert soon.status_code == 429
    assert 3000 < int(soon.headers["retry-after"]) <= 3600
    assert (
        web.by("ann", f"/api/rooms/{key}/messages", "POST", json={"id": "c", "text": "me"}).status_code == 200
    )


def test_rights_that_end_close_the_sockets_and_the_events_of_the_room(web: RoomWeb) -> None:
    """The changes are made in the database alone, without a notice: the server looks by itself."""
    with web.member("bob") as bob, web.member("ann") as ann:
        stream = httpx.Client(timeout=WAIT_S)
        with stream.stream("GET", f"{web.url}/api/rooms/{DOOR}/events", headers=web.headers("bob")) as events:
            lines = events.iter_lines()
            assert any(line.startswith("event: welcome") for line in lines)
            web.accounts.revoke(web.grants["bob"])
            code, last = bob.closed()
            assert code == NOT_VISIBLE
            assert last[-1]["type"] == "gone"
            assert any("gone" in line for line in lines)
            list(lines)  # it ends
        stream.close()
        assert web.by("bob", f"/api/rooms/{DOOR}").status_code == 404
        assert ann.send("without bob")["type"] == "done"


def test_token_that_ends_closes_its_socket(web: RoomWeb) -> None:
    info, secret = web.accounts.make_token(web.ids["vic"], "short", ["admin"])
    with RoomClient(web.url, DOOR, {"Authorization": f"Bearer {secret}"}) as vic:
        web.accounts.end_token(info.id)
        vic.closed()


def test_page_of_another_site_opens_no_socket(web: RoomWeb) -> None:
    browser = web.signed_in("ann")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with RoomClient(web.url, DOOR, {"Cookie": cookie, "Origin": web.url}) as own:
        assert own.welcome["you"]["name"] == "ann"
    with pytest.raises(InvalidStatus) as refused:
        RoomClient(web.url, DOOR, {"Cookie": cookie, "Origin": "https://evil.example"})
    assert refused.value.response.status_code == 403


def test_handshakes_of_one_address_are_limited_but_not_those_of_admins(web: RoomWeb) -> None:
    path = f"{web.url}/api/rooms/{DOOR}/ws"  # a request without a handshake counts, too, and is quicker
    with httpx.Client(timeout=WAIT_S) as client:
        answers = (client.get(path, headers=web.headers("ann")) for _ in range(3000))
        refused = next(answer for answer in answers if answer.status_code != 426)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert {client.get(path, headers=web.headers("root")).status_code for _ in range(70)} == {426}
