"""A real camera is cut, stalled and restarted under its readers, who go on; it is asked once, and decoded on demand."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import pytest

import framecast
from framecast.model import State
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer
from tests.support.waiting import until
from tests.system.eyes import of_clip
from tests.system.house import House
from tests.system.witness import Report, Witness

PASSWORD = "s3cret@horse"
STALL_S = 1.5
CAMERAS = {
    "h264-tcp": (Clip("h264", "aac", (320, 240), seconds=4, first=1000), "tcp"),
    "h265-udp": (Clip("h265", "opus", (320, 240), seconds=4, first=1000), "udp"),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """What is done to the camera, what mends it, and which states of the stream may be told of it."""

    begin: Callable[[RtspServer], None]
    mend: Callable[[RtspServer], None]
    reasons: set[str]


OUTAGES = {
    "cut": Outage(RtspServer.cut, lambda camera: None, {"closed", "stalled"}),
    "stalled": Outage(RtspServer.stall, RtspServer.resume, {"stalled", "timeout", "closed"}),
    "restarted": Outage(RtspServer.kill, RtspServer.start, {"closed", "stalled", "refused"}),
}


@pytest.mark.parametrize("kind", CAMERAS)
def test_readers_go_on_over_every_outage_of_a_camera(kind: str, tmp_path: Path) -> None:
    clip, transport = CAMERAS[kind]
    server = RtspServer(clip, user="me", password=PASSWORD)
    with server as camera, House(tmp_path, "--log-level", "debug") as house:
        house.client.put(
            "door", camera.url(), transport=transport, stall_s=STALL_S, timeout_s=3.0, idle_s=1.0
        )
        with (
            Witness(house.runtime, "door", of_clip(clip)) as frames,
            Witness(house.runtime, "door", of_clip(clip, packets=True), "video") as packets,
            Witness(house.runtime, "door", of_clip(clip)) as more,
        ):
            witnesses = (frames, packets, more)
            for witness in witnesses:
                witness.see(10)
            for name, outage in OUTAGES.items():
                before = len(frames.report.states)
                outage.begin(camera)
                frames.wait(partial(went_away, before))
                outage.mend(camera)
                for witness in witnesses:
                    witness.see_epoch(2 + list(OUTAGES).index(name))
                    witness.see(10)
                assert camera.connections() == 1, "one connection for all readers"
                check_order(frames.report.states[before:], outage, name)
            assert house.state("door").readers == len(witnesses)
            reports = [witness.finish() for witness in witnesses]
        for report in reports:
            assert (report.wrong, report.unexplained, report.dropped) == ((), 0, 0)
            assert report.epochs == 1 + len(OUTAGES), report.states
        assert_secret(house, str(reports))


def went_away(before: int, report: Report) -> bool:
    return any(state in ("offline", "stalled") for state, _, _ in report.states[before:])


def check_order(states: tuple[tuple[str, str, float], ...], outage: Outage, name: str) -> None:
    """It goes away with a reason, is tried again, and is live again; nothing is told twice, and nothing after that."""
    names = [state for state, _, _ in states]
    assert [state for state, _ in groupby(names)] == names, f"{name}: {names}"
    assert names[-1] == "live", f"{name}: {names}"
    assert "live" not in names[:-1], f"{name}: {names}"
    assert set(names) <= {"stalled", "offline", "connecting", "live"}
    assert all(detail for state, detail, _ in states if state in ("offline", "stalled")), f"{name}: {states}"


def assert_secret(house: House, said_to_readers: str) -> None:
    """The password shows nowhere: not to readers, in the log, the API, the metrics, or to `ps`."""
    places = {"readers": said_to_readers, "log": house.text}
    for page in ("api/streams", "api/stats", "api", "metrics", ""):
        with urllib.request.urlopen(house.url + page, timeout=20) as answer:
            places[page or "page"] = answer.read().decode()
    for process in house.processes():
        places[f"cmdline {process.pid}"] = " ".join(process.cmdline())
        places[f"environ {process.pid}"] = str(process.environ())
    assert "door" in places["log"]
    assert "door" in places["api/streams"]
    assert [name for name, text in places.items() if "s3cret" in text] == []


def test_a_camera_is_decoded_only_while_somebody_wants_pictures(tmp_path: Path) -> None:
    clip, _ = CAMERAS["h264-tcp"]
    with RtspServer(clip) as camera, House(tmp_path) as house:
        house.client.put("door", camera.url(), idle_s=1.0)

        def pictures() -> int:
            tracks = house.client.stats()["door"]["tracks"]
            return {track["name"]: int(track["records"]) for track in tracks}["frames"]

        with framecast.open("door", node=house.runtime) as stream, stream.packets() as packets:
            for _ in range(30):
                packets.read(20)
            plays = camera.plays()
            assert pictures() == 0
            with framecast.open("door", node=house.runtime) as frames:
                for _ in range(10):
                    frames.read(20)
            assert pictures() >= 10
            until(lambda: not readers_of(house, "frames"))
            packets.read(20)
            before = pictures()
            for _ in range(30):
                packets.read(20)
            assert pictures() <= before + 1
            assert camera.plays() == plays
        house.wait_for_state("door", State.IDLE)
        until(lambda: camera.connections() == 0)


def readers_of(house: House, track: str) -> int:
    found = {one["name"]: one["readers"] for one in house.client.stats()["door"]["tracks"]}
    return len(found[track])
