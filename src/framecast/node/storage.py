"""The place of the saved streams of the API: a file of the data folder, or the database of people, where each has an owner.

Runs in the node's loop; what blocks is done in a thread or in the accounts server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import NamedTuple, Protocol

from framecast.errors import FramecastError, NotFound
from framecast.keyfile import KeyFile
from framecast.log import get_logger
from framecast.model import StreamSpec
from framecast.node.accounts_server import AccountsServer
from framecast.node.saved import SavedStreams
from framecast.node.saved_entry import compact, sealed, spec_of

# The key of a row that says which account has given the address.
_GIVER = "given_by"
_AT_ONCE = 500  # rows in one message

log = get_logger(__name__)


class Actor(NamedTuple):
    """The account that changes something, None for the node's own user, and the address of its client."""

    account: str | None = None
    address: str = ""


class Owned(NamedTuple):
    """A stream, the account that it belongs to (None: the admins), and the account that has given its address (None: the node's owner)."""

    spec: StreamSpec
    owner: str | None = None
    giver: str | None = None


class Storage(Protocol):
    """Keeps the streams of the API."""

    keeps_owners: bool

    @property
    def problems(self) -> list[str]:
        """Sentences: what is wrong with what is saved."""

    async def load(self) -> dict[str, Owned]:
        """Return what is saved, as far as it can be read.

        Raises:
            FramecastError: it cannot be asked now.
        """

    async def put(self, stream: Owned, by: Actor) -> None:
        """Save a stream.

        Raises:
            FramecastError: it could not be saved; nothing has changed.
        """

    async def delete(self, name: str, by: Actor) -> None:
        """Remove a saved stream; raises as `put`."""


class InFile:
    """`streams.json`, without owners."""

    keeps_owners = False

    def __init__(self, saved: SavedStreams) -> None:
        self._saved = saved

    @property
    def problems(self) -> list[str]:
        """What was wrong with the file."""
        return list(self._saved.problems)

    async def load(self) -> dict[str, Owned]:
        """Return the streams of the file. Never raises."""
        found = await asyncio.to_thread(self._saved.load)
        return {name: Owned(spec) for name, spec in found.items()}

    async def put(self, stream: Owned, by: Actor) -> None:
        """Save a stream; see `Storage`."""
        await asyncio.to_thread(self._saved.put, stream.spec)

    async def delete(self, name: str, by: Actor) -> None:
        """Remove one; see `Storage`."""
        await asyncio.to_thread(self._saved.delete, name)


class InDatabase:
    """The table of streams, by the accounts server. Addresses are sealed with the key of the data folder before they leave the node."""

    keeps_owners = True

    def __init__(self, server: AccountsServer, keys: KeyFile) -> None:
        self.problems: list[str] = []
        self._server = server
        self._keys = keys
        self._known: dict[str, tuple[str, Owned]] = {}  # the text of each row, and what it says

    async def load(self) -> dict[str, Owned]:
        """Return the rows that can be read."""
        rows: list[tuple[str, str | None, str]] = []
        is_last = False
        while not is_last:
            answer = await self._server.ask("streams", after=rows[-1][0] if rows else "")
            rows += [(str(name), owner, str(text)) for name, owner, text in answer["streams"]]
            is_last = answer["is_last"]
        problems: list[str] = []
        found = await asyncio.to_thread(self._read, rows, problems.append)
        for problem in problems:
            if problem not in self.problems:
                log.error(problem)
        self.problems = problems
        return found

    async def put(self, stream: Owned, by: Actor) -> None:
        """Save a row; see `Storage`."""
        text = await asyncio.to_thread(self._text, stream.spec, stream.giver)
        await self._server.ask(
            "save", name=stream.spec.name, spec=text, owner=stream.owner, by=by.account, address=by.address
        )

    async def delete(self, name: str, by: Actor) -> None:
        """Remove a row; one that is gone already counts as removed."""
        try:
            await self._server.ask("remove", name=name, by=by.account, address=by.address)
        except NotFound:
            log.info("a saved stream was gone already", name=name)

    async def take_over(self, saved: SavedStreams) -> None:
        """Save the streams of the file in the database, for the first admin, and keep the file under another name.

        If the node dies in between, the next start does it again: a name that is saved stays as it is.

        Raises:
            FramecastError: the database does not take them; the file stays.
        """
        found = await asyncio.to_thread(saved.load)
        if not found and not saved.found:
            return
        texts = await asyncio.to_thread(lambda: {name: self._text(spec) for name, spec in found.items()})
        added, names = 0, list(texts)
        for at in range(0, len(names), _AT_ONCE):
            part = {name: texts[name] for name in names[at : at + _AT_ONCE]}
            added += (await self._server.ask("import", streams=part))["count"]
        if not saved.found:  # a stream that was implicit
            return
        try:
            aside = await asyncio.to_thread(saved.set_aside)
        except FramecastError as error:
            log.error(str(error))
        else:
            log.info("saved streams are in the database now", count=added, file=str(aside))

    def _text(self, spec: StreamSpec, giver: str | None = None) -> str:
        entry = compact(spec) | ({_GIVER: giver} if giver is not None else {})
        return json.dumps(sealed(spec.name, entry, self._keys))

    def _read(
        self, rows: list[tuple[str, str | None, str]], complain: Callable[[str], None]
    ) -> dict[str, Owned]:
        found: dict[str, Owned] = {}
        known: dict[str, tuple[str, Owned]] = {}
        for name, owner, text in rows:
            try:
                stream = self._stream(name, owner, text, complain)
            except (FramecastError, TypeError, ValueError, AttributeError, RecursionError) as error:
                complain(f"a saved stream is skipped: {error} (in the database)")
                continue
            known[name] = text, stream
            found[name] = stream
        self._known = known
        return found

    def _stream(self, name: str, owner: str | None, text: str, complain: Callable[[str], None]) -> Owned:
        before = self._known.get(name)
        if before is not None and before[0] == text:
            return before[1]._replace(owner=owner)
        entry = json.loads(text)
        giver = entry.pop(_GIVER, None)
        spec = spec_of(name, entry, self._keys, complain).check_shared()
        return Owned(spec, owner, None if giver is None else str(giver))
