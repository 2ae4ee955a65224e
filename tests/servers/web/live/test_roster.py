"""The list of streams: written once for each change, right for each client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from framecast.model import State
from framecast.model.rights import Grant, Right, Rights, Role
from framecast.model.status import Status
from framecast.servers.access.policy import Sight
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.web.live import roster
from framecast.servers.web.live.roster import Page, Roster
from framecast.servers.web.live.stream_shape import Stream, shape

ALL = Principal(Kind.TOKEN)
NOW = 1000.0


class List:
    """A roster with three streams; `written` counts how often the text of one was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.newest = {
            name: Status(name, state=State.LIVE, groups=groups)
            for name, groups in {"yard": (), "door": ("House",), "attic": ("House",)}.items()
        }
        self.viewers: dict[str, int] = {}
        self.newest_at: dict[str, float] = {}
        self.written = 0
        self._roster = Roster(self.newest, lambda: self.viewers)
        monkeypatch.setattr(roster, "shape", self._shape)

    def get(self, who: Principal = ALL, page: Page = Page(), now: float = NOW) -> dict[str, Any]:  # noqa: B008
        """Return the list as a client reads it."""
        found: dict[str, Any] = json.loads(
            self._roster.text(Sight(who, self.newest), self.newest_at, now, page)
        )
        return found

    def _shape(self, status: Status, note: str, viewers: int) -> Stream:
        self.written += 1
        return shape(status, note, viewers)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> List:
    return List(monkeypatch)


def viewer(*grants: Grant) -> Principal:
    return Principal(Kind.SESSION, rights=Rights(Role.VIEWER, "vera", grants))


def test_each_stream_is_written_once_for_all_clients_until_it_changes(streams: List) -> None:
    assert list(streams.get()) == ["attic", "door", "yard"]
    streams.get(viewer(Grant(Right.SEE)))
    assert streams.written == 3
    streams.newest["door"] = Status("door", state=State.OFFLINE, reason="refused")
    assert streams.get()["door"]["state"] == "offline"
    assert streams.written == 4
    streams.newest["door"] = Status("door", state=State.OFFLINE, reason="refused")  # equal, and sent again
    streams.get()
    assert streams.written == 5


def test_what_is_no_change_is_shown_too(streams: List) -> None:
    streams.get()
    streams.newest_at, streams.viewers = {"yard": NOW - 1}, {"door": 2}
    found = streams.get()
    assert (found["yard"]["newest_at"], found["yard"]["note"]) == (NOW - 1, "")
    assert found["door"]["viewers"] == 2
    assert streams.get(now=NOW + 60)["yard"]["note"] == "no picture for 61 s"
    streams.newest_at, streams.viewers = {}, {}
    found = streams.get(now=NOW + 60)
    assert (found["yard"]["newest_at"], found["door"]["viewers"]) == (None, 0)


def test_a_client_gets_what_it_may_know_and_no_more(streams: List) -> None:
    streams.get()
    by_name, by_group = viewer(Grant(Right.SEE, "yard")), viewer(Grant(Right.SEE, group="House"))
    assert list(streams.get(by_name)) == ["yard"]
    assert list(streams.get(by_group)) == ["attic", "door"]
    assert streams.get(viewer()) == {}
    streams.newest["yard"] = Status("yard", groups=("House",))
    assert list(streams.get(by_group)) == ["attic", "door", "yard"]


def test_pages_follow_one_another_over_a_stream_that_goes(streams: List) -> None:
    assert list(streams.get(page=Page(most=2))) == ["attic", "door"]
    del streams.newest["door"]
    assert list(streams.get(page=Page("door", 2))) == ["yard"]
    assert streams.get(page=Page("yard", 2)) == {}


def test_streams_that_were_removed_leave_nothing_behind(streams: List) -> None:
    streams.get()
    del streams.newest["door"]
    assert list(streams.get()) == ["attic", "yard"]
    assert set(streams._roster._entries) == {"attic", "yard"}
