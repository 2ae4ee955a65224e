"""Opening a database: which URLs, which disks, which process."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, text

from framecast.errors import Broken, Closed, Conflict, Invalid
from framecast.store import open_store
from framecast.store.disk import network_disk
from framecast.store.migrations import scripts
from framecast.store.open import sqlite_url
from framecast.store.schema import metadata, streams
from framecast.store.upgrade import HEAD
from tests.store.described import is_described


def test_new_database_is_private_and_has_every_table(tmp_path: Path) -> None:
    path = tmp_path / "framecast.db"
    store = open_store(sqlite_url(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with store.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": is_described}
        )
        assert compare_metadata(context, metadata) == []
    store.close()


def test_migrations_are_one_line_that_ends_at_the_head() -> None:
    assert scripts().get_heads() == [HEAD]
    assert len(scripts().get_bases()) == 1


def test_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "framecast.db")
    store = open_store(url)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    store.close()
    with pytest.raises(Conflict, match="a newer Framecast"):
        open_store(url)


def test_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "framecast.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(Broken, match="not a database"):
        open_store(sqlite_url(path))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "framecast.db",
        "mysql://user:secret@host/x",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://host",
        "::",
    ],
)
def test_other_urls_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(Invalid, match="must be a URL such as") as refused:
        open_store(url)
    assert "secret" not in str(refused.value)


def test_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="No such file"):
        open_store(sqlite_url(tmp_path / "none" / "framecast.db"))


MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:40 / /mnt/my\040nas rw,relatime shared:2 - nfs4 nas:/export rw
41 40 8:2 / /mnt/my\040nas/disk rw,relatime - ext4 /dev/sdb1 rw
42 22 0:42 / /media/share rw - cifs //nas/share rw
43 22 0:43 / /media/share rw - ext4 /dev/sdc1 rw
44 22 0:44 / /media/ssh rw - fuse.sshfs user@host:/ rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/framecast", None),
        ("/mnt/my nas/framecast", "nfs4"),
        ("/mnt/my nas/disk/framecast", None),
        ("/mnt/my nasty", None),
        ("/media/share/x", None),  # the later mount hides the earlier one
        ("/media/ssh", "fuse.sshfs"),
    ],
)
def test_network_file_systems_are_known_by_the_mount_that_counts(path: str, kind: str | None) -> None:
    assert network_disk(Path(path), MOUNTS) == kind


def test_folder_on_a_network_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framecast.store.open.network_disk", lambda _path: "nfs4")
    with pytest.raises(Invalid, match=r"network file system \(nfs4\).*data_dir.*PostgreSQL"):
        open_store(sqlite_url(tmp_path / "framecast.db"))


def test_store_belongs_to_the_process_that_opened_it(tmp_path: Path) -> None:
    store = open_store(sqlite_url(tmp_path / "framecast.db"))
    child = os.fork()
    if child == 0:
        try:
            store.change_number()
        except Closed:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.change_number() == 0
    store.close()
    with pytest.raises(Closed, match="was closed"):
        store.change_number()


def test_failed_change_leaves_nothing_and_breaks_no_rule(tmp_path: Path) -> None:
    store = open_store(sqlite_url(tmp_path / "framecast.db"))
    with pytest.raises(Conflict), store.change() as connection:
        connection.execute(
            insert(streams).values(name="cam", owner="nobody", spec="{}", created_at=0, changed_at=0)
        )
    assert store.change_number() == 0
    with store.change():
        pass
    assert store.change_number() == 1
    store.close()
