"""A hub and its members: welcome, order, what was missed, two processes on one database. A real database; notices as the node sends them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from framecast.control.metrics import METRICS
from framecast.control.topics import Notice
from framecast.errors import Invalid
from framecast.model.room import parse_key
from framecast.servers.rooms.entrance import Entry
from framecast.servers.rooms.hub import notice_key
from framecast.servers.rooms.tail import RoomTail
from tests.servers.rooms.rig import KEY, Client, hub_at, somebody

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def test_room_in_which_nothing_was_said_is_empty_and_makes_nothing(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            client = Client()
            welcome = await client.enter(hub, somebody("Ann"))
            assert (welcome["epoch"], welcome["last"], welcome["events"], welcome["is_gap"]) == (
                "",
                0,
                [],
                False,
            )
            assert welcome["you"]["name"] == "Ann"
            assert welcome["you"]["may_write"] is True
            assert welcome["presence"]["count"] == 1
            with pytest.raises(Invalid, match="'hello'"):
                await hub.join(KEY, somebody("Bob"), Client(), {"type": "send"})

    asyncio.run(talk())
    assert list(tmp_path.iterdir()) == []


def test_what_is_said_reaches_all_in_order_and_is_there_afterwards(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            ann, bob = Client(), Client()
            await ann.enter(hub, somebody("Ann"))
            await bob.enter(hub, somebody("Bob"))
            assert (await ann.say("one"))["seq"] == 1
            assert (await bob.say("two"))["seq"] == 2
            for client in (ann, bob):
                await client.until(lambda client=client: client.texts() == ["one", "two"])  # type: ignore[misc]
            repeat = await ann.say("one")
            assert (repeat["seq"], repeat["is_repeat"]) == (1, True)
        async with hub_at(tmp_path) as hub:
            late, again = Client(), Client()
            welcome = await late.enter(hub, somebody("Cid"))
            assert late.texts() == ["one", "two"]
            missed = await again.enter(hub, somebody("Bob"), since=1, epoch=welcome["epoch"])
            assert (again.texts(), missed["is_gap"]) == (["two"], False)
            other = await again.enter(hub, somebody("Bob"), since=1, epoch="another")
            assert (other["is_gap"], len(other["events"])) == (True, 2)

    asyncio.run(talk())


@pytest.mark.parametrize("has_notice", [True, False])
def test_two_processes_on_one_database_have_the_same_log(tmp_path: Path, has_notice: bool) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as here, hub_at(tmp_path) as there:
            ann, bob = Client(), Client()
            await ann.enter(here, somebody("Ann"))
            await bob.enter(there, somebody("Bob"))
            for number in range(30):
                await (ann, bob)[number % 2].say(str(number))
                if has_notice:
                    for hub in (here, there):
                        hub.on_notice(Notice("rooms", notice_key(parse_key(KEY))))
            for client in (ann, bob):
                await client.until(lambda client=client: len(client.events()) == 30)  # type: ignore[misc]
                assert client.texts() == [str(number) for number in range(30)]
                assert [event["seq"] for event in client.events()] == list(range(1, 31))

    asyncio.run(talk())


@pytest.mark.parametrize("kept", [2000, 1])
def test_what_is_said_while_somebody_enters_is_neither_lost_nor_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """A client that has missed nothing comes back; before its entry was read, others have said more."""

    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            ann, bob = Client(), Client()
            await ann.enter(hub, somebody("Ann"))
            await ann.say("one")
            await ann.until(lambda: ann.texts() == ["one"])
            epoch = ann.of("events")[0]["epoch"]
            feed = hub.feeds[parse_key(KEY)]
            feed.tail = _short(feed.tail, kept)
            ask = hub._entrance.ask

            async def slow(*asked: Any) -> Entry:
                await ann.say("two")
                await ann.say("three")
                await ann.until(lambda: ann.texts() == ["one", "two", "three"])
                return await ask(*asked)

            monkeypatch.setattr(hub._entrance, "ask", slow)
            welcome = await bob.enter(hub, somebody("Bob"), since=1, epoch=epoch)
            assert welcome["is_gap"] is (kept == 1)
            await ann.say("four")
            await bob.until(lambda: bob.texts()[-1:] == ["four"])
            assert bob.texts() == (["three", "four"] if kept == 1 else ["two", "three", "four"])

    asyncio.run(talk())


def _short(tail: RoomTail, kept: int) -> RoomTail:
    """Return a tail that keeps so many events."""
    found = RoomTail(most=kept)
    found.reset(tail.epoch, tail.last, [])
    return found


def test_events_are_encoded_once_for_all_members(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            clients = [Client() for _ in range(300)]
            await asyncio.gather(*(one.enter(hub, somebody(f"n{n}")) for n, one in enumerate(clients)))
            await clients[0].say("hello")
            for client in clients:
                await client.until(lambda client=client: client.texts() == ["hello"])  # type: ignore[misc]
            first = next(one for one in clients[0].got if one["type"] == "events")
            assert all(any(one is first for one in client.got) for client in clients)

    asyncio.run(talk())


def test_second_person_is_seen_although_the_timer_is_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def talk() -> None:
        loop = asyncio.get_running_loop()
        call_later = loop.call_later
        async with hub_at(tmp_path) as hub:
            ann, bob = Client(), Client()
            await ann.enter(hub, somebody("Ann"))
            await ann.until(lambda: len(ann.of("presence")) == 1)
            # As a timer of uvloop is, by a millisecond.
            monkeypatch.setattr(
                loop,
                "call_later",
                lambda delay, *rest, **more: call_later(
                    delay * 0.9 if delay > 0.01 else delay, *rest, **more
                ),
            )
            await bob.enter(hub, somebody("Bob"))
            async with asyncio.timeout(20):
                await ann.until(lambda: ann.of("presence")[-1]["count"] == 2)

    asyncio.run(talk())


def test_figures_are_those_of_the_page(tmp_path: Path) -> None:
    async def talk() -> dict[str, float]:
        async with hub_at(tmp_path) as hub:
            ann = Client()
            await ann.enter(hub, somebody("Ann"))
            await ann.say("hello")
            await ann.until(lambda: ann.texts() == ["hello"])
            return {METRICS[one.metric].shown_name: one.value for one in hub.samples("web")}

    found = asyncio.run(talk())
    assert set(found) == set(re.findall(r"^\| `(framecast_rooms_\w+)`", PAGE.read_text(), re.MULTILINE))
    assert (found["framecast_rooms_members"], found["framecast_rooms_changes_total"]) == (1, 1)
    assert (found["framecast_rooms_events_total"], found["framecast_rooms_behind_total"]) == (1, 0)


def test_slow_client_hears_it_once_and_gets_everything_when_it_asks(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            ann, slow = Client(), Client()
            await ann.enter(hub, somebody("Ann"))
            await slow.enter(hub, somebody("Slow"))
            slow.room_for = 0
            for number in range(5):
                await ann.say(str(number))
            await ann.until(lambda: len(ann.events()) == 5)
            await slow.until(lambda: bool(slow.of("behind")))
            assert (len(slow.of("behind")), slow.events()) == (1, [])
            slow.room_for = None
            await slow.member.on_message({"type": "more", "since": 0})  # type: ignore[union-attr]
            assert slow.texts() == ["0", "1", "2", "3", "4"]
            assert slow.of("events")[-1]["is_more"] is False
            await ann.say("5")
            await slow.until(lambda: slow.texts()[-1] == "5")
            assert [event["seq"] for event in slow.events()] == [1, 2, 3, 4, 5, 6]

    asyncio.run(talk())


def test_orders_that_make_no_sense_are_answered_and_change_nothing(tmp_path: Path) -> None:
    async def talk() -> None:
        async with hub_at(tmp_path) as hub:
            client = Client()
            await client.enter(hub, somebody("Ann"))
            for fields in (
                {"type": "fly"},
                {"type": ["x"]},
                {"type": "edit"},
                {"type": "typing", "x": 1},
                {"type": "more", "since": -1},
            ):
                await client.member.on_message({"ref": "r", **fields})  # type: ignore[union-attr]
            errors = client.of("error")
            assert [one["error"] for one in errors] == ["Invalid"] * 4
            assert "must be one of" in errors[0]["message"]
            client.member.hear({"type": "ping", "id": "p"})  # type: ignore[union-attr]
            assert client.of("pong")[0]["id"] == "p"
            assert client.events() == []

    asyncio.run(talk())
