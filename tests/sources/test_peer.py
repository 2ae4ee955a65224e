"""Streams of another node as a source: what is pulled, what is said, and how a cut is noticed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import framecast
from framecast.errors import Invalid, WouldBlock
from framecast.model import Kind, Source, StreamSpec
from framecast.sources import check, kind_of
from tests.client.remote_node import RemoteNode
from tests.sources.running import Running
from tests.support.cable import Cable
from tests.support.waiting import until

PATIENCE_S = 40


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteNode]:
    streams: dict[str, object] = {
        "camera": "pattern:?size=320x240&fps=25",
        "dice": "numbers:?period=0.02",
        "once": {"source": "numbers:?period=0.02", "always": True},
    }
    with RemoteNode(tmp_path_factory.mktemp("remote"), streams) as node:
        yield node


def test_addresses_are_looked_at_before_anything_is_dialled() -> None:
    assert kind_of(Source("grpcs://host/front-door")) == "peer"
    check(StreamSpec("x", Source("grpc://host/front-door?raw=1")))
    with pytest.raises(Invalid, match="names a node but no stream"):
        check(StreamSpec("x", Source("grpc://host")))


def test_the_process_that_forks_sources_has_no_grpc_in_it() -> None:
    code = (
        "import sys, framecast.node.forkserver; print(sorted({'grpc', 'google.protobuf'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_records_come_as_they_are_and_only_while_they_are_wanted(remote: RemoteNode) -> None:
    with Running(f"{remote.url}/dice") as dice:
        data = dice.read("data")
        records = [data.read(PATIENCE_S) for _ in range(20)]
        assert [record.pts for record in records] == list(range(records[0].pts, records[0].pts + 20))
        assert dice.facts["node"] == remote.url
        assert remote.readers("dice") == 1
        data.close()
        until(lambda: not remote.readers("dice"), limit_s=PATIENCE_S)
        again = dice.read("data").read(PATIENCE_S)
        assert again.pts > records[-1].pts
        assert again.dropped == 0


def test_sound_is_left_out_where_it_is_not_wanted(remote: RemoteNode) -> None:
    with Running(f"{remote.url}/camera", audio=False) as camera:
        assert camera.take(1, "video")[0].is_key
        assert set(camera.publisher.tracks) == {"video"}


def test_a_cut_network_is_noticed_and_come_back_from(remote: RemoteNode) -> None:
    with (
        Cable(remote.port) as cable,
        Running(f"grpc://127.0.0.1:{cable.port}/dice", retry_max_s=0.5) as dice,
        dice.read("data") as data,
    ):
        last = data.read(PATIENCE_S)
        cable.cut()
        reason = dice.wait_for_state("offline")
        assert reason == "timeout"
        cable.mend()
        lost = 0
        # The connection that was cut is given up: what waited in it is not taken for news.
        while True:
            record = data.read(PATIENCE_S)
            assert record.pts - last.pts - 1 == record.dropped
            last, lost = record, lost + record.dropped
            if record.dropped:
                break
        assert lost


def test_a_slow_network_gives_the_newest_pictures_and_counts_the_rest(remote: RemoteNode) -> None:
    # A picture has 115 kB, so 25 of them are 2.9 MB a second.
    with (
        Cable(remote.port, rate=700_000) as cable,
        Running(f"grpc://127.0.0.1:{cable.port}/camera?raw=1") as camera,
        camera.read("frames", "queue(64)") as frames,
    ):
        last, dropped = frames.read(PATIENCE_S), 0
        # What the sockets of both ends hold comes first.
        while dropped < 40:
            record = frames.read(PATIENCE_S)
            assert record.pts - last.pts - 1 == record.dropped
            last, dropped = record, dropped + record.dropped


def test_states_of_the_other_node_are_passed_on(remote: RemoteNode) -> None:
    with framecast.publish("guest", tracks=["data"], node=remote.folder) as out:
        with Running(f"{remote.url}/guest") as guest, guest.read("data") as data:
            until(lambda: out.wanted)
            out.send_data(1)
            data.read(PATIENCE_S)
            out.close()
            assert guest.wait_for_state("offline") == "gone"
            with framecast.publish("guest", tracks=["data"], node=remote.folder) as second:
                until(lambda: second.wanted)
                second.send_data(2)
                record = data.read(PATIENCE_S)
                second.finish()
                assert guest.wait_for_end() is None
        assert record.info.kind is Kind.DATA


def test_an_end_that_was_meant_ends_it_after_the_last_record(remote: RemoteNode) -> None:
    out = framecast.publish("short", tracks=["data"], node=remote.folder)
    with Running(f"{remote.url}/short") as short, short.read("data", "queue(64)") as data:
        until(lambda: out.wanted)
        for count in range(30):
            out.send_data(count)
        out.finish()
        assert short.wait_for_end() is None
        for _ in range(30):
            data.read(PATIENCE_S)
        with pytest.raises(WouldBlock):
            data.read(0.2)


def test_a_source_that_is_stopped_lets_go_of_the_other_node(remote: RemoteNode, tmp_path: Path) -> None:
    with Running(f"{remote.url}/camera") as camera:
        camera.take(1, "video")
        assert remote.readers("camera")
    until(lambda: not remote.readers("camera"), limit_s=PATIENCE_S)
