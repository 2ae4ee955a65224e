"""A file that grows: what is listed is whole, and a recording that was cut off is found again. Pure."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.fanout.growing_file import END, GrowingFile, master, whole_part
from framecast.media.fmp4 import Fmp4Muxer, Fragment
from tests.media.packets import tracks_of
from tests.support.media_files import Clip

CLIP = Clip(audio="aac", size=(320, 240), seconds=7.0)
INIT = b"i" * 700


def fragments() -> list[Fragment]:
    """The fragments of a clip, in the order of its packets."""
    infos, packets = tracks_of(CLIP.path())
    first = next(one for one in packets if one.info is infos["video"])
    muxer = Fmp4Muxer(infos["video"], infos["audio"], first.payload)
    return [fragment for one in packets if (fragment := muxer.mux(one)) is not None]


def grown() -> tuple[bytes, str]:
    """A file and its playlist, whose last segment is not whole."""
    file = GrowingFile("main.mp4")
    data, playlist = file.begin(INIT, "avc1.64001f"), file.head
    for fragment in fragments():
        whole = file.add(fragment, opens=fragment.is_video and fragment.is_key)
        if whole:
            assert file.newest is not None
            data, playlist = data + whole, playlist + file.lines(file.newest)
    return data, playlist


def test_what_is_listed_is_in_the_file() -> None:
    data, playlist = grown()
    cut, size, seconds = whole_part(playlist)
    assert size == len(data)
    assert cut == playlist + END
    assert 4 <= seconds <= 7


def test_file_has_every_fragment_after_its_end() -> None:
    file = GrowingFile("main.mp4")
    data = file.begin(INIT, "")
    items = fragments()
    for fragment in items:
        data += file.add(fragment, opens=fragment.is_video and fragment.is_key)
    data += file.finish()
    assert data == INIT + b"".join(one.whole() for one in items)
    assert file.size == len(data)
    assert file.seconds == pytest.approx(7.0, abs=0.1)
    assert file.finish() == b""


def test_what_comes_before_the_first_key_frame_is_left_out() -> None:
    file = GrowingFile("main.mp4")
    items = [one for one in fragments() if not (one.is_video and one.is_key)]
    assert [file.add(one, opens=False) for one in items] == [b""] * len(items)
    assert file.finish() == b""


def test_line_that_is_half_written_is_cut_off() -> None:
    _, playlist = grown()
    expected = whole_part(playlist)
    for lost in range(1, 40):  # within the last segment's lines
        cut, size, seconds = whole_part(playlist[:-lost])
        assert cut.endswith(END)
        assert size < expected[1]
        assert seconds < expected[2]


@pytest.mark.parametrize("playlist", ["", "#EXTM3U\n", GrowingFile("main.mp4").head, "\n" * 9])
def test_playlist_without_a_segment_is_refused(playlist: str) -> None:
    with pytest.raises(Invalid, match="lists no segment"):
        whole_part(playlist)


def test_master_names_the_codecs() -> None:
    text = master("main.m3u8", "avc1.64001f,mp4a.40.2", 1280, 720, 2_000_000)
    assert 'BANDWIDTH=2000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720' in text
    assert text.endswith("\nmain.m3u8\n")
    assert "RESOLUTION" not in master("main.m3u8", "mp4a.40.2", 0, 0, 128_000)
