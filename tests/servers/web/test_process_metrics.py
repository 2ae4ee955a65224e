"""Figures of processes, as the kernel has them."""

import os
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from framecast.servers.web import process_metrics
from framecast.servers.web.metrics import families


def test_own_process_is_read() -> None:
    (usage,) = process_metrics.read(
        [{"process": "web", "stream": "", "track": "", "pid": os.getpid(), "restarts": 2}]
    )
    cpu, resident, virtual, descriptors, threads, start = usage.values
    assert 0 < cpu < 10_000
    assert 1 << 20 < resident < virtual
    assert descriptors == len(os.listdir("/proc/self/fd")) or descriptors > 2
    assert threads >= 1
    assert time.time() - 86_400 < start <= time.time() + 1
    assert (usage.labels, usage.restarts) == (("web", "", ""), 2)


def test_process_that_has_ended_or_is_none_is_left_out() -> None:
    assert (
        process_metrics.read([{"process": "source", "pid": 0}, {"process": "source", "pid": 1 << 30}]) == []
    )


def test_name_of_a_process_may_hold_brackets_and_spaces(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu 1\nbtime 1000\n")
    folder = tmp_path / "7"
    (folder / "fd").mkdir(parents=True)
    (folder / "fd" / "0").touch()
    rest = ["S", *map(str, range(1, 40))]
    (folder / "stat").write_text(f"7 (a) b (c)) {' '.join(rest)}\n")
    (usage,) = process_metrics.read(
        [{"process": "source", "stream": "door", "track": "", "pid": 7, "restarts": 0}], tmp_path
    )
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    assert usage.values == ((11 + 12) / tick, 21 * page, 20, 1, 17, 1000 + 19 / tick)


def test_each_process_has_its_series() -> None:
    usages = [process_metrics.Usage(("source", name, ""), 1, (1, 2, 3, 4, 5, 6)) for name in ("a", "b")]

    class Once(Collector):
        def collect(self) -> list[Metric]:
            return families(process_metrics.process_samples(usages))

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Once())
    text = generate_latest(registry).decode()
    assert 'process_cpu_seconds_total{process="source",stream="a",track=""} 1.0' in text
    assert 'framecast_process_restarts_total{process="source",stream="b",track=""} 1.0' in text
