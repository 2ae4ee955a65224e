"""What other sites and chats show of a link to a video: Open Graph and Twitter's tags, for what is public or unlisted. Pure: a video in, HTML out."""

from __future__ import annotations

import html
from collections.abc import Iterator

from framecast.model.video import Video, VideoState, Visibility
from framecast.servers.web.library.shapes import media_base

MARK = b"</head>"
_LONGEST = 300
_SITE = "Framecast"


def has_card(video: Video) -> bool:
    """Return whether everybody with the address may see the video."""
    is_shared = video.visibility in (Visibility.PUBLIC, Visibility.UNLISTED)
    is_there = video.state is VideoState.READY and not video.is_held and video.deleted_at is None
    return is_shared and is_there


def with_card(page: bytes, video: Video, root: str) -> bytes:
    """Return a page with the tags of a video in its head. `root` is the address of the server, with a slash at its end."""
    tags = "".join(
        f'<meta {kind}="{name}" content="{html.escape(content, quote=True)}">\n'
        for kind, name, content in _tags(video, root)
    )
    title = html.escape(f"{video.title} · {_SITE}")
    head, found, rest = page.partition(MARK)
    start, is_titled, end = head.partition(b"<title>")
    if is_titled:
        head = start + b"<title>" + title.encode() + end[end.index(b"</title>") :]
    return head + tags.encode() + found + rest


def _tags(video: Video, root: str) -> Iterator[tuple[str, str, str]]:
    address = f"{root}videos/{video.id}"
    about = " ".join(video.description.split())[:_LONGEST]
    yield "property", "og:site_name", _SITE
    yield "property", "og:type", "video.other"
    yield "property", "og:title", video.title
    yield "property", "og:url", address
    yield "name", "twitter:card", "player"
    yield "name", "twitter:title", video.title
    yield "name", "twitter:player", f"{address}/embed"
    yield from _sizes("name", "twitter:player", video)
    if about:
        yield "name", "description", about
        yield "property", "og:description", about
        yield "name", "twitter:description", about
    yield "property", "og:video", f"{address}/embed"
    yield "property", "og:video:type", "text/html"
    yield from _sizes("property", "og:video", video)
    if video.duration_s:
        yield "property", "video:duration", str(max(1, round(video.duration_s)))
    poster = _poster(video, root)
    if poster:
        yield "property", "og:image", poster
        yield "name", "twitter:image", poster
    if video.visibility is Visibility.UNLISTED:
        yield "name", "robots", "noindex"


def _sizes(kind: str, name: str, video: Video) -> Iterator[tuple[str, str, str]]:
    if video.width and video.height:
        yield kind, f"{name}:width", str(video.width)
        yield kind, f"{name}:height", str(video.height)


def _poster(video: Video, root: str) -> str:
    name = video.media.manifest.get("poster") if video.media is not None else None
    if video.media is None or not isinstance(name, str):
        return ""
    return root.rstrip("/") + media_base(video.id, video.media.generation, "") + name
