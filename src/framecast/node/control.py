"""What every control connection (`control_session`) can ask the node: requests about streams, as a table. Each has a deadline. Runs in the node's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from framecast.bus.channel import Fields
from framecast.control.topics import Notice
from framecast.errors import Denied, FramecastError, Invalid, NotFound, WouldBlock, error_to_json
from framecast.log import get_logger
from framecast.model import StreamSpec, check_name
from framecast.node.catalog import Catalog
from framecast.node.connection import Connection
from framecast.node.control_session import NETWORK, Session
from framecast.node.directory import LocalDirectory
from framecast.node.figures import Figures
from framecast.node.library_requests import Library, on_end_recording, on_record, on_video
from framecast.node.storage import Actor
from framecast.node.tickets import Tickets
from framecast.node.topics import Topics
from framecast.node.trials import Trials
from framecast.node.users import Users
from framecast.servers.access.links import DEFAULT_S, Links

STATS_TIMEOUT_S = 1.0
# The answer comes before clients give up (10 s): an error that says what happened is worth more than silence.
DEADLINE_S = 9.0

log = get_logger(__name__)


class People(Protocol):
    """What a node with servers says about its accounts; the node's own user is answered."""

    def database(self) -> Fields:
        """Return the URL of the database that has the accounts or will have the first one, the data folder, and whether it exists."""

    async def new_setup(self) -> Fields:
        """Return another secret for the first account, and the addresses at which it is made."""


class Control:
    """What every control connection can ask."""

    directory: LocalDirectory
    users: Users
    # Raises for a stream of a video that the account may not see.
    check_video: Callable[[StreamSpec, str | None], Awaitable[None]]
    _catalog: Catalog
    _trials: Trials

    def __init__(
        self,
        info: Callable[[], Fields],
        schema: Callable[[], Fields] | None = None,
        reload: Callable[[], Fields] | None = None,
        deadline_s: float = DEADLINE_S,
        links: Links | None = None,
        admission: People | None = None,
    ) -> None:
        """`schema` gives the JSON schema of the configuration, `reload` reads it again, `links` are those of its servers; a node may have none.

        `admission` is about people.
        """
        self.library: Library | None = None  # a private node has none
        self._admission = admission
        self._reload = reload
        self._links = links
        self._deadline_s = deadline_s
        self._info = info
        self._schema = schema
        self.figures = Figures()
        self.topics = Topics()
        self.tickets = Tickets(info)

    def connect(self, directory: LocalDirectory, catalog: Catalog) -> None:
        """Say what the requests are about, before the first of them comes."""
        self.directory = directory
        self._catalog = catalog
        self._trials = Trials(directory)

    def serve(self, peer: Connection, first: Fields) -> None:
        """Take over a connection with its first message."""
        Session(self, peer).hear(first)

    async def answer(self, fields: Fields) -> Fields:
        """Return the answer to one request; an error is an answer."""
        name = str(fields.get("op"))[:40]
        op = _OPS.get(name)
        try:
            if op is None:
                raise Invalid(
                    f"{name!r} is not a request: use {', '.join(sorted(_OPS))}, follow, publish_topic, ticket, ticket_of or watch"
                )
            async with asyncio.timeout(self._deadline_s):
                return await op(self, fields)
        except FramecastError as error:
            return error_to_json(error)
        except TimeoutError:
            return error_to_json(WouldBlock(_LATE.format(name, self._deadline_s)))
        except Exception:
            log.exception("a request failed", op=name)
            return error_to_json(FramecastError(f"the node failed at '{name}': its log says why"))

    async def _on_streams(self, _fields: Fields) -> Fields:
        return {"streams": self.directory.statuses()}

    async def _on_newest(self, _fields: Fields) -> Fields:
        return {"newest": self.directory.newest()}

    async def _on_stream(self, fields: Fields) -> Fields:
        return self.directory.status(str(fields.get("name")))

    async def _on_last_picture(self, fields: Fields) -> Fields:
        name = str(fields.get("name"))
        self.directory.status(name)  # there is such a stream
        picture = self.directory.pictures.find(name)
        if picture is None:
            raise NotFound(
                f"no last picture of {name} is kept: its source has not shown any since the node's start"
            )
        return picture.to_json()

    async def _on_put(self, fields: Fields) -> Fields:
        spec, by = _spec(fields), _actor(fields)
        await self.check_video(spec, by.account)
        await self._catalog.put(spec, by)
        return self.directory.status(spec.name)

    async def _on_try(self, fields: Fields) -> Fields:
        spec, by = _spec(fields), _actor(fields)
        await self.check_video(spec, by.account)
        return {"name": self._trials.begin(await self._catalog.vetted(spec, by), by.account)}

    async def _on_end_try(self, fields: Fields) -> Fields:
        self._trials.end(str(fields.get("name")))
        return {"ok": True}

    async def _on_delete(self, fields: Fields) -> Fields:
        await self._catalog.delete(str(fields.get("name")), _actor(fields))
        return {"ok": True}

    async def _on_restart(self, fields: Fields) -> Fields:
        self.directory.find(str(fields.get("name"))).restart()
        return {"ok": True}

    async def _on_stats(self, _fields: Fields) -> Fields:
        return {"streams": await self.directory.stats(STATS_TIMEOUT_S)}

    async def _on_report(self, fields: Fields) -> Fields:
        self.figures.take(fields.get("server"), fields.get("figures"))
        return {"ok": True}

    async def _on_figures(self, _fields: Fields) -> Fields:
        return {"servers": self.figures.all}

    async def _on_processes(self, _fields: Fields) -> Fields:
        return {"processes": [*self._own_processes(), *self.directory.processes()]}

    def _own_processes(self) -> list[Fields]:
        """The node, its parent, forkserver and servers: each process once, although some serve two ports."""
        info = self._info()
        forking = [
            (name, info[name])
            for name in ("parent", "forkserver", "accounts", "library", "files")
            if name in info
        ]
        named = [("node", info), *forking, *info.get("servers", {}).items()]
        found = {
            fields.get("pid", 0): {
                "process": name,
                "stream": "",
                "track": "",
                "pid": fields.get("pid", 0),
                "restarts": fields.get("restarts", 0),
            }
            for name, fields in reversed(named)
        }
        return list(reversed(found.values()))

    async def _on_info(self, _fields: Fields) -> Fields:
        return self._info()

    async def _on_schema(self, _fields: Fields) -> Fields:
        if self._schema is None:
            raise NotFound("this node has no configuration file, so it has no schema")
        return {"schema": self._schema()}

    async def _on_reload(self, _fields: Fields) -> Fields:
        if self._reload is None:
            raise NotFound("this node has no configuration file to reload")
        return self._reload()

    async def _on_setup(self, fields: Fields) -> Fields:
        return await self._people(fields).new_setup()

    async def _on_database(self, fields: Fields) -> Fields:
        return self._people(fields).database()

    def _people(self, fields: Fields) -> People:
        if self._admission is None:
            raise NotFound("this node has no servers, so it has no accounts")
        if fields.get("from") == NETWORK:
            raise Denied("only the node's own user on its machine is answered this")
        return self._admission

    async def _on_link(self, fields: Fields) -> Fields:
        name = check_name(fields.get("name"))
        self.directory.status(name)
        seconds = fields.get("expires_s", DEFAULT_S)
        if not isinstance(seconds, int):
            raise Invalid(f"expires_s must be a whole number of seconds, got {seconds!r:.40}")
        token, grant = await asyncio.to_thread(self._links_of_node.issue, name, seconds)
        self.topics.publish(Notice("links", grant.id))
        log.info("a link was made", id=grant.id, stream=name)
        return {"link": grant.id, "token": token, "expires": grant.expires}

    async def _on_links(self, _fields: Fields) -> Fields:
        return {"links": await asyncio.to_thread(self._links_of_node.listed)}

    async def _on_unlink(self, fields: Fields) -> Fields:
        if fields.get("all") is True:
            await asyncio.to_thread(self._links_of_node.revoke_all)
            self.topics.publish(Notice("links"))
            log.info("all links were ended")
        else:
            await asyncio.to_thread(self._links_of_node.revoke, str(fields.get("link")))
            self.topics.publish(Notice("links", str(fields.get("link"))))
            log.info("a link was ended", id=str(fields.get("link")))
        return {"ok": True}

    async def _on_new_link_key(self, _fields: Fields) -> Fields:
        await asyncio.to_thread(self._links_of_node.new_key)
        return {"ok": True}

    @property
    def _links_of_node(self) -> Links:
        if self._links is None:
            raise NotFound("this node has no servers, so it has no share links")
        return self._links


def _spec(fields: Fields) -> StreamSpec:
    spec = StreamSpec.from_json(check_name(fields.get("name")), fields.get("stream"))
    return spec.from_network() if fields.get("from") == NETWORK else spec


def _actor(fields: Fields) -> Actor:
    """The account that asks, as a server says; servers are trusted, because they run as the node's own user."""
    account, address = fields.get("by"), fields.get("address", "")
    if not isinstance(account, str | None) or not isinstance(address, str):
        raise Invalid(
            f"by must be the id of an account, and address a text, got {account!r:.40} and {address!r:.40}"
        )
    return Actor(account, address)


_OPS: dict[str, Callable[[Control, Fields], Awaitable[Fields]]] = {
    "streams": Control._on_streams,
    "stream": Control._on_stream,
    "newest": Control._on_newest,
    "last_picture": Control._on_last_picture,
    "put": Control._on_put,
    "try": Control._on_try,
    "end_try": Control._on_end_try,
    "delete": Control._on_delete,
    "restart": Control._on_restart,
    "stats": Control._on_stats,
    "report": Control._on_report,
    "figures": Control._on_figures,
    "processes": Control._on_processes,
    "info": Control._on_info,
    "schema": Control._on_schema,
    "reload": Control._on_reload,
    "setup": Control._on_setup,
    "database": Control._on_database,
    "link": Control._on_link,
    "links": Control._on_links,
    "unlink": Control._on_unlink,
    "new_link_key": Control._on_new_link_key,
    "record": on_record,
    "end_recording": on_end_recording,
    "video": on_video,
}


_LATE = "the node did not finish '{}' within {:g} s and may still do so: look at the streams, then try again"
