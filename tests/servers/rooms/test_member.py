"""What members order: each order changes the room for all, and moderation ends connections at every process. A real database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from framecast.errors import Denied
from framecast.servers.rooms.outlet import BANNED, NOT_VISIBLE
from tests.servers.rooms.rig import Client, hub_at, person, somebody

PERSON: dict[str, Any] = {"is_admin": False, "is_local": False}  # a guest of a node with accounts


def kinds(client: Client) -> list[str]:
    return [str(event["kind"]) for event in client.events()]


def test_each_order_is_an_event_for_all(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            ann, bob = Client(), Client()
            await ann.enter(hub, somebody("Ann"))
            await bob.enter(hub, somebody("Bob"))
            await ann.say("one")
            await bob.order(type="send", id="r", text="two", reply_to=1, media_time_s=1.5)
            await ann.order(type="edit", seq=1, text="uno")
            await bob.order(type="react", seq=1, emoji="👍", on=True)
            await ann.order(type="moderate", action="pin", seq=1)
            await ann.order(type="moderate", action="settings", settings={"slow_s": 5})
            await ann.order(type="delete", seq=1)
            await bob.until(lambda: len(kinds(bob)) == 7)
            assert kinds(bob) == ["message", "message", "edit", "react", "pin", "settings", "delete"]
            assert bob.events()[1]["message"]["reply_to"]["name"] == "Ann"
            late = Client()
            welcome = await late.enter(hub, somebody("Cid"))
            assert late.texts() == ["", "two"], "what was deleted is not sent to anybody"
            await late.until(lambda: welcome["room"]["settings"]["slow_s"] == 5)
            assert (await ann.order(type="edit", seq=99, text="x"))["error"] == "NotFound"
            assert (await ann.order(type="moderate", action="explode"))["error"] == "Invalid"

    asyncio.run(talk())


def test_ban_ends_connections_at_both_processes_and_keeps_out(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as here, hub_at(tmp_path) as there:
            owner, one, two, other = Client(), Client(), Client(), Client()
            troll = person("Troll")
            await owner.enter(here, somebody("Owner"))
            await owner.say("welcome")
            await one.enter(here, troll)
            await two.enter(there, troll)
            await other.enter(there, person("Other"))
            assert (await one.order(type="moderate", action="ban", target="a:x"))["error"] == "Denied"
            done = await owner.order(type="moderate", action="ban", target=troll.id, reason="spam")
            assert done["type"] == "done", done
            for client in (one, two):
                await client.until(lambda client=client: client.closed is not None)  # type: ignore[misc]
                assert client.closed == (BANNED, client.of("gone")[0]["reason"])
            assert other.closed is None
            refused = Client()
            with pytest.raises(Denied):
                await refused.enter(here, troll)
            assert refused.got == []

    asyncio.run(talk())


def test_timeout_reaches_the_one_that_it_is_about(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            owner, loud = Client(), Client()
            await owner.enter(hub, somebody("Owner"))
            await owner.say("hello")
            await loud.enter(hub, person("Loud"))
            assert loud.of("welcome")[0]["you"]["may_write"] is True
            await owner.order(type="moderate", action="timeout", target="a:idLoud", seconds=600)
            await loud.until(lambda: bool(loud.of("you")))
            assert loud.of("you")[-1]["may_write"] is False
            assert loud.of("you")[-1]["muted_until"] is not None
            assert (await loud.say("but"))["error"] == "Denied"

    asyncio.run(talk())


def test_guests_leave_when_the_room_is_closed_to_them(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            owner, guest = Client(), Client()
            await owner.enter(hub, somebody("Owner"))
            await owner.say("the room says nothing of guests, so the node does")
            await guest.enter(hub, somebody("Guest", **PERSON))
            assert guest.of("welcome")[0]["you"]["may_write"] is True
            guest.member.leave()  # type: ignore[union-attr]
            guest.got.clear()
            await owner.order(type="moderate", action="settings", settings={"guests": "read"})
            await guest.enter(hub, somebody("Guest", **PERSON))
            assert guest.of("welcome")[0]["you"]["may_write"] is False
            await owner.order(type="moderate", action="settings", settings={"guests": "write"})
            await guest.until(lambda: bool(guest.of("you")) and guest.of("you")[-1]["may_write"] is True)
            await owner.order(type="moderate", action="settings", settings={"guests": "off"})
            await guest.until(lambda: guest.closed is not None)
            assert guest.closed is not None
            assert guest.closed[0] == NOT_VISIBLE

    asyncio.run(talk())


def test_people_of_both_processes_are_seen_and_those_who_type(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as here, hub_at(tmp_path) as there:
            ann, bob = Client(), Client()
            await ann.enter(here, somebody("Ann"))
            await ann.say("hello")
            await bob.enter(there, somebody("Bob"))

            def sees(client: Client, **fields: Any) -> bool:
                seen = client.of("presence")
                return bool(seen) and all(seen[-1][name] == value for name, value in fields.items())

            await ann.until(lambda: sees(ann, count=2))
            await bob.until(lambda: sees(bob, count=2))
            assert [one["name"] for one in ann.of("presence")[-1]["members"]] == ["Ann", "Bob"]
            bob.member.hear({"type": "typing"})  # type: ignore[union-attr]
            await ann.until(lambda: sees(ann, typing=["Bob"]))
            bob.member.leave()  # type: ignore[union-attr]
            await ann.until(lambda: sees(ann, count=1, typing=[]))

    asyncio.run(talk())


def test_reader_stands_in_no_list_and_reads_only(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            ann, reader = Client(), Client()
            await ann.enter(hub, somebody("Ann"))
            reader.member = await hub.join(
                "demo", somebody("R"), reader, {"type": "hello"}, reads_only=True, is_shown=False
            )
            assert reader.of("welcome")[0]["presence"]["count"] == 1
            assert reader.of("welcome")[0]["you"]["may_write"] is False
            await ann.say("hello")
            await reader.until(lambda: reader.texts() == ["hello"])
            assert (await reader.say("x"))["error"] == "Denied"

    asyncio.run(talk())


def test_orders_of_one_client_are_done_in_its_order_and_too_many_are_refused(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            ann = Client()
            await ann.enter(hub, somebody("Ann"))
            assert ann.member is not None
            for number in range(40):
                ann.member.hear({"type": "send", "id": str(number), "text": str(number), "ref": number})
            refused = ann.of("error")
            assert {one["error"] for one in refused} == {"WouldBlock"}
            kept = 40 - len(refused)
            await ann.until(lambda: len(ann.texts()) == kept)
            assert ann.texts() == [str(number) for number in range(kept)]

    asyncio.run(talk())
