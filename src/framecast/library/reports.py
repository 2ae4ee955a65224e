"""Reports of videos, and holding one back: nobody but its owner and the admins sees it until it is released."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Denied, Invalid
from framecast.library.rows import change_row, find_video
from framecast.library.texts import kept_text
from framecast.library.views import viewer_digest
from framecast.model.video import Video, Viewer
from framecast.model.video_job import Report
from framecast.store.library_schema import reports, videos
from framecast.store.schema import accounts

LONGEST_REPORT = 1000
LONGEST_REASON = 200
_MOST_OF_A_VIDEO = 100
PAGE, MOST_PAGE = 100, 1000


class Reports(Audited):
    """Reports and held videos."""

    def report(
        self, id: str, viewer: Viewer, text: str, *, viewer_key: str = "", by: Actor | None = None
    ) -> None:
        """Report a video to the admins. Another report of the same viewer replaces the first one.

        Raises:
            NotFound: there is no such video, or the viewer may not see it. Invalid: the text is empty or too long.
            Conflict: so many have reported it that no more is needed.
        """
        why = kept_text("the report", text, LONGEST_REPORT)
        if not why:
            raise Invalid("the report must not be empty: say what is wrong with the video")
        digest = viewer_digest(id, viewer.account or viewer_key)
        with self._store.write() as connection:
            found = find_video(connection, id, viewer)
            mine = (reports.c.video_id == id) & (reports.c.viewer == digest)
            values = {"text": why, "at": self._now()}
            if not connection.execute(update(reports).where(mine).values(**values)).rowcount:
                query = select(func.count()).where(reports.c.video_id == id)
                if connection.execute(query).scalar_one() >= _MOST_OF_A_VIDEO:
                    raise Conflict(
                        "this video was reported often enough: an admin will look at it", reason="enough"
                    )
                row = {
                    "id": new_id(),
                    "video_id": id,
                    "account_id": viewer.account,
                    "viewer": digest,
                    **values,
                }
                connection.execute(insert(reports).values(**row))
            self._note(connection, by, "video.report", f"{id} {found.title}")

    def reports(self, most: int = PAGE) -> list[Report]:
        """Return the reports, the newest first: for admins."""
        query = (
            select(reports, videos.c.title, videos.c.is_held, accounts.c.name)
            .join(videos, videos.c.id == reports.c.video_id)
            .outerjoin(accounts, accounts.c.id == reports.c.account_id)
            .order_by(reports.c.at.desc(), reports.c.id)
            .limit(max(1, min(most, MOST_PAGE)))
        )
        with self._store.read() as connection:
            return [
                Report(row.id, row.video_id, row.title, row.is_held, row.name or "", row.text, row.at)
                for row in connection.execute(query)
            ]

    def hold(self, id: str, viewer: Viewer, reason: str = "", *, by: Actor | None = None) -> Video:
        """Hold a video back. Its owner sees that, and the reason.

        Raises:
            NotFound: there is no such video. Denied: the viewer is no admin. Invalid: the reason is too long.
        """
        return self._set_held(id, viewer, True, kept_text("the reason", reason, LONGEST_REASON), by)

    def release(self, id: str, viewer: Viewer, *, by: Actor | None = None) -> Video:
        """Let a video be seen again; its reports are done with.

        Raises:
            NotFound: there is no such video. Denied: the viewer is no admin.
        """
        return self._set_held(id, viewer, False, "", by)

    def _set_held(self, id: str, viewer: Viewer, held: bool, reason: str, by: Actor | None) -> Video:
        with self._store.write() as connection:
            found = find_video(connection, id, viewer)
            if not viewer.sees_all:
                raise Denied("only an admin may hold or release a video", reason="admin")
            change_row(connection, id, self._now(), is_held=held, held_reason=reason)
            if not held:
                connection.execute(delete(reports).where(reports.c.video_id == id))
            what = "video.hold" if held else "video.release"
            self._note(connection, by, what, f"{id} {found.title}", reason or "done")
            return find_video(connection, id)
