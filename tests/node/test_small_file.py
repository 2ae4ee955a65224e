"""Small files that people name: regular ones up to a limit; errors name the path and show nothing of the content."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from framecast.errors import Invalid
from framecast.node.small_file import MAX_LINE_BYTES, decoded, first_line, read


def test_limit_is_the_largest_size_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read(path, 5) == b"12345"
    with pytest.raises(Invalid, match="larger"):
        read(path, 4)


@pytest.mark.parametrize(("most", "words"), [(2 << 10, "2 KiB"), (3 << 20, "3 MiB")])
def test_limit_is_named_in_its_unit(most: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(most + 1)
    with pytest.raises(Invalid, match=words):
        read(path, most)


def test_what_is_no_regular_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Invalid, match=r"pipe cannot be read: .* it is a named pipe"):
        read(tmp_path / "pipe", 10)
    with pytest.raises(Invalid, match="it is a folder"):
        read(tmp_path, 10)
    with pytest.raises(Invalid, match="it is a device or a socket"):
        read(Path("/dev/zero"), 10)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "s"))
        with pytest.raises(Invalid, match="s cannot be read: "):
            read(tmp_path / "s", 10)
    assert read(Path(os.devnull), 10) == b""


def test_name_that_leads_nowhere_says_why(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        read(tmp_path / "none", 10)
    with pytest.raises(Invalid, match="not a valid file name"):
        read(Path("a\0b"), 10)


def test_bytes_are_text_of_utf_8_with_or_without_a_mark() -> None:
    assert decoded(Path("x"), "\ufeffgrün".encode()) == decoded(Path("x"), "grün".encode()) == "grün"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("geheim".encode("utf-16"), "UTF-16"),
        (b"\xfe\xff\0g", "UTF-16"),
        (b"geheim\ngeheim\xff", "line 2 is not UTF-8"),
        (b"\xff", "line 1 is not UTF-8"),
    ],
)
def test_other_bytes_are_refused_by_their_line(raw: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        decoded(Path("x"), raw)
    assert "geheim" not in str(caught.value)


def test_first_line_has_no_spaces_around_it_and_what_follows_may_be_anything(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"  secret word \r\nnotes \xff\n")
    assert first_line(path) == "secret word"
    path.write_bytes(b"")
    assert first_line(path) == ""
    path.write_bytes(b"x" * (MAX_LINE_BYTES + 1))
    with pytest.raises(Invalid, match="64 KiB"):
        first_line(path)
