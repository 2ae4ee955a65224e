"""The file of links: private, shared by two processes, and closed where it is damaged."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from framecast.errors import Conflict, Denied, FramecastError, Invalid, NotFound
from framecast.servers.access import links as module
from framecast.servers.access.links import MAX_S, Links, address_of, parse_expiry
from framecast.servers.access.signed import Grant


class Time:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Reader(Links):
    """Reads the file before each check, as the web server does in a thread."""

    def check(self, token: str, stream: str) -> Grant:
        self.refresh()
        return super().check(token, stream)


def test_link_opens_its_stream_until_it_expires(tmp_path: Path) -> None:
    time = Time()
    links = Links(tmp_path / "data", time)
    token, grant = links.issue("door", 60)
    reader = Reader(tmp_path / "data", time)  # the web server's
    assert reader.check(token, "door") == grant
    with pytest.raises(Denied, match="another stream"):
        reader.check(token, "gate")
    time.now += 61
    with pytest.raises(Denied, match="expired"):
        reader.check(token, "door")
    assert links.listed() == []


def test_ended_link_is_ended_for_a_reader_that_has_looked_before(tmp_path: Path) -> None:
    links, reader = Links(tmp_path), Reader(tmp_path)
    token, grant = links.issue("door")
    other, _ = links.issue("door")
    reader.check(token, "door")
    links.revoke(grant.id)
    with pytest.raises(Denied, match="ended"):
        reader.check(token, "door")
    reader.check(other, "door")
    assert [one.get("revoked", False) for one in links.listed()] == [True, False]
    with pytest.raises(NotFound):
        links.revoke("none")


def test_checks_touch_no_file(tmp_path: Path) -> None:
    links, reader = Links(tmp_path), Links(tmp_path)
    token, grant = links.issue("door")
    with pytest.raises(Denied):
        reader.check(token, "door")
    reader.refresh()
    links.path.unlink()
    found = reader.check(token, "door")
    assert found == grant
    assert reader.still_opens(found)
    reader.refresh()
    assert not reader.still_opens(found)


def test_new_key_signs_and_old_links_stay_and_all_end_together(tmp_path: Path) -> None:
    links, reader = Links(tmp_path), Reader(tmp_path)
    old, _ = links.issue("door")
    links.new_key()
    new, _ = links.issue("door")
    assert old.split(".")[1] != new.split(".")[1]
    reader.check(old, "door")
    reader.check(new, "door")
    links.revoke_all()
    for token in (old, new):
        with pytest.raises(Denied):
            reader.check(token, "door")
    reader.check(links.issue("door")[0], "door")


def test_file_is_private_and_has_no_token(tmp_path: Path) -> None:
    links = Links(tmp_path / "new" / "data")
    token, _ = links.issue("door")
    assert links.path.stat().st_mode & 0o777 == 0o600
    assert links.path.parent.stat().st_mode & 0o777 == 0o700
    assert token.rpartition(".")[2] not in links.path.read_text()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"keys": {"a": "zz"}, "links": {}}', '{"keys": {}, "links": {"a": 1}}']
)
def test_damaged_file_opens_nothing_and_is_left_alone(tmp_path: Path, content: str) -> None:
    links, reader = Links(tmp_path), Reader(tmp_path)
    token, _ = links.issue("door")
    reader.check(token, "door")
    links.path.write_text(content)
    with pytest.raises(Denied):
        reader.check(token, "door")
    with pytest.raises(FramecastError, match=r"links\.json"):
        links.issue("door")
    assert links.path.read_text() == content


def test_without_a_file_there_are_no_links(tmp_path: Path) -> None:
    token, _ = Links(tmp_path / "other").issue("door")
    with pytest.raises(Denied):
        Reader(tmp_path).check(token, "door")


def test_what_cannot_be_written_changes_nothing() -> None:
    with pytest.raises(FramecastError, match="nothing was changed"):
        Links(Path("/proc/none")).issue("door")


def test_links_and_keys_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINKS", 2)
    monkeypatch.setattr(module, "MAX_KEYS", 2)
    links = Links(tmp_path)
    links.issue("door")
    links.issue("door")
    with pytest.raises(Conflict):
        links.issue("door")
    links.new_key()
    with pytest.raises(Conflict):
        links.new_key()


def test_two_makers_lose_nothing(tmp_path: Path) -> None:
    makers = [threading.Thread(target=Links(tmp_path).issue, args=("door",)) for _ in range(20)]
    for one in makers:
        one.start()
    for one in makers:
        one.join()
    kept = json.loads((tmp_path / "links.json").read_text())
    assert len(kept["links"]) == 20
    assert len(kept["keys"]) == 1


@pytest.mark.parametrize(
    ("text", "seconds"), [("90d", 7_776_000), ("12h", 43200), ("30m", 1800), ("45s", 45), ("8w", 4_838_400)]
)
def test_expiry_is_read(text: str, seconds: int) -> None:
    assert parse_expiry(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "d", "90", "0d", "-1d", "1.5h", "1e9d", "9" * 5000 + "d", "4000d", "9d ", "٣d", "1y"]
)
def test_expiry_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="90d"):
        parse_expiry(text)


def test_expiry_in_seconds_is_bounded(tmp_path: Path) -> None:
    for seconds in (0, -1, MAX_S + 1):
        with pytest.raises(Invalid):
            Links(tmp_path).issue("door", seconds)


def test_address_leads_to_a_known_path() -> None:
    assert address_of("http://h/", "hls", "door", "t") == "http://h/api/stream.m3u8?src=door&token=t"
    with pytest.raises(Invalid, match=r"stream\.mjpeg"):
        address_of("http://h/", "../x", "door", "t")
