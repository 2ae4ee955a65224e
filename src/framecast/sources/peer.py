"""Streams of other nodes by gRPC: grpc://TOKEN@host:50051/name, with TLS grpcs://, bare pictures with ?raw=1.

Runs in the source process. Tracks travel as they are, and only those that somebody here wants: pictures encoded, to be decoded
on this host by the node's own renditions. What the other node says of the stream is passed on. After a cut this process connects
again by itself, where other sources end and the node starts the next one: only a process that stays knows the number of the last record of
each track, and so leaves out what comes again and counts what is missing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING

from framecast.bus import Publisher
from framecast.errors import (
    Broken,
    Closed,
    Denied,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NotEnoughMemory,
    NotFound,
    SourceError,
    WouldBlock,
)
from framecast.model import State, StreamSpec, TrackInfo
from framecast.model.backoff import Backoff
from framecast.peer.address import PeerAddress
from framecast.sources import dial, permitted
from framecast.sources.peer_offer import offered
from framecast.sources.peer_track import PeerTrack, Reading, Received

if TYPE_CHECKING:
    from framecast.model.status import Status
    from framecast.peer.peer import Peer, Watching

# After this silence the other node is asked for a sign of life.
_SILENCE_S = 2.0
_ANSWER_S = 3.0
# A track without readers is still read for this long: readers come and go.
_LINGER_S = 2.0
# A track that the other node did not have is requested again after this long.
_ASK_AGAIN_S = 1.0
_LOOK_S = 0.25  # how late `stop` may be seen
_FIRST_RETRY_S = 0.1
_STEADY_S = 5.0
# Wrong tokens are counted by the other node: it forgives one in six seconds.
_DENIED_RETRY_S = 10.0
_SHOWS = (State.LIVE, State.STALLED)
# Bare pictures wait for a slow network up to so many; then the newest counts.
_RAW_POLICY = "queue(4)"
_DATA_POLICY = "queue(512)"
_REASONS: tuple[tuple[type[FramecastError], str], ...] = (
    (Denied, "bad-auth"),
    (NotFound, "not-found"),
    (WouldBlock, "timeout"),
    (NotEnoughMemory, "memory"),
    (Invalid, "unsupported"),
    (Broken, "bad-data"),
)


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Pull a stream of another node until it ends there.

    Raises:
        Invalid: the address is not valid.
    """
    _Pull(publisher, spec, stop).run()


class _Pull:
    """One stream over any number of connections: its tracks, and the state that was reported last."""

    def __init__(self, publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
        self.publisher = publisher
        self.spec = spec
        self.stop = stop
        self.address = PeerAddress.of_stream(spec.source)
        self.wake = threading.Event()  # something may have to be done
        self.tracks: dict[str, PeerTrack] = {}
        self._announcing = threading.Lock()
        self._told: tuple[State, str, str] | None = None
        self._connected_at: float | None = None
        publisher.hear_demand(self.wake.set)
        publisher.note(transport="grpc", node=self.address.url)

    def run(self) -> None:
        """Connect again and again; return when the stream has ended or was stopped."""
        # gRPC has threads: it is imported here, in the process that was forked, and never in the one that forks.
        from framecast.peer.peer import Peer

        backoff = Backoff(self.spec.retry_max_s, first_s=_FIRST_RETRY_S)
        while not self.stop.is_set():
            self._connected_at = None
            try:
                host = dial.check_answers(self.spec.source, self.spec.timeout_s)
                with Peer(self.address, host) as peer:
                    _Session(self, peer).run()
                    return
            except Closed:
                return  # the publisher was closed: nobody is left to pull for
            except FramecastError as error:
                for track in self.tracks.values():
                    track.cut()
                self._fail(error)
                if not permitted.can_resolve():
                    raise  # a new process may read the new list of name servers
                if self._was_steady():
                    backoff.reset()
                least_s = _DENIED_RETRY_S if isinstance(error, Denied) else 0.0
            self.stop.wait(max(least_s, backoff.next_s()))

    def connected(self) -> None:
        """Note that the other node has answered."""
        self._connected_at = monotonic()

    def tell(self, state: State, reason: str = "", detail: str = "") -> None:
        """Report a state if it has changed."""
        if (state, reason, detail) != self._told:
            self._told = (state, reason, detail)
            self.publisher.report(state, reason, self.spec.source.scrub(detail))

    def announce(self, there: Iterable[TrackInfo]) -> None:
        """Announce new tracks; those that are announced already stay."""
        new = [info for info in offered(there, raw=self.address.raw) if info.name not in self.tracks]
        if not self.spec.audio:
            new = [info for info in new if info.name not in ("audio", "samples")]
        for info in new:
            self.tracks[info.name] = PeerTrack(self.publisher, info, self._announcing, self.wake.set)
        if new:
            self.publisher.ready()

    def _was_steady(self) -> bool:
        return self._connected_at is not None and monotonic() - self._connected_at >= _STEADY_S

    def _fail(self, error: FramecastError) -> None:
        if isinstance(error, SourceError):
            reason = error.reason
        elif isinstance(error, NodeUnavailable):
            reason = "failed" if self._connected_at is None else "closed"
        else:
            reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), "failed")
        self.tell(State.OFFLINE, reason, str(error))


class _Session:
    """One connection: what the other node says, and which tracks are read. The source's thread."""

    def __init__(self, pull: _Pull, peer: Peer) -> None:
        self._pull = pull
        self._peer = peer
        self._stream = pull.address.stream
        self._news: deque[Status | FramecastError | None] = deque()
        self._heard_at = monotonic()
        self._ended = False
        self._unwanted_since: dict[str, float] = {}
        self._probe: _Probe | None = None

    def run(self) -> None:
        """Follow the stream until it has ended or is stopped.

        Raises:
            FramecastError: the connection is lost, or the other node refuses.
        """
        self._ask(self._pull.spec.timeout_s)
        self._pull.connected()
        watching = self._peer.watch(self._stream)
        threading.Thread(target=self._watch, args=(watching,), name="watch", daemon=True).start()
        while not (self._pull.stop.is_set() or self._ended):
            self._take_news()
            self._read_what_is_wanted()
            if monotonic() - self._heard_at > _SILENCE_S:
                self._ask(_ANSWER_S)  # a cut network says nothing at all
            self._pull.wake.wait(_LOOK_S)
            self._pull.wake.clear()
        for track in self._pull.tracks.values():
            if self._ended:
                track.join(_ANSWER_S)  # what is on its way still comes
            track.cut()

    # --- what the other node says

    def _ask(self, timeout_s: float) -> None:
        """Ask how the stream is.

        Raises:
            NodeUnavailable, WouldBlock: there is no answer.
        """
        self._hear(self._peer.stream(self._stream, timeout_s))
        self._heard_at = monotonic()

    def _watch(self, watching: Watching) -> None:
        """On a thread of its own."""
        try:
            for name, stream in watching:
                self._heard_at = monotonic()
                if name == self._stream:
                    self._news.append(stream)
                    self._pull.wake.set()
            error: FramecastError = NodeUnavailable(f"{self._pull.address.url} has ended the connection")
        except FramecastError as failure:
            error = failure
        self._news.append(error)
        self._pull.wake.set()

    def _take_news(self) -> None:
        while self._news and not self._ended:
            news = self._news.popleft()
            if isinstance(news, FramecastError):
                raise news
            if news is None:  # removed: as with a stream of this node, its readers end
                self._ended = True
            else:
                self._hear(news)

    def _hear(self, stream: Status) -> None:
        if stream.state in _SHOWS and stream.tracks:
            self._pull.announce(stream.tracks)
        if stream.state is State.LIVE and self._pull.tracks:
            self._pull.tell(State.LIVE)
        elif stream.state in (State.STALLED, State.OFFLINE):
            where = self._pull.address.target
            self._pull.tell(stream.state, stream.reason, f"{stream.detail} (at {where})".strip())
        self._ended = self._ended or stream.state is State.ENDED

    # --- what is read

    def _read_what_is_wanted(self) -> None:
        self._ask_for_life()
        now = monotonic()
        for track in self._pull.tracks.values():
            self._heard_at = max(self._heard_at, track.heard_at)
            if track.running:
                self._let_go(track, now)
            elif track.failure is not None and not isinstance(track.failure, NotFound):
                raise track.failure
            elif track.wanted and now - track.ended_at > _ASK_AGAIN_S and not self._ended:
                self._unwanted_since.pop(track.name, None)
                track.start(_Read(self._peer, self._stream, track.name))

    def _let_go(self, track: PeerTrack, now: float) -> None:
        if track.wanted:
            self._unwanted_since.pop(track.name, None)
        elif now - self._unwanted_since.setdefault(track.name, now) > _LINGER_S:
            track.stop()

    def _ask_for_life(self) -> None:
        """A stream that nobody reads there shows nothing: read it, until it has said what it has."""
        if self._pull.tracks:
            if self._probe is not None:
                self._probe.cancel()
                self._probe = None
        elif self._probe is None or self._probe.is_over:
            track = "frames" if self._pull.address.raw else "video"
            self._probe = _Probe(_Read(self._peer, self._stream, track))


class _Read:
    """One call that reads one track."""

    def __init__(self, peer: Peer, stream: str, track: str) -> None:
        policy = _RAW_POLICY if track == "frames" else _DATA_POLICY
        self._call = peer.read(stream, track, policy)

    def read(self) -> Iterable[TrackInfo | Received]:
        """Yield what comes."""
        return self._call

    def cancel(self) -> None:
        """End it."""
        self._call.cancel()


class _Probe:
    """Reads and drops records, only so that the stream has a reader there."""

    def __init__(self, reading: Reading) -> None:
        self._again_at = monotonic() + _ASK_AGAIN_S
        self._reading = reading
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """True if it has ended, and another one may be tried."""
        return not self._thread.is_alive() and monotonic() > self._again_at

    def cancel(self) -> None:
        """End it."""
        self._reading.cancel()
        self._thread.join(_LINGER_S)

    def _run(self) -> None:
        try:
            for _ in self._reading.read():
                continue
        except FramecastError:
            return  # there is no such track, or what is wrong shows in the stream's state
