"""Which streams are configured, and where: the command line, the file, the API, in this order.

If several configure the same name, the first one owns it; the API cannot change streams of the other two. A change by the API
is saved before it takes effect (`storage`). With accounts each of the API's streams has an owner; all others belong to the admins. Runs in the node's event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from weakref import WeakValueDictionary

from framecast.errors import Conflict
from framecast.model import StreamSpec
from framecast.node.directory import Configured, LocalDirectory
from framecast.node.missing_files import MissingFiles
from framecast.node.saved import SavedStreams
from framecast.node.storage import Actor, InFile, Owned, Storage

Specs = Mapping[str, StreamSpec]
NOBODY = Actor()  # the node's own user


class Catalog:
    """The configured streams of one node. `saved` None keeps the API's streams in memory only."""

    def __init__(
        self,
        directory: LocalDirectory,
        check: Callable[[StreamSpec, bool], Awaitable[None]],
        saved: SavedStreams | None = None,
        *,
        private: bool = False,
    ) -> None:
        """`private`: the node belongs to one program, so a file's stream may wait for its reader."""
        self._private = private
        self._directory = directory
        self._saved = saved
        self._storage: Storage | None = InFile(saved) if saved is not None else None
        self._owned: dict[str, Owned] = {}  # the API's streams with their owners
        self._claims: dict[
            int, str | None
        ] = {}  # specs that are being checked, by identity, and the accounts that have given them
        self._check = check
        self._layers: dict[str, Specs] = {"command": {}, "file": {}, "api": {}}
        # Changes of one name happen in order; a slow check of one does not hold up the others.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._saving = asyncio.Lock()
        self._files = MissingFiles()
        self._commits: set[asyncio.Task[None]] = set()

    @property
    def problems(self) -> list[str]:
        """What is wrong with the saved streams."""
        return self._storage.problems if self._storage is not None else []

    def add_implicit(self, spec: StreamSpec) -> None:
        """Add a stream if none has ever been configured. From then on it is one of the API's streams.

        It is saved with the first change; until then, the next start decides again.
        """
        if any(self._layers.values()) or (self._saved is not None and self._saved.found):
            return
        if self._saved is not None:
            self._saved.implicit = {spec.name: spec}
        self.replace("api", {spec.name: spec})

    def replace(self, layer: str, specs: Specs) -> None:
        """Set the streams of `command`, `file` or `api`."""
        self._layers[layer] = dict(specs)
        if layer == "file":
            self._files.look(specs)
        if layer == "api":
            self._owned = {name: Owned(spec) for name, spec in specs.items()}
        self._apply()

    def keep_in(self, storage: Storage) -> None:
        """Save the API's streams there from now on; `load_saved` follows."""
        self._storage = storage

    async def load_saved(self) -> None:
        """Load the API's saved streams, as far as they can be read; between two changes, not during one.

        Raises:
            FramecastError: they cannot be asked for now; nothing has changed.
        """
        async with self._saving:
            if self._storage is not None:
                found = await self._storage.load()
                self._replace_owned(found)

    def giver_of(self, spec: StreamSpec) -> str | None:
        """Return the account that has given an address of this catalog, or one that it checks now or tries; None: the node's owner."""
        if id(spec) in self._claims:
            return self._claims[id(spec)]
        if any(spec.name in self._layers[layer] for layer in ("command", "file")):
            return None
        stream = self._owned.get(spec.name)
        return stream.giver if stream is not None else self._directory.giver_of_trial(spec.name)

    async def put(self, spec: StreamSpec, by: Actor = NOBODY) -> None:
        """Add or change a stream of the API; it is saved when this returns. A masked source keeps its secrets.

        A new one belongs to the account of `by`; another one keeps its owner.

        Raises:
            Conflict: the name is configured elsewhere, or a program writes the stream.
            Invalid: the source's address is not valid, or is masked and there is no old one to keep; or it would wait for a reader;
                or it is new and a file that does not exist.
            FramecastError: it could not be saved; nothing has changed.
        """
        if not self._private:
            spec.check_shared()
        if self._storage is None or not self._storage.keeps_owners:
            by = NOBODY
        async with self._turn(spec.name):
            self._refuse_taken(spec.name)
            spec = self.unmasked(spec)
            known = self._layers["api"].get(spec.name)
            before = self._owned.get(spec.name)
            is_new = known is None or known.source != spec.source
            owner = before.owner if before is not None else by.account
            giver = before.giver if before is not None and not is_new else by.account
            with self._claimed(spec, giver):
                await self._check(spec, is_new)
            self._refuse_taken(spec.name)
            await self._commit(spec.name, Owned(spec, owner, giver), by)

    async def vetted(self, spec: StreamSpec, by: Actor = NOBODY) -> StreamSpec:
        """Return `spec` as `put` would save it, without saving it; the name may belong to any stream.

        Raises:
            Invalid: as `put`.
        """
        spec.check_shared()
        layers = (self._layers[layer].get(spec.name) for layer in ("command", "file", "api"))
        spec = spec.with_secrets_of(next(filter(None, layers), None))
        with self._claimed(spec, by.account):
            await self._check(spec, False)
        return spec

    @contextmanager
    def _claimed(self, spec: StreamSpec, giver: str | None) -> Iterator[None]:
        self._claims[id(spec)] = giver
        try:
            yield
        finally:
            del self._claims[id(spec)]

    def unmasked(self, spec: StreamSpec) -> StreamSpec:
        """Return `spec`; if its source is masked, with the secrets of the API's stream of that name.

        Raises:
            Invalid: there are no secrets to use.
        """
        return spec.with_secrets_of(self._layers["api"].get(spec.name))

    async def delete(self, name: str, by: Actor = NOBODY) -> None:
        """Remove a stream of the API.

        Raises:
            NotFound: there is none of that name.
            Conflict: it is configured elsewhere.
            FramecastError: as `put`.
        """
        async with self._turn(name):
            self._refuse_foreign(name)
            if name not in self._layers["api"]:
                if self._directory.is_published(name):
                    raise Conflict(f"{name} is written by a program: it ends when the program ends")
                raise self._directory.unknown(name)
            await self._commit(name, None, by)

    def _turn(self, name: str) -> asyncio.Lock:
        return self._turns.setdefault(name, asyncio.Lock())

    async def _commit(self, name: str, stream: Owned | None, by: Actor) -> None:
        """Save and apply one change; None removes. Continues if the request is cancelled, so that file and streams agree."""
        task = asyncio.create_task(self._save_and_apply(name, stream, by), name=f"save {name}")
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)
        await asyncio.shield(task)

    async def _save_and_apply(self, name: str, stream: Owned | None, by: Actor) -> None:
        async with self._saving:
            if self._storage is not None:
                await (self._storage.delete(name, by) if stream is None else self._storage.put(stream, by))
            others = {key: other for key, other in self._owned.items() if key != name}
            self._replace_owned(others if stream is None else {**others, name: stream})

    def _replace_owned(self, streams: Mapping[str, Owned]) -> None:
        self._owned = dict(streams)
        self._layers["api"] = {name: one.spec for name, one in streams.items()}
        self._apply()

    def _refuse_taken(self, name: str) -> None:
        self._refuse_foreign(name)
        if self._directory.is_published(name):
            raise Conflict(f"{name} is written by a program: end the program first, or use another name")

    def _refuse_foreign(self, name: str) -> None:
        for layer, where in (("command", "on the command line"), ("file", "in the configuration file")):
            if name in self._layers[layer]:
                raise Conflict(f"{name} is configured {where}: change it there")

    def _apply(self) -> None:
        wanted: dict[str, Configured] = {}
        for layer, specs in self._layers.items():
            for name, spec in specs.items():
                owner = self._owned[name].owner if layer == "api" else None
                wanted.setdefault(name, Configured(spec, layer, owner))
        self._directory.apply(wanted)
