"""Playlists: videos in an order of somebody's. What a viewer may not see is not in the list that it gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.library.rows import find_video, known_form, new_video_id, video_query, with_progress
from framecast.library.texts import check_description, check_title, title_key
from framecast.library.videos import check_visibility
from framecast.model.video import Owner, Playlist, Video, Viewer, Visibility
from framecast.store.library_schema import playlist_items, playlists
from framecast.store.library_schema import videos as videos_table
from framecast.store.schema import accounts

MOST_ITEMS = 1000
MOST_OF_AN_OWNER = 500
PAGE, MOST_PAGE = 100, 500


class Playlists(Audited):
    """The playlists."""

    def add_playlist(
        self,
        viewer: Viewer,
        title: str,
        *,
        description: str = "",
        visibility: str = Visibility.PRIVATE,
        by: Actor | None = None,
    ) -> Playlist:
        """Make an empty playlist of the viewer's account.

        Raises:
            Invalid: the title, the description or the visibility is not allowed. Conflict: the viewer has 500 already.
        """
        name, now = check_title(title), self._now()
        values = {
            "id": new_video_id(),
            "owner": viewer.account,
            "title": name,
            "title_key": title_key(name),
            "description": check_description(description),
            "visibility": str(check_visibility(visibility)),
            "created_at": now,
            "changed_at": now,
        }
        with self._store.write() as connection:
            mine = (
                playlists.c.owner.is_(None) if viewer.account is None else playlists.c.owner == viewer.account
            )
            if connection.execute(select(func.count()).where(mine)).scalar_one() >= MOST_OF_AN_OWNER:
                raise Conflict(f"there may be {MOST_OF_AN_OWNER} playlists: remove some first")
            connection.execute(insert(playlists).values(**values))
            self._note(connection, by, "playlist.add", f"{values['id']} {name}")
            return _find(connection, str(values["id"]), viewer)

    def playlists(self, viewer: Viewer, most: int = PAGE) -> list[Playlist]:
        """Return the playlists that the viewer finds in lists, by title: its own, those for members, those for everybody."""
        if viewer.only_video is not None:
            return []
        query = _query().order_by(playlists.c.title_key, playlists.c.id).limit(max(1, min(most, MOST_PAGE)))
        if not viewer.sees_all:
            listed = ["public", "members"] if viewer.is_known else ["public"]
            query = query.where(
                or_(playlists.c.visibility.in_(listed), playlists.c.owner == (viewer.account or ""))
            )
        with self._store.read() as connection:
            return [_playlist(row) for row in connection.execute(query)]

    def playlist(self, id: str, viewer: Viewer) -> tuple[Playlist, list[Video]]:
        """Return a playlist with those of its videos that the viewer may see, in order.

        Raises:
            NotFound: there is no such playlist, or the viewer may not see it.
        """
        with self._store.read() as connection:
            found = _find(connection, id, viewer)
            query = (
                video_query()
                .join(playlist_items, playlist_items.c.video_id == videos_table.c.id)
                .where(playlist_items.c.playlist_id == id)
                .order_by(playlist_items.c.place)
            )
            videos = with_progress(connection, connection.execute(query).all())
            return found, [one for one in videos if one.may_be_seen_by(viewer) and one.deleted_at is None]

    def change_playlist(
        self,
        id: str,
        viewer: Viewer,
        *,
        title: str | None = None,
        description: str | None = None,
        visibility: str | None = None,
        items: Sequence[str] | None = None,
        by: Actor | None = None,
    ) -> Playlist:
        """Change a playlist. None leaves a value as it is; `items` are the ids of all its videos, in order.

        Raises:
            NotFound: the playlist or one of the videos does not exist, or the viewer may not see it. Denied: the playlist belongs to somebody else.
            Invalid: a value is not allowed.
        """
        values: dict[str, Any] = {"changed_at": self._now()}
        if title is not None:
            values |= {"title": check_title(title), "title_key": title_key(check_title(title))}
        if description is not None:
            values["description"] = check_description(description)
        if visibility is not None:
            values["visibility"] = str(check_visibility(visibility))
        with self._store.write() as connection:
            found = _editable(connection, id, viewer)
            connection.execute(update(playlists).where(playlists.c.id == id).values(**values))
            if items is not None:
                _set_items(connection, id, viewer, items)
            self._note(connection, by, "playlist.change", f"{id} {found.title}")
            return _find(connection, id, viewer)

    def add_to_playlist(self, id: str, viewer: Viewer, video: str, *, by: Actor | None = None) -> Playlist:
        """Put a video at the end of a playlist; one that is in it stays where it is.

        Raises:
            NotFound, Denied: as `change_playlist`. Conflict: the playlist is full.
        """
        with self._store.write() as connection:
            found = _editable(connection, id, viewer)
            find_video(connection, video, viewer)
            here = playlist_items.c.playlist_id == id
            known = set(connection.execute(select(playlist_items.c.video_id).where(here)).scalars())
            if video not in known:
                if len(known) >= MOST_ITEMS:
                    raise Conflict(f"a playlist has at most {MOST_ITEMS} videos: make another one")
                last = connection.execute(select(func.max(playlist_items.c.place)).where(here)).scalar_one()
                place = 0 if last is None else last + 1
                connection.execute(insert(playlist_items).values(playlist_id=id, video_id=video, place=place))
                connection.execute(
                    update(playlists).where(playlists.c.id == id).values(changed_at=self._now())
                )
                self._note(connection, by, "playlist.change", f"{id} {found.title}", f"added {video}")
            return _find(connection, id, viewer)

    def delete_playlist(self, id: str, viewer: Viewer, *, by: Actor | None = None) -> None:
        """Delete a playlist; its videos stay.

        Raises:
            NotFound, Denied: as `change_playlist`.
        """
        with self._store.write() as connection:
            found = _editable(connection, id, viewer)
            connection.execute(delete(playlists).where(playlists.c.id == id))
            self._note(connection, by, "playlist.delete", f"{id} {found.title}")


def _query() -> Select[Any]:
    count = (
        select(func.count())
        .where(playlist_items.c.playlist_id == playlists.c.id)
        .scalar_subquery()
        .label("count_")
    )
    return (
        select(
            playlists,
            accounts.c.name.label("owner_name"),
            accounts.c.display_name.label("owner_label"),
            count,
        )
        .select_from(playlists)
        .outerjoin(accounts, accounts.c.id == playlists.c.owner)
    )


def _find(connection: Connection, id: str, viewer: Viewer) -> Playlist:
    row = connection.execute(_query().where(playlists.c.id == known_form(id))).first()
    if row is not None:
        found = _playlist(row)
        if found.may_be_seen_by(viewer):
            return found
    raise NotFound("there is no such playlist, or it is not shared with you")


def _editable(connection: Connection, id: str, viewer: Viewer) -> Playlist:
    connection.execute(select(playlists.c.id).where(playlists.c.id == known_form(id)).with_for_update())
    found = _find(connection, id, viewer)
    if not found.may_be_edited_by(viewer):
        raise Denied("only its owner and the admins may change this playlist", reason="owner")
    return found


def _set_items(connection: Connection, id: str, viewer: Viewer, items: Sequence[str]) -> None:
    chosen = list(dict.fromkeys(items))
    if len(chosen) > MOST_ITEMS:
        raise Invalid(f"a playlist has at most {MOST_ITEMS} videos, got {len(chosen)}")
    here = playlist_items.c.playlist_id == id
    known = set(connection.execute(select(playlist_items.c.video_id).where(here)).scalars())
    for video in chosen:
        if video not in known:
            find_video(connection, video, viewer)
    connection.execute(delete(playlist_items).where(here))
    rows = [{"playlist_id": id, "video_id": video, "place": place} for place, video in enumerate(chosen)]
    if rows:
        connection.execute(insert(playlist_items), rows)


def _playlist(row: Row[Any]) -> Playlist:
    owner = None if row.owner is None else Owner(row.owner, row.owner_name, row.owner_label)
    return Playlist(
        id=row.id,
        owner=owner,
        title=row.title,
        description=row.description,
        visibility=Visibility(row.visibility),
        created_at=row.created_at,
        changed_at=row.changed_at,
        count=row.count_,
    )
