"""Names that lead here, and pages that do not belong here."""

import pytest

from framecast.servers.web.http.origin import (
    foreign_words,
    host_name,
    is_known_origin,
    is_local_name,
    is_same_origin,
    wrong_host,
)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LOCALHOST",
        "127.0.0.1:1",
        "127.1.2.3",
        "[::1]:8080",
        "[::1]",
        "a.localhost",
    ],
)
def test_names_of_this_machine_are_local(host: str) -> None:
    assert is_local_name(host, ())


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "192.168.1.2",
        "[::2]",
        "[",
        "127.0.0.1.evil.example",
        "[::1].evil.example",
        "[::1]evil",
        "[::1]:80:80",
        "[[::1]]",
        "::1",
        "localhost:80@evil.example",
        "evil.example#localhost",
        "localhost evil.example",
        "localhost/evil",
        "localhost:\uff18\uff10",
        "\u24dbocalhost",
        "127.0.0.1" + "0" * 300,
    ],
)
def test_other_names_are_not(host: str) -> None:
    assert not is_local_name(host, ())


def test_configured_name_is_local() -> None:
    assert is_local_name("cams.example:443", ("cams.example",))


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({}, True),  # no browser
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),  # typed into the address bar
        ({"sec-fetch-site": "same-site"}, False),
        (
            {"sec-fetch-site": "cross-site", "origin": "http://localhost:8080", "host": "localhost:8080"},
            False,
        ),
        ({"origin": "http://localhost:8080", "host": "localhost:8080"}, True),
        ({"origin": "http://localhost:9999", "host": "localhost:8080"}, False),
        ({"origin": "http://evil.example", "host": "localhost:8080"}, False),
        ({"origin": "null", "host": "localhost:8080"}, False),
        ({"origin": "http://[", "host": "localhost:8080"}, False),
    ],
)
def test_origin_of_a_request(headers: dict[str, str], same: bool) -> None:
    assert is_same_origin(headers) is same


def test_only_configured_origins_are_known() -> None:
    known = ("https://intra.example", "http://10.0.0.5:8123")
    assert is_known_origin({"origin": "https://Intra.example"}, known)
    assert not is_known_origin({"origin": "http://intra.example"}, known)
    assert not is_known_origin({"origin": "https://intra.example.evil.example"}, known)
    assert not is_known_origin({"origin": "null"}, known)
    assert not is_known_origin({}, known)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Cams.Example:8080", "cams.example"),
        ("cams.example.", "cams.example"),
        ("[fe80::1%25eth0]:80", "fe80::1"),
        ("front_door", "front_door"),
        ("127.0.0.1:", "127.0.0.1"),
    ],
)
def test_name_of_a_host(host: str, name: str) -> None:
    assert host_name(host) == name


def test_request_has_one_host_that_is_one() -> None:
    assert wrong_host(["localhost:8080"], "1.1") is None
    assert wrong_host([], "1.0") is None
    assert "got none" in str(wrong_host([], "1.1"))
    assert "got 2" in str(wrong_host(["localhost", "localhost"], "1.1"))
    assert "must be a name" in str(wrong_host(["[::1].evil"], "1.1"))
    assert "must be a name" in str(wrong_host([""], "1.1"))


@pytest.mark.parametrize("origin", ["https://intra.example", "http://10.0.0.5:8123", "http://[::1]:80"])
def test_refused_page_is_told_the_line_that_allows_it(origin: str) -> None:
    assert f"'origins: [\"{origin}\"]'" in foreign_words({"origin": origin.upper()}, is_socket=True)
    assert "origins" not in foreign_words({"origin": origin}, is_socket=False)


@pytest.mark.parametrize(
    "origin", ["null", "", 'http://x"]\nhosts: ["evil', "file://x", "http://" + "a" * 300]
)
def test_origin_that_cannot_be_allowed_is_not_repeated(origin: str) -> None:
    words = foreign_words({"origin": origin}, is_socket=True)
    assert "origins" not in words
    assert "evil" not in words
    assert "share link" in words
