"""How hard a token is to guess."""

import secrets
import uuid

import pytest

from framecast.servers.access.strength import STRONG_BITS, is_strong, strength_bits


@pytest.mark.parametrize(
    "token",
    [
        "8d969eef6ecad3c29a3a629280e686cf",
        "8D969EEF6ECAD3C29A3A629280E686CF",
        "8d969eef-6ecad3c2-9a3a6292-80e686cf",
        "jZae727K08KaOmKSgOaGzw1",
        "jZae727K08KaOmKSgOaG-w",
        "jZae727K08KaOmKSgOaGzw==",
        "314159265358979323846264338327950288419",
        "R2#kd8!vQz9$wLm4&Xp7t",
        str(uuid.UUID(int=0x8D969EEF6ECAD3C29A3A629280E686CF)),
        "qwjkzhvbxmpfyrtlsdgcnaoeiuqwjkzhvbxmpfyrtlsdgcnaoeiuqwjkzhvbxmpfyr",
    ],
)
def test_long_random_tokens_are_strong(token: str) -> None:
    assert is_strong(token), strength_bits(token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "secret",
        "correct horse",
        "correct horse battery staple",
        "correct-horse-battery-staple",
        "8d969eef6ecad3c29a3a629280e686c",
        "a" * 200,
        "abc" * 100,
        "12345678" * 4,
        "jZae727K08KaOmKSgOaGz",
        "Tr0ub4dor&3",
        "passwordpasswordpasswordpassword",
    ],
)
def test_short_tokens_words_and_repetitions_are_not(token: str) -> None:
    assert not is_strong(token), strength_bits(token)


def test_what_the_documentation_makes_is_strong() -> None:
    for _ in range(200):
        assert is_strong(secrets.token_hex(16))
        assert is_strong(secrets.token_urlsafe(24))
    assert STRONG_BITS == 128
