"""From a connection to a camera that plays: DESCRIBE, SETUP of at most two tracks, PLAY."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from framecast.errors import SourceError
from framecast.media import rtp_tracks
from framecast.media.audio import AudioContext
from framecast.model import TrackInfo
from framecast.model.number import integer
from framecast.protocols import sdp
from framecast.protocols.rtsp.address import Address, appended, base_of, control_of
from framecast.protocols.rtsp.messages import Message
from framecast.protocols.sdp import Media, Unfit
from framecast.sources.rtsp.carrier import Carrier, Channels
from framecast.sources.rtsp.session import HungUp, Session

_URL = re.compile(r"url\s*=\s*\"?(\S+)")


class Redirected(Exception):
    """The server names another address."""

    def __init__(self, location: str) -> None:
        super().__init__("redirected")
        self.location = location


@dataclass(slots=True)
class Track:
    """A track that was set up: its two channels, and its sender and the time stamp that PLAY begins at, if the server says so."""

    media: Media
    url: str
    channels: Channels
    begins_at: int | None = None
    ssrc: int | None = None


@dataclass(slots=True)
class Offer:
    """The tracks that play, and their carrier. `url` is that of the whole session; `refused` says which track is missing, and why."""

    url: str
    carrier: Carrier
    tracks: list[Track] = field(default_factory=list)
    sound: tuple[TrackInfo, AudioContext] | None = None
    refused: str = ""


def negotiate(
    session: Session, address: Address, carrier: Carrier, *, audio: bool, greets: bool = True
) -> Offer:
    """Ask a camera to play, and return its tracks.

    Raises:
        SourceError: it refuses, or does not answer correctly.
        Unfit: FFmpeg may do better.
        Redirected: it names another address.
        HungUp: it has closed the connection after OPTIONS.
    """
    is_welcome = not greets or session.begin(address.url)
    try:
        answer = _asked(session, "DESCRIBE", address.url, "Accept: application/sdp")
    except SourceError as error:
        if error.reason == "closed" and not is_welcome:
            raise HungUp from error  # after the answer to OPTIONS
        raise
    description = sdp.parse(answer.body.decode("utf-8", "replace"), audio=audio)
    base = base_of(address.url, answer.header("content-base") or answer.header("content-location"))
    offer = Offer(control_of(base, description.control), carrier)
    if description.audio is not None:
        offer.sound = rtp_tracks.audio(description.audio)
    for media in (description.video, description.audio):
        if media is not None:
            _try_to_set_up(session, offer, media, alone=not (description.video and description.audio))
    if not any(track.media.kind == "audio" for track in offer.tracks):
        offer.sound = None
    played = _asked(session, "PLAY", offer.url, "Range: npt=0.000-")
    _begins(offer.tracks, played.header("rtp-info"))
    carrier.begin()
    return offer


def _try_to_set_up(session: Session, offer: Offer, media: Media, *, alone: bool) -> None:
    """Set a track up. One that is refused is left out if there is another: the rest plays."""
    try:
        offer.tracks.append(_set_up(session, offer, media))
    except (Unfit, SourceError) as error:
        reason = getattr(error, "reason", "")
        is_last = media.kind == "audio" and not offer.tracks
        # A wrong password is known by now if another track was set up: 401 and 403 are then about this one.
        refusals = ("", "not-found", "failed", "bad-auth") if offer.tracks else ("", "not-found", "failed")
        if alone or is_last or reason not in refusals:
            raise
        why = "it asks for other rights" if reason == "bad-auth" else error
        offer.refused = f"the camera refuses its {media.kind}: {why}"


def _asked(session: Session, method: str, url: str, *headers: str) -> Message:
    answer = session.request(method, url, *headers)
    if answer.status >= 300:
        raise Redirected(answer.header("location"))
    return answer


def _set_up(session: Session, offer: Offer, media: Media) -> Track:
    url = control_of(offer.url, media.control)
    index = len(offer.tracks)
    transport = f"Transport: {offer.carrier.transport(index)}"
    try:
        answer = _asked(session, "SETUP", url, transport)
    except (Unfit, SourceError):
        # By the standard it is a path of the server; some servers mean one below the URL of the session.
        other = appended(offer.url, media.control.lstrip("/"))
        if not media.control.startswith("/") or other == url:
            raise
        url, answer = other, _asked(session, "SETUP", other, transport)
    transport = answer.header("transport")
    return Track(media, url, offer.carrier.agree(index, transport), ssrc=_ssrc(transport))


def _ssrc(header: str) -> int | None:
    """The sender that a header names: eight hexadecimal digits (RFC 2326 section 12.39), which some write without zeros."""
    found = re.search(r"ssrc\s*=\s*\"?(?:0x)?([0-9A-Fa-f]{1,8})(?![0-9A-Za-z])", header, re.IGNORECASE)
    return integer(found[1], 0, 0xFFFFFFFF, 16) or None if found else None


def _begins(found: list[Track], info: str) -> None:
    """Note the time stamps and senders of RTP-Info: by the URLs of the tracks, or by their order if the URLs are written differently."""
    entries = [entry for entry in info.split(",") if re.search("rtptime|ssrc", entry, re.IGNORECASE)]
    for index, track in enumerate(found):
        named = [entry for entry in entries if _names(entry, _tail(track))]
        if not named and len(entries) == len(found):
            named = [entries[index]]
        time = (
            re.search(r"rtptime\s*=\s*(\d{1,10})(?!\d)", named[0], re.IGNORECASE) if len(named) == 1 else None
        )
        track.begins_at = integer(time[1], 0, 9_999_999_999) if time else None
        track.ssrc = (_ssrc(named[0]) if len(named) == 1 else None) or track.ssrc


def _names(entry: str, tail: str) -> bool:
    """Return whether an entry's URL ends with `tail`. Two steps, because one pattern would read a long URL again from each letter."""
    found = _URL.search(entry)
    return found is not None and f"{tail};" in found[1].replace('"', ";") + ";"


def _tail(track: Track) -> str:
    return track.url.rpartition("/")[2]
