"""What a client wants to read, checked. Equal selections share one feed, so what does not matter is left out of them."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.errors import Invalid
from framecast.model import Kind, Policy, Subscription, TrackName, check_name
from framecast.model.subscription import default_policy
from framecast.v1 import media_pb2

MAX_TRACKS = 8
MAX_BATCH_MS = 1000
MAX_FPS = 1000.0
LABEL = "grpc"
_USUAL = ("video", "audio")


@dataclass(frozen=True, slots=True)
class Selection:
    """Tracks of one stream. `policy` is that of pictures and data, None their default; `max_fps` 0 is unlimited."""

    stream: str
    tracks: tuple[TrackName, ...]
    policy: Policy | None = None
    max_fps: float = 0.0
    wait: bool = False
    batch_s: float = 0.0

    @classmethod
    def of(cls, request: media_pb2.ReadRequest) -> Selection:
        """Return the selection of a request.

        Raises:
            Invalid: a field is wrong; the message names it.
        """
        tracks = tuple(dict.fromkeys(TrackName.parse(name) for name in request.tracks or _USUAL))
        if len(tracks) > MAX_TRACKS:
            raise Invalid(f"tracks must be at most {MAX_TRACKS} in one call, got {len(tracks)}")
        if not 0 <= request.max_fps <= MAX_FPS:
            raise Invalid(f"max_fps must be between 0 (unlimited) and {MAX_FPS:g}, got {request.max_fps}")
        if request.batch_ms > MAX_BATCH_MS:
            raise Invalid(
                f"batch_ms must be between 0 (no batches) and {MAX_BATCH_MS}, got {request.batch_ms}"
            )
        policy = Policy.parse(request.policy) if request.policy else None
        chosen = any(map(is_thinned, tracks))
        return cls(
            check_name(request.stream),
            tracks,
            policy if chosen else None,
            request.max_fps if chosen else 0.0,
            request.wait,
            request.batch_ms / 1000,
        )

    def policy_of(self, track: TrackName) -> Policy:
        """Return what a slow client of a track gets."""
        if self.policy is not None and is_thinned(track):
            return self.policy
        return default_policy(Kind.FRAMES if track.base == "jpeg" else track.kind)

    def subscription(self, track: TrackName) -> Subscription:
        """Return what the bus is asked for."""
        max_fps = self.max_fps if is_thinned(track) else 0.0
        return Subscription(self.stream, track, self.policy_of(track), max_fps, LABEL, wait=self.wait)


def is_thinned(track: TrackName) -> bool:
    """Return whether records of a track may be left out one by one: each stands for itself."""
    return track.base == "jpeg" or track.kind in (Kind.FRAMES, Kind.DATA)
