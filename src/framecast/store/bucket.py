"""Objects in a bucket of an S3 server, by obstore. See `store.objects` for what every method promises.

A request that fails for a reason that may pass is tried again for `RETRY_S`. Large files go up in parts; parts of a process that dies stay in the bucket until
its rule for unfinished uploads removes them (docs/how-to/library.md).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore import exceptions
from obstore.store import S3Store

from framecast.errors import Broken, Denied, FramecastError, Invalid, NotFound
from framecast.model.library_layout import check_key
from framecast.store.objects import Entry, check_range, full_error, missing

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig, S3Config

RETRY_S = 20.0
_PART_BYTES = 16 << 20  # of a file that goes up; S3 takes 10,000 parts
_AT_ONCE = 4
_MIN_CHUNK = 4 << 20
_DELETE_AT_ONCE = 1000
# What S3 answered: obstore passes on the status and the code of an error in its text only.
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_DENIED = (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError)


class BucketObjects:
    """Objects in a store of obstore, in which keys may begin with a prefix."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, content: bytes) -> None:
        """Store an object in one request."""
        with _translated(check_key(key)):
            obstore.put(self._store, key, content, use_multipart=False)

    def put_file(self, key: str, path: Path) -> None:
        """Store a copy of a file, in parts where it is large."""
        check_key(key)
        if not path.is_file():
            raise missing(str(path))
        with _translated(key):
            obstore.put(self._store, key, path, chunk_size=_PART_BYTES, max_concurrency=_AT_ONCE)

    def take_file(self, key: str, path: Path) -> None:
        """Store a file and remove it."""
        self.put_file(key, path)
        path.unlink(missing_ok=True)

    def fetch(self, key: str, path: Path) -> None:
        """Write the content of an object into a new file; what a failure leaves of it is removed."""
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(fd, "wb") as file, _translated(check_key(key)):
                for chunk in obstore.get(self._store, key).stream(min_chunk_size=_MIN_CHUNK):
                    file.write(chunk)
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes of a range."""
        check_range(start, end)
        size = self.size(key)  # a range behind the end is an error of S3, and empty here
        end = size if end is None else min(end, size)
        if start >= end:
            return b""
        with _translated(key):
            return bytes(obstore.get_range(self._store, key, start=start, end=end))

    def size(self, key: str) -> int:
        """Return the size of an object."""
        with _translated(check_key(key)):
            return obstore.head(self._store, key)["size"]

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Return the objects below a prefix."""
        with _translated(check_key(prefix)):
            for page in obstore.list(self._store, f"{prefix}/"):
                for one in page:
                    yield Entry(one["path"], one["size"], one["last_modified"].timestamp())

    def keys(self, prefix: str) -> Iterator[str]:
        """Return the keys below a prefix."""
        return (entry.key for entry in self.entries(prefix))

    def delete(self, prefix: str) -> int:
        """Delete the object with this key and all below it."""
        found = list(self.keys(prefix))
        with suppress(NotFound):
            self.size(prefix)
            found.append(prefix)
        with _translated(prefix):
            for start in range(0, len(found), _DELETE_AT_ONCE):
                obstore.delete(self._store, found[start : start + _DELETE_AT_ONCE])
        return len(found)

    def local_path(self, key: str) -> None:
        """Return None: there are no files."""
        check_key(key)

    def free_bytes(self) -> None:
        """Return None: a bucket has no limit that is known."""

    def sweep(self) -> None:
        """Do nothing: unfinished uploads of parts are a matter of the bucket's rules."""


def s3_objects(
    bucket: str,
    *,
    endpoint: str | None,
    region: str,
    access_key: str | None,
    secret_key: str | None,
    prefix: str,
) -> BucketObjects:
    """Return the objects in a bucket. No request is made yet.

    Without keys those of the environment or of the machine count.

    Raises:
        Invalid: the settings make no address.
    """
    config: S3Config = {"region": region}
    if access_key is not None and secret_key is not None:
        config |= {"access_key_id": access_key, "secret_access_key": secret_key}
    client: ClientConfig = {"connect_timeout": timedelta(seconds=5)}
    if endpoint is not None:
        config["endpoint"] = endpoint
        client["allow_http"] = endpoint.startswith("http://")
    retry: RetryConfig = {"max_retries": 5, "retry_timeout": timedelta(seconds=RETRY_S)}
    try:
        return BucketObjects(
            S3Store(bucket, prefix=prefix or None, config=config, client_options=client, retry_config=retry)
        )
    except exceptions.BaseError:
        raise Invalid(
            "the settings library.s3 make no address of a bucket: check endpoint, bucket and region"
        ) from None


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Turn errors of obstore into ours. No message of the server is passed on: it may name an address with a signature."""
    try:
        yield
    except (exceptions.NotFoundError, FileNotFoundError) as error:
        raise (_failure(error, key) if _CODE.search(f"{error}") else missing(key)) from error
    except _DENIED as error:
        raise _denied() from error
    except exceptions.BaseError as error:
        raise _failure(error, key) from error
    except OSError as error:
        raise Broken(f"the object {key!r:.120} cannot be used: {error.strerror}") from error


def _failure(error: Exception, key: str) -> FramecastError:
    """The error for what S3 has answered: obstore chooses its class by the request, too, and not by the answer alone."""
    text = f"{error}"
    status, code = ((found := pattern.search(text)) and found.group(1) for pattern in (_STATUS, _CODE))
    if code == "NoSuchKey":
        return missing(key)
    if code == "NoSuchBucket":
        return _no_bucket()
    if status in ("401", "403"):
        return _denied()
    if status == "507" or code == "QuotaExceeded":
        return full_error(f"the object {key!r:.120}")
    return Broken(f"the S3 server does not work, or does not answer, at the object {key!r:.120}")


def _no_bucket() -> Broken:
    return Broken("the bucket of library.s3.bucket does not exist on the S3 server: create it")


def _denied() -> Denied:
    return Denied(
        "the S3 server refuses the access key: check library.s3.access_key, library.s3.secret_key and the rights on the bucket"
    )
