"""The form's modules that need no browser: addresses of cameras, hidden secrets, names."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.errors import Invalid
from framecast.model import Source, check_name
from framecast.model.naming import check_display_name
from framecast.sources import SCHEMES
from tests.servers.web.page_modules import STATIC, PageModules

MODULES = ("camera-makers.js", "camera-address.js", "stream-texts.js")
_IMPORTS = """
import { MAKERS } from "./camera-makers.js";
import { buildAddress, hideSecrets, isHost, readAddress, showSecrets } from "./camera-address.js";
import { kept, nameFor, wrongName, wrongText } from "./stream-texts.js";
const usual = { maker: "other", host: "10.0.0.9", port: "", user: "admin", password: "pw", channel: 1, isSub: false, path: "/live", isKept: false };
const build = (fields) => buildAddress({ ...usual, ...fields });
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> PageModules:
    return PageModules(tmp_path_factory.mktemp("form"), (STATIC / name for name in MODULES), _IMPORTS)


# Main stream of the first channel, sub stream of the second.
PATHS = {
    "amcrest": ("/cam/realmonitor?channel=1&subtype=0", "/cam/realmonitor?channel=2&subtype=1"),
    "axis": ("/axis-media/media.amp?camera=1", "/axis-media/media.amp?camera=2&resolution=640x360"),
    "bosch": ("/rtsp_tunnel?line=1&inst=1", "/rtsp_tunnel?line=2&inst=2"),
    "dahua": ("/cam/realmonitor?channel=1&subtype=0", "/cam/realmonitor?channel=2&subtype=1"),
    "foscam": (":88/videoMain", ":88/videoSub"),
    "onvif": ("/onvif1", "/onvif2"),
    "hanwha": ("/profile2/media.smp", "/1/profile2/media.smp"),
    "hanwha-recorder": ("/LiveChannel/0/media.smp", "/LiveChannel/1/media.smp"),
    "hikvision": ("/Streaming/Channels/101", "/Streaming/Channels/202"),
    "reolink": ("/Preview_01_main", "/Preview_02_sub"),
    "tapo": ("/stream1", "/stream2"),
    "uniview": ("/media/video1", "/media/video2"),
    "uniview-recorder": ("/unicast/c1/s0/live", "/unicast/c2/s1/live"),
}


def test_makers_have_their_usual_paths(modules: PageModules) -> None:
    found = modules.run(
        "print(Object.fromEntries(MAKERS.map(({ id }) => [id, [build({ maker: id }), build({ maker: id, channel: 2, isSub: true })]])));",
    )
    assert found.pop("unifi") == ["rtsp://10.0.0.9:7447/pw"] * 2
    assert found == {
        maker: [f"rtsp://admin:pw@10.0.0.9{path}" for path in paths] for maker, paths in PATHS.items()
    }


def test_fields_become_an_address_and_an_address_the_same_fields(modules: PageModules) -> None:
    script = """
        const cases = MAKERS.flatMap(({ id, isKeyed, hasSub, hasChannels }) => [1, 2, 16].map((channel) =>
            ({ ...usual, maker: id, user: isKeyed ? "" : "a:b", password: "ü/@ %", path: "", channel: hasChannels ? channel : 1, isSub: hasSub !== false && channel > 1 })));
        cases.push({ ...usual, port: "8554", user: "", password: "", path: "/a/b?c=d" }, { ...usual, host: "fe80::1", path: "" });
        print(cases.map((fields) => [fields, readAddress(buildAddress(fields))]));
    """
    pairs = modules.run(script)
    assert len(pairs) > 30
    same = {"amcrest": "dahua", "dahua": "amcrest"}
    for fields, read in pairs:
        if read["maker"] == same.get(fields["maker"]):  # their paths are the same
            fields = {**fields, "maker": read["maker"]}
        assert read == fields


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"user": "me@home", "password": "p/w?#:@ %!*'()ü"}, "rtsp://me%40home:p%2Fw%3F%23%3A%40%20%25%21%2A%27%28%29%C3%BC@10.0.0.9/live"),
        ({"user": "me", "password": ""}, "rtsp://me@10.0.0.9/live"),
        ({"user": "", "password": ""}, "rtsp://10.0.0.9/live"),
        ({"user": "", "password": "", "isKept": True}, "rtsp://***@10.0.0.9/live"),
        ({"host": "fe80::1"}, "rtsp://admin:pw@[fe80::1]/live"),
        ({"host": "[2001:db8::5]", "port": "8554"}, "rtsp://admin:pw@[2001:db8::5]:8554/live"),
        ({"host": " camera.local ", "port": "554"}, "rtsp://admin:pw@camera.local/live"),
        ({"path": "live/1"}, "rtsp://admin:pw@10.0.0.9/live/1"),
        ({"maker": "foscam", "port": "554"}, "rtsp://admin:pw@10.0.0.9/videoMain"),
        ({"maker": "unifi", "password": "", "isKept": True}, "rtsp://10.0.0.9:7447/***"),
    ],
)  # fmt: skip
def test_addresses_are_encoded(modules: PageModules, fields: dict[str, Any], address: str) -> None:
    assert modules.run("print(build(given));", fields) == address
    assert "pw" not in str(Source(address)).replace("Preview", "")


def test_only_hosts_are_hosts(modules: PageModules) -> None:
    good = ["10.0.0.9", "camera.local", "fe80::1", "[::1]", "fe80::1%eth0"]
    bad = ["", "a b", "host:554", "rtsp://host", "host/path", "me@host", "[::1", "a?b"]
    assert modules.run("print(given.map(isHost));", good) == [True] * len(good)
    assert modules.run("print(given.map(isHost));", bad) == [False] * len(bad)


# What is shown of an address, and what is hidden.
HIDDEN = [
    ("rtsp://admin:pw@host/1", "rtsp://admin:***@host/1", ["pw"]),
    ("rtsp://admin:p@w@host/1", "rtsp://admin:***@host/1", ["p@w"]),
    ("rtsp://admin:p/w?x@host/1", "rtsp://admin:***@host/1", ["p/w?x"]),
    ("rtsp://***@host/1", "rtsp://***@host/1", ["***"]),
    ("rtsp://host:554/a@b", "rtsp://host:554/a@b", []),
    ("http://host/cgi?usr=me&pwd=pw&channel=1", "http://host/cgi?usr=***&pwd=***&channel=1", ["me", "pw"]),
    ("http://a:pw@host/x?token=t", "http://a:***@host/x?token=***", ["pw", "t"]),
    ("pattern:?size=640x360", "pattern:?size=640x360", []),
    ("", "", []),
]


def test_secrets_are_hidden_and_come_back(modules: PageModules) -> None:
    addresses = [address for address, _, _ in HIDDEN]
    script = "print(given.map((address) => { const found = hideSecrets(address); return [found.text, found.secrets, showSecrets(found.text, found.secrets)]; }));"
    found = modules.run(script, addresses)
    assert found == [[text, secrets, address] for address, text, secrets in HIDDEN]
    again = modules.run("print(given.map((text) => showSecrets(text, ['one'])));", ["a ***", "*** ***", "a"])
    assert again == ["a one", "*** ***", "a"], "nothing is put back where it is not clear"


def test_every_maker_has_an_address_that_the_node_takes(modules: PageModules) -> None:
    addresses = modules.run(
        "print(MAKERS.map(({ id }) => build({ maker: id, password: 'fD6ouM72bWoFijxK' })));"
    )
    for address in addresses:
        assert Source(address).scheme in SCHEMES
        assert "fD6ouM72bWoFijxK" not in str(Source(address))


TEXTS = ["", "Haustür Süd", "x" * 80, "x" * 81, "u\u0308" * 80, "a\nb", "a\u202eb", "\u200b\u200d", "🐕\u200d🦺", "  ü "]  # fmt: skip


def test_names_are_judged_as_by_the_node(modules: PageModules) -> None:
    words = modules.run("print(given.map((text) => wrongText('Display name', text)));", TEXTS)
    for text, wrong in zip(TEXTS, words, strict=True):
        assert (wrong != "") == _is_refused(check_display_name, text), text
    names = ["", "gate", "-gate", "Gate_1.b-c", "a b", "ü", "x" * 64, "x" * 65]
    wrong = modules.run("print(given.map(wrongName));", names)
    assert [words != "" for words in wrong] == [_is_refused(check_name, name) for name in names]


def _is_refused(check: Any, text: str) -> bool:
    try:
        check(text)
    except Invalid:
        return True
    return False


def test_name_is_made_of_a_display_name(modules: PageModules) -> None:
    made = {
        "Haustür Süd": "haustuer-sued",
        "Haustu\u0308r": "haustuer",
        "  Čistá ulice! ": "cista-ulice",
        "Gate 2 (west)": "gate-2-west",
        "正門": "",
        "正門 2": "2",
        "x" * 70: "x" * 64,
    }
    assert modules.run("print(given.map(nameFor));", list(made)) == list(made.values())
