"""The table of all settings of a node: one row each. To add a setting, add a row (docs/extend.md).

The configuration file, `FRAMECAST_*` variables, the flags of `framecast serve`, the JSON schema, the reload and the reference
(docs/reference/configuration.md) are derived from it. The rows of `log` and of streams stand beside their own code:
`framecast.log.LogSettings`, `framecast.model.StreamSpec`. Pure values and checks; imports no validation library, because `--help` reads it.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framecast.bus.runtime import runtime_dir
from framecast.errors import Denied, Invalid
from framecast.log import LogSettings
from framecast.model import TrackName, check_name, number
from framecast.model.host import is_loopback
from framecast.model.networks import PUBLIC
from framecast.model.setting import Change, setting
from framecast.model.text import check_text
from framecast.node.library_settings import LibraryConfig
from framecast.node.oidc_settings import OidcConfig
from framecast.node.rooms_settings import RoomsConfig
from framecast.node.setting_checks import header, listening_host, networks, origins, source_networks

WEB_PORT = 8080
GRPC_PORT = 50051
ZMQ_PORT = 5556
MAX_PORT = 65535
MAX_TOKEN = 4096  # characters
_MOST_AUDIT_DAYS = 3650
_DATABASES = {"postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg"}


# --- parse and check, in the order of the rows


def _folders(folders: list[Path]) -> list[Path]:
    return [folder.expanduser().absolute() for folder in folders]


def _octal(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return number.integer(given, 0, 0o7777, 8)
    except ValueError as error:
        raise Invalid("must be an octal number such as '0660'") from error


def _file_mode(mode: int) -> int:
    if mode & ~0o777 or mode & 0o600 != 0o600:
        raise Invalid("must let the owner read and write, such as '0600' or '0660'")
    return mode


def _token(token: str | None) -> str:
    if token is None or not token.strip():
        raise Invalid("must not be empty; quote a token that begins with a special character")
    return check_text("it", token, MAX_TOKEN)


def _database(url: str | None) -> str:
    """A URL as SQLAlchemy reads it; the one driver of PostgreSQL is psycopg, so it need not be named."""
    scheme, _, rest = (url or "").partition("://")
    if scheme not in _DATABASES or not rest:
        raise Invalid("must be the URL of a PostgreSQL database, such as 'postgresql://user@host/framecast'")
    return f"{_DATABASES[scheme]}://{check_text('it', rest, MAX_TOKEN)}"


def _picture_track(text: str) -> str:
    track = TrackName.parse(text)
    if track.base != "jpeg" and track.format not in ("bgr", "gray"):
        raise Invalid("must be frames/bgr[/WxH], frames/gray[/WxH] or jpeg/QUALITY[/WxH]")
    return text


def _stream_names(names: list[str]) -> list[str]:
    return [check_name(name) for name in names]


def _data_dir() -> Path:
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    if given.is_absolute():  # the XDG specification ignores relative ones
        return given / "framecast"
    home = Path(os.environ.get("HOME", ""))
    if not home.is_absolute():
        try:
            home = Path(pwd.getpwuid(os.getuid()).pw_dir)
        except KeyError:  # a container's user without a name
            return runtime_dir() / "data"
    return home / ".local" / "share" / "framecast"


# --- the table


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsConfig:
    """Key `tls`: the certificate of the web server and the gRPC server."""

    cert_file: Path | None = setting(
        None,
        "Certificate (PEM, with its chain); together with `tls.key_file` it turns TLS on",
        change=Change.SERVERS,
        is_secret=True,
    )
    key_file: Path | None = setting(
        None, "Private key of the certificate (PEM)", change=Change.SERVERS, is_secret=True
    )

    def __post_init__(self) -> None:
        if (self.cert_file is None) != (self.key_file is None):
            raise Invalid("cert_file and key_file belong together: set both or neither")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcConfig:
    """Key `grpc`: the gRPC server."""

    enabled: bool = setting(True, "Run the gRPC server")
    host: str = setting(
        "",
        "Address that the gRPC server listens on",
        check=listening_host,
        default_text="that of the web server",
    )
    port: int = setting(
        GRPC_PORT, "TCP port of the gRPC server; 0 picks a free one", low=0, high=MAX_PORT, is_flag=True
    )
    tls_cert_file: Path | None = setting(
        None,
        "Certificate of the gRPC server (PEM, with its chain), together with `grpc.tls_key_file`",
        change=Change.SERVERS,
        is_secret=True,
        default_text="`tls.cert_file`",
    )
    tls_key_file: Path | None = setting(
        None,
        "Private key of that certificate (PEM)",
        change=Change.SERVERS,
        is_secret=True,
        default_text="`tls.key_file`",
    )

    def __post_init__(self) -> None:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise Invalid("tls_cert_file and tls_key_file belong together: set both or neither")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZmqConfig:
    """Key `zmq`: the ZeroMQ server."""

    enabled: bool = setting(True, "Run the ZeroMQ server")
    host: str = setting(
        "127.0.0.1",
        "Address that the ZeroMQ server listens on; an address other than loopback needs CURVE keys",
        check=listening_host,
    )
    port: int = setting(
        ZMQ_PORT, "TCP port of the ZeroMQ server; 0 picks a free one", low=0, high=MAX_PORT, is_flag=True
    )
    curve_secret_key_file: Path | None = setting(
        None, "File with the server's secret CURVE key; every connection then needs CURVE", is_secret=True
    )
    curve_clients_file: Path | None = setting(
        None,
        "File with the public keys of the clients that may subscribe, one per line; without it, every client that knows the "
        "server's public key may",
        is_secret=True,
    )
    imagezmq_port: int | None = setting(
        None,
        "TCP port on which imagezmq clients get frames; 0 picks a free one; unset: no such port",
        low=0,
        high=MAX_PORT,
    )
    imagezmq_host: str = setting(
        "127.0.0.1",
        "Address of that port; imagezmq has no keys, so an address other than loopback needs `insecure: true`",
        check=listening_host,
    )
    imagezmq_track: str = setting(
        "frames/bgr",
        "Track that imagezmq clients get: `frames/bgr[/WxH]`, `frames/gray[/WxH]` or `jpeg/QUALITY[/WxH]`",
        check=_picture_track,
    )
    imagezmq_streams: list[str] = setting(
        list, "Streams that imagezmq clients get", check=_stream_names, default_text="all"
    )

    def check_exposure(self) -> None:
        """Refuse to be open to other machines without keys.

        Raises:
            Denied: with what to do.
        """
        if self.enabled and not is_loopback(self.host) and self.curve_secret_key_file is None:
            raise Denied(
                f"zmq.host {self.host} is open to other machines, and there are no CURVE keys: create them with "
                "'python -m framecast.servers.zmq.keys FILE' and set zmq.curve_secret_key_file, "
                "or set 'insecure: true' if everybody on that network may see the streams"
            )
        if self.enabled and self.imagezmq_port is not None and not is_loopback(self.imagezmq_host):
            raise Denied(
                f"zmq.imagezmq_host {self.imagezmq_host} is open to other machines, and imagezmq has no keys: "
                "set 'insecure: true' if everybody on that network may see the streams"
            )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every key of `framecast.yaml`."""

    streams: dict[str, Any] = setting(
        dict,
        "Streams by name: a source, or a mapping of the [stream keys](#streams) below",
        change=Change.NOW,
        is_secret=True,
    )
    defaults: dict[str, Any] = setting(
        dict,
        "Stream keys for every stream of the file and the command line that does not set them itself",
        change=Change.NOW,
        is_secret=True,
    )
    host: str = setting(
        "127.0.0.1", "Address that the web server listens on", check=listening_host, is_flag=True
    )
    port: int = setting(
        WEB_PORT, "TCP port of the web server; 0 picks a free one", low=0, high=MAX_PORT, is_flag=True
    )
    hosts: list[str] = setting(
        list,
        "Other names by which browsers reach this server, for example behind a proxy",
        change=Change.SERVERS,
    )
    origins: list[str] = setting(
        list,
        "Other sites whose pages may show players, and pages of this server in frames, such as `https://intra.example`",
        change=Change.SERVERS,
        check=origins,
    )
    trusted_proxies: list[str] = setting(
        list,
        "Addresses and networks of proxies, such as `127.0.0.1` or `10.0.0.0/8`, whose `X-Forwarded-For` is trusted",
        check=networks,
    )
    trusted_user_header: str | None = setting(
        None,
        "Header in which a proxy of `trusted_proxies` names the account that it has signed in, such as `X-Forwarded-User`",
        check=header,
    )
    base_path: str = setting(
        "", "Path prefix under which a reverse proxy serves the web server", change=Change.SERVERS
    )
    media_dirs: list[Path] = setting(
        list,
        "Folders whose files may be named over the network; only the node's owner may name other files",
        change=Change.NOW,
        check=_folders,
    )
    source_networks: list[str] = setting(
        lambda: [PUBLIC],
        "Networks that the sources of members may lead to: `public`, `private`, `any`, or addresses and networks such as "
        "`10.20.0.0/16`; those of admins may lead anywhere",
        change=Change.NOW,
        check=source_networks,
        default_text="`public`",
    )
    data_dir: Path = setting(
        _data_dir,
        "Folder for data that survives a restart",
        default_text="`~/.local/share/framecast`",
        is_flag=True,
    )
    runtime_dir: Path = setting(
        runtime_dir,
        "Folder of `node.sock`; programs find it by `FRAMECAST_RUNTIME_DIR`",
        default_text="`$XDG_RUNTIME_DIR/framecast`",
    )
    socket_mode: int = setting(
        0o600,
        "File mode of `node.sock` and `grpc.sock`; with `0660`, programs of its group may read every stream",
        parse=_octal,
        check=_file_mode,
        text=lambda mode: f"{mode:04o}",
    )
    access_token: str | None = setting(
        None,
        "Token that browsers and programs must present; best set as `FRAMECAST_ACCESS_TOKEN`",
        change=Change.SERVERS,
        is_secret=True,
        check=_token,
    )
    access_token_file: Path | None = setting(
        None, "File whose first line is the access token", change=Change.SERVERS, is_secret=True
    )
    insecure: bool = setting(
        False,
        "Allow an address other than loopback without accounts and without an access token",
        is_flag=True,
    )
    database: str | None = setting(
        None,
        "PostgreSQL database of people and access, such as `postgresql://user@host/framecast`; best set as `FRAMECAST_DATABASE`",
        is_secret=True,
        check=_database,
        default_text="`framecast.db` in `data_dir`, if there are accounts",
    )
    audit_days: int = setting(
        365,
        "Days for which the audit log is kept, up to 200,000 rows",
        low=1,
        high=_MOST_AUDIT_DAYS,
    )
    tls: TlsConfig = TlsConfig()
    oidc: OidcConfig = OidcConfig()
    grpc: GrpcConfig = GrpcConfig()
    zmq: ZmqConfig = ZmqConfig()
    library: LibraryConfig = LibraryConfig()
    rooms: RoomsConfig = RoomsConfig()
    log: LogSettings = LogSettings()
