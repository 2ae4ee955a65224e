"""What servers are given of the library: the settings of a configuration in the units that programs use. Pure; blocks for the file of a secret."""

from __future__ import annotations

from pathlib import Path

from framecast.node import database
from framecast.node.config import Config
from framecast.servers.settings import LibrarySettings, S3Settings

FOLDER_NAME = "library"
_GB = 10**9
_HOUR_S = 3600
_DAY_S = 86400


def folder_of(config: Config) -> Path:
    """Return the folder of the library, which exists once it was used."""
    return config.library.folder or (config.data_dir / FOLDER_NAME).absolute()


def library_of(config: Config) -> LibrarySettings | None:
    """Return the settings of the library, None if it is turned off.

    Raises:
        Invalid: the file with the secret of S3 cannot be read.
    """
    given = config.library
    if not given.enabled:
        return None
    return LibrarySettings(
        database=database.place_of(config),
        folder=folder_of(config),
        max_upload_bytes=round(given.max_upload_gb * _GB),
        quota_bytes=_bytes(given.quota_gb),
        daily_bytes=_bytes(given.daily_gb),
        min_free_bytes=round(given.min_free_gb * _GB),
        upload_expiry_s=round(given.upload_expiry_h * _HOUR_S),
        bin_s=round(given.bin_days * _DAY_S),
        workers=given.workers,
        has_ladder=given.ladder,
        s3=_s3(config),
    )


def _bytes(gb: float | None) -> int | None:
    return None if gb is None else round(gb * _GB)


def _s3(config: Config) -> S3Settings | None:
    s3 = config.library.s3
    if s3.bucket is None:
        return None
    return S3Settings(
        endpoint=s3.endpoint,
        bucket=s3.bucket,
        region=s3.region,
        access_key=s3.access_key,
        secret_key=config.s3_secret(),
        prefix=s3.prefix,
    )
