"""Every metric of /metrics: its name, type, labels and help, once for the servers that count and the one that shows. Pure.

docs/reference/metrics.md has the same table; a test compares them. A counter is named without the `_total` that Prometheus shows.
Servers other than the web server report their samples to the node (`report`), which keeps the newest of each server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class MetricKind:
    """One row of the table. `source` is what counts it: "grpc", "zmq" and "library" are reported by these servers, if they run."""

    name: str
    kind: str  # counter, gauge, histogram
    help: str
    labels: tuple[str, ...]
    source: str

    @property
    def shown_name(self) -> str:
        """The name in Prometheus' text format."""
        return f"{self.name}_total" if self.kind == "counter" else self.name


class Sample(NamedTuple):
    """One value of a metric: the labels' values in the order of the table."""

    metric: str
    labels: tuple[str, ...]
    value: float


_STREAM = ("stream",)
_TRACK = ("stream", "track")
_READER = ("stream", "track", "reader", "id")
_PROCESS = ("process", "stream", "track")
# The labels that say what a track is, named as in its description.
CODING = ("kind", "codec", "width", "height", "rate", "sample_rate", "channels")
# Metrics of these sources are left out of /metrics while no server reports them; the others always have their header.
REPORTED = ("grpc", "zmq", "servers", "library")

# (source, labels) -> (name, type, help)
_TABLE: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, str, str], ...]], ...] = (
    (
        "node",
        ("version", "python", "pyav", "machine"),
        (("framecast_build_info", "gauge", "1; the labels say which Framecast this is"),),
    ),
    (
        "node",
        ("stream", "state"),
        (("framecast_stream_state", "gauge", "1 for the state that the stream is in"),),
    ),
    (
        "node",
        _STREAM,
        (
            ("framecast_stream_readers", "gauge", "Readers on the bus"),
            ("framecast_stream_reconnects", "counter", "Reconnects of the source"),
            ("framecast_stream_state_seconds", "gauge", "Time in the present state"),
        ),
    ),
    (
        "node",
        ("stream", "reason"),
        (
            ("framecast_stream_reason", "gauge", "1 for the reason why the stream is not live"),
            ("framecast_stream_failures", "counter", "Times that the source has failed, by reason"),
        ),
    ),
    (
        "node",
        _TRACK,
        (
            ("framecast_track_records", "counter", "Records that the source has published"),
            ("framecast_track_bytes", "counter", "Bytes that the source has published"),
            ("framecast_track_refused", "counter", "Records that found no room in the track's memory"),
            ("framecast_track_age_seconds", "gauge", "Since the newest record was published"),
            ("framecast_track_lost_packets", "counter", "Packets that the network lost before the source"),
            ("framecast_track_corrupt", "counter", "Records that the demuxer or decoder marked as damaged"),
            (
                "framecast_track_discontinuities",
                "counter",
                "Records before which something was lost at the source",
            ),
            ("framecast_track_gone_dropped", "counter", "Records that readers lost who have left since"),
            ("framecast_pool_bytes", "gauge", "Shared memory of the track"),
            ("framecast_pool_used_bytes", "gauge", "Shared memory that holds records now"),
        ),
    ),
    ("node", (*_TRACK, *CODING), (("framecast_track_info", "gauge", "1; the labels say what the track is"),)),
    (
        "node",
        _READER,
        (
            ("framecast_reader_records", "counter", "Records that the reader was lent"),
            ("framecast_reader_dropped", "counter", "Records that the reader lost because it was too slow"),
            ("framecast_reader_thinned", "counter", "Records that the reader's max_fps left out"),
            ("framecast_reader_held", "gauge", "Records that the reader holds"),
            (
                "framecast_reader_latency_seconds",
                "histogram",
                "From arrival at the source to the reader's hand",
            ),
            ("framecast_reader_latency_max_seconds", "gauge", "The longest of these latencies so far"),
        ),
    ),
    (
        "grpc",
        _STREAM,
        (
            ("framecast_grpc_watchers", "gauge", "Clients that read tracks now"),
            ("framecast_grpc_lost", "counter", "Records that slow clients lost"),
        ),
    ),
    (
        "grpc",
        (),
        (
            ("framecast_grpc_publishers", "gauge", "Clients that publish now"),
            ("framecast_grpc_feeds", "gauge", "Selections of tracks that clients share"),
        ),
    ),
    ("grpc", ("method",), (("framecast_grpc_calls", "counter", "Calls that have begun"),)),
    ("grpc", ("method", "code"), (("framecast_grpc_results", "counter", "Calls that have ended"),)),
    (
        "zmq",
        ("port",),
        (
            ("framecast_zmq_subscribers", "gauge", "Connected ZeroMQ subscribers"),
            ("framecast_zmq_feeds", "gauge", "Tracks that the ZeroMQ server reads"),
            ("framecast_zmq_messages", "counter", "Messages sent to ZeroMQ subscribers"),
        ),
    ),
    (
        "zmq",
        ("port", "stream", "track"),
        (
            (
                "framecast_zmq_dropped",
                "counter",
                "Records that ZeroMQ subscribers lost because they were too slow",
            ),
        ),
    ),
    (
        "zmq",
        ("port", "reason"),
        (("framecast_zmq_refused", "counter", "ZeroMQ subscribers and messages that were refused"),),
    ),
    (
        "web",
        _STREAM,
        (
            ("framecast_http_viewers", "gauge", "Viewers of live pictures"),
            ("framecast_http_groups_lost", "counter", "Groups of pictures that slow viewers lost"),
            ("framecast_http_pictures", "counter", "Pictures written to viewers"),
            (
                "framecast_http_pictures_skipped",
                "counter",
                "Pictures that viewers skipped because they were busy",
            ),
            ("framecast_http_viewers_cut", "counter", "Viewers cut because they did not read"),
        ),
    ),
    (
        "web",
        (),
        (
            ("framecast_http_feeds", "gauge", "JPEG tracks that this server reads"),
            ("framecast_http_movies", "gauge", "Live MP4s that this server muxes"),
            ("framecast_http_connections", "gauge", "WebSockets, live MP4 files and HLS packagers"),
            ("framecast_http_open_connections", "gauge", "Open connections of clients"),
            (
                "framecast_http_connections_replaced",
                "counter",
                "Connections without a request in progress that were closed for new ones",
            ),
        ),
    ),
    (
        "web",
        ("method", "route", "status"),
        (("framecast_http_requests", "counter", "Requests that were answered"),),
    ),
    (
        "web",
        ("status",),
        (("framecast_http_refused", "counter", "Requests beyond a limit, refused before any route"),),
    ),
    ("library", (), (("framecast_library_videos", "gauge", "Videos, those in the bin included"),)),
    ("library", ("what",), (("framecast_library_bytes", "gauge", "Bytes that the library takes"),)),
    ("library", ("state",), (("framecast_library_jobs", "gauge", "Jobs by state, of the last 30 days"),)),
    (
        "library",
        ("kind",),
        (
            ("framecast_library_job_seconds", "counter", "Time that this node has worked on jobs"),
            ("framecast_library_attempts", "counter", "Attempts of jobs that this node has worked on"),
        ),
    ),
    (
        "servers",
        ("server",),
        (
            (
                "framecast_login_failures",
                "counter",
                "Tokens that were refused: wrong ones, and any from an address that guesses",
            ),
            ("framecast_rooms_open", "gauge", "Rooms that somebody is in"),
            ("framecast_rooms_members", "gauge", "Connections of people and programs in rooms"),
            ("framecast_rooms_changes", "counter", "Changes of rooms that this server has stored"),
            ("framecast_rooms_events", "counter", "Events of rooms that were sent to the members"),
            (
                "framecast_rooms_sent",
                "counter",
                "Messages to members: one for each of them, with one event or several",
            ),
            (
                "framecast_rooms_behind",
                "counter",
                "Times that a member read too slowly and had to ask for what it missed",
            ),
        ),
    ),
    (
        "node",
        (),
        (
            (
                "framecast_config_last_reload_successful",
                "gauge",
                "0 if the configuration file was changed to one that is not used",
            ),
            (
                "framecast_config_last_reload_success_timestamp_seconds",
                "gauge",
                "When the configuration in use was read, in seconds since 1970",
            ),
        ),
    ),
    (
        "node",
        _PROCESS,
        (
            ("process_cpu_seconds", "counter", "CPU time, user and system"),
            ("process_resident_memory_bytes", "gauge", "Memory in RAM, shared pages included"),
            ("process_virtual_memory_bytes", "gauge", "Mapped memory"),
            ("process_open_fds", "gauge", "Open file descriptors"),
            ("process_threads", "gauge", "Threads"),
            ("process_start_time_seconds", "gauge", "Start, in seconds since 1970"),
            ("framecast_process_restarts", "counter", "Times that the process was started again"),
        ),
    ),
)
METRICS = {
    name: MetricKind(name, kind, words, labels, source)
    for source, labels, rows in _TABLE
    for name, kind, words in rows
}


def report(samples: Iterable[Sample]) -> list[dict[str, Any]]:
    """Return samples as a server reports them: {"metric", "kind", "help", "labels", "value"}."""
    return [
        {
            "metric": name,
            "kind": METRICS[name].kind,
            "help": METRICS[name].help,
            "labels": dict(zip(METRICS[name].labels, labels, strict=True)),
            "value": value,
        }
        for name, labels, value in samples
    ]
