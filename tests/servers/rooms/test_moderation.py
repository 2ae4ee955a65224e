"""Every act of moderation at one process, and what the members at another one see of it: on SQLite and PostgreSQL, without any notice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from framecast.accounts import Accounts
from framecast.accounts.passwords import Passwords
from framecast.errors import Denied
from framecast.model.rights import Role
from framecast.model.room import Visitor
from framecast.servers.rooms import judges, rounds
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.rooms.outlet import BANNED
from framecast.store import open_store
from tests.accounts.opened import CHEAP
from tests.accounts.opened import database as new_database
from tests.servers.rooms.rig import Client, hub_at


@dataclass(frozen=True, slots=True)
class Scene:
    """A moderator at one process; at the other another moderator, and two members behind one address."""

    there: RoomHub
    mia: Client
    max: Client
    ben: Client
    cat: Client
    people: Mapping[str, Visitor]

    async def act(self, action: str, by: str = "mia", **fields: Any) -> Mapping[str, Any]:
        """Let a moderator do something, which must succeed."""
        client: Client = getattr(self, by)
        done = await client.order(type="moderate", action=action, **fields)
        assert done["type"] == "done", done
        return done

    async def waits(self, held: int, reports: int) -> None:
        """Wait until both moderators see that so much waits for them."""
        for one in (self.mia, self.max):
            await one.until(
                lambda one=one: (  # type: ignore[misc]
                    bool(one.of("moderation"))
                    and (one.of("moderation")[-1]["held"], one.of("moderation")[-1]["reports"])
                    == (held, reports)
                )
            )

    async def sees(self, kind: str) -> Mapping[str, Any]:
        """Wait until a member at the other process gets an event of a kind as its newest; return it."""
        await self.ben.until(lambda: bool(self.ben.events()) and self.ben.events()[-1]["kind"] == kind)
        return dict(self.ben.events()[-1])

    async def stands(self, **you: object) -> None:
        """Wait until a member at the other process has learnt what it may do."""
        await self.ben.until(
            lambda: (
                bool(self.ben.of("you"))
                and all(self.ben.of("you")[-1][name] == value for name, value in you.items())
            )
        )


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    kind: str = request.param
    return new_database(kind, tmp_path)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten looks a second instead of one: these tests wait for many of them."""
    monkeypatch.setattr(rounds, "EVERY_S", 0.1)
    monkeypatch.setattr(rounds, "SOONEST_S", 0.05)
    monkeypatch.setattr(judges, "PAUSE_S", 0.02)


@asynccontextmanager
async def scene(folder: Path, database: str) -> AsyncIterator[Scene]:
    accounts = Accounts(open_store(database), passwords=Passwords(CHEAP))

    def made(name: str, address: str, role: Role = Role.MEMBER) -> Visitor:
        id = accounts.create(name, role=role).id
        return Visitor(id, None, name, is_admin=role is Role.ADMIN, address=address, session=f"of-{name}")

    people = {
        "mia": made("Mia", "198.51.100.1", Role.ADMIN),
        "max": made("Max", "198.51.100.2"),
        "ben": made("Ben", "203.0.113.7"),
        "cat": made("Cat", "203.0.113.7"),
    }
    accounts.close()
    async with hub_at(folder, database=database) as here, hub_at(folder, database=database) as there:
        clients = {name: Client() for name in people}
        for name, who in people.items():
            await clients[name].enter(here if name == "mia" else there, who)
        found = Scene(there=there, people=people, **clients)
        await found.act("role", target=people["max"].id, role="moderator")
        await clients["max"].until(lambda: bool(clients["max"].of("you")))
        assert clients["max"].of("you")[-1]["may_moderate"] is True
        yield found


def test_acts_on_messages_are_seen_at_the_other_process(tmp_path: Path, database: str) -> None:
    async def moderate() -> None:
        async with scene(tmp_path, database) as at:
            await at.act("settings", settings={"words": ["darn"]})
            event = await at.sees("settings")
            assert "words" not in event["settings"], "the list is for moderators"
            assert (await at.ben.say("darn one"))["is_held"] is True
            assert (await at.ben.say("darn two"))["is_held"] is True
            await at.waits(held=2, reports=0)
            rooms = await at.there.call(lambda rooms: rooms.queue("stream:demo", at.people["max"]))
            one, two = sorted(rooms.held, key=lambda one: one.text)
            await at.act("release", target=one.id)
            assert (await at.sees("message"))["message"]["text"] == "darn one"
            await at.act("refuse", "max", target=two.id)
            await at.waits(held=0, reports=0)
            late = await at.mia.order(type="moderate", action="release", target=two.id)
            assert (late["error"], late["fields"]["reason"]) == ("NotFound", "decided")

            seq = (await at.ben.say("rude"))["seq"]
            await at.cat.order(type="report", seq=seq, text="it is rude")
            await at.waits(held=0, reports=1)
            rooms = await at.there.call(lambda rooms: rooms.queue("stream:demo", at.people["max"]))
            await at.act("resolve", "max", target=rooms.reports[0].id)
            await at.waits(held=0, reports=0)

            await at.act("pin", seq=seq)
            assert (await at.sees("pin"))["message"]["text"] == "rude"
            await at.act("unpin")
            await at.ben.until(lambda: at.ben.events()[-1].get("message") is None)
            await at.act("delete", seq=seq)
            assert (await at.sees("delete"))["target"] == seq
            await at.act("clear", target=at.people["ben"].id)
            assert (await at.sees("clear"))["target"] == at.people["ben"].id
            await at.act("settings", settings={"slow_s": 60})
            await at.sees("settings")
            await at.cat.say("one")
            slow = await at.cat.say("two")
            assert (slow["error"], slow["fields"]["limit"]) == ("WouldBlock", "slow")
            assert 0 < slow["fields"]["wait_s"] <= 60

    asyncio.run(moderate())


def test_acts_on_people_are_seen_at_the_other_process(tmp_path: Path, database: str) -> None:
    async def moderate() -> None:
        async with scene(tmp_path, database) as at:
            ben, cat = at.people["ben"], at.people["cat"]
            await at.act("timeout", target=ben.id, seconds=600, reason="calm down")
            await at.stands(may_write=False, reason="calm down")
            assert (await at.ben.say("but"))["fields"]["reason"] == "timeout"
            await at.act("lift", target=ben.id)
            await at.stands(may_write=True)
            assert (await at.ben.say("thank you"))["type"] == "done"
            await at.act("role", target=ben.id, role="moderator")
            await at.stands(may_moderate=True)
            equal = await at.max.order(type="moderate", action="ban", target=ben.id)
            assert (equal["error"], equal["fields"]["reason"]) == ("Denied", "rank")
            await at.act("role", target=ben.id, role="member")
            await at.stands(may_moderate=False)

            await at.act("ban", target=ben.id, scope="address")
            for client in (at.ben, at.cat):
                await client.until(lambda client=client: client.closed is not None)  # type: ignore[misc]
                assert client.closed is not None
                assert client.closed[0] == BANNED
            assert at.max.closed is None
            for who in (ben, cat):
                with pytest.raises(Denied):
                    await Client().enter(at.there, who)
            await at.act("lift", "max", target=ben.id)
            await Client().enter(at.there, ben)
            again = Client()
            await again.enter(at.there, cat)
            await at.act("ban", target=cat.id, scope="session", seconds=60)
            await again.until(lambda: again.closed is not None)

    asyncio.run(moderate())
