from __future__ import annotations

import pytest

from framecast.accounts.relying_party import RelyingParty, relying_party
from framecast.errors import Denied


@pytest.mark.parametrize(
    ("scheme", "host", "name", "origin"),
    [
        ("https", "cam.example", "cam.example", "https://cam.example"),
        ("https", "Cam.Example:8443", "cam.example", "https://cam.example:8443"),
        ("http", "localhost:8080", "localhost", "http://localhost:8080"),
        ("http", "cam.localhost", "cam.localhost", "http://cam.localhost"),
        ("https", "nas", "nas", "https://nas"),
    ],
)
def test_a_name_over_https_or_of_this_machine_has_passkeys(
    scheme: str, host: str, name: str, origin: str
) -> None:
    assert relying_party(scheme, host) == RelyingParty(name, origin)


@pytest.mark.parametrize(
    ("scheme", "host", "reason"),
    [
        ("http", "cam.example", "http"),
        ("http", "localhost.example", "http"),
        ("http", "127.0.0.1:8080", "address"),
        ("https", "10.0.0.5", "address"),
        ("https", "[fe80::1]:8080", "address"),
        ("https", "[fe80::1%25eth0]", "address"),
        ("https", "2130706433", "address"),
        ("https", "cam.0x7f", "address"),
        ("https", "", "name"),
        ("https", "cam..example", "name"),
        ("https", "-cam.example", "name"),
        ("https", "cam_1.example", "name"),
        ("https", "cam.example/x", "name"),
        ("https", "ada@cam.example", "name"),
        ("https", "a" * 300, "name"),
        ("https", "[", "name"),
    ],
)
def test_elsewhere_a_sentence_says_why_not(scheme: str, host: str, reason: str) -> None:
    with pytest.raises(Denied, match="passkeys need") as found:
        relying_party(scheme, host)
    assert found.value.fields["reason"] == reason
