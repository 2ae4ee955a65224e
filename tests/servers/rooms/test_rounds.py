"""The look once a second: the shared playback waits for a player that stalls at another process, marks are stored, and a lost process is forgotten."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from framecast.model.room import Visitor
from framecast.rooms import open_rooms
from framecast.servers.rooms import rounds
from framecast.servers.rooms.outlet import BANNED
from tests.servers.rooms.rig import Client, hub_at, person, somebody

KEY = "room:party-of-two-people"


def playbacks(client: Client) -> list[dict[str, Any]]:
    return [event["playback"] for event in client.events() if event["kind"] == "playback"]


def test_room_waits_for_a_player_that_stalls_and_goes_on(tmp_path: Path) -> None:
    async def watch() -> None:
        async with hub_at(tmp_path) as here, hub_at(tmp_path) as there:
            ann, bob = Client(), Client()
            room = await here.call(lambda rooms: rooms.make_private("Party", somebody("Ann")), makes=True)
            key = str(room.key)
            await ann.enter(here, somebody("Ann"), key, is_watching=True)
            await bob.enter(there, somebody("Bob"), key, is_watching=True)
            await ann.order(type="moderate", action="settings", settings={"waits_for_stalled": True})
            # Whether somebody may see a video is the admission's part, and here is no library.
            await here.change(key, lambda rooms: rooms.play(key, somebody("Ann"), "video", video="v" * 22))
            await ann.order(type="play", action="play", position_s=0)
            await bob.until(lambda: bool(playbacks(bob)) and playbacks(bob)[-1]["is_playing"])
            assert bob.member is not None
            bob.member.hear({"type": "state", "position_s": 1.0, "is_stalled": True, "in_sync": True})
            await ann.until(lambda: playbacks(ann)[-1]["waiting_for"] == ["Bob"])
            assert playbacks(ann)[-1]["is_playing"] is False
            bob.member.hear({"type": "state", "position_s": 1.0, "is_stalled": False, "in_sync": True})
            await ann.until(lambda: playbacks(ann)[-1]["is_playing"])
            refused = await ann.order(type="play", action="video", video="x" * 22)
            assert refused["error"] == "NotFound", "nobody shows a video that it may not see itself"

    asyncio.run(watch())


def test_ban_at_another_process_works_between_two_rounds_without_a_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ban() -> None:
        async with hub_at(tmp_path) as here, hub_at(tmp_path) as there:
            ann, ben = Client(), Client()
            await ann.enter(here, somebody("Ann"))
            await ann.say("Hello")
            await ben.enter(there, person("Ben"))
            await ben.until(lambda: ben.texts() == ["Hello"])
            # By a round of each: nobody bans somebody of whom the room has not heard.
            await ann.until(lambda: any(one["count"] == 2 for one in ann.of("presence")))
            monkeypatch.setattr(rounds, "EVERY_S", 3600.0)
            target = person("Ben").id
            # The round that has begun ends as it would have; none comes after it.
            await asyncio.sleep(2 * rounds.LOOK_S)
            done = await ann.order(type="moderate", action="ban", target=target)
            assert done["type"] == "done", done
            await ben.until(lambda: ben.closed is not None)
            assert ben.closed is not None
            assert ben.closed[0] == BANNED

    asyncio.run(ban())


def test_playback_goes_on_after_the_clock_was_set_back(tmp_path: Path) -> None:
    async def watch() -> None:
        async with hub_at(tmp_path) as hub:
            ann = Client()
            ahead = open_rooms(hub.settings.database, now=lambda: time.time() + 3600)
            ahead.play("video:" + "v" * 22, somebody("Ann"), "play")
            ahead.close()
            hub.settings.folder.mkdir()
            await ann.enter(hub, somebody("Ann"), "video:" + "v" * 22, is_watching=True)
            await ann.until(lambda: bool(playbacks(ann)) and playbacks(ann)[-1]["at_s"] <= hub.server_s())
            assert (playbacks(ann)[-1]["position_s"], playbacks(ann)[-1]["is_playing"]) == (0.0, True)

    asyncio.run(watch())


def test_what_was_read_is_stored_when_the_member_has_left(tmp_path: Path) -> None:
    async def talk() -> None:
        who: Visitor = person("Ann")
        async with hub_at(tmp_path) as hub:
            ann, ben = Client(), Client()
            await ann.enter(hub, somebody("Owner"))
            await ben.enter(hub, somebody("Ben"))
            for number in range(3):
                await ben.say(str(number))  # of its own messages everybody has read all
            await ann.until(lambda: len(ann.texts()) == 3)
            ann.member.hear({"type": "read", "seq": 2})  # type: ignore[union-attr]
            ann.member.hear({"type": "read", "seq": 1})  # type: ignore[union-attr]
            ann.member.leave()  # type: ignore[union-attr]
        async with hub_at(tmp_path) as hub:
            assert await hub.call(lambda rooms: rooms.marked("stream:demo", somebody("Owner"))) == 2
            assert await hub.call(lambda rooms: rooms.marked("stream:demo", who)) == 0

    asyncio.run(talk())


def test_member_that_was_removed_from_a_private_room_leaves_it(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            ann, bob = Client(), Client()
            room = await hub.call(lambda rooms: rooms.make_private("Two", somebody("Ann")), makes=True)
            key = str(room.key)
            await hub.change(
                key, lambda rooms: rooms.change_settings(key, somebody("Ann"), {"guests": "write"})
            )
            _, secret = await hub.call(lambda rooms: rooms.invite(key, somebody("Ann")))
            visitor = somebody("Bob", is_admin=False, is_local=False)
            await hub.change(key, lambda rooms: rooms.accept(secret, visitor))
            await ann.enter(hub, somebody("Ann"), key)
            await bob.enter(hub, visitor, key)
            await hub.change(key, lambda rooms: rooms.remove_member(key, somebody("Ann"), visitor.id))
            await bob.until(lambda: bob.closed is not None)
            assert ann.closed is None

    asyncio.run(talk())
