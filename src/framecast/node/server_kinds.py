"""The kinds of servers as a table: the module of each, the ports that a configuration asks for, and its settings. Pure."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from framecast.model.host import is_loopback
from framecast.node.access_mode import AccessState
from framecast.node.config import Config
from framecast.node.library_given import library_of
from framecast.node.port import address, listen, reserve
from framecast.node.rooms_given import rooms_of
from framecast.servers.rpc.settings import RpcSettings
from framecast.servers.settings import LogSocket, Settings
from framecast.servers.web.settings import OidcSettings, WebSettings
from framecast.servers.zmq.settings import ZmqSettings

# It has no port: the web server gives it connections.
FILES = "files"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One port of a server: its name in statuses, where it is, and the key of the configuration that sets the port."""

    name: str
    scheme: str
    host: str
    port: int
    key: str
    open: Callable[[str, int, str], socket.socket] = listen
    path: str = ""

    def url(self, sock: socket.socket) -> str:
        """Return where programs on this machine find the open port."""
        return f"{address(sock, self.scheme)}{self.path}"


Sockets = Mapping[str, socket.socket]  # of the endpoints that are open, by their names


@dataclass(frozen=True, slots=True)
class ServerKind:
    """One row. The first endpoint is the server's main port; a server without endpoints is not run, or only when it is asked for (`Servers.begin`).

    One that `runs_in_setup` runs while a node waits for its first account, too; the ports of others stay shut until then.
    """

    name: str
    module: str
    endpoints: Callable[[Config], Iterable[Endpoint]]
    settings: Callable[[Config, AccessState, Sockets, LogSocket], Settings]
    runs_in_setup: bool = False


def _web_endpoints(config: Config) -> Iterable[Endpoint]:
    path = config.base_path.strip("/")
    scheme = "https" if "web" in config.certificates else "http"
    yield Endpoint("web", scheme, config.host, config.port, "--port", path=f"/{path}/" if path else "/")


def _grpc_endpoints(config: Config) -> Iterable[Endpoint]:
    grpc = config.grpc
    if grpc.enabled:
        scheme = "grpcs" if "grpc" in config.certificates else "grpc"
        yield Endpoint(
            "grpc", scheme, grpc.host or config.host, grpc.port, "--grpc-port (grpc.port)", reserve
        )


def _zmq_endpoints(config: Config) -> Iterable[Endpoint]:
    zmq = config.zmq
    if zmq.enabled:
        yield Endpoint("zmq", "tcp", zmq.host, zmq.port, "--zmq-port (zmq.port)")
        if zmq.imagezmq_port is not None:
            yield Endpoint("imagezmq", "tcp", zmq.imagezmq_host, zmq.imagezmq_port, "zmq.imagezmq_port")


def _web_settings(config: Config, access: AccessState, sockets: Sockets, log: LogSocket) -> WebSettings:
    return WebSettings(
        base_path=config.base_path,
        hosts=tuple(config.hosts),
        trusted_proxies=tuple(config.trusted_proxies),
        trusted_user_header=config.trusted_user_header,
        origins=tuple(config.origins),
        setup=access.setup,
        oidc=_oidc(config),
        **_certificate(config, "web"),
        **_common(config, access, sockets["web"], log),
    )


def _files_settings(config: Config, access: AccessState, sockets: Sockets, log: LogSocket) -> WebSettings:
    """Those of the web server, which gives it its connections."""
    return replace(_web_settings(config, access, sockets, log), fd=-1)


def _oidc(config: Config) -> OidcSettings | None:
    oidc = config.oidc
    if oidc.issuer is None or oidc.client_id is None:
        return None
    return OidcSettings(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        client_secret=config.oidc_secret(),
        label=oidc.label or urlsplit(oidc.issuer).hostname or "",
        scopes=tuple(oidc.scopes),
        name_claim=oidc.name_claim,
        groups_claim=oidc.groups_claim,
        roles=dict(oidc.roles),
        groups=dict(oidc.groups),
        default_role=oidc.default_role,
        logout=oidc.logout,
    )


def _grpc_settings(config: Config, access: AccessState, sockets: Sockets, log: LogSocket) -> RpcSettings:
    return RpcSettings(
        socket_mode=config.socket_mode,
        **_certificate(config, "grpc"),
        **_common(config, access, sockets["grpc"], log),
    )


def _zmq_settings(config: Config, access: AccessState, sockets: Sockets, log: LogSocket) -> ZmqSettings:
    zmq = config.zmq
    return ZmqSettings(
        curve_secret_key_file=zmq.curve_secret_key_file,
        curve_clients_file=zmq.curve_clients_file,
        imagezmq_fd=sockets["imagezmq"].fileno() if "imagezmq" in sockets else None,
        imagezmq_is_open=not is_loopback(zmq.imagezmq_host),
        imagezmq_track=zmq.imagezmq_track,
        imagezmq_streams=tuple(zmq.imagezmq_streams),
        **_common(config, access, sockets["zmq"], log),
    )


def _certificate(config: Config, server: str) -> dict[str, Any]:
    cert, key = config.certificates.get(server, (None, None))
    return {"tls_cert_file": cert, "tls_key_file": key}


def _common(config: Config, access: AccessState, sock: socket.socket, log: LogSocket) -> dict[str, Any]:
    """The fields of every server's settings."""
    host, number = sock.getsockname()[:2]
    return {
        "fd": sock.fileno(),
        "host": host,
        "port": number,
        "runtime_dir": config.runtime_dir,
        "access_token": config.token() or None,
        "database": access.database,
        "data_dir": config.data_dir,
        "library": library_of(config),
        "rooms": rooms_of(config, has_accounts=access.database is not None or access.setup is not None),
        "log": log,
    }


# In the order in which they start.
KINDS = (
    ServerKind("web", "framecast.servers.web", _web_endpoints, _web_settings, runs_in_setup=True),
    ServerKind(FILES, "framecast.servers.web.files", lambda _config: (), _files_settings),
    ServerKind("grpc", "framecast.servers.rpc", _grpc_endpoints, _grpc_settings),
    ServerKind("zmq", "framecast.servers.zmq", _zmq_endpoints, _zmq_settings),
)
