"""Who is in a room: persons, not connections; names that are free; what others are told."""

from __future__ import annotations

from framecast.model.room import Author, RoomRole
from framecast.model.room_presence import MOST_MEMBERS, Presence
from framecast.servers.rooms.crowd import TYPING_S, Crowd


def person(name: str, role: RoomRole = RoomRole.MEMBER) -> Author:
    return Author(f"a:{name}", name, role)


def test_person_with_two_windows_counts_once_and_leaves_with_the_last() -> None:
    crowd = Crowd()
    for _ in range(2):
        crowd.enter(person("Ann"))
    assert (crowd.count, crowd.to_json()["count"]) == (1, 1)
    crowd.leave("a:Ann")
    assert crowd.has("a:Ann")
    crowd.leave("a:Ann")
    assert crowd.to_json() == {"count": 0, "members": [], "typing": [], "stalled": []}


def test_people_here_and_elsewhere_are_one_list_with_roles_first() -> None:
    crowd = Crowd()
    crowd.enter(person("Zoe", RoomRole.OWNER))
    crowd.enter(person("Ann"))
    crowd.elsewhere = Presence(2, (person("Bob"), person("Ann")), ("Bob",))
    found = crowd.to_json()
    assert (found["count"], [one["name"] for one in found["members"]]) == (3, ["Zoe", "Ann", "Bob"])
    assert found["typing"] == ["Bob"]


def test_many_people_are_a_number_and_no_list() -> None:
    crowd = Crowd()
    for number in range(MOST_MEMBERS):
        crowd.enter(person(f"n{number}"))
    assert len(crowd.to_json()["members"]) == MOST_MEMBERS
    crowd.enter(person("one more"))
    assert (crowd.to_json()["count"], crowd.to_json()["members"]) == (MOST_MEMBERS + 1, None)
    assert crowd.row("stream:demo").members is None


def test_guest_gets_a_name_that_nobody_else_has() -> None:
    crowd = Crowd()
    crowd.enter(person("Ann"))
    crowd.elsewhere = Presence(1, (person("ann 2"),))
    assert crowd.free_name("ANN", "g:1") == "ANN 3"
    assert crowd.free_name("Ann", "a:Ann") == "Ann", "it is its own"
    crowd.leave("a:Ann")
    assert crowd.free_name("Ann", "g:1") == "Ann"


def test_names_of_many_guests_are_found_without_a_look_at_each() -> None:
    crowd = Crowd()
    for number in range(1, 40):
        crowd.enter(Author(f"g:{number}", crowd.free_name("Guest", f"g:{number}"), RoomRole.GUEST))
    assert crowd.free_name("Guest", "g:new") == "Guest 40"
    crowd.leave("g:5")
    assert crowd.free_name("Guest", "g:new") == "Guest 40", "the search goes on where it ended"
    for number in range(1, 40):
        if number != 5:
            crowd.leave(f"g:{number}")
    assert crowd.free_name("Guest", "g:new") == "Guest"


def test_typing_ends_by_itself_and_with_the_message() -> None:
    crowd = Crowd()
    crowd.enter(person("Ann"))
    assert crowd.type("a:Ann", 10.0)
    assert not crowd.type("a:Ann", 11.0), "it is known already"
    assert not crowd.type("a:Nobody", 11.0)
    assert crowd.row("").typing == ("Ann",)
    assert not crowd.forget_typing(11.0)
    assert crowd.forget_typing(11.0 + TYPING_S)
    crowd.type("a:Ann", 20.0)
    crowd.end_typing("a:Ann")
    assert crowd.row("").typing == ()


def test_stall_keeps_its_beginning() -> None:
    crowd = Crowd()
    crowd.enter(person("Ann"))
    assert crowd.stall("a:Ann", 5.0, is_stalled=True)
    assert not crowd.stall("a:Ann", 7.0, is_stalled=True)
    row = crowd.row("video:1", leader="a:Ann")
    assert ([one.since_s for one in row.stalled], row.leads) == ([5.0], True)
    assert crowd.to_json()["stalled"] == ["Ann"]
    assert crowd.stall("a:Ann", 8.0, is_stalled=False)
    assert not crowd.stalled
