"""What is configured for one stream: where it comes from and how it is treated."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from framecast.errors import Invalid
from framecast.model.source import Source
from framecast.model.stream import check_name

TRANSPORTS = ("tcp", "udp", "multicast")


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One configured stream. Every field but the name may stand under the stream in `framecast.yaml`."""

    name: str
    source: Source
    always: bool = False  # stay connected although nobody reads
    idle_s: float = 10.0  # let go of the source this long after the last reader left
    stall_s: float = 5.0  # nothing for so long is a stall: reported, then dialled again
    timeout_s: float = 10.0  # opening a source may take so long
    retry_max_s: float = 1.5  # the longest wait between two tries
    transport: str = "tcp"  # RTSP: tcp, udp or multicast
    verify_tls: bool = True  # https, rtsps: the certificate must be one that this machine trusts
    loop: bool = True  # files: begin again at the end
    audio: bool = True  # False leaves a source's audio out
    hwaccel: str = ""  # '' is software; cuda, vaapi, qsv, ... are tried and fall back
    memory_limit_mb: int = 2048  # shared memory of each track at most

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.transport not in TRANSPORTS:
            raise Invalid(f"transport {self.transport!r} is not known: use one of {', '.join(TRANSPORTS)}")
        for field, low, high in _RANGES:
            value = getattr(self, field)
            if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
                raise Invalid(
                    f"{field} of stream {self.name} is {value!r}, but must be a number from {low} to {high}"
                )
        for field in ("always", "loop", "audio", "verify_tls"):
            if not isinstance(getattr(self, field), bool):
                raise Invalid(f"{field} of stream {self.name} must be true or false")
        if not isinstance(self.hwaccel, str):
            raise Invalid(f"hwaccel of stream {self.name} must be the name of a device type, such as cuda")

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form with the source's secrets in it: for the process that dials and for private files."""
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"source": self.source.reveal()}

    @property
    def options(self) -> dict[str, Any]:
        """Every option with its value; no secret is among them."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.default is not MISSING}

    def with_secrets_of(self, known: StreamSpec | None) -> StreamSpec:
        """Return this spec with the secrets of `known` where its source is masked: see `Source.with_secrets_of`."""
        return replace(self, source=self.source.with_secrets_of(known.source if known else None))

    @classmethod
    def from_json(cls, name: str, given: object) -> StreamSpec:
        """Return the spec of stream `name` from a source text or a mapping, as they stand in `framecast.yaml`.

        Raises:
            Invalid: names the key that is unknown, missing or wrong.
        """
        if isinstance(given, str | int):
            given = {"source": str(given)}
        if not isinstance(given, dict):
            raise Invalid(
                f"stream {name} needs a source: write a URL, a path, or a mapping with the key 'source'"
            )
        known = {f.name for f in fields(cls)} - {"name"}
        unknown = sorted(str(key) for key in given if key not in known and key != "name")
        if unknown:
            raise Invalid(
                f"stream {name} has the unknown key {unknown[0]!r}: known are {', '.join(sorted(known))}"
            )
        source = given.get("source")
        if not isinstance(source, str | int) or source == "":
            raise Invalid(f"stream {name} has no 'source'")
        rest = {key: value for key, value in given.items() if key not in ("source", "name")}
        return cls(name=name, source=Source(str(source)), **rest)


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("idle_s", 0, 86400),
    ("stall_s", 0.5, 3600),
    ("timeout_s", 0.5, 300),
    ("retry_max_s", 0.1, 3600),
    ("memory_limit_mb", 16, 1 << 20),
)
