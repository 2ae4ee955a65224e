"""Passwords: the examples of the RFCs, and what cameras make of them."""

from __future__ import annotations

import re

import pytest

from framecast.protocols.http.login import Login

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
REALM = 'realm="http-auth@example.org"'


def login(user: str = "Mufasa", password: str = "Circle of Life") -> Login:
    return Login(user, password, lambda: CNONCE)


def response(header: str) -> str:
    found = re.search(r'response="([0-9a-f]+)"', header)
    assert found is not None, header
    return found[1]


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, expected: str) -> None:
    who = login()
    told = f'Digest {REALM}, qop="auth, auth-int", algorithm={algorithm}, nonce="{NONCE}", opaque="FQhe"'
    assert who.header("GET", "/dir/index.html") == ""
    assert who.learn([told])
    first, second = (who.header("GET", "/dir/index.html") for _ in range(2))
    assert response(first) == expected
    assert "nc=00000001" in first
    assert 'opaque="FQhe"' in first
    assert "nc=00000002" in second


def test_the_example_of_rfc_2069_which_most_cameras_speak() -> None:
    who = login(password="CircleOfLife")
    assert who.learn(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'])
    header = who.header("GET", "/dir/index.html")
    assert response(header) == "1949323746fe6a43ef61f9606e7febea"
    assert "qop" not in header
    assert "cnonce" not in header


def test_basic() -> None:
    who = login("Aladdin", "open sesame")
    assert who.learn(['Basic realm="a, Digest b"'])
    assert who.header("GET", "/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_digest_goes_before_basic_and_the_newest_challenge_counts() -> None:
    who = login()
    assert who.learn([f'Basic realm="x", Digest {REALM}, nonce="first"'])
    assert 'nonce="first"' in who.header("GET", "/")
    assert who.learn(['Basic realm="x"', f'Digest nonce="second", {REALM}'])
    assert 'nonce="second"' in who.header("GET", "/")


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "Bearer x",
        "Digest",
        'Digest realm="no nonce"',
        'Digest nonce="x", algorithm=SHA-512',
        'Digest nonce="x", qop="auth-int"',
    ],
)
def test_what_is_not_known_is_not_answered(challenge: str) -> None:
    assert not login().learn([challenge])
    assert login().header("GET", "/") == ""


def test_nobody_logs_in_without_a_name_or_with_a_line_end_in_it() -> None:
    assert not login("", "").learn(['Basic realm="x"'])
    assert not login("me\r\nX-Evil: 1", "x").learn(['Basic realm="x"'])


def test_quotes_do_not_end_a_field() -> None:
    who = login('m"e\\')
    assert who.learn(['Digest realm="a\\"b", nonce="n\x01"'])
    header = who.header("GET", "/")
    assert 'username="m\\"e\\\\"' in header
    assert 'realm="a\\"b"' in header
    assert 'nonce="n"' in header
