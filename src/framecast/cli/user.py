"""`framecast user`: the accounts of people and programs, straight in the database, with or without a running node."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from framecast.cli.database import (
    Config,
    DataDir,
    Name,
    Server,
    actor,
    changing,
    day,
    opened,
    page_url,
    print_list,
    read_password,
    seconds_of,
)
from framecast.cli.parameters import Json
from framecast.errors import Invalid, NotFound
from framecast.model.rights import Role

if TYPE_CHECKING:
    from framecast.accounts.account import Account

user = typer.Typer(
    name="user", help="People and programs with an identity.", no_args_is_help=True, suggest_commands=False
)
RoleOption = Annotated[Role, typer.Option(help="What the account is: see docs/how-to/people.md.")]
_PAGE = 1000


@user.command("add")
def add(
    name: Name,
    role: RoleOption = Role.VIEWER,
    display_name: Annotated[
        str, typer.Option(metavar="TEXT", help="Name that people see (default: NAME).", show_default=False)
    ] = "",
    service: Annotated[
        bool, typer.Option("--service", help="A program: it has tokens and no password.")
    ] = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Set no password: send a link with `user reset` instead.")
    ] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Add an account. The password is asked for, or read from the first line of stdin.

    The first account must be an admin. With it, everybody who uses the node must sign in.
    """
    password = None if service or no_password else read_password("password")
    with changing(config, data_dir, making=partial(_check_first, name, role, service, password)) as accounts:
        _check_admin(not accounts.count(Role.ADMIN), role, service)
        accounts.create(
            name, role=role, password=password, display_name=display_name, is_service=service, by=actor()
        )


@user.command("list")
def list_(as_json: Json = False, config: Config = None, data_dir: DataDir = None) -> None:
    """List the accounts: name, role, what is special, last sign-in."""
    found, after = [], ""
    with opened(config, data_dir) as accounts:
        while page := accounts.all(after=after, most=_PAGE):
            found += page
            after = page[-1].name
    print_list(found, as_json, _line)


@user.command("show")
def show(name: Name, as_json: Json = False, config: Config = None, data_dir: DataDir = None) -> None:
    """Show one account: groups, grants, tokens, sessions, the streams that it owns."""
    with opened(config, data_dir) as accounts:
        one = accounts.account(name)
        facts = one.to_json() | {
            "groups": [group.name for group in accounts.groups_of(one.id)],
            "grants": [grant.to_json() for grant in accounts.grants(one.id)],
            "tokens": [token.to_json() for token in accounts.tokens(one.id)],
            "sessions": [session.to_json() for session in accounts.sessions(one.id)],
            "second_factor": accounts.has_second_factor(one.id),
            "streams": accounts.streams_of(one.id),
        }
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    print(f"{one.name}  {one.role}{'  locked' if one.locked else ''}  {one.display_name}".rstrip())
    print(f"made {day(one.created_at)}, last sign-in {day(one.signed_in_at)}")
    print(f"password: {_yes(one.has_password)}, second factor: {_yes(bool(facts['second_factor']))}")
    print(f"groups: {', '.join(facts['groups']) or 'none'}")
    print(f"streams: {', '.join(facts['streams']) or 'none'}")
    print(f"sessions: {len(facts['sessions'])}, tokens: {len(facts['tokens'])}")


@user.command("role")
def role_(
    name: Name,
    role: Annotated[Role, typer.Argument(metavar="ROLE", help="The new role: viewer, member or admin.")],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Give an account another role. The last admin keeps theirs."""
    with changing(config, data_dir) as accounts:
        accounts.change(name, role=role, by=actor())


@user.command("lock")
def lock(name: Name, config: Config = None, data_dir: DataDir = None) -> None:
    """Lock an account: its sessions end, and its tokens open nothing until it is unlocked."""
    with changing(config, data_dir) as accounts:
        accounts.change(name, locked=True, by=actor())


@user.command("unlock")
def unlock(name: Name, config: Config = None, data_dir: DataDir = None) -> None:
    """Unlock an account."""
    with changing(config, data_dir) as accounts:
        accounts.change(name, locked=False, by=actor())


@user.command("password")
def password(name: Name, config: Config = None, data_dir: DataDir = None) -> None:
    """Set a new password, asked for or read from the first line of stdin. All sessions of the account end."""
    with changing(config, data_dir) as accounts:
        accounts.account(name)
        accounts.set_password(name, read_password("password"), by=actor())


@user.command("invite")
def invite(
    role: RoleOption = Role.VIEWER,
    group: Annotated[
        list[str], typer.Option(metavar="GROUP", help="Group of people to join; may be repeated.")
    ] = [],  # noqa: B006  typer wants a list
    expires: Annotated[str, typer.Option(help="Lifetime: 7d, 12h, 30m; at most 90 days.")] = "7d",
    server: Server = "",
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Print a link with which one person makes an account. It works once."""
    with changing(config, data_dir) as accounts:
        _, secret = accounts.invite(role, group, seconds_of(expires) or 0, by=actor())
    print(page_url(server, "join", secret))


@user.command("reset")
def reset(
    name: Name,
    expires: Annotated[str, typer.Option(help="Lifetime: 1d, 12h, 30m; at most 90 days.")] = "1d",
    server: Server = "",
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Print a link that sets a new password for an account. It works once, and ends earlier ones."""
    with changing(config, data_dir) as accounts:
        _, secret = accounts.make_reset(name, seconds_of(expires) or 0, by=actor())
    print(page_url(server, "reset", secret))


@user.command("sign-out")
def sign_out(name: Name, config: Config = None, data_dir: DataDir = None) -> None:
    """End all sessions of an account, on every server. Its tokens stay."""
    with changing(config, data_dir) as accounts:
        accounts.end_all_sessions(name, by=actor())


@user.command("uid")
def uid(
    name: Name,
    number: Annotated[int, typer.Argument(metavar="UID", help="Number of a user of this machine: `id -u`.")],
    take: Annotated[bool, typer.Option("--take", help="Take the rights from that user again.")] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Give a user of this machine the rights of an account, for programs that connect to node.sock as that user."""
    with changing(config, data_dir) as accounts:
        if not take:
            accounts.give_uid(number, name, by=actor())
        elif (number, accounts.account(name).id) in accounts.uids():
            accounts.take_uid(number, by=actor())
        else:
            raise NotFound(f"user {number} of this machine does not have the account {name!r}")


@user.command("remove")
def remove(
    name: Name,
    give_to: Annotated[
        str,
        typer.Option(metavar="NAME", help="Give its streams and videos to this account.", show_default=False),
    ] = "",
    give_to_admins: Annotated[
        bool, typer.Option("--give-to-admins", help="Give its streams and videos to the admins.")
    ] = False,
    remove_streams: Annotated[
        bool, typer.Option("--remove-streams", help="Remove its streams, too.")
    ] = False,
    remove_videos: Annotated[bool, typer.Option("--remove-videos", help="Remove its videos, too.")] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Remove an account with its sessions, tokens and grants. If it owns streams or videos, say what becomes of them."""
    if sum((bool(give_to), give_to_admins, remove_streams)) > 1:
        raise Invalid("choose one of --give-to, --give-to-admins and --remove-streams")
    given = "give" if give_to or give_to_admins else None
    streams = "remove" if remove_streams else given
    videos = "remove" if remove_videos else given
    with changing(config, data_dir) as accounts:
        accounts.delete(name, streams=streams, videos=videos, to=give_to or None, by=actor())


def _check_first(name: str, role: Role, service: bool, password: str | None, is_first: bool) -> None:
    """Refuse what the database would refuse, before it is made."""
    from framecast.accounts import check_new  # SQLAlchemy

    _check_admin(is_first, role, service)
    check_new(name, password)


def _check_admin(is_first: bool, role: Role, service: bool) -> None:
    if is_first and role is not Role.ADMIN:
        raise Invalid(f"the first account must be an admin, got the role {role}: add --role admin")
    if is_first and service:
        raise Invalid("the first account must be a person: leave --service out")


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _line(one: Account) -> str:
    special = [word for word, holds in (("service", one.is_service), ("locked", one.locked)) if holds]
    facts = [one.name, str(one.role), *special, f"last sign-in {day(one.signed_in_at)}"]
    return "  ".join([*facts, one.display_name] if one.display_name else facts)
