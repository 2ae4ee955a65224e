"""The server itself: its port, its services, and how it begins, drains and ends.

SIGTERM, SIGINT and the end of stdin drain: health says NOT_SERVING, every call ends with UNAVAILABLE, so that clients
call again, and the process ends within `DRAIN_S`. The port is held by the node; this process opens it beside that (SO_REUSEPORT).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from framecast.bus import to_node
from framecast.bus.runtime import node_socket
from framecast.control.aio import AsyncNodeClient, Fields, keep_reporting
from framecast.control.changes import Changes
from framecast.control.following import Following
from framecast.control.metrics import report
from framecast.errors import Broken, NodeUnavailable, NotFound
from framecast.model import number
from framecast.servers.access.accounts_topic import follow_accounts
from framecast.servers.access.credential import LocalUser
from framecast.servers.access.gate import Gate
from framecast.servers.access.people import People
from framecast.servers.access.registry import Registry
from framecast.servers.access.token import AccessToken
from framecast.servers.access.vigil import Vigil
from framecast.servers.certificate import Certificate
from framecast.servers.launch import Lifeline
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.rpc.calls import Calls
from framecast.servers.rpc.changes import SharedChanges
from framecast.servers.rpc.feeds import Feeds
from framecast.servers.rpc.figures import EVERY_S, samples
from framecast.servers.rpc.handlers import handler_of
from framecast.servers.rpc.intake import MAX_RECORD_BYTES
from framecast.servers.rpc.interceptor import GateInterceptor
from framecast.servers.rpc.local_socket import LocalSocket
from framecast.servers.rpc.media import Media
from framecast.servers.rpc.publication import Publications
from framecast.servers.rpc.rooms import RoomCalls
from framecast.servers.rpc.settings import RpcSettings
from framecast.servers.rpc.streams import Streams
from framecast.servers.rpc.uploads import UploadCalls
from framecast.servers.rpc.videos import Videos
from framecast.servers.rpc.work import Work
from framecast.v1 import media_pb2, rooms_pb2, streams_pb2, uploads_pb2, videos_pb2, work_pb2

DRAIN_S = 2.0
MAX_CALLS = 2000
MAX_CALLS_A_CONNECTION = 1000
# Raw pictures are larger than gRPC's 4 MiB. What is sent has no limit here, the client has its own.
MAX_MESSAGE_BYTES = MAX_RECORD_BYTES + (64 << 10)
OPTIONS = (
    ("grpc.so_reuseport", 1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_concurrent_streams", MAX_CALLS_A_CONNECTION),
    # A peer that is gone without a word is noticed after this; its calls and streams are then free.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Clients may ping as often as every five seconds, calls or not.
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
)
_SERVICES = (
    streams_pb2.DESCRIPTOR.services_by_name["Streams"],
    media_pb2.DESCRIPTOR.services_by_name["Media"],
    videos_pb2.DESCRIPTOR.services_by_name["Videos"],
    uploads_pb2.DESCRIPTOR.services_by_name["Uploads"],
    work_pb2.DESCRIPTOR.services_by_name["Work"],
    rooms_pb2.DESCRIPTOR.services_by_name["Rooms"],
)

log = logging.getLogger("framecast.grpc")


class Server:
    """Everything that this process serves. Event loop only."""

    def __init__(self, settings: RpcSettings, credentials: grpc.ServerCredentials | None = None) -> None:
        """Take the port; with `credentials` it speaks TLS alone.

        Raises:
            Broken: the port cannot be opened.
        """
        path = node_socket(settings.runtime_dir)
        self.feeds = Feeds(to_node(path))
        self.publications = Publications(path)
        self.changes = SharedChanges(path)
        self._node = AsyncNodeClient(path)
        self._calls = Calls()
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]  # left out of its stubs
        self._path = path
        self._tasks: set[asyncio.Task[None]] = set()
        # Without a database there are no accounts.
        self._people = People(settings.database) if settings.database else None
        token = AccessToken(settings.access_token) if settings.access_token else None
        self._gate = Gate(token, people=self._people)
        self._known = Changes()  # followed only for accounts: what rights depend on
        self.open_calls = Registry()
        self._vigil = Vigil(self._gate, [self.open_calls], self._known.newest)
        self._known.listen("", lambda change: self._vigil.on_stream(change.name))
        interceptor = GateInterceptor(
            self._gate, self.open_calls, self._known.newest, self._vigil.start, self._user_of
        )
        self._server = grpc.aio.server(
            interceptors=[interceptor],
            options=OPTIONS,
            maximum_concurrent_rpcs=MAX_CALLS,
        )
        streams = Streams(self._node, self.changes)
        media = Media(self.feeds, self.publications, self._node)
        self._videos = Videos(settings.library, self._node, path)
        self._uploads = UploadCalls(self._videos.catalogue)
        self._work = Work(self._videos.catalogue)
        catalogue, given = self._videos.catalogue, settings.rooms
        self._hub = RoomHub(given, self._node, path, self._known.newest, catalogue) if given else None
        self._rooms = RoomCalls(self._hub)
        implementations = (streams, media, self._videos, self._uploads, self._work, self._rooms)
        self._server.add_generic_rpc_handlers(
            tuple(
                handler_of(service, implementation, self._calls)
                for service, implementation in zip(_SERVICES, implementations, strict=True)
            )
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [service.full_name for service in _SERVICES]
        reflection.enable_server_reflection(
            [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )
        self._open(settings, credentials)
        self._local = LocalSocket(settings.runtime_dir, settings.socket_mode)

    async def start(self) -> None:
        """Begin to serve."""
        await self._local.bind(self._server)
        await self._server.start()
        for service in _SERVICES:
            await self._health.set(service.full_name, health_pb2.HealthCheckResponse.SERVING)
        self._keep(keep_reporting(self._node, "grpc", self._figures, EVERY_S), "figures")
        if self._people is not None:
            self._keep(Following(self._path, self._known.note).run(), "streams")
            self._keep(follow_accounts(self._path, self._vigil), "accounts")

    async def stop(self) -> None:
        """Drain and end."""
        self._vigil.close()
        for task in self._tasks:
            task.cancel()
        with suppress(TimeoutError):  # a health watcher that does not read must not keep the others
            async with asyncio.timeout(DRAIN_S / 4):
                await self._health.enter_graceful_shutdown()
        self.changes.drain()
        self.feeds.drain()
        self.publications.drain()
        self._videos.drain()
        self._uploads.drain()
        self._rooms.drain()
        await self._local.close()
        await self._server.stop(DRAIN_S / 2)
        self._uploads.close()
        self._work.close()
        if self._hub is not None:
            await self._hub.close()
        await self._videos.close()
        await self._node.close()
        if self._people is not None:
            self._people.close()

    async def _user_of(self, ticket: str) -> LocalUser:
        """Ask the node whose ticket one is.

        Raises:
            NodeUnavailable: nobody's, or the node does not answer.
        """
        try:
            found = await self._node.request("ticket_of", ticket=ticket)
        except (
            NotFound
        ) as error:  # or of a node that was started again: the client asks for another one, and calls again
            raise NodeUnavailable(str(error)) from error
        return LocalUser(number.whole(found["uid"], 0, 1 << 32), found["is_own"] is True)

    def _keep(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.add(asyncio.create_task(work, name=name))

    def _figures(self) -> list[Fields]:
        of_rooms = () if self._hub is None else self._hub.samples("grpc")
        return report([*samples(self.feeds, self.publications, self._calls, self._gate), *of_rooms])

    def _open(self, settings: RpcSettings, credentials: grpc.ServerCredentials | None) -> None:
        try:
            if credentials is None:
                port = self._server.add_insecure_port(settings.address)
            else:
                port = self._server.add_secure_port(settings.address, credentials)
        except RuntimeError as error:
            raise Broken(f"{settings.address} cannot be opened for gRPC: {error}") from error
        if not port:
            raise Broken(f"{settings.address} cannot be opened for gRPC")


def _credentials(settings: RpcSettings) -> grpc.ServerCredentials | None:
    """Read the certificate and its key, before there is an event loop that would wait for a disk.

    Raises:
        Invalid: one of them cannot be read, or they do not fit.
    """
    cert, key = settings.tls_cert_file, settings.tls_key_file
    if cert is None or key is None:
        return None
    certificate = Certificate(cert, key)

    def configuration() -> grpc.ServerCertificateConfiguration:
        pair = certificate.pair
        return grpc.ssl_server_certificate_configuration([(pair.key, pair.certificate)])

    def newer() -> grpc.ServerCertificateConfiguration | None:
        """Called in a thread of gRPC before each handshake."""
        return configuration() if certificate.refresh() else None

    return grpc.dynamic_ssl_server_credentials(configuration(), newer)  # type: ignore[arg-type]  # None: no change


def serve(settings: RpcSettings, lifeline: Lifeline) -> None:
    """Serve until the lifeline ends.

    Raises:
        FramecastError: the port or a file cannot be opened.
    """
    asyncio.run(_serve(settings, _credentials(settings), lifeline))


async def _serve(
    settings: RpcSettings, credentials: grpc.ServerCredentials | None, lifeline: Lifeline
) -> None:
    server = Server(settings, credentials)
    await server.start()
    log.info("serving gRPC at %s%s", settings.address, " with TLS" if settings.tls_cert_file else "")
    await lifeline.end()
    await server.stop()
