"""A real RTSP camera for tests: GStreamer's RTSP server in a process of its own, with the faults that cameras have.

    with RtspServer(Clip(audio="aac"), user="me", password="secret") as camera:
        av.open(camera.url())

Every mount repeats one clip without a gap; all its clients share one pipeline, so a second client joins in the middle.
"""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from tests.support import needs, ports
from tests.support.media_files import Clip

MAIN = Path(__file__).with_name("gst_rtsp_main.py")
DEFAULT_CLIP = Clip(seconds=10)
READY_S = 60


class RtspServer:
    """One server process with a clip at each path.

    `clip` is served at /test; a mapping of paths to clips serves several. `clock_offset_s` makes the wall clock in RTCP
    sender reports wrong; `auth` is digest or basic; `tls` is a certificate and its key. Codecs that RTP carries here: h264, h265, mjpeg; aac, opus, pcma.
    """

    def __init__(
        self,
        clip: Clip | Mapping[str, Clip] = DEFAULT_CLIP,
        *,
        user: str = "",
        password: str = "",
        auth: str = "digest",
        clock_offset_s: float = 0,
        port: int = 0,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        self.port = port or ports.free_port()
        self.user, self.password, self._auth = user, password, auth
        self._clips = dict(clip) if isinstance(clip, Mapping) else {"/test": clip}
        self._clock_offset_s = clock_offset_s
        self._tls = tls
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def url(self, path: str = "/test", user: str | None = None, password: str | None = None) -> str:
        """Return the address, with the right user and password unless others are given ("" for none)."""
        user = self.user if user is None else user
        password = self.password if password is None else password
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"rtsp{'s' if self._tls else ''}://{login}127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Serve, on the same port as before; returns when an RTSP request is answered."""
        options = {
            "port": self.port,
            "mounts": {path: _mount(clip) for path, clip in self._clips.items()},
            "user": self.user,
            "password": self.password,
            "auth": self._auth,
            "clock_offset_s": self._clock_offset_s,
            "tls": list(map(str, self._tls or ())),
        }
        command = [needs.rtsp_server(), str(MAIN), json.dumps(options)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        try:
            self._answer()
            self._check_options()
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """End cleanly, as a camera that is switched off: sockets are closed."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End at once by SIGKILL."""
        self._end(signal.SIGKILL)

    close = kill

    def stall(self) -> None:
        """Send nothing and answer nothing, but keep every socket open."""
        os.kill(self._running().pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `stall`."""
        os.kill(self._running().pid, signal.SIGCONT)

    def cut(self) -> None:
        """Close all connections in the middle, and go on serving new ones."""
        self._do("cut")

    def connections(self) -> int:
        """Return how many clients are connected now."""
        return int(self._do("count")["connections"])

    def plays(self) -> int:
        """Return how many times a client has begun to play since `start`."""
        return int(self._do("count")["plays"])

    def set_size(self, width: int, height: int, path: str = "/test") -> None:
        """Go on in another resolution, from the next picture on, without a new connection."""
        clip = replace(self._clips[path], size=(width, height))
        self._clips[path] = clip
        self._do("switch", path=path, file=_mount(clip)["file"])

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._running().pid

    def _check_options(self) -> None:
        with (
            socket.create_connection(("127.0.0.1", self.port), READY_S) as plain,
            self._under_tls(plain) as probe,
        ):
            probe.sendall(f"OPTIONS rtsp://127.0.0.1:{self.port}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
            if not probe.recv(4096).startswith(b"RTSP/1.0 "):
                raise RuntimeError("the RTSP server does not answer OPTIONS")
        deadline = time.monotonic() + READY_S
        while not self._do("count")["gone"] and time.monotonic() < deadline:  # this one's own is no client
            time.sleep(0.01)

    def _under_tls(self, plain: socket.socket) -> socket.socket:
        if not self._tls:
            return plain
        return ssl.create_default_context(cafile=str(self._tls[0])).wrap_socket(
            plain, server_hostname="127.0.0.1"
        )

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("the RTSP server is not running: call start()")
        return self._process

    def _do(self, what: str, **arguments: str) -> dict[str, Any]:
        pipe = self._running().stdin
        assert pipe
        pipe.write(json.dumps({"do": what, **arguments}) + "\n")
        pipe.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        process = self._running()
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the RTSP server ended with status {process.wait(READY_S)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with process:  # closes the pipes and waits
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)


def _mount(clip: Clip) -> dict[str, str]:
    file = replace(clip, container="mkv").path()
    return {"file": str(file), "video": clip.video, "audio": clip.audio, "fps": str(clip.fps)}
