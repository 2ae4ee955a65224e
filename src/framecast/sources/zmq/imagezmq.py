"""Senders of imagezmq as a source: arrays become `frames`, JPEGs become `video` (MJPEG). Checked, never unpickled.

The source's thread. A sender that waits for an answer (REQ) always gets one: OK, or why its image was refused.
"""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np
import zmq

from framecast.bus import Publisher, TrackWriter
from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.errors import Closed, Invalid, NotEnoughMemory, SourceError
from framecast.media.coding import Coding
from framecast.media.parameters import probe, signature
from framecast.model import Kind, Meta, Picture, State, StreamSpec, TrackInfo
from framecast.model.envelope import read_json, refused
from framecast.sources import dial
from framecast.sources.zmq.address import ImagesAddress
from framecast.sources.zmq.connection import Connection
from framecast.sources.zmq.refusals import Refusals, is_pickle

MAX_MESSAGE_BYTES = 256 << 20
MAX_HEADER_BYTES = 64 << 10
_MICROSECONDS = Fraction(1, 1_000_000)
_CHANNELS = {1: "gray", 3: "bgr", 4: "bgr"}  # the fourth, alpha, is left out
_USELESS_S = 3.0


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Publish the images that come until the sender's connection ends; a port that listens waits for the next one.

    Raises:
        SourceError: nobody answers, it is cut or silent, the port is taken, or nothing that comes can be used.
        Invalid: the address is not valid.
    """
    address = ImagesAddress.parse(spec.source)
    if not address.bind:
        address = replace(address, host=dial.check_answers(spec.source, spec.timeout_s))
    most = min(MAX_MESSAGE_BYTES, spec.memory_limit_mb << 20)
    with Connection(listens=address.bind, timeout_s=spec.timeout_s, max_bytes=most, depth=2) as connection:
        if not address.bind:
            connection.subscribe("")
        connection.open(address.endpoint)
        images = Images(publisher, spec, address)
        try:
            for frames in connection.messages(stop):
                answer = b"" if frames is None else images.take(frames)
                if address.bind and frames is not None:
                    connection.reply(answer)
                images.look(connection.connected)
        except Closed:
            stop.set()


class Images:
    """Takes images and reports when the source is live, silent or unusable."""

    def __init__(self, publisher: Publisher, spec: StreamSpec, address: ImagesAddress) -> None:
        self.refusals = Refusals(publisher)
        self._publisher = publisher
        self._spec = spec
        self._address = address
        self._writers: dict[str, TrackWriter] = {}
        self._signature = b""
        self._begun = self._heard = monotonic()
        self._stalled = False

    def take(self, frames: list[zmq.Frame]) -> bytes:
        """Publish an image; return the answer for its sender."""
        try:
            self._accept(frames)
        except Invalid as error:
            self.refusals.add(error)
            return f"REFUSED {error}".encode()
        except NotEnoughMemory as error:
            self._publisher.note(memory=str(error))
        return b"OK"

    def look(self, connected: bool) -> None:
        """Do what is due.

        Raises:
            SourceError: nothing comes from a sender that publishes, or nothing that can be used.
        """
        now = monotonic()
        self.refusals.tell()
        if not self._writers and connected and now - self._begun > _USELESS_S and not self._address.bind:
            self.refusals.raise_if_all()
        silent = now - self._heard > (self._spec.stall_s if self._writers else self._spec.timeout_s)
        if not silent or self._stalled or not connected:
            return
        sentence = f"no image came for {now - self._heard:.0f} s"
        if not self._address.bind:
            self._publisher.report(State.STALLED, "stalled", sentence)
            raise SourceError("stalled", sentence)
        if self._writers:  # the port stays open: the sender may come again
            self._stalled = True
            self._publisher.report(State.STALLED, "stalled", sentence)

    def _accept(self, frames: list[zmq.Frame]) -> None:
        if any(is_pickle(frame.buffer) for frame in frames[:2]) and (
            len(frames) < 2 or frames[0].bytes[:1] != b"{"
        ):
            raise refused("pickle", "it is never opened, because opening one runs whatever is in it")
        if len(frames) != 2:
            raise refused("parts", f"{len(frames)} came, expected [JSON header, image]")
        fields = read_json(frames[0].bytes, MAX_HEADER_BYTES)
        name = fields.get("msg", "")
        if self._address.name and name != self._address.name:
            raise refused("name", f"an image of {name!r:.40} came, expected {self._address.name!r:.40}")
        body = frames[1].buffer
        if "dtype" in fields or "shape" in fields:
            self._publish_array(fields, body)
        else:
            self._publish_jpeg(body)
        self._come(name)

    def _come(self, name: object) -> None:
        self._heard = monotonic()
        if self._stalled or self._begun:
            self._publisher.report(State.LIVE)
            self._publisher.note(source=f"imagezmq sender {name!r:.60}")
            self._begun, self._stalled = 0.0, False

    def _publish_array(self, fields: dict[str, Any], body: memoryview) -> None:
        picture, shape = _picture(fields, len(body))
        image = np.frombuffer(body, np.uint8).reshape(shape)
        if len(shape) == 3 and shape[2] == 4:
            image = image[:, :, :3]
        info = TrackInfo(
            "frames",
            Kind.FRAMES,
            time_base=_MICROSECONDS,
            picture=picture,
            width=picture.width,
            height=picture.height,
        )
        writer = self._writer(info)
        slot = writer.reserve(picture.layout.size_bytes)
        slot.view.reshape(image.shape)[...] = image
        writer.publish(slot, _now())

    def _publish_jpeg(self, body: memoryview) -> None:
        if bytes(body[:2]) != b"\xff\xd8":
            raise refused("jpeg", "the image has no shape and dtype, and is not JPEG")
        found = signature("mjpeg", body)
        if not found or found != self._signature or "video" not in self._writers:
            picture = probe(Coding("mjpeg", "mjpeg"), bytes(body))
            if picture is None:
                raise refused("jpeg", "it cannot be decoded")
            self._signature = found
            info = TrackInfo("video", Kind.PACKETS, time_base=_MICROSECONDS, codec="mjpeg")
            self._writer(replace(info, picture=picture, width=picture.width, height=picture.height))
        self._writers["video"].send(body, _now())

    def _writer(self, info: TrackInfo) -> TrackWriter:
        writer = self._writers.get(info.name)
        if writer is None or replace(writer.info, epoch=0) != info:
            first = writer is None
            writer = self._writers[info.name] = self._publisher.track(info)
            if first:
                self._publisher.ready()
        return writer


def _now() -> Meta:
    arrived = monotonic_ns()
    return Meta(arrived // 1000, utc_ns(), arrived, Clock.ARRIVAL)


def _picture(fields: dict[str, Any], size: int) -> tuple[Picture, tuple[int, ...]]:
    """Return the description of the picture in an array, and the shape of the array."""
    dtype, shape = fields.get("dtype"), fields.get("shape")
    if dtype not in ("uint8", "|u1"):
        raise refused("dtype", f"{dtype!r:.40}, expected uint8")
    if (
        not isinstance(shape, list)
        or len(shape) not in (2, 3)
        or not all(type(side) is int for side in shape)
    ):
        raise refused("shape", f"{shape!r:.60}, expected [height, width] or [height, width, channels]")
    channels = shape[2] if len(shape) == 3 else 1
    if channels not in _CHANNELS:
        raise refused("shape", f"{channels} channels, expected 1, 3 or 4")
    try:
        picture = Picture(_CHANNELS[channels], shape[1], shape[0])
    except Invalid as error:
        raise refused("shape", f"{error}") from error
    if math.prod(shape) != size:
        raise refused("size", f"{size} bytes came for the shape {shape}")
    plain = tuple(shape[:2]) if channels == 1 else tuple(shape)
    return picture, plain
