"""Decoded pictures of any kind as encoders take them: upright, progressive, 8 bit 4:2:0, SDR, square pixels, one size.

A graph of FFmpeg's filters, made for the first picture and again when a picture differs from the one before. High dynamic range is mapped to BT.709 by
libswscale. Each object belongs to one thread; FFmpeg works without Python's lock, so several objects work at the same time.
"""

from __future__ import annotations

from fractions import Fraction

import av
import av.error
from av.filter.graph import Graph
from av.video.frame import VideoFrame

from framecast.errors import Invalid
from framecast.model import Orientation

TIME_BASE = Fraction(1, 90_000)
# H.273: transfer characteristics of high dynamic range (PQ, HLG); matrices.
HDR = (16, 18)
_BT709, _UNSPECIFIED, _BT601 = 1, 2, 6
_HD_HEIGHT = 720  # what browsers take for BT.709 if nothing is said
_TURNS = {
    (False, False): "cclock_flip",
    (True, False): "clock",
    (False, True): "cclock",
    (True, True): "clock_flip",
}


class PictureFilter:
    """Makes pictures of `size` (width, height as they are shown). `threads` work on each picture."""

    def __init__(
        self, size: tuple[int, int], orientation: Orientation | None = None, threads: int = 1
    ) -> None:
        self._size = size
        self._orientation = orientation or Orientation()
        self._threads = threads
        self._graph: Graph | None = None
        self._shape: tuple[object, ...] = ()

    def push(self, frame: VideoFrame) -> list[VideoFrame]:
        """Return the pictures that `frame` completes: one, later ones at the edges of interlaced video. Its pts counts in `TIME_BASE`.

        Raises:
            Invalid: FFmpeg cannot convert it.
        """
        shape = _shape_of(frame)
        done: list[VideoFrame] = []
        if shape != self._shape:
            done = self.finish()
            self._graph, self._shape = self._made(frame), shape
        assert self._graph is not None
        frame.time_base = TIME_BASE
        try:
            self._graph.vpush(frame)
        except (av.error.FFmpegError, ValueError) as error:
            raise Invalid(f"pictures of {frame.format.name} cannot be converted: {error}") from error
        return done + self._pulled()

    def finish(self) -> list[VideoFrame]:
        """Return the pictures that are still inside."""
        if self._graph is None:
            return []
        self._graph.vpush(None)
        done = self._pulled()
        self._graph, self._shape = None, ()
        return done

    def _pulled(self) -> list[VideoFrame]:
        assert self._graph is not None
        done = []
        while True:
            try:
                done.append(self._graph.vpull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return done

    def _made(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        graph.threads = self._threads
        # Read by FFmpeg from the string: PyAV's own method leaves the colours out.
        matrix = frame.colorspace if frame.colorspace != _UNSPECIFIED else _guessed(frame)
        source = (
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={TIME_BASE}"
            f":pixel_aspect=1/1:colorspace={int(frame.colorspace)}:range={int(frame.color_range)}"
        )
        nodes = [graph.add("buffer", source)]
        nodes += [graph.add(name, given) for name, given in self._filters(frame, int(matrix))]
        nodes.append(graph.add("buffersink"))
        graph.link_nodes(*nodes)
        try:
            graph.configure()
        except (av.error.FFmpegError, ValueError) as error:
            raise Invalid(f"pictures of {frame.format.name} cannot be converted: {error}") from error
        return graph

    def _filters(self, frame: VideoFrame, matrix: int) -> list[tuple[str, str | None]]:
        found: list[tuple[str, str | None]] = []
        if frame.interlaced_frame:
            found.append(("bwdif", "mode=send_frame:deint=interlaced"))
        turned = self._orientation
        width, height = turned.size(*self._size)
        scale = f"w={width}:h={height}:flags=bicubic:out_range=tv"
        if int(frame.color_trc) in HDR:
            scale += ":out_transfer=bt709:out_primaries=bt709:out_color_matrix=bt709"
        elif frame.colorspace == _UNSPECIFIED:
            name = "bt709" if matrix == _BT709 else "smpte170m"
            scale += f":in_color_matrix={name}:out_color_matrix={name}"
        found += [("scale", scale), ("format", "pix_fmts=yuv420p")]
        if turned.transpose:
            found.append(("transpose", _TURNS[turned.flip_x, turned.flip_y]))
        else:
            found += [
                (name, None)
                for name, wanted in (("hflip", turned.flip_x), ("vflip", turned.flip_y))
                if wanted
            ]
        return [*found, ("setsar", "1")]


def _guessed(frame: VideoFrame) -> int:
    return _BT709 if min(frame.width, frame.height) >= _HD_HEIGHT else _BT601


def _shape_of(frame: VideoFrame) -> tuple[object, ...]:
    return (
        frame.width,
        frame.height,
        frame.format.name,
        int(frame.colorspace),
        int(frame.color_range),
        int(frame.color_trc),
        bool(frame.interlaced_frame),
    )
