"""The table of the settings of `library`: stored videos, where they are kept and what may be uploaded. Pure values and checks, as `settings`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from framecast.errors import Invalid
from framecast.model.library_layout import check_key
from framecast.model.setting import Change, setting
from framecast.model.text import check_text

_LONGEST = 4096  # characters of a secret
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,32}")
_MOST_GB = 1_000_000
_MOST_WORKERS = 64


def _endpoint(endpoint: str | None) -> str | None:
    if endpoint is None:
        return None
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    is_plain = not parts.query and not parts.fragment and parts.username is None
    if parts.scheme not in ("http", "https") or not host or not is_plain:
        raise Invalid("must be the address of an S3 server, such as 'https://s3.example'")
    return endpoint.rstrip("/")


def _bucket(bucket: str | None) -> str | None:
    if bucket is not None and not _BUCKET.fullmatch(bucket):
        raise Invalid("must be the name of a bucket: 3 to 63 small letters, digits, dots and hyphens")
    return bucket


def _region(region: str) -> str:
    if not _REGION.fullmatch(region):
        raise Invalid("must be a region such as 'eu-central-1'")
    return region


def _prefix(prefix: str) -> str:
    bare = prefix.strip("/")
    return check_key(bare) if bare else ""


def _secret(secret: str | None) -> str | None:
    return None if secret is None else check_text("it", secret, _LONGEST)


def _folder(folder: Path | None) -> Path | None:
    return None if folder is None else folder.expanduser().absolute()


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Config:
    """Key `library.s3`: an object store with the S3 protocol for the stored videos."""

    endpoint: str | None = setting(
        None,
        "Address of the S3 server, such as `https://s3.example`",
        check=_endpoint,
        default_text="that of Amazon",
    )
    bucket: str | None = setting(None, "Bucket in which videos are stored; it turns S3 on", check=_bucket)
    region: str = setting("us-east-1", "Region of the bucket", check=_region)
    access_key: str | None = setting(None, "Id of the access key", is_secret=True, check=_secret)
    secret_key: str | None = setting(None, "Secret of the access key", is_secret=True, check=_secret)
    secret_key_file: Path | None = setting(None, "File whose first line is that secret", is_secret=True)
    prefix: str = setting("", "What the keys in the bucket begin with, such as `framecast`", check=_prefix)

    def __post_init__(self) -> None:
        if self.secret_key is not None and self.secret_key_file is not None:
            raise Invalid("secret_key and secret_key_file are the same setting: leave one out")
        has_secret = self.secret_key is not None or self.secret_key_file is not None
        if (self.access_key is not None) != has_secret:
            raise Invalid("access_key and secret_key belong together: set both or neither")
        if self.bucket is None and (self.endpoint is not None or has_secret):
            raise Invalid("bucket is missing: an S3 server needs the name of a bucket")


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryConfig:
    """Key `library`: stored videos."""

    enabled: bool = setting(
        True, "Let people upload, store and watch [videos](../how-to/library.md)", change=Change.SERVERS
    )
    folder: Path | None = setting(
        None,
        "Folder of uploads, work in progress and, without S3, the videos themselves",
        check=_folder,
        default_text="`library` in `data_dir`",
    )
    max_upload_gb: float = setting(
        32, "Largest file that may be uploaded, in GB", low=0.001, high=_MOST_GB, change=Change.SERVERS
    )
    quota_gb: float | None = setting(
        100,
        "What the videos of one person may take, in GB; `null`: no limit",
        low=0,
        high=_MOST_GB,
        change=Change.SERVERS,
    )
    daily_gb: float | None = setting(
        None,
        "What one person may upload in 24 hours, in GB; unset: no limit",
        low=0,
        high=_MOST_GB,
        change=Change.SERVERS,
    )
    min_free_gb: float = setting(
        2,
        "What uploads and conversions leave free on the disk, in GB",
        low=0,
        high=_MOST_GB,
        change=Change.SERVERS,
    )
    upload_expiry_h: float = setting(
        24,
        "Hours after which an upload that makes no progress is removed",
        low=0.01,
        high=8760,
        change=Change.SERVERS,
    )
    bin_days: float = setting(
        30, "Days for which a deleted video can be restored", low=0, high=3650, change=Change.SERVERS
    )
    workers: int | None = setting(
        None,
        "How many conversions run at the same time",
        low=0,
        high=_MOST_WORKERS,
        change=Change.SERVERS,
        default_text="half of the processors",
    )
    ladder: bool = setting(
        True,
        "Make smaller renditions, a storyboard and more of each video, after it can be played",
        change=Change.SERVERS,
    )
    s3: S3Config = S3Config()
