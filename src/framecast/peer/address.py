"""The address of a node that speaks gRPC, and of a stream there: grpc://TOKEN@host:50051/name?raw=1.

Pure text; nothing is dialled. A token in it is a secret: `Source` masks it wherever the address is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from framecast.errors import Invalid
from framecast.model import Source, check_name, number
from framecast.model.address import HINT, without_user

PORT = 50051
SCHEMES = ("grpc", "grpcs")
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_MAX_TOKEN = 1024


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """A node, and where `stream` is not empty a stream of it. `tls` is the scheme grpcs.

    `raw`: pictures travel as they are. `jpeg`: of what is published, as JPEG of this quality; 0 is H.264.
    """

    host: str
    port: int = PORT
    stream: str = ""
    token: str = field(default="", repr=False)
    tls: bool = False
    raw: bool = False
    jpeg: int = 0

    @classmethod
    def parse(cls, source: Source) -> PeerAddress:
        """Return what an address says.

        Raises:
            Invalid: it has no host, or its name, token or an option is wrong.
        """
        user, rest = without_user(source.reveal())
        try:
            parts = urlsplit(rest)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise Invalid(f"{source} is not an address: {_HINT}") from error
        if not host or source.scheme not in SCHEMES or port == 0 or parts.fragment or source.is_cut:
            raise Invalid(f"{source} does not name a node: {_HINT}")
        name, _, password = user.partition(":")
        if name and password:
            raise Invalid(f"{source} has a user and a password: a node takes only its token, TOKEN@host")
        stream = unquote(parts.path.strip("/"))
        address = cls(
            host=host,
            port=port or PORT,
            stream=check_name(stream) if stream else "",
            token=check_token(unquote(name or password)),
            tls=source.scheme == "grpcs",
        )
        return address.having(dict(parse_qsl(parts.query, keep_blank_values=True)))

    @classmethod
    def of_stream(cls, source: Source) -> PeerAddress:
        """Return the address of a stream that is to be read.

        Raises:
            Invalid: it names no stream; or as `parse`.
        """
        address = cls.parse(source)
        if not address.stream:
            raise Invalid(f"{source} names a node but no stream: write {address.url}/NAME")
        if address.jpeg:
            raise Invalid(
                "jpeg is only for publishing: a stream is read as it is, or with raw=1 as decoded pictures"
            )
        return address

    def having(self, options: Mapping[str, object]) -> PeerAddress:
        """Return the address with these options: raw, jpeg, token.

        Raises:
            Invalid: names the one that is unknown or wrong.
        """
        found = self
        for name, value in options.items():
            text = str(value).lower()
            if name == "raw" and text in _FLAGS:
                found = replace(found, raw=_FLAGS[text])
            elif name == "jpeg" and number.is_digits(text, 3) and number.integer(text, 0, 999) <= 100:
                found = replace(found, jpeg=number.integer(text, 0, 100))
            elif name == "token":
                found = replace(found, token=check_token(str(value)))
            elif name in ("raw", "jpeg"):
                raise Invalid(f"options must be raw=1 or jpeg=1 to 100, got {name}={value!r:.40}")
            else:
                raise Invalid(f"a remote stream has no option {name!r:.40}: known are raw, jpeg and token")
        if found.raw and found.jpeg:
            raise Invalid("raw and jpeg exclude each other")
        return found

    @property
    def target(self) -> str:
        """Host and port as gRPC wants them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The node for people: without token and stream."""
        return f"{'grpcs' if self.tls else 'grpc'}://{self.target}"

    @property
    def source(self) -> Source:
        """The whole address as text, token included."""
        scheme, _, rest = self.url.partition("://")
        user = f"{quote(self.token, safe='')}@" if self.token else ""
        query = urlencode(
            {name: value for name, value in (("raw", int(self.raw)), ("jpeg", self.jpeg)) if value}
        )
        return Source(f"{scheme}://{user}{rest}/{self.stream}{'?' if query else ''}{query}")


def remote_address(what: str, options: Mapping[str, object]) -> PeerAddress | None:
    """Return the address at another node that `what` is, with `options` in it; None if it is another kind of source.

    Raises:
        Invalid: the address or an option is wrong.
    """
    source = Source(what)
    return PeerAddress.parse(source).having(options) if source.scheme in SCHEMES else None


def check_token(token: str) -> str:
    """Return `token` if it can travel in a header.

    Raises:
        Invalid: it cannot; the message does not show it.
    """
    if len(token) > _MAX_TOKEN or not all(" " < letter <= "~" for letter in token):
        raise Invalid(f"an access token must have at most {_MAX_TOKEN} ASCII characters, without spaces")
    return token


_HINT = f"write it as grpc://host:50051/name, with TLS as grpcs://host/name; {HINT}"
