"""What a client wants to read, checked. Equal wishes share one feed, so what does not matter is left out of them."""

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
class Wish:
    """Tracks of one stream. `policy` is that of pictures and data, None their default; `max_fps` 0 is all."""

    stream: str
    tracks: tuple[TrackName, ...]
    policy: Policy | None = None
    max_fps: float = 0.0
    wait: bool = False
    batch_s: float = 0.0

    @classmethod
    def of(cls, request: media_pb2.ReadRequest) -> Wish:
        """Return the wish of a request.

        Raises:
            Invalid: names the field that cannot be.
        """
        tracks = tuple(dict.fromkeys(TrackName.parse(name) for name in request.tracks or _USUAL))
        if len(tracks) > MAX_TRACKS:
            raise Invalid(f"{len(tracks)} tracks are wanted in one call: use {MAX_TRACKS} at most")
        if not 0 <= request.max_fps <= MAX_FPS:
            raise Invalid(f"max_fps {request.max_fps} cannot be: use 0 (all) to {MAX_FPS:g}")
        if request.batch_ms > MAX_BATCH_MS:
            raise Invalid(f"batch_ms {request.batch_ms} cannot be: use 0 (at once) to {MAX_BATCH_MS}")
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
        """Return what happens to a track whose reader is slow."""
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
