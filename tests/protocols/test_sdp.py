"""Session descriptions, as cameras write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from framecast.media.rtp_tracks import aac_shape, audio
from framecast.protocols.sdp import Unfit, parse

SETS = "Z2QAHqy0BQF/y4CIAAADAAgAAAMBkHixdQ==,aO8Pyw=="
VIDEO = f"""m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=framerate:25.000000
a=fmtp:96 packetization-mode=1;profile-level-id=640032;sprop-parameter-sets={SETS}
a=control:trackID=0
"""
AAC = """m=audio 0 RTP/AVP 97
a=rtpmap:97 mpeg4-generic/16000/1
a=fmtp:97 streamtype=5; profile-level-id=1; mode=AAC-hbr; config=1408; SizeLength=13; IndexLength=3; IndexDeltaLength=3
a=control:trackID=1
"""
METADATA = "m=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000\na=control:trackID=2\n"
HEAD = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=Session\nc=IN IP4 0.0.0.0\nt=0 0\na=control:*\n"


def test_a_camera_with_sound_and_metadata() -> None:
    found = parse((HEAD + VIDEO + AAC + METADATA).replace("\n", "\r\n"), audio=True)
    assert found.control == "*"
    assert found.video is not None
    assert found.audio is not None
    video, sound = found.video, found.audio
    assert (video.codec, video.payload_type, video.clock_rate, video.rate) == (
        "h264",
        96,
        90000,
        Fraction(25),
    )
    assert video.extradata.hex().startswith("0000000167640")
    assert video.control == "trackID=0"
    assert (sound.codec, sound.clock_rate, sound.channels, sound.extradata) == ("aac", 16000, 1, b"\x14\x08")
    assert sound.parameters["sizelength"] == "13"


def test_sound_is_left_out_where_it_is_not_wanted() -> None:
    strange = AAC.replace("mpeg4-generic", "MP4A-LATM")
    assert parse(HEAD + VIDEO + strange, audio=False).audio is None


def test_static_payload_types_need_no_map() -> None:
    found = parse(HEAD + VIDEO + "m=audio 0 RTP/AVP 8\na=control:trackID=1\n", audio=True).audio
    assert found is not None
    assert (found.codec, found.clock_rate, found.channels) == ("pcm_alaw", 8000, 1)


def test_parameter_sets_may_be_missing_or_broken() -> None:
    for told in ("", "x", "Z2Q%,aO8="):
        found = parse(HEAD + VIDEO.replace(SETS, told), audio=True).video
        assert found is not None


def test_h265_has_three_kinds_of_sets() -> None:
    text = "m=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=fmtp:98 sprop-pps=RAHA; sprop-vps=QAEM; sprop-sps=QgEB\n"
    found = parse(HEAD + text, audio=True).video
    assert found is not None
    assert [unit[0] for unit in found.extradata.split(b"\0\0\0\1")[1:]] == [0x40, 0x42, 0x44]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not SDP"),
        ("<html>", "not SDP"),
        (HEAD, "not SDP"),
        (HEAD + METADATA, "without video or audio"),
        (HEAD + VIDEO.replace("H264", "JPEG"), "video as JPEG"),
        (HEAD + "m=video 0 RTP/AVP 26\n", "unnamed"),
        (HEAD + VIDEO.replace("mode=1", "mode=2"), "interleaved"),
        (HEAD + VIDEO.replace("RTP/AVP", "RTP/SAVP"), "protocol"),
        (HEAD + VIDEO.replace("RTP/AVP", "udp"), "protocol"),
        (HEAD + VIDEO + VIDEO, "several"),
        (HEAD + VIDEO + AAC.replace("mpeg4-generic", "MP4A-LATM"), "audio as MP4A-LATM"),
        (HEAD + VIDEO + AAC.replace("AAC-hbr", "CELP-cbr"), "another mode"),
        (HEAD + VIDEO + AAC.replace("1408", ""), "another mode"),
        (HEAD + VIDEO + AAC.replace("=13", "=0"), "unknown header sizes"),
        (
            HEAD + VIDEO + AAC.replace("streamtype", "auxiliaryDataSizeLength=8;streamtype"),
            "fields other than size",
        ),
        (HEAD + VIDEO + "m=audio 0 RTP/AVP 0 8\na=rtpmap:0 H264/90000\n", "audio as H264"),
        (
            HEAD + "m=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=fmtp:98 sprop-max-don-diff=2\n",
            "interleaved",
        ),
    ],
)
def test_what_ffmpeg_has_to_see_to(text: str, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        parse(text, audio=True)


def test_aac_tells_its_rate_and_channels() -> None:
    assert aac_shape(b"\x14\x08") == (16000, 1)
    assert aac_shape(b"\x11\x90\x56\xe5\x00") == (48000, 2)
    assert aac_shape(b"\xff\xff") == aac_shape(b"") == (0, 0)


def test_sound_has_what_its_decoder_needs() -> None:
    media = parse(HEAD + VIDEO + AAC, audio=True).audio
    assert media is not None
    info, context = audio(media)
    assert (info.sample_rate, info.channels, info.time_base) == (16000, 1, Fraction(1, 16000))
    assert context.name == "aac"


TALK = "m=audio 0 RTP/AVP 0\na=control:talk\na=sendonly\n"
HEARD = "m=audio 0 RTP/AVP 8\na=control:heard\na=recvonly\n"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (VIDEO + HEARD + TALK, "heard"),
        (VIDEO + TALK + HEARD, "heard"),
        (VIDEO + TALK, None),
        (VIDEO + "a=sendonly\n" + TALK, "talk"),
        (TALK, "talk"),
    ],
    ids=["both", "the loudspeaker first", "a loudspeaker alone", "what the camera sends", "sound alone"],
)
def test_sound_for_the_loudspeaker_is_left_out(text: str, heard: str | None) -> None:
    found = parse(HEAD + text, audio=True)
    assert (found.audio.control if found.audio else None) == heard


def test_the_first_format_that_is_known_is_taken() -> None:
    text = "m=video 0 RTP/AVP 97 96\na=rtpmap:97 rtx/90000\na=rtpmap:96 H264/90000\na=fmtp:97 apt=96\n"
    found = parse(HEAD + text, audio=True).video
    assert found is not None
    assert (found.payload_type, found.parameters) == (96, {})


def test_parameters_under_a_number_that_nobody_has_are_those_of_the_only_format() -> None:
    found = parse(HEAD + VIDEO + AAC.replace("a=fmtp:97", "a=fmtp:98"), audio=True)
    assert found.audio is not None
    assert found.audio.extradata


@pytest.mark.parametrize(
    ("protocol", "line", "way"),
    [
        ("RTP/AVP", "", ""),
        ("RTP/AVPF", "", "pli"),
        ("RTP/AVPF", "a=rtcp-fb:* nack pli\n", "pli"),
        ("RTP/AVPF", "a=rtcp-fb:96 ccm fir\n", "fir"),
        ("RTP/AVPF", "a=rtcp-fb:96 nack\n", ""),
        ("RTP/AVP", "a=rtcp-fb:97 nack pli\n", ""),
    ],
)
def test_how_a_key_frame_can_be_asked_for(protocol: str, line: str, way: str) -> None:
    found = parse(HEAD + VIDEO.replace("RTP/AVP", protocol) + line, audio=True).video
    assert found is not None
    assert found.feedback == way


@pytest.mark.parametrize(
    "head",
    [
        "v=0\no=RTSP 19599440071187478912 13656283801756621937 IN IP4 0.0.0.0\ns=x\nt=0 0\n",
        "v=0\no=- 1698210468.800125 1 IN\ns=\nc=IN\n",
        "v=0\no=- nan inf IN IP4 ::\ns=\ud800\x1b[2J\x00\nt=1e999999999 " + "9" * 5000 + "\n",
    ],
)
@pytest.mark.parametrize("port", ["0", "-1353744643", "9" * 5000, "\u0663"])
def test_numbers_and_texts_that_nobody_needs_may_be_anything(head: str, port: str) -> None:
    text = head + VIDEO.replace("m=video 0", f"m=video {port}") + "c=IN IP4 '&\ufffd\ufffd\n" + METADATA
    found = parse(text, audio=True).video
    assert found
    assert (found.codec, found.control) == ("h264", "trackID=0")
