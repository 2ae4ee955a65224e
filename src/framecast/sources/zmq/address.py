"""The address of a ZeroMQ source. The only I/O is reading key files, in the source process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from framecast.errors import Invalid
from framecast.model import Source, TrackName, check_name
from framecast.model.host import is_loopback
from framecast.sources.options import flag

NATIVE_PORT = 5556
IMAGEZMQ_PORT = 5555


@dataclass(frozen=True, slots=True)
class NativeAddress:
    """A publisher of Framecast's messages; with `track` None, all tracks that the stream has."""

    host: str
    port: int
    stream: str
    track: TrackName | None
    server_key_file: Path | None = None
    secret_key_file: Path | None = None
    token_file: Path | None = None

    @classmethod
    def parse(cls, source: Source) -> NativeAddress:
        """Parse an address.

        Raises:
            Invalid: the message names what is wrong.
        """
        host, port, path, options = _split(source, NATIVE_PORT)
        stream, _, track = path.strip("/").partition("/")
        if not stream:
            raise Invalid("zmq: needs the name of a stream: write it as zmq://host:5556/NAME[/TRACK]")
        files = {key: Path(text).expanduser() for key, text in options.items() if key in _FILES and text}
        _refuse_unknown(source, options, _FILES)
        if "secret_key_file" in files and "server_key_file" not in files:
            raise Invalid("zmq: secret_key_file needs server_key_file, the public key of the publisher")
        return cls(host, port, check_name(stream), TrackName.parse(track) if track else None, **files)

    @property
    def endpoint(self) -> str:
        """The address to which libzmq connects."""
        return _endpoint(self.host, self.port)


@dataclass(frozen=True, slots=True)
class ImagesAddress:
    """Senders of imagezmq: one that publishes at an address, or all that connect to a port of this machine."""

    host: str
    port: int
    bind: bool
    name: str = ""  # only images with this text; '' is all

    @classmethod
    def parse(cls, source: Source) -> ImagesAddress:
        """Parse an address.

        Raises:
            Invalid: the message names what is wrong.
        """
        host, port, path, options = _split(source, IMAGEZMQ_PORT)
        bind = source.scheme == "imagezmq+rep"
        known = ("name", "insecure") if bind else ("name",)
        _refuse_unknown(source, options, known)
        if path.strip("/"):
            raise Invalid(f"{source.scheme}: has no path: write the text of its images as ?name=...")
        try:
            insecure = flag(options.get("insecure", "0"))
        except ValueError as error:
            raise Invalid(f"{source.scheme}: option insecure: {error}") from error
        host = "0.0.0.0" if host == "*" else host  # noqa: S104  refused below unless it is meant
        if bind and not insecure and not is_loopback(host):
            raise Invalid(
                f"{source.scheme}://{host} would accept pictures from every machine, and imagezmq has no keys: "
                "listen on 127.0.0.1, or add ?insecure=1 if everybody there may send them"
            )
        return cls(host, port, bind, options.get("name", ""))

    @property
    def endpoint(self) -> str:
        """The address to which libzmq connects, or at which it listens."""
        return _endpoint(self.host, self.port)


def check_native(source: Source) -> None:
    """Return if the address is valid."""
    NativeAddress.parse(source)


def check_images(source: Source) -> None:
    """Return if the address is valid."""
    ImagesAddress.parse(source)


_FILES = ("server_key_file", "secret_key_file", "token_file")


def _split(source: Source, port: int) -> tuple[str, int, str, dict[str, str]]:
    try:
        parts = urlsplit(source.reveal())
        found = parts.port
    except ValueError as error:
        raise Invalid(f"{source} has an invalid port: use 1 to 65535") from error
    host = parts.hostname or ("*" if parts.netloc.startswith("*") else "")
    if not host:
        raise Invalid(f"{source} has no host: write it as {source.scheme}://host:{port}")
    if parts.username is not None:
        raise Invalid(f"{source.scheme}: takes no user and password: name files with keys or a token instead")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) < len(pairs):
        raise Invalid(f"{source.scheme}: has an option more than once")
    return host, found or port, parts.path, options


def _refuse_unknown(source: Source, options: dict[str, str], known: tuple[str, ...]) -> None:
    for name in options:
        if name not in known:
            raise Invalid(f"{source.scheme}: has no option {name!r:.40}: known are {', '.join(known)}")


def _endpoint(host: str, port: int) -> str:
    return f"tcp://{f'[{host}]' if ':' in host else host}:{port}"
