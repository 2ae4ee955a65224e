"""Grants: who may do what on which streams, beyond roles and owners."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select

from framecast.accounts.account import Actor
from framecast.accounts.part import Part, find_account, find_group
from framecast.accounts.secret import new_id
from framecast.errors import Invalid, NotFound
from framecast.model.naming import check_groups
from framecast.model.rights import Grant, Right
from framecast.model.stream import check_name
from framecast.model.text import shown
from framecast.store.schema import accounts, grants, groups


class SubjectKind(StrEnum):
    """To whom something is granted."""

    ACCOUNT = "account"
    GROUP = "group"  # of people
    EVERYBODY = "everybody"  # every account


@dataclass(frozen=True, slots=True)
class GrantInfo:
    """A grant as it is kept. `subject` is the id of an account or a group, '' for everybody; `subject_name` is for people."""

    id: str
    subject_kind: SubjectKind
    subject: str
    subject_name: str
    grant: Grant
    created_at: float

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "subject_kind": str(self.subject_kind),
            "subject": self.subject,
            "subject_name": self.subject_name,
            "right": str(self.grant.right),
            "stream": self.grant.stream,
            "group": self.grant.group,
            "created_at": self.created_at,
        }


class Grants(Part):
    """The table of grants."""

    def grant(
        self, subject_kind: SubjectKind | str, subject: str, grant: Grant, by: Actor | None = None
    ) -> GrantInfo:
        """Grant a right to an account, to a group of people (by id or name), or to everybody (subject ''). Twice is once.

        Raises:
            NotFound: there is no such account or group.
            Invalid: the stream or its group has no name that is allowed.
        """
        kind = SubjectKind(subject_kind)
        _check(grant)
        with self._store.change() as connection:
            account = find_account(connection, subject).id if kind is SubjectKind.ACCOUNT else None
            group = find_group(connection, subject).id if kind is SubjectKind.GROUP else None
            same = _query().where(
                grants.c.subject_kind == kind,
                grants.c.account_id.is_(None) if account is None else grants.c.account_id == account,
                grants.c.group_id.is_(None) if group is None else grants.c.group_id == group,
                grants.c.right == grant.right,
                grants.c.stream.is_(None) if grant.stream is None else grants.c.stream == grant.stream,
                grants.c.stream_group.is_(None)
                if grant.group is None
                else grants.c.stream_group == grant.group,
            )
            if connection.execute(same).first() is None:
                connection.execute(
                    insert(grants).values(
                        id=new_id(),
                        subject_kind=kind,
                        account_id=account,
                        group_id=group,
                        right=grant.right,
                        stream=grant.stream,
                        stream_group=grant.group,
                        created_at=self._now(),
                    )
                )
            info = _info(connection.execute(same).one())
            self._note(connection, by, "grant.make", _in_words(info))
        return info

    def revoke(self, grant_id: str, by: Actor | None = None) -> None:
        """Take a grant back.

        Raises:
            NotFound: there is no such grant.
        """
        with self._store.change() as connection:
            found = connection.execute(_query().where(grants.c.id == grant_id)).first()
            if found is None:
                raise NotFound(f"there is no grant {shown(grant_id, 40)!r}")
            connection.execute(delete(grants).where(grants.c.id == grant_id))
            self._note(connection, by, "grant.revoke", _in_words(_info(found)))

    def grants(self, account: str | None = None, most: int = 10_000) -> list[GrantInfo]:
        """Return all grants, or those of one account itself (by id)."""
        query = _query().order_by(grants.c.created_at, grants.c.id).limit(most)
        if account is not None:
            query = query.where(grants.c.account_id == account)
        with self._store.read() as connection:
            return [_info(row) for row in connection.execute(query)]


def _check(grant: Grant) -> None:
    if grant.stream is not None:
        check_name(grant.stream)
    if grant.group is not None:
        try:
            check_groups([grant.group])
        except Invalid as error:
            raise Invalid(f"the group of streams {error}") from None


def _query() -> Select[Any]:
    joined = grants.outerjoin(accounts, accounts.c.id == grants.c.account_id).outerjoin(
        groups, groups.c.id == grants.c.group_id
    )
    return select(
        grants, accounts.c.name.label("account_name"), groups.c.name.label("group_name")
    ).select_from(joined)


def _info(row: Row[Any]) -> GrantInfo:
    return GrantInfo(
        id=row.id,
        subject_kind=SubjectKind(row.subject_kind),
        subject=row.account_id or row.group_id or "",
        subject_name=row.account_name or row.group_name or "everybody",
        grant=Grant(Right(row.right), row.stream, row.stream_group),
        created_at=row.created_at,
    )


def _in_words(info: GrantInfo) -> str:
    where = info.grant.stream or (f"group {info.grant.group}" if info.grant.group else "all streams")
    return f"{info.subject_name}: {info.grant.right} {where}"
