"""Two browsers watch a video together in a private room: the numbers in their pictures are read while one plays, pauses, seeks, or dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.servers.web.test_accessibility import grave
from tests.servers.web.watch_site import Members, Seat, WatchSite, settle, until, watch_site
from tests.support import needs


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchSite]:
    with watch_site(tmp_path_factory.mktemp("watch")) as found:
        yield found


@pytest.fixture(scope="module")
def members() -> Iterator[Members]:
    found = Members(needs.chromium())
    yield found
    found.close()


class Pair:
    """Ann and Bob in one room; all that Ann does counts for both."""

    def __init__(self, site: WatchSite, members: Members, **settings: Any) -> None:
        self.site = site
        self.members = members
        self.room = site.make_room("Film night", **settings)
        self.url = f"{site.web.url}/rooms/{self.room}"
        self.ann = Seat(members.browser(), f"{self.url}?watch={site.videos[0]}&t=5", "Ann")
        until(lambda: self.ann.get("session?.playback?.video") == site.videos[0], self.ann)
        self.bob = Seat(members.browser(), self.url, "Bob")
        self.both = [self.ann, self.bob]

    def close(self) -> None:
        for seat in self.both:
            assert seat.errors.found == []
            seat.context.close()
            self.members.give_back(seat.browser)


@pytest.fixture
def pair(site: WatchSite, members: Members, request: pytest.FixtureRequest) -> Iterator[Pair]:
    found = Pair(site, members, **getattr(request, "param", {}))
    yield found
    found.close()


@pytest.mark.parametrize("pair", [{"remote": "everyone"}], indirect=True)
def test_two_browsers_show_the_same_picture_whatever_one_of_them_does(pair: Pair) -> None:
    ann, bob, both = pair.ann, pair.bob, pair.both
    ann.close_dialog()
    settle(both, is_playing=False)
    assert 4.9 < bob.read()["at"] < 5.1
    ann.key("k")
    settle(both)
    assert (ann.get("player.muted"), bob.get("player.muted")) == (False, True)  # Bob has not clicked yet
    bob.page.locator("framecast-video .unmute").click()
    settle(both)
    assert not bob.get("player.muted")
    bob.key("k")
    settle(both, is_playing=False)
    frames = [seat.read()["frame"] for seat in both]
    assert frames[0] == frames[1]
    ann.key("3")
    settle(both, is_playing=False)
    assert 17.9 < bob.read()["at"] < 18.1
    bob.key("k")
    bob.key(">")
    until(lambda: ann.read()["rate"] == 1.25, ann)
    settle(both)
    bob.key("<")
    bob.key("0")
    settle(both)
    assert ann.read()["at"] < 18
    ann.reload()
    settle(both)
    ann.key("1")
    bob.press("Leave the sync")
    bob.key("k")
    bob.key("0")
    until(lambda: bob.read()["isPaused"] and bob.read()["at"] < 1, bob)
    assert ann.get("session.playback.is_playing")
    until(lambda: not ann.read()["isPaused"], ann)  # she may still be at her jump
    bob.press("Rejoin")
    settle(both)
    ann.press("Change video")
    ann.page.get_by_role("button", name="The way back").click()
    for seat in both:
        until(lambda seat=seat: seat.read()["src"] == pair.site.videos[1], seat)  # type: ignore[misc]
    settle(both)
    assert grave(ann.page) == []


@pytest.mark.parametrize("pair", [{"remote": "everyone"}], indirect=True)
def test_member_whose_browser_refuses_to_play_joins_by_any_key_and_stops_nobody(
    pair: Pair, members: Members
) -> None:
    ann = pair.ann
    ann.close_dialog()
    cat = Seat(members.browser(), pair.url, "Cat", plays_nothing=True)
    both = [ann, cat]
    pair.both.append(cat)
    settle(both, is_playing=False)
    ann.key("k")
    for key in ("k", "l"):  # play; ten seconds on
        until(lambda: cat.status() == "Press play to watch with the others.", cat, why=cat.status)
        assert cat.read()["isPaused"]
        assert cat.read()["room"]["waiting_for"] == []
        before = cat.read()["target"]
        cat.key(key)
        settle(both)
        assert ann.read()["room"]["is_playing"]
        assert key == "k" or cat.read()["at"] > before + 9
        ann.key("0")  # the video has one minute
        cat.reload()


def test_page_of_a_video_joins_those_who_watch_in_its_room(site: WatchSite, members: Members) -> None:
    video = site.videos[0]
    ann = Seat(members.browser(), f"{site.web.url}/rooms/video:{video}?watch={video}&t=20", "Ann")
    bob = Seat(members.browser(), f"{site.web.url}/videos/{video}", "Bob")
    bob.page.get_by_role("button", name="Chat").click()
    bob.arrive()
    until(lambda: 19.9 < ann.read()["at"] < 20.1, ann)
    ann.key("k")
    until(lambda: not ann.read()["isPaused"], ann)
    assert bob.read()["isPaused"]
    bob.press("Join them")
    settle([ann, bob])
    bob.page.set_viewport_size({"width": 390, "height": 844})
    picture, chat = (
        bob.page.locator(one).bounding_box() for one in ("framecast-video", ".room-side framecast-room")
    )
    assert picture is not None
    assert chat is not None
    assert 0 <= chat["y"] - picture["y"] - picture["height"] < 30, (
        "the chat stands directly below the picture"
    )
    for seat in (ann, bob):
        assert seat.errors.found == []
        seat.context.close()
        members.give_back(seat.browser)


@pytest.mark.parametrize("pair", [{"remote": "leader"}], indirect=True)
def test_leader_that_dies_hurts_nobody_and_the_next_one_takes_the_remote(
    pair: Pair,
) -> None:
    ann, bob = pair.ann, pair.bob
    ann.close_dialog()
    settle(pair.both, is_playing=False)
    ann.key("k")
    settle(pair.both)
    until(lambda: not bob.get("session.mayPlay"), bob)
    bob.key("k")
    expect(bob.page.locator("framecast-video .toast")).to_contain_text("holds the remote")
    assert not bob.read()["isPaused"]
    ann.kill()
    until(lambda: bob.get("session.mayPlay"), bob, why=bob.read)
    assert not bob.read()["isPaused"]
    bob.key("k")
    until(lambda: bob.read()["isPaused"], bob)
    until(lambda: bob.get("session.isLeader"), bob)
    pair.both = [bob]


@pytest.mark.parametrize("pair", [{"remote": "everyone", "waits_for_stalled": True}], indirect=True)
def test_room_waits_for_a_member_whose_network_is_away(pair: Pair) -> None:
    ann, bob = pair.ann, pair.bob
    ann.close_dialog()
    settle(pair.both, is_playing=False)
    held: list[Route] = []
    is_away = threading.Event()
    is_away.set()
    other = f"**/videos/{pair.site.videos[1]}/media/**/*.m4s"
    bob.page.route(other, lambda route: held.append(route) if is_away.is_set() else route.continue_())
    ann.press("Change video")
    ann.page.get_by_role("button", name="The way back").click()
    until(lambda: ann.read()["isReady"] and ann.read()["src"] == pair.site.videos[1], ann)
    ann.key("k")
    until(lambda: "Waiting for Bob" in ann.status(), ann, bob, why=lambda: [ann.status(), bob.status()])
    until(lambda: ann.read()["isPaused"], ann)
    until(lambda: "Waiting for you" in bob.status(), bob)
    is_away.clear()
    for route in held:
        route.continue_()
    settle(pair.both)
