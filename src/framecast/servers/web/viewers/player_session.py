"""What a player says on `/api/ws`, in go2rtc's message shapes: it asks for one stream as MSE, MJPEG, MP4 key frames or HLS.

Runs on the event loop. The socket stays open while the source is away. Messages `framecast/...`, which go2rtc's own player
ignores, give the reason and the server's clock.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from framecast.errors import FramecastError, Invalid
from framecast.fanout.coding import Wanted
from framecast.model import TrackName
from framecast.servers.access.finding import find_stream
from framecast.servers.access.policy import Sight
from framecast.servers.web.context import WebContext
from framecast.servers.web.http.socket import Socket
from framecast.servers.web.live.mjpeg_viewer import MessageViewer, MjpegOptions
from framecast.servers.web.live.mp4_messages import KeyFrames, Mp4Messages, OwnTimeline
from framecast.servers.web.live.mp4_session import Mp4Session

VIEW_S = 5.0

log = logging.getLogger("framecast.web")


class PlayerSession:
    """One player of `stream`; `jpeg` is the track that it gets as MJPEG."""

    def __init__(
        self,
        web: WebContext,
        sight: Sight,
        stream: str,
        jpeg: TrackName,
        options: MjpegOptions,
        token: str = "",
    ) -> None:
        """`token` is that of the link by which the player came, '' without one."""
        self._token = token
        self._web = web
        self._sight = sight
        self._stream = stream
        self._jpeg = jpeg
        self._options = options
        self._socket: Socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._question: asyncio.Task[None] | None = None  # one at a time
        self._mp4_session: Mp4Session | None = None
        self._viewer: MessageViewer | None = None
        self._end_states: Callable[[], None] | None = None

    def on_open(self, socket: Socket) -> None:
        """Wait for a wish."""
        self._socket = socket

    def on_text(self, text: str) -> None:
        """Obey one message. Types that are not known are passed over, as go2rtc does."""
        try:
            kind, value = parse(text)
        except Invalid as error:
            self._say_error("message", error)
            return
        if kind in _WISHES:
            # Players ask for WebRTC beside MSE: only what brings media takes the place of what did.
            self._stop()
            self._task = self._begin(kind, _WISHES[kind], value)
        elif kind in _QUESTIONS and self._question is None:
            self._question = self._begin(kind, _QUESTIONS[kind], value)
            self._question.add_done_callback(self._on_answered)

    def on_writable(self) -> None:
        """JPEG pictures wait for an empty transport."""
        if self._viewer is not None:
            self._viewer.on_writable()

    def on_cut(self) -> None:
        """Count it for the stream."""
        if self._mp4_session is not None:
            self._mp4_session.cut()

    def on_closed(self) -> None:
        """Let go of everything."""
        self._stop()
        if self._question is not None:
            self._question.cancel()
        if self._end_states is not None:
            self._end_states()
        self._socket = None

    # --- wishes

    def _begin(self, kind: str, wish: Wish, value: object) -> asyncio.Task[None]:
        return asyncio.create_task(self._obey(kind, wish, value), name=f"{kind} {self._stream}")

    def _on_answered(self, _task: asyncio.Task[None]) -> None:
        self._question = None

    async def _obey(self, kind: str, wish: Wish, value: object) -> None:
        try:
            await wish(self, value)
        except FramecastError as error:
            self._say_error(kind, error)
        except Exception:  # a task's edge
            log.exception("a viewer of %s could not be served", self._stream)
            self._say_error(kind, FramecastError("the server failed"))

    async def _mse(self, value: object) -> None:
        await self._watch("mse", OwnTimeline(self._tell), value)

    async def _mp4(self, value: object) -> None:
        await self._watch("mp4", KeyFrames(self._tell), value)

    async def _watch(self, kind: str, messages: Mp4Messages, value: object) -> None:
        wanted = Wanted.parse(value if value is not None else "")
        await self._meet_stream()
        socket = self._socket
        if socket is not None:
            self._mp4_session = Mp4Session(
                self._web.live_mp4s, self._stream, messages, lambda error: self._say_error(kind, error)
            )
            self._mp4_session.start(socket.queue, wanted)

    async def _mjpeg(self, _value: object) -> None:
        await self._meet_stream()
        viewer = await self._web.live_jpegs.view(
            self._stream, self._jpeg, self._options, VIEW_S, MessageViewer
        )
        if self._socket is None:
            viewer.on_lost()
            return
        self._viewer = viewer
        self._tell(type="mjpeg")
        viewer.attach(self._socket.transport)

    async def _hls(self, value: object) -> None:
        wanted = Wanted.parse(value if value is not None else "")
        await self._meet_stream()
        packager = await self._web.packagers.find(self._stream, wanted)
        self._tell(type="hls", value=packager.master(self._token))

    async def _webrtc(self, _value: object) -> None:
        raise Invalid("WebRTC is not supported yet")

    async def _meet_stream(self) -> None:
        """Check that the stream exists, and send its state from now on."""
        await find_stream(self._web.node, self._sight, self._stream)
        if self._end_states is None and self._socket is not None:
            self._end_states = self._web.states.listen(self._stream, self._tell_state)

    # --- private

    def _stop(self) -> None:
        """End what was asked for before."""
        if self._task is not None:
            self._task.cancel()
        if self._mp4_session is not None:
            self._mp4_session.close()
        if self._viewer is not None:
            self._viewer.on_lost()
        self._task = self._mp4_session = self._viewer = None

    def _tell(self, **fields: Any) -> None:  # noqa: ANN401  whatever JSON can say
        if self._socket is not None:
            self._socket.tell(**fields)

    def _tell_state(self, state: dict[str, Any]) -> None:
        self._tell(type="framecast/state", value=state)

    def _say_error(self, kind: str, error: FramecastError) -> None:
        self._tell(type="error", value=f"{kind}: {error}")


Wish = Callable[[PlayerSession, object], Awaitable[None]]
_WISHES: dict[str, Wish] = {
    "mse": PlayerSession._mse,
    "mp4": PlayerSession._mp4,
    "mjpeg": PlayerSession._mjpeg,
}
_QUESTIONS: dict[str, Wish] = {
    "hls": PlayerSession._hls,
    "webrtc/offer": PlayerSession._webrtc,
}


def parse(text: str) -> tuple[str, object]:
    """Return type and value of a message.

    Raises:
        Invalid: the text is not such a message.
    """
    fields = parse_object(text)
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise Invalid("a message needs a 'type'")
    return kind, fields.get("value")


def parse_object(text: str) -> dict[str, Any]:
    """Return a message's fields.

    Raises:
        Invalid: it is no JSON object.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("a message must be a JSON object") from error
    if not isinstance(fields, dict):
        raise Invalid("a message must be a JSON object")
    return fields
