"""Videos in pages of other sites: what the server lets them read, and that nothing else is readable there."""

from __future__ import annotations

from tests.servers.web.web_process import WebProcess

SHARED = (
    "/static/player.js",
    "/static/video-player.js",
    "/static/vendor/hls-1.7.4.min.js",
    "/api/videos/AAAAAAAAAAAAAAAAAAAAAA",
    "/api/videos/AAAAAAAAAAAAAAAAAAAAAA/media/g0123456789ab/index.m3u8",
)
OWN = ("/", "/api/videos", "/api/streams", "/static/app.css", "/api/library", "/api/playlists")


def test_only_players_and_single_videos_are_readable_by_pages_of_other_sites(web: WebProcess) -> None:
    for path in (*SHARED, *OWN):
        response, _ = web.ask(path)
        assert (response.headers.get("access-control-allow-origin") == "*") == (path in SHARED), path
