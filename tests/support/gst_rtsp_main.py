"""GStreamer's RTSP server as a camera. Run by the system's Python (GStreamer's bindings live there) for RtspServer.

Every mount plays a Matroska file over and over. The file is demultiplexed once, at the start; a thread per media then
hands its packets to the payloaders at their time, with time stamps that go on over the loop. So serving costs about
one RTP packetisation: no decoding, no encoding.

The only argument is JSON (see `RtspServer`). Commands come in as JSON lines, answers go out as JSON lines.
"""

import ctypes
import json
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, GObject, Gst, GstRtsp, GstRtspServer  # noqa: E402

PR_SET_PDEATHSIG = 1
NTP_EPOCH_S = 2_208_988_800  # NTP counts from 1900 (RFC 5905)
CLOCK_TIME = 3  # rtpbin's ntp-time-source: the pipeline's clock as it is

# Codec -> (parser, payloader)
VIDEO = {
    "h264": (
        "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au",
        "rtph264pay config-interval=-1",
    ),
    "h265": (
        "h265parse config-interval=-1 ! video/x-h265,stream-format=byte-stream,alignment=au",
        "rtph265pay config-interval=-1",
    ),
    "mjpeg": ("jpegparse", "rtpjpegpay"),
}
AUDIO = {
    "aac": ("aacparse ! audio/mpeg,stream-format=raw", "rtpmp4gpay"),
    "opus": ("opusparse", "rtpopuspay"),
    "pcma": ("identity", "rtppcmapay"),
}  # fmt: skip


@dataclass
class Track:
    """The packets of a track, and how many nanoseconds each lasts."""

    caps: Any
    packets: list[Any]
    durations_ns: list[Fraction]


class Camera:
    """One mount: its tracks, and the media that play them."""

    def __init__(self, mount: dict[str, Any]) -> None:
        self.mount = mount
        self.tracks = load(mount)  # replaced by the main thread, read by the feeders

    def switch(self, file: str) -> None:
        """Go on with another file of the same codecs."""
        self.tracks = load({**self.mount, "file": file})

    def launch(self) -> str:
        """Return the pipeline: from the packets to RTP."""
        line = f"appsrc name=video is-live=true format=time ! {VIDEO[self.mount['video']][1]} name=pay0 pt=96"
        if self.mount["audio"] != "none":
            line += f" appsrc name=audio is-live=true format=time ! {AUDIO[self.mount['audio']][1]} name=pay1 pt=97"
        return f"( {line} )"

    def feed(self, media: Any) -> None:
        """Hand packets to the media's sources at their time until it stops."""
        over = threading.Event()
        media.connect("unprepared", lambda _: over.set())
        for name in self.tracks:
            source = media.get_element().get_by_name(name)
            threading.Thread(target=self._feed, args=(name, source, over), daemon=True).start()

    def _feed(self, name: str, source: Any, over: threading.Event) -> None:
        at = self._start(source, over)
        while not over.is_set():
            track = self.tracks[name]
            source.set_property("caps", track.caps)
            for packet, duration in zip(track.packets, track.durations_ns):  # noqa: B905 - also Python 3.9
                wait_ns = at - source.get_current_running_time()
                if over.wait(max(0.0, float(wait_ns / Gst.SECOND))):
                    return
                buffer = packet.copy()
                buffer.pts = buffer.dts = int(at)
                if source.emit("push-buffer", buffer) not in (Gst.FlowReturn.OK, Gst.FlowReturn.FLUSHING):
                    return
                at += duration
                if track is not self.tracks[name]:
                    break

    @staticmethod
    def _start(source: Any, over: threading.Event) -> Fraction:
        """Wait until the pipeline runs, and return its running time then."""
        while True:
            # A pipeline gets its clock before its base time, and in between its running time is the clock's own: so the
            # base time is asked for first.
            has_base_time = bool(source.get_base_time())
            now = source.get_current_running_time()
            if (has_base_time and now != Gst.CLOCK_TIME_NONE) or over.wait(0.002):
                return Fraction(now)


def load(mount: dict[str, Any]) -> dict[str, Track]:
    """Demultiplex a Matroska file into memory."""
    line = f"filesrc location={mount['file']} ! matroskademux name=demux "
    line += f"demux.video_0 ! queue max-size-buffers=0 max-size-time=0 max-size-bytes=0 ! {VIDEO[mount['video']][0]} ! appsink name=video sync=false "
    if mount["audio"] != "none":
        line += f"demux.audio_0 ! queue max-size-buffers=0 max-size-time=0 max-size-bytes=0 ! {AUDIO[mount['audio']][0]} ! appsink name=audio sync=false"
    pipeline = Gst.parse_launch(line)
    pipeline.set_state(Gst.State.PLAYING)
    picture_ns = Fraction(Gst.SECOND) / Fraction(mount["fps"])
    tracks = {"video": read(pipeline.get_by_name("video"), lambda _: picture_ns)}
    if mount["audio"] != "none":
        tracks["audio"] = read(pipeline.get_by_name("audio"), AUDIO_NS[mount["audio"]])
    pipeline.set_state(Gst.State.NULL)
    return tracks


# Codec -> a packet's duration in nanoseconds
AUDIO_NS: dict[str, Callable[[Any], Fraction]] = {
    "aac": lambda _: Fraction(Gst.SECOND * 1024, 48_000),
    "opus": lambda _: Fraction(20_000_000),
    "pcma": lambda packet: Fraction(Gst.SECOND * packet.get_size(), 8_000),
}


def read(sink: Any, duration_ns: Callable[[Any], Fraction]) -> Track:
    """Take every packet out of an appsink."""
    samples = list(iter(lambda: sink.emit("pull-sample"), None))
    if not samples:
        raise SystemExit("the file has no packets")
    packets = [sample.get_buffer() for sample in samples]
    return Track(samples[0].get_caps(), packets, [duration_ns(packet) for packet in packets])


class Server:
    """The RTSP server and its commands."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.clients: set[Any] = set()
        self.plays = 0
        self.gone = 0  # clients that have left
        self.server = GstRtspServer.RTSPServer.new()
        self.server.set_address("127.0.0.1")
        self.server.set_service(str(options["port"]))
        self.server.connect("client-connected", self._connected)
        self.cameras = {path: Camera(mount) for path, mount in options["mounts"].items()}
        for path, camera in self.cameras.items():
            self.server.get_mount_points().add_factory(path, self._factory(camera, options))
        if options["user"] or options["tls"]:
            self.server.set_auth(check(options))
        if not self.server.attach(None):
            raise SystemExit(f"port {options['port']} is taken")

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """Do what a command says."""
        if command["do"] == "cut":
            for client in list(self.clients):
                client.close()
        elif command["do"] == "switch":
            self.cameras[command["path"]].switch(command["file"])
        return {"connections": len(self.clients), "plays": self.plays, "gone": self.gone}

    def _connected(self, _server: Any, client: Any) -> None:
        self.clients.add(client)
        client.connect("closed", self._closed)
        client.connect("play-request", self._played)

    def _closed(self, client: Any) -> None:
        self.clients.discard(client)
        self.gone += 1

    def _played(self, _client: Any, _context: Any) -> None:
        self.plays += 1

    def _factory(self, camera: Camera, options: dict[str, Any]) -> Any:
        factory = GstRtspServer.RTSPMediaFactory.new()
        factory.set_launch(camera.launch())
        factory.set_shared(True)
        factory.set_latency(0)
        factory.connect("media-configure", lambda _, media: camera.feed(media))
        if options["clock_offset_s"]:
            factory.set_clock(wrong_clock(options["clock_offset_s"]))
            factory.connect("media-configure", lambda _, media: tell_clock(media))
        if options["user"] or options["tls"]:
            factory.add_role_from_structure(
                Gst.Structure.new_from_string(
                    "viewer, media.factory.access=true, media.factory.construct=true"
                )
            )
        return factory


def check(options: dict[str, Any]) -> Any:
    """Return what refuses everybody without the password, by basic or digest authentication, or speaks TLS, or both."""
    auth = GstRtspServer.RTSPAuth.new()
    token = GstRtspServer.RTSPToken.new()
    token.set_string("media.factory.role", "viewer")
    if options["tls"]:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(*options["tls"]))
    if not options["user"]:
        auth.set_default_token(token)
    elif options["auth"] == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options["user"], options["password"]), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options["user"], options["password"], token)
    return auth


def wrong_clock(offset_s: float) -> Any:
    """Return a clock that shows NTP time, wrong by `offset_s`."""
    clock = GObject.new(Gst.SystemClock, clock_type=Gst.ClockType.REALTIME)
    clock.set_calibration(0, int((NTP_EPOCH_S + offset_s) * Gst.SECOND), 1, 1)
    return clock


def tell_clock(media: Any) -> None:
    """Let RTCP sender reports say what the pipeline's clock shows."""

    def added(_bin: Any, _parent: Any, element: Any) -> None:
        if element.get_factory() and element.get_factory().get_name() == "rtpbin":
            element.set_property("ntp-time-source", CLOCK_TIME)

    media.get_element().get_parent().connect("deep-element-added", added)


def main() -> None:
    """Serve until stdin closes, SIGTERM, or the parent's death."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    Gst.init(None)
    server = Server(json.loads(sys.argv[1]))
    loop = GLib.MainLoop()

    def on_command(_channel: Any, condition: Any) -> bool:
        line = sys.stdin.readline() if condition & GLib.IOCondition.IN else ""
        if not line:
            loop.quit()
            return False
        print(json.dumps(server.answer(json.loads(line))), flush=True)
        return True

    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, on_command)
    print(json.dumps({"ready": True}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
