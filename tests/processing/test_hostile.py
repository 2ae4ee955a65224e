"""Hostile files: each is refused with its sentence, or is harmless; and none of them opens a file or calls anybody."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from framecast.errors import Invalid
from framecast.processing import check as unconfined
from framecast.processing.run import Refused
from tests.processing import containers, corpus
from tests.processing.canaries import Trap
from tests.processing.corpus import HARMLESS, Hostile
from tests.processing.test_check import check
from tests.support import needs
from tests.support.media_files import Clip


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    """The canary is a video, so that whoever opens it goes on reading."""
    video = Clip(size=(320, 240), seconds=1, container="ts").path().read_bytes()
    with Trap(tmp_path_factory.mktemp("trap"), video) as found:
        yield found


# Files that differ little from one that is tested at every change; `make soak` tests them, too.
RARE = {
    *(
        "m3u8-concat.mp4",
        "m3u8-key.mp4",
        "smil.mp4",
        "ism.mp4",
        "asx.mp4",
        "svg.mp4",
        "imf.mp4",
        "gab2-http.avi",
    ),
    *("one-byte.mp4", "ff.mp4", "words.mp4", "random-0.mp4", "random-1.mp4", "random-mdat.mov", "random.mkv"),
    *("huffyuv.avi", "raw.avi", "wmv2.mkv", "gif.mkv", "qtrle.mov", "jpeg2000.mov", "dirac.mkv", "wma.mkv"),
    *("truehd.mkv", "studio.mxf", "sound.flac", "sound.wav", "naked.h264", "windows.wmv", "hole.avi"),
    *(
        "65500-inside.avi",
        "65500-inside.mov",
        "100000-fields.mkv",
        "infinite.mkv",
        "below-zero.mkv",
        "years.mkv",
    ),
    *("pdf-then-mp4.mp4", "script.mp4", "gzip.mp4", "long-fields.mkv", "3000-tracks.mov"),
}


def marked(hostile: Hostile) -> ParameterSet:
    return pytest.param(hostile, id=hostile.name, marks=[pytest.mark.slow] if hostile.name in RARE else [])


@pytest.mark.parametrize("hostile", [marked(one) for one in corpus.ALL])
def test_a_hostile_file_is_refused_with_a_sentence_or_harmless(hostile: Hostile, trap: Trap) -> None:
    path = hostile.write(trap.folder, trap.canaries)
    try:
        says = outcome(path)
    finally:
        path.unlink()
    assert trap.touched() == []
    if hostile.says == HARMLESS:
        assert says == ""
    else:
        assert re.search(hostile.says, says)
        assert len(says) < 400
        assert re.search(r"upload|add the stream", says), "the sentence says what to do"


def outcome(path: Path) -> str:
    """Return the sentence of the refusal, '' if the file is accepted."""
    try:
        facts = check(path)
    except Refused as refusal:
        return str(refusal)
    assert facts["video"]["width"] == containers.WIDTH
    return ""


@pytest.mark.parametrize(
    "hostile", [one for one in corpus.REFERENCES if one.control], ids=lambda hostile: hostile.name
)
def test_a_program_that_trusts_such_a_file_touches_a_canary(hostile: Hostile, trap: Trap) -> None:
    """The control: these files do what they are made for."""
    path = hostile.write(trap.folder, trap.canaries)
    command = [needs.ffmpeg(), "-nostdin", "-loglevel", "error", "-rw_timeout", "500000", *hostile.control]
    trap.touched()
    done = subprocess.run([*command, "-i", str(path), "-f", "null", "-"], capture_output=True, timeout=60)
    path.unlink()
    assert trap.touched(), done.stderr


@pytest.mark.parametrize("hostile", corpus.REFERENCES, ids=lambda hostile: hostile.name)
def test_without_the_sandbox_ffmpeg_still_opens_nothing_else(hostile: Hostile, trap: Trap) -> None:
    """Each layer holds alone."""
    path = hostile.write(trap.folder, trap.canaries)
    try:
        unconfined.run({"input": str(path)}, lambda _: None)
    except Invalid:
        assert hostile.says != HARMLESS
    else:
        assert hostile.says == HARMLESS
    finally:
        path.unlink()
    assert trap.touched() == []


def test_what_is_built_byte_by_byte_is_a_video_where_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    """The positive twins of everything in `containers`."""
    for name, content in {
        "video.mov": containers.mp4(),
        "video.mkv": containers.mkv(more=[containers.chapters(1000), containers.tags(100)]),
        "video.avi": containers.avi(subtitles=b"1\n00:00:00,000 --> 00:00:01,000\nHallo\n"),
        "tracks.mov": containers.mp4(*[containers.Track()] * 32),
        "tracks.mkv": containers.mkv(tracks=[containers.track(number) for number in range(1, 33)]),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        facts = check(path)
        assert facts["video"]["fps"] == 25
        assert facts["duration_s"] == pytest.approx(0.4)
        assert facts["video"]["is_vfr"] is False


def test_the_trap_sees_who_opens_and_who_calls(trap: Trap) -> None:
    Path(trap.canaries.file).read_bytes()
    socket.create_connection(("127.0.0.1", trap.canaries.port)).close()
    assert trap.touched() == ["the file was opened", "the port was called"]
    assert trap.touched() == []
