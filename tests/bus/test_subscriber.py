"""Readers: what they get, what they miss, and that nothing they do changes a picture or another reader."""

from __future__ import annotations

import gc
import os
import select
import signal
import threading
import weakref
from contextlib import suppress

import numpy as np
import pytest

from framecast.bus import Record, StreamStatus, Subscriber, pair
from framecast.bus.connection import Connection
from framecast.errors import Closed, Ended, ForkedView, NotEnoughMemory, NotFound, WouldBlock
from framecast.model import Picture, Policy, State, Subscription, TrackName
from tests.bus.switch import SMALL, Switch, descriptors, meta, show


def pixels(record: Record) -> set[int]:
    return set(np.unique(np.asarray(record.payload)).tolist())


def read_n(reader: Subscriber, count: int) -> list[Record]:
    return [reader.read(10) for _ in range(count)]


def test_frames_arrive_in_order_and_cannot_be_written() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(20)")
        for number in range(10):
            show(writer, number)
        for number in range(10):
            record = reader.read(10)
            assert record.seq == record.pts == number
            assert pixels(record) == {number}
            assert record.dropped == 0
            with pytest.raises(ValueError, match="read-only"):
                np.asarray(record.payload)[0] = 1
        with pytest.raises(WouldBlock):
            reader.read(0)


def test_a_latest_reader_that_slept_gets_the_newest_and_the_count_of_the_rest() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached()
        show(writer, 0)
        assert reader.read(10).seq == 0
        for number in range(1, 101):
            show(writer, number)
        record = reader.read(10)
        assert record.seq == 100
        assert record.dropped == 99
        assert pixels(record) == {100}


def test_a_queue_keeps_its_length_and_counts_what_did_not_fit() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(5)")
        for number in range(50):
            show(writer, number)
        got: list[int] = []
        gaps = 0
        while not got or got[-1] < 49:
            record = reader.read(10)
            expected = got[-1] + 1 if got else 0
            assert record.dropped == record.seq - expected
            gaps += record.dropped
            got.append(record.seq)
        assert got[:5] == [0, 1, 2, 3, 4]
        assert gaps == 50 - len(got) > 0


def test_a_slow_reader_changes_nothing_for_another() -> None:
    with Switch() as switch:
        writer = switch.frames()
        slow = switch.attached()
        quick = switch.attached(policy="queue(2)")
        held: list[Record] = []
        for number in range(300):
            show(writer, number)
            assert quick.read(10).seq == number
            if number % 100 == 0:
                held.append(slow.read(10))
        assert [pixels(record) for record in held] == [{0}, {100}, {200}]


def test_views_that_a_program_keeps_are_never_overwritten() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(2)")
        kept = []
        for number in range(100):
            show(writer, number)
            kept.append(reader.read(10))
        for number, record in enumerate(kept):
            assert pixels(record) == {number}
        assert sum(record.leased for record in kept) == 3
        assert reader.stats().copied == 97
        assert switch.publisher.tracks["frames"].stats()["pool_bytes"] == pytest.approx(
            8 * 4096, abs=8 * 4096
        )


def test_slices_of_a_view_keep_its_memory() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(2)")
        show(writer, 7)
        part = np.asarray(reader.read(10).payload).reshape(48, 64)[10:20, ::2]
        gc.collect()
        for number in range(50):
            show(writer, number)
            reader.read(10)
        assert (part == 7).all()


def test_views_stay_valid_after_their_reader_is_closed_while_the_publisher_goes_on() -> None:
    with Switch() as switch:
        writer = switch.frames()
        show(writer, 0)
        before = descriptors()
        reader = switch.attached(policy="queue(2)")
        reader.read(10)
        show(writer, 42)
        record = reader.read(10)
        reader.close()
        other = switch.attached(policy="queue(2)")
        for number in range(100):
            show(writer, number)
            other.read(10)
        assert pixels(record) == {42}
        assert writer.wanted
        other.close()
        switch.wait_for(lambda: not writer.wanted)  # a kept view is no demand
        del record
        gc.collect()
        switch.wait_for(lambda: not writer._outlets)
        for channel in switch.node_ends:
            channel.close()
        switch.wait_for(lambda: descriptors() <= before)


def test_a_late_reader_of_packets_begins_at_the_kept_key_frame() -> None:
    with Switch() as switch:
        writer = switch.packets()
        for number in range(25):
            writer.send(bytes([number]) * 1000, meta(number, key=number % 10 == 0))
        reader = switch.subscribe("video", "queue(64)")
        records = read_n(reader, 5)
        assert [record.seq for record in records] == [20, 21, 22, 23, 24]
        assert records[0].is_key
        assert records[0].dropped == 0
        assert records[3].payload == bytes([23]) * 1000


def test_after_a_loss_packets_resume_at_a_key_frame() -> None:
    with Switch() as switch:
        writer = switch.packets()
        reader = switch.attached("video", "queue(5)")
        for number in range(45):
            writer.send(b"x" * 100, meta(number, key=number % 10 == 0))
        seen: list[Record] = []
        while not seen or seen[-1].seq < 44:
            seen.append(reader.read(10))
        jumps = [record for record in seen if record.dropped]
        assert jumps
        assert all(record.is_key for record in jumps)
        assert len(seen) + sum(record.dropped for record in seen) == 45


def test_max_fps_is_kept_by_the_publisher_and_is_no_loss() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(50)", max_fps=0.001)
        for number in range(20):
            show(writer, number)
        assert reader.read(10).seq == 0
        with pytest.raises(WouldBlock):
            reader.read(0)
        (outlet,) = writer._outlets.values()
        assert (outlet.stats.thinned, outlet.stats.dropped) == (19, 0)


def test_a_new_size_is_a_new_epoch_and_old_views_stay_valid() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(4)")
        show(writer, 1)
        old = reader.read(10)
        writer = switch.frames(Picture("bgr", 853, 481))
        show(writer, 2)
        new = reader.read(10)
        assert (old.epoch, new.epoch) == (0, 1)
        assert old.info.picture == SMALL
        assert new.info.picture == Picture("bgr", 853, 481)
        assert len(new.payload) == 853 * 481 * 3
        for number in range(20):
            show(writer, number)
            reader.read(10)
        assert pixels(old) == {1}


def test_select_says_when_there_is_something() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached()
        assert reader.fileno() >= 0
        show(writer, 0)
        assert select.select([reader], [], [], 10)[0] == [reader]
        while select.select([reader], [], [], 0)[0]:
            try:
                reader.read(0)
            except WouldBlock:
                continue
        show(writer, 1)
        assert select.select([reader], [], [], 10)[0] == [reader]
        assert reader.read(0).seq == 1


def test_closing_ends_a_read_in_another_thread() -> None:
    with Switch() as switch:
        switch.frames()
        reader = switch.attached()
        seen: list[BaseException] = []

        def run() -> None:
            try:
                reader.read(30)
            except Closed as error:
                seen.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        reader.close()
        thread.join(10)
        assert len(seen) == 1


def test_a_signal_handler_that_closes_in_the_middle_of_a_read_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It runs in the reading thread, between any two lines: here just before the socket is read."""
    with Switch() as switch:
        show(switch.frames(), 1)
        reader = switch.attached()
        receive = Connection.next

        def interrupted(connection: Connection) -> object:
            reader.close()
            return receive(connection)

        monkeypatch.setattr(Connection, "next", interrupted)
        with pytest.raises(Closed):
            reader.read(10)


def test_a_reader_survives_its_publisher_and_meets_the_next_one() -> None:
    first = Switch()
    writer = first.frames()
    reader = first.attached()
    show(writer, 3)
    assert reader.read(10).seq == 0
    node_end = first.node_ends[-1]
    first.publisher.close()
    with pytest.raises(WouldBlock):
        reader.read(0.05)
    assert node_end.wait(5).fields["op"] == "subscribe"
    assert node_end.wait(5).fields == {"op": "again", "number": 1}
    with Switch() as second:
        other = second.frames()
        second.introduce(node_end, reader.wish)
        second.wait_for(lambda: other.wanted)
        show(other, 9)
        assert pixels(reader.read(10)) == {9}
        assert reader.stats().introductions == 2
    first.close()


def test_a_track_that_the_publisher_has_not_is_refused_by_name() -> None:
    with Switch() as switch:
        switch.frames()
        reader = switch.subscribe("audio", "queue(8)")
        with pytest.raises(NotFound, match="stream camera has no track audio"):
            reader.read(10)


def test_a_reader_that_never_waits_still_hears_the_node() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(2)")
        switch.node_ends[-1].send({"event": "state", "state": "live"})
        for number in range(70):
            show(writer, number)
            reader.read(0) if number else reader.read(10)
        assert reader.status.state == "live"


def test_the_end_of_a_stream_comes_after_its_last_record() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(4)")
        show(writer, 1)
        switch.node_ends[-1].send({"event": "state", "state": "ended"})
        switch.publisher.close()
        assert [record.seq for record in reader] == [0]
        with pytest.raises(Ended):
            reader.read(1)


def test_an_error_keeps_nothing_of_who_was_told() -> None:
    class Mine:
        pass

    def catch(reader: Subscriber) -> weakref.ref[Mine]:
        mine = Mine()
        for _ in range(2):
            with suppress(Ended):
                reader.read(10)
        return weakref.ref(mine)

    with Switch() as switch:
        switch.frames()
        reader = switch.attached()
        switch.node_ends[-1].send({"error": "Ended", "message": "stream camera was removed"})
        gc.disable()
        try:
            assert catch(reader)() is None
        finally:
            gc.enable()


def test_a_queue_that_could_not_be_held_is_refused_with_numbers() -> None:
    with Switch(limit_bytes=64 << 20) as switch:
        switch.frames(Picture("i420", 1920, 1080))
        reader = switch.subscribe(policy="queue(512)")
        with pytest.raises(NotEnoughMemory, match=r"may need \d+ MiB.*limit of a track is 64 MiB"):
            reader.read(10)
        assert switch.attached(policy="latest") is not None


def test_the_writer_always_has_room_for_every_reader_it_admitted() -> None:
    picture = Picture("gray", 1024, 1024)
    with Switch(limit_bytes=64 << 20) as switch:
        writer = switch.frames(picture)
        readers = [switch.attached(policy="queue(8)") for _ in range(5)]
        kept = []
        for number in range(200):
            show(writer, number)
            for index, reader in enumerate(readers):
                if number % (index + 1) == 0:
                    kept.append(reader.read(10))
        assert writer.refused_records == 0
        assert writer.stats()["pool_bytes"] <= 64 << 20  # type: ignore[operator]


def test_a_forked_child_may_not_use_a_reader_or_its_frames() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(2)")
        show(writer, 5)
        record = reader.read(10)
        pid = os.fork()
        if not pid:
            failed = 0
            for use in (lambda: record.payload, lambda: reader.read(0)):
                try:
                    use()
                except ForkedView:
                    failed += 1
            del record
            gc.collect()
            os._exit(failed)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
        for number in range(20):
            show(writer, number)
            reader.read(10)
        assert pixels(record) == {5}


def test_a_reader_that_releases_what_it_never_had_is_dropped_alone() -> None:
    with Switch() as switch:
        writer = switch.frames()
        liar = switch.attached(policy="queue(4)")
        honest = switch.attached(policy="queue(4)")
        show(writer, 1)
        assert liar._connection is not None or liar.read(10).seq == 0
        assert liar._connection is not None
        liar._connection._loans.returned.append((99, 0))
        liar._connection.flush()
        for number in range(10):
            show(writer, number)
            honest.read(10)
        switch.wait_for(lambda: len(writer._outlets) == 1)


def test_a_hundred_readers_come_and_go_without_growth() -> None:
    with Switch() as switch:
        writer = switch.frames()

        def visit() -> None:
            reader = switch.attached(policy="queue(2)")
            show(writer, 1)
            reader.read(10)
            reader.close()
            switch.subscribers.remove(reader)
            switch.node_ends.pop().close()
            switch.wait_for(lambda: not writer._outlets)

        visit()
        before = descriptors()
        for _ in range(100):
            visit()
        gc.collect()
        switch.wait_for(lambda: descriptors() <= before)
        assert writer.stats()["pool_bytes"] == 28672  # the first segment, and no other


def introduce_again(switch: Switch, reader: Subscriber) -> None:
    """As a node does that was started again: the same publisher, another socket."""
    writer = switch.publisher.tracks[str(reader.wish.track)]
    before = set(writer._outlets)
    switch.introduce(switch.node_ends[-1], reader.wish)
    switch.wait_for(lambda: set(writer._outlets) - before)


@pytest.mark.parametrize("policy", ["latest", "queue(8)"])
def test_no_picture_comes_twice_when_its_publisher_is_met_again(policy: str) -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy=policy)
        show(writer, 1)
        assert reader.read(10).seq == 0
        introduce_again(switch, reader)
        with pytest.raises(WouldBlock):
            reader.read(0.1)
        assert reader.stats().introductions == 2
        show(writer, 2)
        assert (second := reader.read(10)).seq == 1
        assert second.dropped == 0
        introduce_again(switch, reader)
        show(writer, 3)
        assert reader.read(10).seq == 2


def test_no_packet_comes_twice_and_what_is_lost_between_two_sockets_is_counted() -> None:
    with Switch() as switch:
        video = switch.packets()
        reader = switch.attached("video", "queue(64)")
        for number in range(6):
            video.send(b"x", meta(number, key=number == 2))
        assert [record.seq for record in read_n(reader, 6)] == list(range(6))
        introduce_again(switch, reader)  # its key frame and all after it are kept for newcomers
        video.send(b"x", meta(6, key=False))
        assert reader.read(10).seq == 6
        for outlet in tuple(video._outlets.values()):
            video.drop(outlet.number)
        for number in range(7, 10):
            video.send(b"x", meta(number, key=number == 9))
        introduce_again(switch, reader)
        assert ((found := reader.read(10)).seq, found.dropped) == (9, 2)


def test_a_callback_that_fails_at_one_message_loses_none_of_the_others() -> None:
    def fail(status: StreamStatus) -> None:
        if status.state is State.CONNECTING:
            raise ValueError("the program's own")

    with Switch() as switch:
        writer = switch.frames()
        node_end, reader_end = pair()
        wish = Subscription(switch.stream, TrackName.parse("frames"), Policy.parse("queue(8)"))
        node_end.send({"event": "state", "state": "connecting"})
        switch.node_ends.append(node_end)
        switch.introduce(node_end, wish)
        node_end.send({"event": "state", "state": "live"})
        switch.wait_for(lambda: len(writer._outlets) == 1)
        show(writer, 1)
        with Subscriber(wish, lambda: reader_end, fail) as reader:
            with pytest.raises(ValueError, match="own"):
                reader.read(10)
            assert reader.read(10).seq == 0
            assert reader.status.state is State.LIVE


def test_closing_in_a_real_signal_handler_is_closed_and_leaves_nothing() -> None:
    with Switch() as switch:
        switch.frames()
        before = descriptors()
        reader = switch.attached()
        previous = signal.signal(signal.SIGALRM, lambda *_: reader.close())
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(Closed):
                reader.read(30)
        finally:
            signal.signal(signal.SIGALRM, previous)
        with pytest.raises(Closed):
            reader.fileno()
        switch.wait_for(lambda: descriptors() == before + 1)  # the node's end


def test_a_callback_may_close_the_reader_that_calls_it() -> None:
    with Switch() as switch:
        writer = switch.frames()
        show(writer, 1)
        wish = Subscription(switch.stream, TrackName.parse("frames"), Policy.parse("latest"))
        node_end, reader_end = pair()
        switch.node_ends.append(node_end)
        reader = Subscriber(wish, lambda: reader_end, lambda _: reader.close())
        node_end.send({"event": "state", "state": "live"})
        with pytest.raises(Closed):
            reader.read(10)
