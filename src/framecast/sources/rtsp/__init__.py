"""Cameras: RTSP over TCP, UDP or multicast, with and without TLS. Runs in the source process.

Over TCP, the default, and over UDP this package receives by itself: a picture is published
with its last packet. FFmpeg's demuxer receives everything else (see `Unfit`); it returns a picture when the next one begins.
The fact `client` of the stream says which of the two receives, and why.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic

from framecast import native
from framecast.bus import Publisher
from framecast.errors import Invalid, SourceError
from framecast.media.demux import Demuxer
from framecast.model import REASONS, State, StreamSpec
from framecast.protocols.rtsp.address import Address
from framecast.protocols.sdp import Unfit
from framecast.sources import dial, tls
from framecast.sources.pull import pull
from framecast.sources.rtsp import ffmpeg
from framecast.sources.rtsp.carrier import Carrier, Interleaved
from framecast.sources.rtsp.connection import Connection
from framecast.sources.rtsp.datagrams import Datagrams
from framecast.sources.rtsp.handshake import Redirected, negotiate
from framecast.sources.rtsp.receiver import Receiver
from framecast.sources.rtsp.session import HungUp, Session

__all__ = ["run"]

_MAX_REDIRECTIONS = 3
_PAUSES_S = (0.1, 0.5)
_CARRIERS: dict[tuple[str, str], Callable[[Connection], Carrier]] = {
    ("rtsp", "tcp"): Interleaved,
    ("rtsp", "udp"): Datagrams,
    ("rtsps", "tcp"): Interleaved,
}


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Pull a camera.

    Raises:
        SourceError: it cannot be reached, refuses, is broken, closed or silent.
    """
    facts = {"transport": spec.transport, **tls.fact(spec.source.scheme, verify=spec.verify_tls)}
    try:
        with native.faults_end_the_source():
            receiver = opened(spec, stop, lambda why: publisher.report(State.CONNECTING, "", why))
    except Unfit as unfit:
        if spec.source.networks is not None:
            raise SourceError("unsupported", _not_for_ffmpeg(unfit)) from None
        demuxer = _left_to_ffmpeg(spec, stop)
        pull(publisher, spec, stop, demuxer, None, client=f"FFmpeg: {unfit}", **facts)
    except SourceError:
        if not stop.is_set():
            raise
    else:
        if receiver.refused:
            facts["refused"] = receiver.refused
        facts["receiver"] = receiver.implementation
        if native.look().module is not None:
            publisher.lend_tracks()
        with native.faults_end_the_source():
            pull(publisher, spec, stop, receiver, None, client="framecast", **facts)


def opened(
    spec: StreamSpec, stop: threading.Event, on_wait: Callable[[str], None] = lambda _why: None
) -> Receiver:
    """Return a camera that plays. `on_wait` is called with what it waits for, perhaps several times.

    Raises:
        SourceError: it cannot be reached, or refuses.
        Unfit: only FFmpeg may be able to receive it.
    """
    scheme = spec.source.scheme
    if (scheme, spec.transport) not in _CARRIERS:
        dial.check_answers(spec.source, spec.timeout_s, verify_tls=spec.verify_tls)
        raise Unfit(f"transport {spec.transport}" + (" with TLS" if scheme in tls.SCHEMES else ""))
    address = Address.of(spec.source.reveal(), dial.PORTS[scheme])
    deadline = monotonic() + spec.timeout_s
    greets = True
    for _ in range(_MAX_REDIRECTIONS):
        sock = dial.connect(address.host, address.port, spec.timeout_s, spec.source.networks)
        if scheme in tls.SCHEMES:
            sock = tls.secured(sock, address.host, deadline, verify=spec.verify_tls, stop=stop)
        with ExitStack() as undo:
            session = Session(Connection(sock, spec.source.networks), address, deadline, stop)
            undo.callback(session.close)
            carrier = _CARRIERS[scheme, spec.transport](session.connection)
            undo.callback(carrier.close)
            try:
                offer = negotiate(session, address, carrier, audio=spec.audio, greets=greets)
            except HungUp:
                greets = False
                continue
            except Redirected as elsewhere:
                address = _followed(address, elsewhere.location, scheme)
                continue
            receiver = Receiver(session, offer, deadline, spec.stall_s, stop, on_wait)
            undo.pop_all()
            return receiver
    raise SourceError("bad-data", "the server redirects too often")


def _not_for_ffmpeg(unfit: Unfit) -> str:
    """FFmpeg resolves names by itself, and follows a redirection to any host."""
    return (
        f"only FFmpeg may be able to receive this camera ({unfit}), and FFmpeg does not keep to source_networks: "
        "an administrator may add the stream"
    )


def _left_to_ffmpeg(spec: StreamSpec, stop: threading.Event) -> Demuxer:
    """Some servers still free the session before, and refuse during that time (503)."""
    for pause_s in _PAUSES_S:
        try:
            return ffmpeg.opened(spec)
        except SourceError as error:
            if error.reason != "failed" or stop.wait(pause_s):
                raise
    return ffmpeg.opened(spec)


def _followed(address: Address, location: str, scheme: str) -> Address:
    """Return the target of a redirection: another RTSP server, never from TLS to no TLS, and another host gets no password."""
    try:
        target = Address.of(location, dial.PORTS[scheme])
    except Invalid:
        target = None
    if target is None or not location.lower().startswith(f"{scheme}://"):
        raise SourceError("forbidden", REASONS["forbidden"])
    if (target.host, target.port) == (address.host, address.port):
        return Address(target.url, target.host, target.port, address.user, address.password)
    return Address(target.url, target.host, target.port)
