"""What an address that came over the network may name: every kind of source of the table, and every option of it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from framecast import sources
from framecast.errors import Denied, Invalid, SourceError
from framecast.model import Source, StreamSpec
from framecast.model.kinds import KINDS, Use
from tests.bus.switch import Switch
from tests.support.media_files import Clip

# One good address of each scheme: with a file outside of all folders where it names one.
ADDRESSES = {
    "rtsp": ("rtsp://host/x", "rtsps://host/x"),
    "http": ("http://host/x", "https://host/x"),
    "sdp": ("/etc/x.sdp", "file:/etc/x.sdp", "http://host/x.sdp", "https://host/x.sdp"),
    "file": ("/etc/passwd", "file:/etc/passwd"),
    "device": ("/dev/video0", "v4l2:0"),
    "pattern": ("pattern:",),
    "numbers": ("numbers:",),
    "video": ("video:AAAAAAAAAAAAAAAAAAAAAA",),
    "peer": ("grpc://host/x", "grpcs://host/x"),
    "zmq": ("zmq://host/x",),
    "imagezmq": ("imagezmq://host", "imagezmq+rep://127.0.0.1"),
}
# A value that its parser takes, of each option that is harmless.
VALUES = {
    "size": "640x360",
    "audio": "no",
    "raw": "1",
    "jpeg": "0",
    "insecure": "0",
    "token": "abc",
    "tone": "440",
}


def spec(address: str) -> StreamSpec:
    return StreamSpec("x", Source(address))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_strangers_from_files_of_this_machine(kind: str, tmp_path: Path) -> None:
    addresses = ADDRESSES[kind]
    assert {Source(one).scheme for one in addresses} == set(KINDS[kind].schemes)
    for address in addresses:
        assert sources.kind_of(Source(address)) == kind
        sources.check(spec(address))  # the owner may
        is_local = KINDS[kind].path in (Use.MEDIA, Use.DEVICE) and "://" not in address
        for folders in ([], [str(tmp_path)]):
            if is_local:
                with pytest.raises(
                    Denied, match=r"media_dirs in framecast\.yaml, or run on the server: framecast add"
                ):
                    sources.check(spec(address), folders)
            else:
                sources.check(spec(address), folders)
        sources.check(spec(address), ["/"])  # a folder of the owner's choice


@pytest.mark.parametrize(
    ("kind", "option", "use"),
    [(kind, option, use) for kind, row in KINDS.items() for option, use in (row.options or {}).items()],
)
def test_every_option_keeps_strangers_from_keys(kind: str, option: str, use: Use, tmp_path: Path) -> None:
    address = next(one for one in reversed(ADDRESSES[kind]) if ":" in one)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    value = str(secret) if use is Use.CREDENTIAL else VALUES.get(option, "1")
    more = f"&server_key_file={secret}" if option == "secret_key_file" else ""
    given = f"{address}?{option}={value}{more}"
    sources.check(spec(given))  # the owner may
    if use is Use.CREDENTIAL:
        for text in (given, given.replace("_", "%5F"), given.replace(f"?{option}", f"?&&{option}")):
            for folders in ([], [str(tmp_path)], ["/"]):
                with pytest.raises(
                    (Denied, Invalid), match=r"names a file with a key|takes no|has no option"
                ):
                    sources.check(spec(text), folders)
        with pytest.raises(Denied):
            sources.check(spec(given), ["/"])
    elif use is Use.OWNER:
        with pytest.raises(Denied, match="opens a port to other machines"):
            sources.check(spec(given), ["/"])
    else:
        sources.check(spec(given), ["/"])


@pytest.mark.parametrize(
    "address",
    [
        "garden.mp4",
        "../garden.mp4",
        "~/garden.mp4",
        "~",
        "/proc/self/environ",
        "file:garden.mp4",
        "FILE:/etc/passwd",
        "file://host/etc/passwd",
        "file:%2Fetc%2Fpasswd",
        "file:/%65tc/passwd",
        "file:/a/%2e%2e/etc/passwd",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "source_file:/etc/passwd",
        "/etc/x.SDP",
        "v4l2:/dev/../etc/passwd",
        "/dev/video0?size=640x480",
        "00",
        "concat:/etc/passwd|x",
        "pipe:0",
        "fd:0",
        "crypto:/etc/passwd",
        "data:video/mp4;base64,AAAA",
        "cache:/etc/passwd",
        "async:file:/etc/passwd",
        "unix:/run/x",
        "file:/etc/%00passwd",
        "~nobody-of-this-name/x",
    ],
)
def test_no_spelling_of_a_file_gets_through(address: str) -> None:
    with pytest.raises((Denied, Invalid)) as caught:
        sources.check(spec(address), [])
    assert str(Path.home()) not in str(caught.value)


def test_clip_in_a_folder_is_played_and_one_behind_a_link_is_not(tmp_path: Path) -> None:
    clip = Clip(seconds=0.4).path()
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    (tmp_path / "link.mp4").symlink_to(clip)
    assert played("clip.mp4", [str(tmp_path)]) is None
    assert played(f"file:{tmp_path}/clip.mp4", [str(tmp_path)]) is None
    refused = played("link.mp4", [str(tmp_path)])
    assert isinstance(refused, Denied)
    missing = played("none.mp4", [str(tmp_path)])
    assert isinstance(missing, SourceError)
    assert missing.reason == "not-found"
    (tmp_path / "empty.mp4").touch()
    empty = played("empty.mp4", [str(tmp_path)])
    assert str(empty) == "empty.mp4 is empty"


def played(address: str, folders: list[str]) -> BaseException | None:
    """Play a file once, as its source process would, and return how it ended."""
    switch = Switch("x")
    try:
        once = StreamSpec("x", Source(address), loop=False)
        sources.run(switch.publisher, once, threading.Event(), folders)
    except Exception as error:  # noqa: BLE001
        return error
    finally:
        switch.close()
    return None
