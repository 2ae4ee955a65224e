"""How a node ends: told to with viewers connected, killed, out of disk. Everything goes with it, nothing that works stops."""

from __future__ import annotations

import os
import resource
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from framecast.errors import FramecastError
from framecast.model import State
from tests.cli.running import Running
from tests.servers.web.mjpeg_reader import MjpegReader
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer
from tests.support.waiting import until
from tests.system.eyes import of_blocks, of_clip, of_pattern
from tests.system.house import House, pools
from tests.system.witness import Report, Witness

CLIP = Clip(size=(320, 240), seconds=4, first=1000)
YARD_ID, YARD_SIZE = 77, (320, 180)
YARD = f"pattern:?size={YARD_SIZE[0]}x{YARD_SIZE[1]}&fps=25&id={YARD_ID}"
END_S = 10  # issue: SIGTERM drains and ends within it


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_node_ends_in_time_with_everybody_connected(number: signal.Signals, tmp_path: Path) -> None:
    door, yard = f"door{os.getpid()}", f"yard{os.getpid()}"
    with RtspServer(CLIP) as camera, House(tmp_path) as house, ExitStack() as stack:
        house.client.put(door, camera.url())
        house.client.put(yard, YARD)
        views = [
            (door, of_clip(CLIP), "frames"),
            (door, of_clip(CLIP, packets=True), "video"),
            (yard, of_blocks(YARD_ID), "frames/bgr/160x0"),
        ]
        witnesses = [stack.enter_context(Witness(house.runtime, *view)) for view in views]
        viewers = [stack.enter_context(MjpegReader(house.connect(), f"src={yard}")) for _ in range(5)]
        lazy = stack.enter_context(MjpegReader(house.connect(), f"src={yard}"))  # reads no more than the head
        eager = [threading.Thread(target=read_to_the_end, args=(viewer,)) for viewer in viewers]
        for viewer in viewers:
            viewer.until(live=True)
        for witness in witnesses:
            witness.see(5)
        for thread in eager:
            thread.start()
        house.processes()
        house.process.send_signal(number)
        assert house.process.wait(END_S) == 0
        for thread in eager:
            thread.join(END_S)
            assert not thread.is_alive(), "a viewer was left hanging"
        lazy.rest()
        until(lambda: not house.leftovers())
        until(lambda: camera.connections() == 0)
        assert not (house.runtime / "node.sock").exists()
        for witness in witnesses:
            report = witness.finish()
            assert (report.wrong, report.unexplained, report.dropped, report.end) == ((), 0, 0, "")
        assert not pools(door) + pools(yard)


def read_to_the_end(viewer: MjpegReader) -> None:
    viewer.sock.settimeout(3 * END_S)
    viewer.rest()


def test_a_killed_node_takes_everything_along_and_its_readers_find_the_next_one(tmp_path: Path) -> None:
    door, yard = f"door{os.getpid()}", f"yard{os.getpid()}"
    with RtspServer(CLIP) as camera, ExitStack() as stack:
        with House(tmp_path) as house:
            house.client.put(door, camera.url())
            house.client.put(yard, YARD)
            witnesses = [
                stack.enter_context(Witness(house.runtime, door, of_clip(CLIP))),
                stack.enter_context(Witness(house.runtime, yard, of_pattern(yard, YARD_ID, YARD_SIZE))),
            ]
            for witness in witnesses:
                witness.see(5)
            house.processes()
            house.process.kill()
            until(lambda: not house.leftovers())
            until(lambda: camera.connections() == 0)
        with House(tmp_path) as house:
            for witness in witnesses:
                witness.see_epoch(2)
                witness.see(25)
            reports = [witness.finish() for witness in witnesses]
        for report in reports:
            check(report)
        until(lambda: not pools(door) + pools(yard))


def check(report: Report) -> None:
    assert (report.wrong, report.unexplained, report.dropped, report.end) == ((), 0, 0, "")


def test_a_full_disk_stops_nothing_that_needs_no_disk(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        house.client.put("yard", YARD)
        with Witness(house.runtime, "yard", of_pattern("yard", YARD_ID, YARD_SIZE)) as witness:
            witness.see(10)
            before = saved(house)
            limit_files(house.process.pid, 0)
            with pytest.raises(
                FramecastError, match=r"streams\.json could not be written .*nothing was changed"
            ):
                house.client.put("late", YARD)
            assert "late" not in house.streams()
            with pytest.raises(FramecastError, match="could not be written"):
                house.client.delete("yard")
            assert house.state("yard").state is State.LIVE
            assert saved(house) == before
            file = tmp_path / "yard.mp4"
            with Running(tmp_path, "record", "yard", str(file), "--seconds", "600") as recording:
                until(lambda: file.exists() and file.stat().st_size > 1000)
                limit_files(recording.process.pid, file.stat().st_size + 50_000)
                assert recording.ended() == 9
                assert "File too large" in recording.text
                assert str(file) in recording.text
            limit_files(house.process.pid, resource.RLIM_INFINITY)
            house.client.put("late", YARD)
            assert "late" in house.streams()
            witness.see(10)
            report = witness.finish()
        check(report)
        assert report.epochs == 1


def limit_files(pid: int, size_bytes: int) -> None:
    """Let a process write files of that size and no larger: the rest of the disk is full. The hard limit stays."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size_bytes, hard))


def saved(house: House) -> str:
    (file,) = house.folder.rglob("streams.json")
    return file.read_text()
