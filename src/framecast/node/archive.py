"""The file of a backup: a ZIP archive with a manifest and checksums, in the clear or encrypted with a passphrase.

An archive from elsewhere is hostile until it is checked: only members of the manifest are read, each with its size and SHA-256, and their names are plain
names of this module's grammar; links, folders, other compressions and anything too large are refused. Encrypted, it is a header, a salt and chunks of
XChaCha20-Poly1305 (libsodium's secretstream), so that a cut or changed file is seen; the key is made from the passphrase by argon2id. Blocks for the disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from nacl import bindings, pwhash
from nacl.exceptions import CryptoError

from framecast.errors import Conflict, Denied, FramecastError, Invalid

FORMAT = 1
MAX_MEMBERS = 2000
MAX_BYTES = 4 << 30
MAX_MANIFEST_BYTES = 4 << 20
MANIFEST = "manifest.json"
MIN_PASSPHRASE = 8
# `data/NAME` is a file of the data folder, `config/NAME` the configuration or a file that it names.
MEMBER = re.compile(r"(?:data|config)/(?!\.)[A-Za-z0-9_.@+,=-]{1,200}")
MEMORY_BYTES = pwhash.argon2id.MEMLIMIT_MODERATE  # that a guess of a passphrase costs
_HEADER = b"framecast-backup-encrypted-1\n"
_CHUNK_BYTES = 1 << 20
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_EXTRA = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_HEAD_BYTES = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES


class Writer:
    """Writes an archive. `manifest` is completed with the members and written last, by `finish`."""

    def __init__(self, out: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self._members: dict[str, dict[str, Any]] = {}

    def add(self, member: str, content: BinaryIO) -> None:
        """Add the content of an open file."""
        assert MEMBER.fullmatch(member), member
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_info(member), "w", force_zip64=True) as out:
            while chunk := content.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
        self._members[member] = {"sha256": digest.hexdigest(), "bytes": size}

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest and the directory of the archive."""
        whole = {"format": FORMAT, **manifest, "members": self._members}
        self._zip.writestr(_info(MANIFEST), json.dumps(whole, indent=1))
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._zip.close()  # of a backup that failed, and whose file is dropped


class Reader:
    """Reads an archive that may come from anywhere."""

    def __init__(self, file: BinaryIO) -> None:
        """Check everything but the checksums.

        Raises:
            Invalid: it is not an archive of Framecast, or has what such an archive does not have.
        """
        try:
            self._zip = zipfile.ZipFile(file)
            infos = self._zip.infolist()
            self._infos = {one.filename: one for one in infos}
            _check_members(infos, len(self._infos))
            self.manifest = _parsed(self._read_manifest())
        except (
            zipfile.BadZipFile,
            OSError,
            EOFError,
            KeyError,
            NotImplementedError,
            ValueError,
            RecursionError,
        ) as error:
            if isinstance(error, Invalid):
                raise
            raise Invalid(
                f"this is not a backup of Framecast, or it is damaged ({type(error).__name__})"
            ) from None
        self.members: dict[str, dict[str, Any]] = self.manifest["members"]
        if set(self.members) != set(self._infos) - {MANIFEST}:
            raise Invalid("the backup is refused: its files are not those of its manifest")

    def extract(self, member: str, target: Path) -> None:
        """Write one member to a new file with mode 0600, and check its size and its checksum.

        Raises:
            Invalid: it is damaged. OSError: the file cannot be written.
        """
        expected, digest, left = self.members[member], hashlib.sha256(), self.members[member]["bytes"]
        fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(fd, "wb") as out:
            try:
                with self._zip.open(self._infos[member]) as content:
                    while left >= 0 and (chunk := content.read(_CHUNK_BYTES)):
                        digest.update(chunk)
                        left -= len(chunk)
                        out.write(chunk)
            except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
                raise Invalid(f"the backup is damaged in {member} ({type(error).__name__})") from None
            out.flush()
            os.fsync(fd)
        if left or digest.hexdigest() != expected["sha256"]:
            raise Invalid(f"the backup is damaged in {member}: its checksum is not that of the manifest")

    def _read_manifest(self) -> bytes:
        info = self._infos.get(MANIFEST)
        if info is None or info.file_size > MAX_MANIFEST_BYTES:
            raise Invalid("this is not a backup of Framecast: it has no manifest")
        return self._zip.read(info)


def _check_members(infos: list[zipfile.ZipInfo], different: int) -> None:
    """Refuse names, kinds and sizes that no backup has."""
    if different != len(infos) or len(infos) > MAX_MEMBERS:
        raise Invalid(f"the backup is refused: it has a file twice, or more than {MAX_MEMBERS} files")
    for one in infos:
        kind = stat.S_IFMT(one.external_attr >> 16)
        if one.filename != MANIFEST and not MEMBER.fullmatch(one.filename):
            raise Invalid(
                f"the backup is refused: it has a file with the name {one.filename!r:.80}, which leads elsewhere"
            )
        if (
            kind not in (0, stat.S_IFREG)
            or one.flag_bits & 1
            or one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        ):
            raise Invalid(
                f"the backup is refused: {one.filename} is a link, a device, or packed in another way"
            )
    if sum(one.file_size for one in infos) > MAX_BYTES:
        raise Invalid(f"the backup is refused: it unpacks to more than {MAX_BYTES >> 30} GiB")


def _parsed(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict) or not isinstance(found.get("members"), dict):
        raise Invalid("this is not a backup of Framecast: its manifest has no members")
    if found.get("format") != FORMAT:
        raise Invalid(
            f"the backup has the format {found.get('format')!r:.20}, this version reads {FORMAT}: use a newer Framecast"
        )
    for one in found["members"].values():
        if (
            not isinstance(one, dict)
            or not isinstance(one.get("sha256"), str)
            or type(one.get("bytes")) is not int
        ):
            raise Invalid("the backup is refused: its manifest has a member without size or checksum")
    return found


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    return info


# --- the file itself


@contextmanager
def created(path: Path, passphrase: str | None) -> Iterator[BinaryIO]:
    """Give a file to write an archive to. It is at `path`, complete, when the block has ended without an error, and never over another file.

    Raises:
        Conflict: there is something at `path`. FramecastError: it cannot be written.
    """
    if os.path.lexists(path):
        raise Conflict(f"{path} exists: choose another name, or remove it")
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(fd, "r+b") as file:
                if passphrase is None:
                    yield file
                else:
                    with _Encrypting(file, passphrase) as out:
                        yield cast(BinaryIO, out)
                file.flush()
                os.fsync(fd)
            _place(fresh, path)
        finally:
            with suppress(OSError):
                fresh.unlink()
    except FileExistsError:
        raise Conflict(f"{path} exists: choose another name, or remove it") from None
    except OSError as error:
        raise FramecastError(f"the backup {path} cannot be written: {error.strerror or error}") from error


def _place(fresh: Path, path: Path) -> None:
    """Give a complete file its name, never over another one."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        fresh.rename(path)


def is_encrypted(file: BinaryIO) -> bool:
    """True for a backup that needs a passphrase. The place in the file stays."""
    found = file.read(len(_HEADER))
    file.seek(0)
    return found == _HEADER


def decrypt(file: BinaryIO, passphrase: str, out: BinaryIO) -> None:
    """Write the archive that is encrypted in `file`.

    Raises:
        Denied: the passphrase is not that of the backup. Invalid: the file is damaged, or something of it is missing.
    """
    file.seek(len(_HEADER))
    salt, head = file.read(pwhash.argon2id.SALTBYTES), file.read(_HEAD_BYTES)
    if len(salt) + len(head) != pwhash.argon2id.SALTBYTES + _HEAD_BYTES:
        raise Invalid("the backup is damaged: its end is missing")
    state, tag, number = bindings.crypto_secretstream_xchacha20poly1305_state(), _MESSAGE, 0
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, head, _key(passphrase, salt))
    while tag != _FINAL:
        chunk = file.read(_CHUNK_BYTES + _EXTRA)
        try:
            clear, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, chunk)
        except (CryptoError, RuntimeError, ValueError) as error:  # PyNaCl raises each of them
            if number == 0:
                raise Denied("the passphrase is not that of this backup, or the backup is damaged") from error
            raise Invalid("the backup is damaged, or its end is missing") from error
        out.write(clear)
        number += 1
    if file.read(1):
        raise Invalid("the backup is damaged: something follows its end")


class _Encrypting(io.RawIOBase):
    """A file to write to: what is written goes encrypted to another file, in chunks."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        salt = secrets.token_bytes(pwhash.argon2id.SALTBYTES)
        self._out, self._held = out, bytearray()
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        head = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, _key(passphrase, salt))
        out.write(_HEADER + salt + head)

    def writable(self) -> bool:
        """It takes bytes, and cannot go back."""
        return True

    def write(self, given: Any) -> int:  # noqa: ANN401  any buffer
        """Encrypt what fills chunks; the last one waits for `close`."""
        self._held += given
        while len(self._held) > _CHUNK_BYTES:
            self._push(bytes(self._held[:_CHUNK_BYTES]), _MESSAGE)
            del self._held[:_CHUNK_BYTES]
        return len(given)

    def close(self) -> None:
        """Write the last chunk, which is marked as such."""
        if not self.closed:
            self._push(bytes(self._held), _FINAL)
        super().close()

    def _push(self, clear: bytes, tag: int) -> None:
        self._out.write(bindings.crypto_secretstream_xchacha20poly1305_push(self._state, clear, None, tag))


def _key(passphrase: str, salt: bytes) -> bytes:
    return pwhash.argon2id.kdf(
        bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES,
        passphrase.encode(),
        salt,
        opslimit=pwhash.argon2id.OPSLIMIT_MODERATE,
        memlimit=MEMORY_BYTES,
    )
