"""A saved stream as an entry of a file or a row of a table: what stands in it, and how its address is sealed.

An entry has only what differs from the defaults, so that better defaults of later versions take effect. An address with a host is sealed with the key
file of the data folder, for the stream of this name; plain entries of earlier versions are read as they are. An address that cannot be opened, because its key is
lost, becomes a stand-in that names the key: its stream fails with words, and its entry stays. Any thread; blocks for the disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framecast.errors import FramecastError, Invalid
from framecast.keyfile import PREFIX, KeyFile, is_sealed
from framecast.model import Source, StreamSpec
from framecast.model.kinds import names_credentials

# The key of an entry that says where its address came from: the node's owner, or the network.
_ORIGIN = "origin"


def compact(spec: StreamSpec) -> dict[str, Any]:
    """Return the entry of a stream, with its address as it is.

    Raises:
        Invalid: the address is the stand-in of one that could not be opened, and must not take its place.
    """
    if spec.source.reveal().startswith(PREFIX):
        raise Invalid(
            f"the address of stream {spec.name} is encrypted, and its key is lost: type the address again"
        )
    plain = StreamSpec(spec.name, spec.source).to_json()
    fields = {key: value for key, value in spec.to_json().items() if key == "source" or value != plain[key]}
    if spec.source.is_foreign:
        fields[_ORIGIN] = "network"
    elif names_credentials(spec.source.reveal()):
        fields[_ORIGIN] = "owner"
    return fields


def sealed(name: str, entry: Any, keys: KeyFile) -> Any:  # noqa: ANN401  whatever JSON has
    """Return an entry with its address sealed by the newest key, where it has one to hide. What cannot be opened stays as it is.

    Raises:
        FramecastError: the key file cannot be read or written.
    """
    source = entry.get("source") if isinstance(entry, dict) else entry
    if not isinstance(source, str):
        return entry
    text = _again(name, source, keys) if is_sealed(source) else source if _is_secret(source) else None
    if text is None:
        return entry
    return {**(entry if isinstance(entry, dict) else {}), "source": keys.seal(text, _use(name))}


def spec_of(name: str, entry: Any, keys: KeyFile, complain: Callable[[str], None]) -> StreamSpec:  # noqa: ANN401  whatever JSON has
    """Return the stream of an entry. `complain` is called with a sentence if its address cannot be opened.

    Raises:
        FramecastError, TypeError, ValueError, OverflowError, RecursionError: it is not the entry of a stream.
    """
    if not isinstance(entry, dict):
        return StreamSpec.from_json(name, entry)
    given = {key: value for key, value in entry.items() if key != _ORIGIN}
    if is_sealed(str(given.get("source"))):
        given["source"] = _opened(name, given["source"], keys, complain)
    spec = StreamSpec.from_json(name, given)
    # An entry without an origin was saved before origins were: a media file is still played, but the content of a key file is not sent
    # to an address that may have come over the network.
    usual = "network" if names_credentials(spec.source.reveal()) else "owner"
    return spec if entry.get(_ORIGIN, usual) == "owner" else spec.from_network()


def _opened(name: str, source: str, keys: KeyFile, complain: Callable[[str], None]) -> str:
    try:
        return keys.unseal(source, _use(name))
    except FramecastError as error:
        complain(
            f"the saved address of stream {name} is encrypted and cannot be opened: {error}. Then restart the node; "
            f"or type the address again: framecast add {name} ADDRESS"
        )
    return ":".join(source.split(":")[:2])  # the stand-in: the key, without the text


def _again(name: str, source: str, keys: KeyFile) -> str | None:
    """The text of an address that an older key has sealed; None if it stays as it is."""
    ids = keys.ids()
    if not ids or source.startswith(f"{PREFIX}{ids[-1]}:"):
        return None
    try:
        return keys.unseal(source, _use(name))
    except FramecastError:
        return None


def _is_secret(source: str) -> bool:
    """An address of another machine, or one with a part that is not shown."""
    known = Source(source)
    return (known.scheme != "file" and "://" in source) or str(known) != source


def _use(name: str) -> str:
    return f"source:{name}"
