"""What an address of another node says, and what it never shows."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model import Source
from framecast.peer.address import PORT, PeerAddress


def parse(text: str) -> PeerAddress:
    return PeerAddress.parse(Source(text))


def test_an_address_has_host_port_and_name() -> None:
    address = parse("grpc://camera-box:6000/front-door")
    assert (address.target, address.stream, address.tls) == ("camera-box:6000", "front-door", False)
    assert address.url == "grpc://camera-box:6000"


def test_the_port_may_be_left_out_and_the_stream_too() -> None:
    address = parse("grpcs://example.org")
    assert (address.port, address.stream, address.tls) == (PORT, "", True)


def test_an_address_of_version_six_keeps_its_brackets() -> None:
    assert parse("grpc://[::1]:50051/a").target == "[::1]:50051"


@pytest.mark.parametrize(
    "text", ["grpc://s3cret@host/a", "grpc://host/a?token=s3cret", "grpc://:s3cret@host/a"]
)
def test_a_token_is_read_and_never_shown(text: str) -> None:
    address = parse(text)
    assert address.token == "s3cret"
    assert "s3cret" not in f"{address!r} {address.url} {address.target} {address.source}"
    assert "s3cret" in address.source.reveal()
    assert PeerAddress.parse(address.source) == address


def test_a_token_of_any_letters_survives_the_way_through_an_address() -> None:
    address = parse("grpc://host/a").having({"token": "a/b@c:d?e%f&g=h"})
    assert PeerAddress.parse(address.source) == address


def test_options_stand_in_the_query_or_beside_it() -> None:
    assert parse("grpc://host/a?raw=1").raw
    assert parse("grpc://host/a").having({"raw": True}).raw
    assert not parse("grpc://host/a?raw=1").having({"raw": False}).raw
    assert parse("grpc://host/a?jpeg=85").jpeg == 85


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("grpc:///a", "does not name a node"),
        ("grpc://host:0/a", "does not name a node"),
        ("grpc://host:x/a", "is not an address"),
        ("grpc://host:70000/a", "is not an address"),
        ("grpc://[::1/a", "is not an address"),
        ("grpc://me:s3cret@host/a", "takes only its token"),
        ("grpc://host/a/b", "not a stream name"),
        ("grpc://host/-", "not a stream name"),
        ("grpc://host/a?raw=maybe", "raw=1"),
        ("grpc://host/a?jpeg=101", "1 to 100"),
        ("grpc://host/a?raw=1&jpeg=80", "exclude each other"),
        ("grpc://host/a?rate=3", "known are raw, jpeg and token"),
        ("grpc://s3cret%0a@host/a", "ASCII characters"),
        ("grpc://host/a#b", "does not name a node"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_without_the_secret(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        parse(text)
    assert "s3cret" not in str(refused.value)


def test_a_stream_that_is_read_needs_a_name_and_is_no_jpeg() -> None:
    with pytest.raises(Invalid, match="write grpc://host:50051/NAME"):
        PeerAddress.of_stream(Source("grpc://host"))
    with pytest.raises(Invalid, match="jpeg is only for publishing"):
        PeerAddress.of_stream(Source("grpc://host/a?jpeg=80"))
