"""The store of objects that the settings of a server name. The libraries behind it are imported with the first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from framecast.servers.settings import LibrarySettings

if TYPE_CHECKING:
    from framecast.store.objects import Objects


def open_objects(library: LibrarySettings) -> Objects:
    """Return the store of the library: its folder, or a bucket. Nothing is read or made yet; any thread.

    Raises:
        Invalid: the settings make no address of a bucket.
    """
    s3 = library.s3
    if s3 is None:
        folder: Objects = import_module("framecast.store.objects").FolderObjects(library.folder)
        return folder
    bucket: Objects = import_module("framecast.store.bucket").s3_objects(
        s3.bucket,
        endpoint=s3.endpoint,
        region=s3.region,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        prefix=s3.prefix,
    )
    return bucket
