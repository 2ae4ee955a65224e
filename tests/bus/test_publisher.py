"""The publisher around its tracks: what it tells the node, and that readers stay when the node goes."""

from __future__ import annotations

import pytest

from framecast.bus import Publisher, pair
from framecast.bus.channel import Fields
from framecast.errors import Closed
from framecast.model import Kind, Picture, State, TrackInfo
from tests.bus.switch import SMALL, Switch, descriptors, show


def said(switch: Switch, op: str) -> Fields:
    """The next thing of that kind that the publisher tells the node."""
    while (fields := switch.node_end.wait(10).fields)["op"] != op:
        pass
    return fields


def test_tracks_states_and_facts_are_told_to_the_node() -> None:
    with Switch() as switch:
        switch.frames()
        switch.publisher.ready()
        switch.publisher.report(State.LIVE)
        switch.publisher.note(decoder="h264")
        assert said(switch, "track")["info"]["name"] == "frames"
        assert said(switch, "ready") == {"op": "ready"}
        assert said(switch, "state") == {"op": "state", "state": "live", "reason": "", "detail": ""}
        assert said(switch, "facts")["facts"] == {"decoder": "h264"}


def test_a_track_of_the_same_name_is_a_new_epoch_and_told_again() -> None:
    with Switch(epoch=7) as switch:
        switch.frames()
        switch.frames(Picture("gray", 8, 8))
        assert [said(switch, "track")["info"]["epoch"] for _ in range(2)] == [7, 8]


def test_figures_count_what_each_reader_got_and_held() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(4)")
        for number in range(3):
            show(writer, number)
        kept = [reader.read(10) for _ in range(3)]
        switch.node_end.send({"op": "stats", "id": 5})
        answer = said(switch, "stats")
        assert answer["id"] == 5
        (track,) = answer["tracks"]
        assert (track["records"], track["bytes"], track["refused"]) == (3, 3 * 64 * 48, 0)
        (figures,) = track["readers"]
        assert (figures["sent"], figures["dropped"], figures["held"]) == (3, 0, 3)
        assert len(kept) == 3


def test_readers_stay_when_the_node_dies_and_the_next_node_hears_everything() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(4)")
        switch.node_end.close()
        assert switch.lost.wait(10)
        assert not switch.publisher.connected
        show(writer, 1)
        assert reader.read(10).seq == 0
        switch.node_end, publisher_end = pair()
        switch.publisher.adopt(publisher_end)
        assert said(switch, "track")["info"]["name"] == "frames"
        assert said(switch, "ready") == {"op": "ready"}
        late = switch.attached(policy="queue(4)")
        show(writer, 2)
        assert reader.read(10).seq == 1
        assert late.read(10).seq in (0, 1)


def test_closing_ends_everything_and_frees_every_descriptor() -> None:
    node_end, publisher_end = pair()
    before = descriptors()
    publisher = Publisher(publisher_end, "camera")
    publisher.close()
    publisher.close()
    assert descriptors() == before - 1  # the connection to the node as well
    with pytest.raises(Closed):
        publisher.track(TrackInfo("frames", Kind.FRAMES, picture=SMALL))
    node_end.close()
