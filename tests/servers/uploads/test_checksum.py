"""Checksums of what requests bring: every algorithm, and what is none."""

import base64
import hashlib

import pytest

from framecast.errors import Invalid
from framecast.servers.uploads.checksum import ALGORITHMS, Checksum, ChecksumMismatch


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_body_is_compared_with_its_checksum(algorithm: str) -> None:
    text = f"{algorithm} {base64.b64encode(hashlib.new(algorithm, b'hello world').digest()).decode()}"
    right, wrong = Checksum.parse(text), Checksum.parse(text)
    right.update(b"hello ")
    right.update(memoryview(b"world"))
    right.check()
    wrong.update(b"hello_world")
    with pytest.raises(ChecksumMismatch, match=f"does not have the {algorithm}"):
        wrong.check()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be one of sha1, sha256, md5"),
        ("crc32 AAAA", "must be one of sha1, sha256, md5, got 'crc32'"),
        ("sha1", "20 bytes in Base64"),
        ("sha1 ????", "20 bytes in Base64"),
        ("sha1 AAAA", "20 bytes in Base64"),
        ("sha1  Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "20 bytes in Base64"),
        ("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=\u00e4", "20 bytes in Base64"),
    ],
)
def test_what_is_no_checksum_is_refused(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Checksum.parse(text)
