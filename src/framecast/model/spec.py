"""What is configured for one stream: where it comes from and how it is treated."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any

from framecast.errors import Invalid
from framecast.model import number
from framecast.model.data_file import MAX_TRACKS
from framecast.model.naming import check_display_name, check_groups
from framecast.model.setting import Row, rows, setting
from framecast.model.source import Source
from framecast.model.stream import check_name
from framecast.model.suggestion import instead_of
from framecast.model.text import LONGEST_SOURCE, as_source, check_text, described, named
from framecast.model.track import Kind, TrackName

TRANSPORTS = ("tcp", "udp", "multicast")
# At its own rate, waiting for nobody; at its own rate, but waiting for its one reader; as fast as that reader takes it.
PACES = ("normal", "patient", "fastest")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read that one program has opened for itself. No configuration can set this."""

    pace: str = "normal"  # see PACES
    pictures: str = "frames"  # the track of pictures that its reader wants: they are made in the source
    data: tuple[
        str, ...
    ] = ()  # files of data tracks that belong to it (`model.data_file`): those of a video of the library

    def __post_init__(self) -> None:
        if len(self.data) > MAX_TRACKS or not all(isinstance(one, str) for one in self.data):
            raise Invalid(f"data must be the paths of at most {MAX_TRACKS} files")
        if self.pace not in PACES:
            raise Invalid(f"pace must be one of {', '.join(PACES)}, got {self.pace!r:.40}")
        if TrackName.parse(self.pictures).kind is not Kind.FRAMES:
            raise Invalid(f"pictures must be a track of frames, got {self.pictures!r:.40}")


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One configured stream. Every field but the name may stand under the stream in `framecast.yaml`."""

    name: str
    source: Source
    display_name: str = setting(
        "",
        "Name that people see beside the technical one: up to 80 characters of any language, with spaces",
        check=check_display_name,
        default_text="the technical name",
    )
    groups: tuple[str, ...] = setting(
        (),
        "Groups in which pages show the stream: up to 16 names, by the same rule",
        check=check_groups,
    )
    always: bool = setting(False, "Stay connected even without readers")
    idle_s: float = setting(10.0, "Seconds without readers before the source is closed", low=0, high=86400)
    stall_s: float = setting(
        5.0, "Stall timeout in seconds: reconnect after this long without data", low=0.5, high=3600
    )
    timeout_s: float = setting(10.0, "Seconds to wait for a source to open", low=0.5, high=300)
    retry_max_s: float = setting(1.5, "Longest wait in seconds between two attempts", low=0.1, high=3600)
    transport: str = setting("tcp", "RTSP: `tcp`, `udp` or `multicast`")
    verify_tls: bool = setting(
        True,
        "`rtsps://`, `https://`: check the server's [certificate](sources.md#certificates); `false` accepts any certificate, "
        "including an attacker's",
    )
    interval_s: float = setting(
        1.0,
        "Seconds between two requests to a URL that returns one [JPEG picture](sources.md#snapshots)",
        low=0.02,
        high=86400,
    )
    loop: bool = setting(True, "Files: start again at the end")
    audio: bool = setting(True, "`false` ignores the source's audio")
    hwaccel: str = setting(
        "",
        "Hardware decoder to use if it is available: `cuda`, `vaapi`, `qsv`, ...",
        default_text="software",
    )
    memory_limit_mb: int = setting(2048, "Largest shared memory of each track in MiB", low=16, high=1 << 20)

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.transport not in TRANSPORTS:
            raise Invalid(
                f"transport of stream {self.name} must be one of {', '.join(TRANSPORTS)}, got {self.transport!r:.40}"
            )
        check_text(f"the source of stream {self.name}", self.source.reveal(), LONGEST_SOURCE)
        for row in rows(StreamSpec):
            self._check(row, getattr(self, row.key))
        hwaccel: object = self.hwaccel
        if not isinstance(hwaccel, str) or not _DEVICE_TYPE.fullmatch(hwaccel):
            raise Invalid(
                f"hwaccel of stream {self.name} must be the name of a device type, such as cuda, "
                f"got {described(self.hwaccel)}"
            )

    def _check(self, row: Row, value: object) -> None:
        what, low, high = f"{row.key} of stream {self.name}", row.setting.low, row.setting.high
        if row.setting.check is not None:
            try:
                object.__setattr__(self, row.key, row.setting.check(value))
            except Invalid as error:
                raise Invalid(f"{what} {error}") from None
        if isinstance(row.default, bool) and not isinstance(value, bool):
            raise Invalid(f"{what} must be true or false, got {described(value)}")
        if low is None or high is None:
            return
        try:
            number.real(value, low, high)
        except ValueError:
            raise Invalid(f"{what} must be a number from {low} to {high}, got {described(value)}") from None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form with the source's secrets in it: for the process that dials and for private files."""
        return {"name": self.name, "source": self.source.reveal(), **self.options}

    @property
    def options(self) -> dict[str, Any]:
        """Every option with its value; no secret is among them."""
        values = {row.key: getattr(self, row.key) for row in rows(StreamSpec)}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}

    @property
    def reading(self) -> Reading:
        """How its one reader reads it, where it has only one."""
        return Reading()

    def check_shared(self) -> StreamSpec:
        """Return this spec if a node may share it among readers.

        Raises:
            Invalid: it would wait for one of them.
        """
        if self.reading != Reading():
            raise Invalid(
                f"stream {self.name} has the pace {self.reading.pace!r}, but a shared stream does not wait for readers: leave `pace` out, "
                'and open the file itself in the program that wants every picture: framecast.open(path, pace="fastest")'
            )
        return self

    def with_secrets_of(self, known: StreamSpec | None) -> StreamSpec:
        """Return this spec with the secrets of `known` where its source is masked: see `Source.with_secrets_of`.

        A stranger who changes an option only leaves the address what it was: the owner's own.
        """
        before = known.source if known else None
        return replace(self, source=self.source.with_secrets_of(before).vouched_by(before))

    def from_network(self) -> StreamSpec:
        """Return this spec as one whose address came over the network."""
        return replace(self, source=replace(self.source, is_foreign=True))

    @classmethod
    def from_json(cls, name: str, given: object) -> StreamSpec:
        """Return the spec of stream `name` from a source text or a mapping, as they stand in `framecast.yaml`.

        Raises:
            Invalid: names the key that is unknown, missing or wrong.
        """
        if isinstance(given, str) or (isinstance(given, int) and not isinstance(given, bool)):
            given = {"source": given}
        if not isinstance(given, dict):
            raise Invalid(
                f"stream {name} needs a source: write a URL, a path, or a mapping with the key 'source', "
                f"got {described(given)}"
            )
        if "pace" in given:
            return PrivateSpec.from_json(name, given)
        known = {f.name for f in fields(cls)} - {"name"}
        unknown = sorted(str(key) for key in given if key not in known and key != "name")
        if unknown:
            raise Invalid(
                f"stream {name} has the unknown key {named(unknown[0])}: {instead_of(unknown[0], sorted(known))}"
            )
        source = given.get("source")
        if source in (None, ""):
            raise Invalid(f"stream {name} has no 'source': write a URL, a path or a device's number")
        if isinstance(source, bool) or not isinstance(source, str | int) or abs(_number(source)) > _DEVICES:
            raise Invalid(
                f"the source of stream {name} must be a URL, a path or a device's number, got {described(source)}"
            )
        rest = {key: value for key, value in given.items() if key not in ("source", "name")}
        return cls(name=name, source=Source(as_source(str(source))), **rest)


def _number(source: str | int) -> int:
    return source if isinstance(source, int) else 0


_DEVICES = 1000  # more than V4L2 can have
# A name of FFmpeg's or a path; which names are known depends on the build.
_DEVICE_TYPE = re.compile(r"[A-Za-z0-9_./:-]{0,64}")


_OF_READING = ("pace", "pictures", "data")


@dataclass(frozen=True, slots=True)
class PrivateSpec(StreamSpec):
    """The stream of a file that one program has opened for itself."""

    how: Reading = Reading()

    @property
    def reading(self) -> Reading:
        """How its one reader reads it."""
        return self.how

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, as `StreamSpec.to_json`."""
        how = {"pace": self.how.pace, "pictures": self.how.pictures, "data": list(self.how.data)}
        return StreamSpec.to_json(self) | how

    @classmethod
    def of(cls, spec: StreamSpec, how: Reading) -> PrivateSpec:
        """Return a spec that is read in this way."""
        return cls(**{one.name: getattr(spec, one.name) for one in fields(StreamSpec)}, how=how)

    @classmethod
    def from_json(cls, name: str, given: object) -> StreamSpec:
        """Return the spec from a mapping with `pace`; raises as `StreamSpec.from_json`."""
        assert isinstance(given, dict)
        how = Reading(given["pace"], given.get("pictures", "frames"), tuple(given.get("data") or ()))
        plain = StreamSpec.from_json(name, {k: v for k, v in given.items() if k not in _OF_READING})
        return cls.of(plain, how)
