"""Processors, memory, shared memory and limits."""

import os
import resource
import sys
from pathlib import Path

import pytest

from framecast.doctor import machine
from framecast.doctor.finding import Level


def test_shared_memory_works_here() -> None:
    (finding,) = machine.check_shared_memory()
    assert finding.level is Level.OK


def test_seals_that_do_not_hold_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framecast.bus.pool._SEALS", 0)
    (finding,) = machine.check_shared_memory()
    assert finding.level is Level.FAILURE
    assert "seals" in finding.found


def test_check_of_shared_memory_leaves_no_descriptor() -> None:
    before = os.listdir("/proc/self/fd")
    list(machine.check_shared_memory())
    assert os.listdir("/proc/self/fd") == before


def test_few_open_files_are_a_warning_with_the_command_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 512))
    (finding,) = machine.check_open_files()
    assert finding.level is Level.WARNING
    assert "prlimit" in finding.mend


def test_limits_of_a_container_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text(f"{256 << 20}\n")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    monkeypatch.setattr(machine, "free_bytes", lambda: 100 << 20)
    (processors,), (memory,) = machine.check_processors(), machine.check_memory()
    assert processors.level is Level.WARNING
    assert "0.5" in processors.found
    assert memory.level is Level.WARNING
    assert "256 MiB" in memory.found
    assert "docker" in memory.mend


def test_small_sockets_are_told_with_the_command_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "capacity_bytes", lambda: 208 << 10)
    (finding,) = machine.check_datagrams()
    assert finding.level is Level.NOTE
    assert "208 KiB" in finding.found
    assert finding.mend.endswith("sysctl -w net.core.rmem_max=2097152")


def test_what_a_socket_holds_is_asked_of_the_kernel() -> None:
    (finding,) = machine.check_datagrams()
    most = int(Path("/proc/sys/net/core/rmem_max").read_text())
    # Who administers the network is not bound by the limit.
    assert any(f"holds {size >> 10} KiB" in finding.found for size in (min(most, 2 << 20), 2 << 20))


def test_clock_is_never_an_obstacle() -> None:
    (finding,) = machine.check_clock()
    assert finding.level in (Level.OK, Level.NOTE)
    assert sys.platform == "linux"
