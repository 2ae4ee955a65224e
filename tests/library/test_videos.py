"""Videos and what people say about them: texts, views, reports, subtitles, posters, playlists."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, Actor
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.library import Library
from framecast.library.rows import new_video_id
from framecast.model.rights import Role
from framecast.model.video import ANONYMOUS, LOCAL, Viewer, Visibility
from framecast.model.video_job import JobKind, JobState
from tests.accounts.opened import Clock
from tests.library.made import claimed, ready, uploaded


@pytest.fixture
def ann(accounts: Accounts) -> Viewer:
    return Viewer(accounts.create("ann", role=Role.MEMBER).id, False, True)


@pytest.fixture
def bob(accounts: Accounts) -> Viewer:
    return Viewer(accounts.create("bob", role=Role.VIEWER).id, False, False)


def test_texts_are_checked_and_kept_composed(library: Library, accounts: Accounts, ann: Viewer) -> None:
    video = ready(library, owner=ann.account)
    changed = library.change_video(
        video.id,
        ann,
        title="  Gru\u0308n  ",
        description="one\r\ntwo  \n",
        tags=["#Nacht", "nacht", "  ", "a  b"],
        by=Actor(ann.account),
    )
    assert (changed.title, changed.description, changed.tags) == ("Grün", "one\ntwo", ("Nacht", "a b"))
    assert [one.id for one in library.videos(ann, tag="NACHT").videos] == [video.id]
    assert library.videos(ann, tag="b").videos == ()
    assert library.change_video(video.id, ann) == library.video(video.id, ann)
    (entry,) = accounts.audit(what="video.change")
    assert (entry.account, entry.target, entry.result) == (
        ann.account,
        f"{video.id} Grün",
        "title, description, tags",
    )
    for wrong in (
        {"title": " "},
        {"title": "x" * 121},
        {"title": "a\u202eb"},
        {"title": "a\0"},
        {"description": "x" * 5001},
        {"description": "\x1b[31m"},
        {"tags": ["x" * 41]},
        {"tags": [str(n) for n in range(21)]},
        {"tags": "night"},
        {"visibility": "all"},
    ):
        with pytest.raises(Invalid):
            library.change_video(video.id, ann, **wrong)
    assert library.video(video.id, ann) == changed


def test_ids_are_128_random_bits_and_no_flags() -> None:
    made = {new_video_id() for _ in range(2000)}
    assert len(made) == 2000
    assert all(len(one) == 22 and one[0].isalnum() for one in made)


def test_hostile_ids_and_cursors_are_unknown(library: Library) -> None:
    ready(library)
    for id in ("", "x" * 100_000, "\0", "\ud800", "' OR 1", "é", "../../x", "%"):
        with pytest.raises(NotFound):
            library.video(id, LOCAL)
        with pytest.raises(NotFound):
            library.change_video(id, LOCAL, title="x")
        for call in (library.upload, library.job, lambda one: library.playlist(one, LOCAL)):
            with pytest.raises(NotFound):
                call(id)
        assert library.videos(LOCAL, owner=id).videos == ()
    for sort, cursor in (
        *(("newest", one) for one in ("", "!", "e30", "x" * 5000, "\ud800", "WyJuZXdlc3QiLCAxZTk5OV0")),
        ("newest", "WyJ2aWV3cyIsIDEsIDFd"),
        ("views", "WyJ2aWV3cyIsICJhIiwgMV0"),
        ("title", "WyJ0aXRsZSIsIDEsIDFd"),
    ):
        with pytest.raises(Invalid, match="after must be"):
            library.videos(LOCAL, sort=sort, after=cursor)
    for wrong in ({"sort": "best"}, {"state": "broken"}):
        with pytest.raises(Invalid):
            library.videos(LOCAL, **wrong)  # type: ignore[arg-type]


def test_lists_by_owner_and_state_show_what_one_may_see(library: Library, ann: Viewer, bob: Viewer) -> None:
    shown = ready(library, "Shown", owner=ann.account)
    hidden = ready(library, "Hidden", owner=ann.account, visibility=Visibility.PRIVATE)
    ready(library, "Admins")
    waiting = uploaded(library, "Waiting", owner=ann.account, visibility="public")

    def found(viewer: Viewer, **given: str) -> list[str]:
        return [one.id for one in library.videos(viewer, **given).videos]  # type: ignore[arg-type]

    assert found(ann, owner="ann") == found(ann, owner=str(ann.account)) == [waiting.id, hidden.id, shown.id]
    assert found(bob, owner="ANN") == found(ANONYMOUS, owner="ann") == [shown.id]
    assert found(LOCAL, owner="nobody") == found(LOCAL, owner="bob") == []
    assert found(ann, state="checking") == [waiting.id]
    assert found(bob, state="checking") == found(bob, state="held") == found(ANONYMOUS, state="deleted") == []
    assert len(found(ann, state="ready")) == 3
    library.hold(shown.id, LOCAL, "shows a face")
    assert found(LOCAL, state="held") == found(ann, state="held") == [shown.id]
    assert found(bob, owner="ann") == []


def test_viewer_counts_once_a_day(library: Library, clock: Clock) -> None:
    video = ready(library)
    assert [library.count_view(video.id, ANONYMOUS, key) for key in ("x", "x", "y", "x")] == [1, 1, 2, 2]
    clock.now += 86400
    assert library.count_view(video.id, ANONYMOUS, "x") == 3
    assert library.video(video.id, ANONYMOUS).views == 3
    assert library.forget_views() == 1
    other = ready(library, visibility=Visibility.PRIVATE)
    with pytest.raises(NotFound):
        library.count_view(other.id, ANONYMOUS, "x")


def test_held_video_is_seen_by_its_owner_with_the_reason(library: Library, ann: Viewer, bob: Viewer) -> None:
    video = ready(library, owner=ann.account)
    library.report(video.id, bob, "this is\nmine")
    library.report(video.id, bob, "this is mine, really")
    library.report(video.id, ANONYMOUS, "bad", viewer_key="192.0.2.1")
    assert {(one.by, one.text) for one in library.reports()} == {("bob", "this is mine, really"), ("", "bad")}
    for viewer in (ann, bob):
        with pytest.raises(Denied, match="only an admin"):
            library.hold(video.id, viewer)
    assert library.hold(video.id, LOCAL, "not yours").is_held
    for viewer in (bob, ANONYMOUS):
        with pytest.raises(NotFound):
            library.video(video.id, viewer)
        assert library.videos(viewer).videos == ()
    assert library.video(video.id, ann).held_reason == "not yours"
    library.change_video(video.id, ann, visibility="public")
    assert library.videos(bob).videos == ()
    library.release(video.id, LOCAL)
    assert [one.id for one in library.videos(bob).videos] == [video.id]
    assert library.reports() == []
    for wrong in ("", "x" * 1001):
        with pytest.raises(Invalid):
            library.report(video.id, bob, wrong)


def test_reports_of_one_video_have_an_end(library: Library) -> None:
    video = ready(library)
    for number in range(100):
        library.report(video.id, ANONYMOUS, "bad", viewer_key=str(number))
    with pytest.raises(Conflict, match="often enough"):
        library.report(video.id, ANONYMOUS, "bad", viewer_key="one more")
    assert len(library.reports(1000)) == 100


def test_subtitles_and_poster_become_jobs_that_replace_each_other(
    library: Library, ann: Viewer, bob: Viewer
) -> None:
    waiting = uploaded(library, owner=ann.account)
    with pytest.raises(Conflict, match="not ready"):
        library.set_poster(waiting.id, ann, 1.0)
    claimed(library)
    video = ready(library, owner=ann.account)
    first = library.add_subtitles(video.id, ann, "DE-at", "", "WEBVTT\n")
    second = library.add_subtitles(video.id, ann, "en", "English", "WEBVTT\n")
    library.add_subtitles(video.id, ann, "en", "Better", "WEBVTT\n\n")
    assert library.job(first.id).state is library.job(second.id).state is JobState.CANCELLED
    assert [(one.language, one.label, one.body) for one in library.subtitles(video.id)] == [
        ("de-at", "de-at", "WEBVTT\n"),
        ("en", "Better", "WEBVTT\n\n"),
    ]
    job = claimed(library, JobKind.SUBTITLES)
    assert library.remove_subtitles(video.id, ann, "en").id != job.id  # one that runs has read the old ones
    for wrong in ("", "d", "german!", "de-" + "x" * 40):
        with pytest.raises(Invalid):
            library.add_subtitles(video.id, ann, wrong, "", "")
    with pytest.raises(Invalid, match="at most"):
        library.add_subtitles(video.id, ann, "fr", "", "x" * ((1 << 20) + 1))
    with pytest.raises(NotFound):
        library.remove_subtitles(video.id, ann, "en")
    assert library.set_poster(video.id, ann, 59.5).params == {"at_s": 59.5}
    for at in (-1.0, 61.0, float("nan")):
        with pytest.raises(Invalid):
            library.set_poster(video.id, ann, at)
    with pytest.raises(Denied):
        library.set_poster(video.id, bob, 1.0)


def test_playlist_shows_what_its_viewer_may_see(library: Library, ann: Viewer, bob: Viewer) -> None:
    videos = [ready(library, title, owner=ann.account) for title in "abc"]
    secret = ready(library, "secret", owner=ann.account, visibility=Visibility.PRIVATE)
    playlist = library.add_playlist(ann, "Trips", visibility="public")
    chosen = [videos[2].id, secret.id, videos[0].id]
    assert library.change_playlist(playlist.id, ann, items=[*chosen, chosen[0]]).count == 3
    library.add_to_playlist(playlist.id, ann, videos[1].id)
    library.add_to_playlist(playlist.id, ann, videos[2].id)

    def found(viewer: Viewer) -> list[str]:
        return [one.title for one in library.playlist(playlist.id, viewer)[1]]

    assert found(ann) == ["c", "secret", "a", "b"]
    assert found(bob) == found(ANONYMOUS) == ["c", "a", "b"]
    library.delete_video(videos[0].id, ann)
    assert found(ann) == ["c", "secret", "b"]
    for viewer, error in ((bob, Denied), (Viewer(ann.account, False, True, "x"), NotFound)):
        with pytest.raises(error):
            library.change_playlist(playlist.id, viewer, title="Mine")
    with pytest.raises(NotFound):
        library.change_playlist(playlist.id, ann, items=["nothing"])
    assert [one.id for one in library.playlists(ANONYMOUS)] == [playlist.id]
    library.change_playlist(playlist.id, ann, title="T", description="D", visibility="private")
    assert library.playlists(bob) == []
    with pytest.raises(NotFound):
        library.playlist(playlist.id, bob)
    assert [(one.title, one.count) for one in library.playlists(ann)] == [("T", 4)]
    assert [one.id for one in library.playlists(LOCAL)] == [playlist.id]
    library.delete_playlist(playlist.id, ann)
    assert library.playlists(ann) == []
    assert library.video(videos[1].id, ann).title == "b"
