"""The settings of servers fail closed: what is missing, unknown or of another type ends the server with a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framecast.errors import Invalid
from framecast.servers.rpc.settings import RpcSettings
from framecast.servers.settings import LogSocket, Settings, read
from framecast.servers.web.settings import WebSettings
from framecast.servers.zmq.settings import ZmqSettings
from tests.servers.server_process import line

KINDS = (WebSettings, RpcSettings, ZmqSettings)


S3 = {
    "endpoint": None,
    "bucket": "videos",
    "region": "x",
    "access_key": "a",
    "secret_key": "hush",
    "prefix": "",
}
LIBRARY: dict[str, Any] = {
    "database": "sqlite:////data/framecast.db",
    "folder": "/data/library",
    "max_upload_bytes": 32 * 10**9,
    "quota_bytes": None,
    "daily_bytes": 1,
    "min_free_bytes": 0,
    "upload_expiry_s": 1,
    "bin_s": 1,
    "workers": None,
    "has_ladder": True,
    "s3": S3,
}


def given(kind: type[Settings] = WebSettings, **changed: Any) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(line(kind, fd=3, runtime_dir="/run", **changed))
    return values


def written(values: object) -> bytes:
    return json.dumps(values).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_node_writes_is_what_the_server_reads(kind: type[Settings]) -> None:
    log = {"fd": 5, "level": "debug", "levels": {"web": "info"}}
    settings = read(kind, written(given(kind, access_token="hush", data_dir="/data", log=log)))
    assert settings.log == LogSocket(fd=5, level="debug", levels={"web": "info"})
    assert settings.data_dir == Path("/data")
    assert read(kind, settings.to_line()) == settings
    assert settings.to_line().endswith(b"\n")


def test_settings_of_the_library_come_through_and_show_no_secret() -> None:
    settings = read(WebSettings, written(given(library=LIBRARY)))
    assert settings.library is not None
    assert settings.library.max_upload_bytes == 32 * 10**9
    assert settings.library.s3 is not None
    assert (settings.library.s3.secret_key, settings.library.s3.endpoint) == ("hush", None)
    assert "hush" not in repr(settings)
    assert "sqlite" not in repr(settings)
    assert read(WebSettings, settings.to_line()) == settings


@pytest.mark.parametrize("kind", KINDS)
def test_missing_key_ends_a_server_whichever_it_is(kind: type[Settings]) -> None:
    for key in given(kind):
        values = given(kind)
        del values[key]
        with pytest.raises(Invalid, match=f"'{key}' is missing"):
            read(kind, written(values))


def test_missing_token_never_opens_a_server() -> None:
    values = given()
    assert read(WebSettings, written(values)).access_token is None, "null says that there is no token"
    del values["access_token"]
    with pytest.raises(Invalid, match="access_token"):
        read(WebSettings, written(values))


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_key_ends_a_server(kind: type[Settings]) -> None:
    with pytest.raises(Invalid, match="unknown key 'acces_token', known are fd, host"):
        read(kind, written({**given(kind), "acces_token": "hush"}))
    log = {"fd": 5, "level": "debug", "levels": {}, "colour": "red"}
    with pytest.raises(Invalid, match=r"unknown key 'log\.colour'"):
        read(kind, written(given(kind, log=log)))


@pytest.mark.parametrize(
    ("key", "wrong", "expected"),
    [
        ("fd", "3", "a whole number, got str"),
        ("fd", None, "a whole number, got NoneType"),
        ("port", True, "a whole number, got bool"),
        ("runtime_dir", 1, "a path, got int"),
        ("access_token", ["hush"], "a text, got list"),
        ("hosts", "one", "a list of texts, got str"),
        ("hosts", [1], "a list of texts, got list"),
        ("log", 3, "a JSON object, got int"),
        ("library", {**LIBRARY, "has_ladder": 1}, "true or false, got int"),
        ("library", {**LIBRARY, "max_upload_bytes": 1 << 54}, "a whole number, got int"),
        ("log", {"fd": 1, "level": "info", "levels": {"a": 1}}, "an object of texts, got dict"),
    ],
)
def test_value_of_another_type_ends_a_server_and_is_not_shown(key: str, wrong: object, expected: str) -> None:
    with pytest.raises(Invalid, match=expected) as caught:
        read(WebSettings, written({**given(), key: wrong}))
    assert key in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("wrong", [b"", b"{}", b"[]", b"{not json", b"\xff", b"[" * 100_000])
def test_line_that_is_no_object_is_refused_in_one_sentence(wrong: bytes) -> None:
    with pytest.raises(Invalid, match="settings cannot be read"):
        read(WebSettings, wrong)


def test_settings_do_not_show_the_token() -> None:
    settings = read(WebSettings, written(given(access_token="hush")))
    assert settings.access_token == "hush"
    assert "hush" not in repr(settings)
