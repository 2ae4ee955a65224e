"""A session description (SDP, RFC 8866) as the tracks that can be depacketised here; `Unfit` says what is not supported.

FFmpeg's demuxer handles whatever is unfit, so this parser is strict if FFmpeg may know better, and lenient if cameras are careless.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from framecast.model import number
from framecast.protocols.rtp.nal import START

_MAX_MEDIA = 16
_LONGEST_CONFIG = 256  # bytes of AAC's configuration; usual are 2 to 8
# Payload types that need no rtpmap (RFC 3551, table 4).
_STATIC = {"0": "PCMU/8000/1", "8": "PCMA/8000/1"}
_CODECS = {
    "H264": "h264",
    "H265": "hevc",
    "HEVC": "hevc",
    "PCMU": "pcm_mulaw",
    "PCMA": "pcm_alaw",
    "OPUS": "opus",
    "MPEG4-GENERIC": "aac",
}
# Unit headers of AAC may have more fields (RFC 3640 section 4.1), which are not supported.
_AAC_FIELDS = ("ctsdeltalength", "dtsdeltalength", "streamstateindication", "auxiliarydatasizelength")
# Formats that help another one of the same track: repetition, repair, tones (RFC 4588, 2198, 5109, 4733).
_AUXILIARY = ("rtx", "red", "ulpfec", "flexfec", "flexfec-03", "parityfec", "telephone-event", "cn")
_PROTOCOLS = ("RTP/AVP", "RTP/AVPF", "RTP/AVP/TCP", "RTP/AVP/UDP")


class Unfit(Exception):
    """Something that this client leaves to FFmpeg; the message says what, and holds no address."""


@dataclass(frozen=True, slots=True)
class Media:
    """One track of a description."""

    kind: str  # video or audio
    payload_type: int
    codec: str
    clock_rate: int
    channels: int = 1
    control: str = ""
    parameters: dict[str, str] = field(default_factory=dict)  # of fmtp; names in lower case
    rate: Fraction | None = None
    extradata: bytes = b""
    feedback: str = (
        ""  # how a key frame can be asked for: "pli", "fir" (RFC 4585, RFC 5104), "" if it is not offered
    )


@dataclass(frozen=True, slots=True)
class Description:
    """What a camera offers: at most one track of each kind. `control` is that of the whole session."""

    video: Media | None
    audio: Media | None
    control: str = ""


def parse(text: str, *, audio: bool) -> Description:
    """Return the tracks of a description; without audio unless `audio` is True.

    Raises:
        Unfit: only FFmpeg may be able to receive it.
    """
    session, *sections = re.split(r"^(?=m=)", text.replace("\r", "\n"), flags=re.MULTILINE)
    if not session.lstrip().startswith("v=") or not sections:
        raise Unfit("a session description that is not SDP")
    if len(sections) > _MAX_MEDIA:
        raise Unfit("a session description with too many tracks")
    found: dict[str, Media] = {}
    for section in _coming(sections):
        kind = _kind(section)
        if (kind == "audio" and not audio) or kind not in ("video", "audio"):
            continue
        if kind in found:
            raise Unfit(f"several tracks of {kind}")
        found[kind] = _media(kind, section)
    if not found:
        raise Unfit("a session description without video or audio")
    controls = _attributes(session).get("control", [""])
    return Description(found.get("video"), found.get("audio"), controls[0])


def _kind(section: str) -> str:
    return section[2:].partition(" ")[0].lower()


def _coming(sections: list[str]) -> list[str]:
    """The tracks that come from the camera. Audio for its loudspeaker is `sendonly` (ONVIF Streaming Specification, 5.3.1.1).

    Other cameras mark what they send with it; then all tracks have it, or there is no other track.
    """
    sent = [section for section in sections if "sendonly" in _attributes(section)]
    others = [section for section in sections if section not in sent and _kind(section) in ("video", "audio")]
    return [section for section in sections if section not in sent or _kind(section) != "audio" or not others]


def _payload_type(words: list[str], maps: dict[str, str]) -> str:
    """Return the first format of a track that does not only help another one."""
    for payload_type in words[3:]:
        if maps.get(payload_type, "").strip().partition("/")[0].lower() not in _AUXILIARY:
            return payload_type
    return words[3]


def _feedback(payload_type: str, protocol: str, attributes: dict[str, list[str]]) -> str:
    feedback = [line.partition(" ") for line in attributes.get("rtcp-fb", ())]
    ways = [way.strip().lower() for to, _, way in feedback if to in ("*", payload_type)]
    if "nack pli" in ways:
        return "pli"
    if any(way.startswith("ccm fir") for way in ways):
        return "fir"
    return "pli" if protocol.upper() == "RTP/AVPF" and not ways else ""


def _media(kind: str, section: str) -> Media:
    words = section.partition("\n")[0].split()
    attributes = _attributes(section)
    if len(words) < 4 or words[2].upper() not in _PROTOCOLS:
        raise Unfit(f"{kind} by another protocol than RTP")
    if "crypto" in attributes or "key-mgmt" in attributes:
        raise Unfit(f"encrypted {kind}")
    maps = dict(line.partition(" ")[::2] for line in attributes.get("rtpmap", ()))
    payload_type = _payload_type(words, maps)
    if not number.is_digits(payload_type, 3):
        raise Unfit(f"{kind} by another protocol than RTP")
    name, _, rest = maps.get(payload_type, _STATIC.get(payload_type, "")).strip().partition("/")
    clock, _, channels = rest.partition("/")
    codec = _CODECS.get(name.upper())
    clock_rate = _bounded(clock, 1000, 1_000_000)
    if codec is None or not clock_rate:
        raise Unfit(f"{kind} as {name[:20] or 'an unnamed codec'}")
    if (codec in ("h264", "hevc")) != (kind == "video"):
        raise Unfit(f"{kind} as {name[:20]}")
    formats = dict(line.partition(" ")[::2] for line in attributes.get("fmtp", ()))
    # Some cameras write the attributes of their only format under another number.
    strays = [text for to, text in formats.items() if to not in words[3:]] if len(words) == 4 else []
    parameters = _parameters(formats.get(payload_type, strays[0] if len(strays) == 1 else ""))
    media = Media(
        kind,
        number.integer(payload_type, 0, 999) & 127,
        codec,
        clock_rate,
        _bounded(channels, 1, 8) or 1,
        attributes.get("control", [""])[0],
        parameters,
        _rate(attributes.get("framerate", [""])[0]),
        _extradata(codec, parameters),
        _feedback(payload_type, words[2], attributes),
    )
    _check(media)
    return media


def _check(media: Media) -> None:
    """Refuse modes of a codec that its depacketiser does not support."""
    parameters = media.parameters
    if media.codec == "h264" and parameters.get("packetization-mode", "0") not in ("0", "1"):
        raise Unfit("H.264 in interleaved mode")
    if media.codec == "hevc" and parameters.get("sprop-max-don-diff", "0") != "0":
        raise Unfit("H.265 in interleaved mode")
    if media.codec == "opus" and media.clock_rate != 48000:
        raise Unfit("Opus with a clock other than 48 kHz")
    if media.codec == "aac":
        if parameters.get("mode", "").lower() != "aac-hbr" or not media.extradata:
            raise Unfit("AAC in another mode than AAC-hbr")
        if any(parameters.get(name, "0") != "0" for name in _AAC_FIELDS):
            raise Unfit("AAC with fields other than size and index")
        if not aac_widths(parameters)[0]:
            raise Unfit("AAC with unknown header sizes")


def aac_widths(parameters: Mapping[str, str]) -> tuple[int, int, int]:
    """Return the bits of a size, of an index and of an index's difference in AAC's headers (RFC 3640); zeros if these are not valid."""
    names = ("sizelength", "indexlength", "indexdeltalength")
    try:
        size, index, delta = (number.integer(parameters.get(name, "0"), 0, 24) for name in names)
    except ValueError:
        return 0, 0, 0
    return size, index, delta


def _attributes(section: str) -> dict[str, list[str]]:
    """The a= lines by name."""
    found: dict[str, list[str]] = {}
    for line in section.split("\n"):
        if line.startswith("a="):
            name, _, value = line[2:].partition(":")
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name}


def _rate(text: str) -> Fraction | None:
    try:
        return number.fraction(text, 0, 1000).limit_denominator(1001) or None
    except ValueError:
        return None


def _bounded(text: str, low: int, high: int) -> int:
    """Return the number in `text`, 0 if it is not a number from `low` to `high`."""
    try:
        return number.integer(text, low, high)
    except ValueError:
        return 0


def _extradata(codec: str, parameters: dict[str, str]) -> bytes:
    """Return the extradata of a decoder, b'' if the description does not have it."""
    if codec == "aac":
        try:
            return number.octets(parameters.get("config", ""), _LONGEST_CONFIG)
        except ValueError:
            return b""
    names = ("sprop-parameter-sets",) if codec == "h264" else ("sprop-vps", "sprop-sps", "sprop-pps")
    units = []
    for name in names:
        for part in parameters.get(name, "").split(","):
            try:
                unit = b64decode(part.strip() + "==")
            except (binascii.Error, ValueError):
                return b""
            unit = unit.rstrip(b"\x00")
            if unit:
                units.append(START + unit.removeprefix(START))
    return b"".join(units)
