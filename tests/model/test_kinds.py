"""The table of kinds: a source, a scheme or an option without a row must fail here."""

from __future__ import annotations

import re

import pytest

from framecast import sources
from framecast.errors import Invalid
from framecast.model import Source, StreamSpec
from framecast.model.kinds import KINDS, Use, names_credentials

# An address of each kind that has options, and the words behind which its parser lists them.
WITH_OPTIONS = {
    "device": ("v4l2:0?", r"use (.*)"),
    "pattern": ("pattern:?", r"known are (.*)"),
    "numbers": ("numbers:?", r"known are (.*)"),
    "peer": ("grpc://host/x?", r"known are (.*)"),
    "zmq": ("zmq://host/x?", r"known are (.*)"),
    "imagezmq": ("imagezmq+rep://127.0.0.1?", r"known are (.*)"),
}


def test_every_kind_and_scheme_of_a_source_has_a_row() -> None:
    assert set(sources.KINDS) == set(KINDS)
    for scheme, kind in sources.SCHEMES.items():
        assert scheme in KINDS[kind].schemes, scheme
    assert {scheme for kind in KINDS.values() for scheme in kind.schemes} - {""} == set(sources.SCHEMES)


@pytest.mark.parametrize("kind", [name for name, row in KINDS.items() if row.options is not None])
def test_every_option_that_an_address_can_have_has_a_row(kind: str) -> None:
    address, listed = WITH_OPTIONS[kind]
    with pytest.raises(Invalid) as caught:
        sources.check(StreamSpec("x", Source(f"{address}no_such=1")))
    words = re.search(listed, str(caught.value))
    assert words is not None, str(caught.value)
    known = set(re.findall(r"[a-z_]+", re.sub(r"=\S+", "", words[1]))) - {"and"}
    assert known == set(KINDS[kind].options or ())


def test_options_that_name_files_are_not_called_harmless() -> None:
    for kind in KINDS.values():
        for option, use in (kind.options or {}).items():
            assert ("file" in option) == (use is Use.CREDENTIAL), option


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("zmq://host/x?token_file=/a", True),
        ("ZMQ://host/x?server%5Fkey_file=/a", True),
        ("zmq://host/x", False),
        ("http://host/x?token_file=/a", False),
        ("/a?token_file=/b", False),
    ],
)
def test_addresses_that_name_keys_are_known(address: str, expected: bool) -> None:
    assert names_credentials(address) is expected
