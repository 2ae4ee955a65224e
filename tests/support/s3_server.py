"""A real S3 server on loopback, versitygw: it checks signatures, so a wrong secret is refused. Built once by Go, if there is one."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest

from framecast.store.bucket import BucketObjects, s3_objects
from tests.support.media_files import CACHE
from tests.support.ports import free_port
from tests.support.waiting import until

_PROGRAM = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
ACCESS_KEY, SECRET_KEY, BUCKET = "framecast", "right-secret", "videos"


class S3Server:
    """A server that listens on `port`, with one empty bucket."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"

    def objects(self, secret: str = SECRET_KEY, bucket: str = BUCKET, prefix: str = "") -> BucketObjects:
        return s3_objects(
            bucket,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key=ACCESS_KEY,
            secret_key=secret,
            prefix=prefix,
        )


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Run a server that keeps its objects in `folder`."""
    (folder / BUCKET).mkdir(parents=True)
    port = free_port()
    keys = {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}
    command = [_program(), "--port", f"127.0.0.1:{port}", "posix", str(folder)]
    process = subprocess.Popen(
        command, env={**os.environ, **keys}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: process.poll() is None and _answers(port), "the S3 server listens")
        yield S3Server(port)
    finally:
        process.terminate()
        process.wait(60)


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _program() -> str:
    """Return the path of the server: the system's, or one that is built here."""
    folder = CACHE.parent / "go"
    found = which("versitygw") or str(folder / "versitygw")
    if not Path(found).exists():
        go = which("go")
        if go is None:
            pytest.skip("this test needs versitygw, or Go to build it")
        subprocess.run([go, "install", _PROGRAM], env={**os.environ, "GOBIN": str(folder)}, check=True)
    return found
