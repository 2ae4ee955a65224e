"""One track's reader over a real bus and no node: when it connects, what it says of the stream, how it ends."""

from __future__ import annotations

import pytest

from framecast.bus import Channel, Record
from framecast.client.place import Place
from framecast.client.track_reader import ReaderStats, TrackReader
from framecast.errors import Closed, NodeUnavailable, SourceError, WouldBlock
from framecast.model import Policy, State, Subscription, TrackName
from tests.bus.switch import Switch, show

FRAMES = Subscription("camera", TrackName.parse("frames"), Policy())


def number_of(record: Record) -> int:
    return record.seq


def reader_of(switch: Switch, subscription: Subscription = FRAMES, **options: object) -> TrackReader[int]:
    place = Place("camera", switch.connect, title="yard")
    return TrackReader(place, subscription, number_of, **options)  # type: ignore[arg-type]


def tell(switch: Switch, state: State, reason: str = "", detail: str = "") -> None:
    """Say the stream's state, as a node does."""
    switch.node_ends[-1].send({"event": "state", "state": str(state), "reason": reason, "detail": detail})


def test_node_is_asked_at_the_first_use_and_not_before() -> None:
    with Switch() as switch:
        switch.frames()
        reader = reader_of(switch)
        assert switch.node_ends == []
        assert (reader.stats(), reader.info, reader.node_connected) == (ReaderStats(), None, True)
        assert reader.fileno() == reader.fileno()
        assert len(switch.node_ends) == 1
        reader.close()


def test_record_is_handed_out_as_the_program_knows_it_and_counted() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = reader_of(switch)
        with pytest.raises(WouldBlock):
            reader.read(0)
        switch.wait_for(lambda: writer._outlets)
        show(writer, 0)
        assert reader.read(10) == 0
        assert reader.info == writer.info
        stats = reader.stats()
        assert (stats.records, stats.dropped, stats.reconnects) == (1, 0, 0)
        reader.close()


def test_wait_without_result_says_how_the_stream_is_but_not_if_nothing_was_waited() -> None:
    with Switch() as switch:
        switch.frames()
        reader = reader_of(switch, timeout_s=0.01)
        with pytest.raises(WouldBlock, match=r"nothing came from yard within 0.01 s \(connecting\)"):
            reader.read()
        tell(switch, State.STALLED, "stalled", "no data for 5 s")
        with pytest.raises(WouldBlock, match=r"\(stalled: .*no data for 5 s"):
            reader.read(0.01)
        with pytest.raises(WouldBlock) as caught:
            reader.read(0)
        assert caught.value.__cause__ is None
        reader.close()


def test_callback_gets_changes_of_the_state_only() -> None:
    heard: list[tuple[State, str]] = []
    with Switch() as switch:
        switch.frames()
        reader = reader_of(switch, on_state=lambda state, detail: heard.append((state, detail)))
        for state, reason, detail in (
            (State.LIVE, "", ""),
            (State.LIVE, "", ""),
            (State.STALLED, "stalled", "one"),
            (State.STALLED, "stalled", "two"),
        ):
            reader.fileno()
            tell(switch, state, reason, detail)
        with pytest.raises(WouldBlock):
            reader.read(0.01)
        assert [state for state, _ in heard] == [State.LIVE, State.STALLED]
        assert reader.state is State.STALLED
        assert "two" in reader.detail, "the newest words, although the state is the same"
        reader.close()


@pytest.mark.parametrize("patient", [True, False])
def test_first_failure_of_the_source_ends_only_a_reader_that_is_not_patient(patient: bool) -> None:
    with Switch() as switch:
        switch.frames()
        reader = reader_of(switch, patient=patient)
        reader.fileno()
        tell(switch, State.OFFLINE, "refused", "no one listens")
        if patient:
            with pytest.raises(WouldBlock, match="no one listens"):
                reader.read(0.01)
        else:
            with pytest.raises(SourceError, match=r"yard: .*no one listens") as caught:
                reader.read(10)
            assert caught.value.reason == "refused"
            with pytest.raises(Closed):
                reader.read(0)
        reader.close()


def test_source_that_fails_after_a_record_is_waited_for_by_everybody() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = reader_of(switch, patient=False)
        with pytest.raises(WouldBlock):
            reader.read(0)
        switch.wait_for(lambda: writer._outlets)
        show(writer, 0)
        assert reader.read(10) == 0
        tell(switch, State.OFFLINE, "refused", "no one listens")
        with pytest.raises(WouldBlock, match="no one listens"):
            reader.read(0.01)
        reader.close()


def test_closed_reader_asks_nobody_and_says_its_name() -> None:
    with Switch() as switch:
        switch.frames()
        unused, used = reader_of(switch), reader_of(switch)
        used.fileno()
        for reader in (unused, used):
            reader.close()
            reader.close()
            for use in (reader.read, reader.fileno):
                with pytest.raises(Closed, match="this reader of yard was closed"):
                    use()
        assert len(switch.node_ends) == 1


def test_node_that_does_not_answer_is_asked_again_at_the_next_use() -> None:
    with Switch() as switch:
        switch.frames()
        refusals = [NodeUnavailable("no node")]

        def connect(subscription: Subscription) -> Channel:
            if refusals:
                raise refusals.pop()
            return switch.connect(subscription)

        reader = TrackReader(Place("camera", connect), FRAMES, number_of)
        assert reader.name == "camera"
        with pytest.raises(NodeUnavailable):
            reader.read(0)
        with pytest.raises(WouldBlock):
            reader.read(0)
        reader.close()
