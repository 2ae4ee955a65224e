"""What is suggested for a name that does not exist."""

from time import process_time

import pytest

from framecast.model.suggestion import did_you_mean, instead_of, nearest

KEYS = ("host", "hosts", "port", "proxies", "trusted_proxies", "access_token", "access_token_file", "log")


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("prot", KEYS, ["port"]),  # a swap is one edit: 'proxies' and 'host' are farther
        ("acces_token", KEYS, ["access_token"]),
        ("access-token", KEYS[5:6], ["access_token"]),
        ("HSOT", KEYS, ["host"]),
        ("front", ("front-door", "garden", "the-front"), ["front-door", "the-front"]),
        ("dor", ("door", "garden"), ["door"]),
        ("nothing", KEYS, []),
        ("x", KEYS, []),
        ("", KEYS, []),
        ("garden.mp4", ("gardn.mp4", "garden-2.mp4", "front.mp4"), ["gardn.mp4", "garden-2.mp4"]),
    ],
)
def test_nearest_names_come_first(word: str, known: tuple[str, ...], expected: list[str]) -> None:
    assert nearest(word, known) == expected


def test_suggestion_is_a_question() -> None:
    assert did_you_mean("prot", KEYS) == "did you mean 'port'?"
    assert did_you_mean("front", ("front-1", "front-2", "a")) == "did you mean 'front-1' or 'front-2'?"
    assert did_you_mean("nothing", KEYS) == ""
    assert instead_of("nothing", ("a", "b"), "existing streams:") == "existing streams: a, b"
    assert instead_of("nothing", (), "existing streams:") == "existing streams: none"


def test_strangers_cannot_make_it_slow() -> None:
    known = [f"{'a' * 70}{number:04d}" for number in range(100_000)]
    before = process_time()
    nearest("a" * 1_000_000, known)
    assert process_time() - before < 20, "this grows with the length of the names or with their number"
