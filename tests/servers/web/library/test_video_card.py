"""What links to a video show elsewhere: only of what everybody may see, and nothing of it is markup."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framecast.model.video import Media, Video, VideoState, Visibility
from framecast.servers.web.library.video_card import has_card, with_card

PAGE = b"<html><head>\n<title>Video</title>\n</head><body></body></html>"
VIDEO = Video(
    id="AAAA",
    owner=None,
    title='Cats & "dogs" </title><script>',
    description="One\ntwo <b>",
    tags=(),
    visibility=Visibility.PUBLIC,
    state=VideoState.READY,
    reason="",
    filename="a.mp4",
    size=1,
    created_at=1.0,
    published_at=2.0,
    changed_at=2.0,
    duration_s=61.4,
    width=640,
    height=360,
    fps=25.0,
    views=0,
    is_held=False,
    held_reason="",
    deleted_at=None,
    media=Media("g1", {"poster": "poster.jpg"}),
)


@pytest.mark.parametrize(
    ("changed", "shows"),
    [
        ({}, True),
        ({"visibility": Visibility.UNLISTED}, True),
        ({"visibility": Visibility.MEMBERS}, False),
        ({"visibility": Visibility.PRIVATE}, False),
        ({"is_held": True}, False),
        ({"deleted_at": 3.0}, False),
        ({"state": VideoState.PROCESSING}, False),
    ],
)
def test_only_what_everybody_may_see_is_described(changed: dict[str, object], shows: bool) -> None:
    assert has_card(replace(VIDEO, **changed)) is shows  # type: ignore[arg-type]


def test_texts_of_people_are_no_markup() -> None:
    page = with_card(PAGE, VIDEO, "https://cam.example/x/").decode()
    assert "<script>" not in page
    assert "<b>" not in page
    assert page.count("<title>") == page.count("</title>") == 1
    assert (
        '<meta property="og:title" content="Cats &amp; &quot;dogs&quot; &lt;/title&gt;&lt;script&gt;">'
        in page
    )
    assert '<meta property="og:description" content="One two &lt;b&gt;">' in page
    assert 'content="https://cam.example/x/videos/AAAA/embed"' in page
    assert 'content="https://cam.example/x/api/videos/AAAA/media/g1/poster.jpg"' in page
    assert '<meta property="video:duration" content="61">' in page
    assert "noindex" not in page
    assert (
        "noindex"
        in with_card(PAGE, replace(VIDEO, visibility=Visibility.UNLISTED), "https://cam.example/").decode()
    )
