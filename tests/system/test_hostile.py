"""A server that means no good, or dies, harms its own stream and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

import pytest

import framecast
from framecast.model import State
from tests.support.hostile_rtsp import BEHAVIOURS, HostileRtsp
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer
from tests.support.waiting import until
from tests.system.eyes import of_clip
from tests.system.house import House
from tests.system.witness import Witness

GOOD = Clip(size=(320, 240), seconds=4, first=1000)
STALL_S, TIMEOUT_S = 1.0, 2.0
# From the beginning of a try to its end: opening may take the timeout twice, then comes the silence.
TRY_S = 2 * TIMEOUT_S + STALL_S + 3.0
# No reason that a healthy camera could have.
REASONS = {"closed", "bad-data", "forbidden", "timeout", "stalled", "unsupported", "memory", "unknown-host"}
# What it sends looks like media now and then, and no try ends as long as it comes.
LIVELY = {"garbage_media"}


@dataclass(frozen=True, slots=True)
class Street:
    """A node with a good camera that a witness watches all the time."""

    house: House
    witness: Witness


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with RtspServer(GOOD) as camera, House(tmp_path_factory.mktemp("s")) as house:
        house.client.put("good", camera.url())
        with Witness(house.runtime, "good", of_clip(GOOD)) as witness:
            witness.see(10)
            yield Street(house, witness)
            report = witness.finish()
        assert (report.wrong, report.unexplained, report.dropped, report.epochs) == ((), 0, 0, 1)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_hostile_server_harms_only_its_stream(behaviour: str, street: Street) -> None:
    house, name = street.house, f"bad-{len(behaviour)}{behaviour[:3]}"
    with HostileRtsp(behaviour) as server:
        house.client.put(name, server.url(), stall_s=STALL_S, timeout_s=TIMEOUT_S, idle_s=0.5)
        with framecast.open(name, node=house.runtime) as reader:
            reader.fileno()
            first = house.source(name)
            if behaviour in LIVELY:
                house.wait_for_state(name, State.LIVE, State.OFFLINE, State.STALLED, timeout_s=TRY_S)
                before, moment = cpu_s(house, name), monotonic()
                street.witness.see(75)
                assert cpu_s(house, name) - before < 0.8 * (monotonic() - moment), "it burns a core"
                server.give_up()
            status = house.wait_for_state(name, State.OFFLINE, State.STALLED, timeout_s=TRY_S)
            assert status.reason in REASONS, status
            assert status.detail
            # Whatever it sends, no try lasts for ever.
            until(lambda: first not in [one.pid for one in house.processes()], limit_s=TRY_S)
            street.witness.see(25)
        house.client.delete(name)
        until(lambda: not house.processes(f"fc:{name}"[:15]))
    assert street.witness.report.dropped == 0
    assert street.witness.report.epochs == 1


def cpu_s(house: House, name: str) -> float:
    """CPU seconds of the stream's process so far."""
    return sum(sum(process.cpu_times()[:2]) for process in house.processes(f"fc:{name}"[:15]))
