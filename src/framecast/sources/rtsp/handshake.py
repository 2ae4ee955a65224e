"""From a connection to a camera that plays: DESCRIBE, SETUP of at most two tracks, PLAY."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from framecast.media.audio import AudioContext
from framecast.media.rtp import description, tracks
from framecast.media.rtp.description import Media
from framecast.model import TrackInfo
from framecast.model.number import integer
from framecast.sources.rtsp.address import Address, base_of, control_of
from framecast.sources.rtsp.carrier import Carrier, Channels
from framecast.sources.rtsp.session import Session
from framecast.sources.rtsp.wire import Message


class Redirected(Exception):
    """The server names another address."""

    def __init__(self, location: str) -> None:
        super().__init__("redirected")
        self.location = location


@dataclass(slots=True)
class Track:
    """A track that was set up: its two channels, and the time stamp that PLAY begins at, if the server says so."""

    media: Media
    url: str
    channels: Channels
    begins_at: int | None = None


@dataclass(slots=True)
class Offer:
    """What plays, and how it comes. `url` is that of the whole session."""

    url: str
    carrier: Carrier
    tracks: list[Track] = field(default_factory=list)
    sound: tuple[TrackInfo, AudioContext] | None = None


def negotiate(session: Session, address: Address, carrier: Carrier, *, audio: bool) -> Offer:
    """Ask a camera to play, and return what does.

    Raises:
        SourceError: it refuses, or does not answer as it should.
        Unfit: FFmpeg may do better.
        Redirected: it is elsewhere.
    """
    session.begin(address.url)
    answer = _asked(session, "DESCRIBE", address.url, "Accept: application/sdp")
    told = description.parse(answer.body.decode("utf-8", "replace"), audio=audio)
    base = base_of(address.url, answer.header("content-base") or answer.header("content-location"))
    offer = Offer(control_of(base, told.control), carrier)
    if told.audio is not None:
        offer.sound = tracks.audio(told.audio)
    for media in (told.video, told.audio):
        if media is not None:
            offer.tracks.append(_set_up(session, offer, media))
    played = _asked(session, "PLAY", offer.url, "Range: npt=0.000-")
    _begins(offer.tracks, played.header("rtp-info"))
    carrier.begin()
    return offer


def _asked(session: Session, method: str, url: str, *headers: str) -> Message:
    answer = session.request(method, url, *headers)
    if answer.status >= 300:
        raise Redirected(answer.header("location"))
    return answer


def _set_up(session: Session, offer: Offer, media: Media) -> Track:
    url = control_of(offer.url, media.control)
    index = len(offer.tracks)
    answer = _asked(session, "SETUP", url, f"Transport: {offer.carrier.wish(index)}")
    return Track(media, url, offer.carrier.agree(index, answer.header("transport")))


def _begins(found: list[Track], info: str) -> None:
    """Note the time stamps of RTP-Info: by the tracks' URLs, or by their order where these are written otherwise."""
    entries = [entry for entry in info.split(",") if "rtptime" in entry.lower()]
    for index, track in enumerate(found):
        named = [
            entry
            for entry in entries
            if re.search(rf"url\s*=\s*\"?\S*{re.escape(_tail(track))}[\";\s]", entry)
        ]
        if not named and len(entries) == len(found):
            named = [entries[index]]
        time = (
            re.search(r"rtptime\s*=\s*(\d{1,10})(?!\d)", named[0], re.IGNORECASE) if len(named) == 1 else None
        )
        track.begins_at = integer(time[1], 0, 9_999_999_999) if time else None


def _tail(track: Track) -> str:
    return track.url.rpartition("/")[2]
