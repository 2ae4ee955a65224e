"""Subtitles in playlists: what is served is read by FFmpeg's HLS client, with the texts at their times."""

from __future__ import annotations

from pathlib import Path

import av

from framecast.processing import publish
from framecast.servers.web.library.subtitle_playlists import playlist_of, with_subtitles
from tests.processing.results import clicking
from tests.support.media_files import Clip

SUBTITLES = (
    {"name": "sub-en.vtt", "language": "en", "label": "English"},
    {"name": "added-de.vtt", "language": "de", "label": "English"},
)
TEXT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nThe parcel is here.\n"


def test_hls_client_reads_the_texts(tmp_path: Path) -> None:
    source = clicking("click-3s.mp4", Clip(size=(320, 180), seconds=3, gop_s=1))
    publish.run({"input": str(source), "output": str(tmp_path)}, lambda _: None)
    main = tmp_path / "index.m3u8"
    served = with_subtitles(main.read_text(), SUBTITLES)
    assert served.replace(',SUBTITLES="subtitles"', "").count("\n") == main.read_text().count("\n") + 2
    main.write_text(served)
    for one in SUBTITLES:
        name = one["name"].replace(".vtt", ".m3u8")
        text = playlist_of(name, SUBTITLES, 3.0)
        assert text is not None
        (tmp_path / name).write_text(text)
        (tmp_path / one["name"]).write_text(TEXT)
    with av.open(str(main), options={"allowed_extensions": "ALL"}) as container:
        found = container.streams.subtitles
        assert [one.metadata.get("language") for one in found] == ["en", "de"]
        assert {one.codec_context.name for one in found} == {"webvtt"}
    with av.open(str(tmp_path / "sub-en.m3u8"), options={"allowed_extensions": "ALL"}) as container:
        (packet,) = [one for one in container.demux() if one.size]
    assert packet.pts is not None
    assert float(packet.pts * packet.time_base) == 1.0
    assert bytes(packet) == b"The parcel is here."


def test_names_of_a_group_differ_and_end_no_line() -> None:
    said = [*SUBTITLES, {"name": "sub-x.vtt", "language": "x", "label": 'a "b"\n#EXT-X-EVIL'}]
    lines = with_subtitles("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmain.m3u8\n", said).splitlines()
    names = [line.partition('NAME="')[2].partition('"')[0] for line in lines if "TYPE=SUBTITLES" in line]
    assert names == ["English", "English 2", "a 'b' #EXT-X-EVIL"]
    assert not [line for line in lines if line.startswith("#EXT-X-EVIL")]


def test_playlist_without_subtitles_stays_as_it_is() -> None:
    main = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmain.m3u8\n"
    assert with_subtitles(main, ()) == main
    assert playlist_of("main.m3u8", SUBTITLES, 3.0) is None
    assert playlist_of("sub-en.vtt", SUBTITLES, 3.0) is None
