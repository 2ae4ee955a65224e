"""The sections of the configuration: the keys that are mappings, and who may listen where.

Unknown keys are refused by name. Nothing here shows a value in an error: values may be secrets.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from framecast.errors import Denied, Invalid
from framecast.log import LogSettings
from framecast.model import TrackName, check_name, number

GRPC_PORT = 50051
ZMQ_PORT = 5556


def _checked_network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Invalid("must be addresses or networks such as '127.0.0.1' or '10.0.0.0/8'") from error
    return text


Network = Annotated[str, AfterValidator(_checked_network)]
Folder = Annotated[Path, AfterValidator(lambda folder: folder.expanduser().absolute())]

STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _digits(given: object) -> object:
    """A number that the environment gives as text: in ASCII digits, as everywhere."""
    if not isinstance(given, str):
        return given
    try:
        return number.integer(given.strip(), -_MOST, _MOST)
    except ValueError:
        raise Invalid("must be a whole number, got a text") from None


_MOST = (1 << 63) - 1
Whole = Annotated[int, BeforeValidator(_digits)]


class LogConfig(BaseModel):
    """Key `log`: where log records go, in which form, and which."""

    model_config = STRICT

    format: str = Field(
        default="plain", description="plain (for people), file (`pid - time - level - message`) or json"
    )
    level: str = Field(default="info", description="debug, info, warning or error")
    levels: dict[str, str] = Field(
        default_factory=dict, description="levels of single components: {sources: debug}"
    )
    file: str = Field(default="", description="a file to write to; empty is stderr")
    max_bytes: Whole = Field(default=10 << 20, ge=4096, description="size at which the file is rotated")
    backups: Whole = Field(default=5, ge=1, le=1000, description="how many rotated files are kept")

    @property
    def settings(self) -> LogSettings:
        """The same for `framecast.log`."""
        return LogSettings(**self.model_dump())

    @model_validator(mode="after")
    def _check(self) -> LogConfig:
        _ = self.settings
        return self


class GrpcConfig(BaseModel):
    """Key `grpc`: the gRPC server."""

    model_config = STRICT

    enabled: bool = Field(default=True, description="false runs no gRPC server")
    host: str = Field(default="", description="address that it listens on; empty is that of the web server")
    port: Whole = Field(default=GRPC_PORT, ge=0, le=65535, description="its TCP port; 0 takes a free one")
    tls_cert_file: Path | None = Field(
        default=None, description="certificate (PEM, with its chain); with tls_key_file the server speaks TLS"
    )
    tls_key_file: Path | None = Field(default=None, description="private key of the certificate (PEM)")

    @model_validator(mode="after")
    def _both_files(self) -> GrpcConfig:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise Invalid("tls_cert_file and tls_key_file belong together: set both or none")
        return self


class ZmqConfig(BaseModel):
    """Key `zmq`: the ZeroMQ server."""

    model_config = STRICT

    enabled: bool = Field(default=True, description="false runs no ZeroMQ server")
    host: str = Field(
        default="127.0.0.1", description="address that it listens on; another than loopback needs CURVE keys"
    )
    port: Whole = Field(default=ZMQ_PORT, ge=0, le=65535, description="its TCP port; 0 takes a free one")
    curve_secret_key_file: Path | None = Field(
        default=None,
        description="file with the server's secret CURVE key; with it every connection needs CURVE",
    )
    curve_clients_file: Path | None = Field(
        default=None,
        description="file with the public keys of allowed clients; none: who knows the server's key",
    )
    imagezmq_port: Whole | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="TCP port of pictures for imagezmq; none without it, 0 a free one",
    )
    imagezmq_host: str = Field(
        default="127.0.0.1",
        description="address of that port; imagezmq knows no keys: another needs `insecure`",
    )
    imagezmq_track: str = Field(
        default="frames/bgr",
        description="what imagezmq gets: frames/bgr[/WxH], frames/gray[/WxH] or jpeg/QUALITY[/WxH]",
    )
    imagezmq_streams: list[str] = Field(
        default_factory=list, description="the streams that imagezmq gets; empty is all"
    )

    @field_validator("imagezmq_track")
    @classmethod
    def _is_picture(cls, text: str) -> str:
        track = TrackName.parse(text)
        if track.base != "jpeg" and track.format not in ("bgr", "gray"):
            raise Invalid("must be frames/bgr[/WxH], frames/gray[/WxH] or jpeg/QUALITY[/WxH]")
        return text

    @field_validator("imagezmq_streams")
    @classmethod
    def _are_names(cls, names: list[str]) -> list[str]:
        return [check_name(name) for name in names]

    def check_exposure(self) -> None:
        """Refuse to be open to other machines without keys.

        Raises:
            Denied: with what to do.
        """
        if self.enabled and not is_loopback(self.host) and self.curve_secret_key_file is None:
            raise Denied(
                f"zmq.host {self.host} lets other machines in, and there are no CURVE keys: make them by "
                "'python -m framecast.servers.zmq.keys FILE' and set zmq.curve_secret_key_file, "
                "or write 'insecure: true' if everybody there may see the streams"
            )
        if self.enabled and self.imagezmq_port is not None and not is_loopback(self.imagezmq_host):
            raise Denied(
                f"zmq.imagezmq_host {self.imagezmq_host} lets other machines in, and imagezmq knows no keys: "
                "write 'insecure: true' if everybody there may see the streams"
            )


SECTIONS: Mapping[str, type[BaseModel]] = {"log": LogConfig, "grpc": GrpcConfig, "zmq": ZmqConfig}


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
