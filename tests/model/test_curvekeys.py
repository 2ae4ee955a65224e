"""Keys of CURVE in files: alone in a line, in certificates of pyzmq, in lists; errors name the file and quote nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import zmq
from zmq.auth import create_certificates
from zmq.utils import z85

from framecast.errors import Invalid
from framecast.model import curvekeys

KEY = bytes(range(32))
OTHER = bytes(range(100, 132))
TEXT, OTHER_TEXT = curvekeys.encode(KEY), curvekeys.encode(OTHER)


def test_keys_are_read_from_lines_and_from_certificates(tmp_path: Path) -> None:
    public, secret = zmq.curve_keypair()
    public_file, secret_file = create_certificates(tmp_path, "server")
    text = Path(secret_file).read_text()
    assert curvekeys.encode(curvekeys.read_secret(Path(secret_file))) in text
    assert curvekeys.encode(curvekeys.read_public(Path(public_file))) in Path(public_file).read_text()
    assert curvekeys.decode(public.decode()) == z85.decode(public)
    assert curvekeys.encode(z85.decode(secret)) == secret.decode()
    for wrong in ("", "short", "x" * 39 + "~", "#" * 40):
        (tmp_path / "wrong").write_text(wrong)
        with pytest.raises(Invalid):
            curvekeys.read_secret(tmp_path / "wrong")


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, KEY])
def test_every_key_comes_back_from_its_text(key: bytes) -> None:
    text = curvekeys.encode(key)
    assert text == z85.encode(key).decode()
    assert curvekeys.decode(text) == key


@pytest.mark.parametrize("text", ["", TEXT[:-1], TEXT + "0", TEXT[:-1] + "~", TEXT + "\n", "#" * 40])
def test_text_that_is_no_key_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(Invalid, match="40 characters of Z85") as caught:
        curvekeys.decode(text)
    assert not text or text.strip() not in str(caught.value)


def test_named_key_is_taken_before_one_that_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "cert"
    path.write_text(f'{TEXT}\ncurve\n    public-key = "{OTHER_TEXT}"\n')
    assert curvekeys.read_public(path) == OTHER
    assert curvekeys.read_secret(path) == KEY  # the file names no secret key


def test_list_of_clients_has_a_key_a_line_with_notes_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "clients"
    path.write_text(
        f"# who may read\n\n  {TEXT} front door\n{OTHER_TEXT}\n{TEXT}\n#{OTHER_TEXT} not any more\n"
    )
    assert curvekeys.read_clients(path) == {KEY, OTHER}
    path.write_text("\n# nobody\n")
    assert curvekeys.read_clients(path) == frozenset()


def test_ruler_as_long_as_a_key_is_a_comment_too(tmp_path: Path) -> None:
    """No key begins with #, so nothing is lost by that: the largest number of 32 bits begins with another letter."""
    assert curvekeys._ALPHABET.index(curvekeys.encode(b"\xff" * 4)[0]) < curvekeys._ALPHABET.index("#")
    path = tmp_path / "clients"
    path.write_text(f"#{'-' * 39}\n{TEXT}\n")
    assert curvekeys.read_clients(path) == {KEY}


def test_wrong_line_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "clients"
    path.write_text(f"{TEXT}\n\ngeheim\n")
    with pytest.raises(Invalid, match=r"clients, line 3: ") as caught:
        curvekeys.read_clients(path)
    assert "geheim" not in str(caught.value)


def test_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        curvekeys.read_secret(tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="cannot be read: it is not text"):
        curvekeys.read_clients(tmp_path / "bytes")
