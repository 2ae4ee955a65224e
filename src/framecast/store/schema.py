"""The tables of people and access. What a deployed database has is made by `migrations`; a test compares both.

Ids are random texts; times are seconds since 1970 in UTC; secrets are kept as SHA-256 digests only. Whatever belongs to an account goes with
it, except the audit log, which names it in words.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_ID = String(32)
_NAME = String(256)
_DIGEST = LargeBinary(32)


def _id() -> Column[str]:
    return Column("id", _ID, primary_key=True)


def _account(*, is_key: bool = False) -> Column[str]:
    """A row that goes with its account."""
    return Column(
        "account_id",
        _ID,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=is_key,
        index=not is_key,
    )


def _time(name: str, *, may_lack: bool = False) -> Column[float]:
    return Column(name, Double, nullable=may_lack)


# One row. A transaction that changes what somebody may do adds one to it.
changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("name", _NAME, nullable=False),
    Column("name_key", _NAME, nullable=False, unique=True),  # what two names that look the same share
    Column("display_name", _NAME, nullable=False, server_default=""),
    Column("role", String(16), nullable=False),
    Column("is_service", Boolean, nullable=False, server_default=false()),
    Column("locked", Boolean, nullable=False, server_default=false()),
    Column("password_hash", Text),
    _time("password_at", may_lack=True),
    _time("created_at"),
    _time("signed_in_at", may_lack=True),
    Index("ix_accounts_role", "role"),
)
groups = Table(
    "account_groups",
    metadata,
    _id(),
    Column("name", _NAME, nullable=False),
    Column("name_key", _NAME, nullable=False, unique=True),
    _time("created_at"),
)
members = Table(
    "group_members",
    metadata,
    Column("group_id", _ID, ForeignKey("account_groups.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", _ID, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True),
    # "local", or the issuer whose provider says so: what it no longer says goes at the next login.
    Column("source", _NAME, nullable=False, server_default="local"),
)
grants = Table(
    "grants",
    metadata,
    _id(),
    Column("subject_kind", String(16), nullable=False),  # account, group, everybody
    Column("account_id", _ID, ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
    Column("group_id", _ID, ForeignKey("account_groups.id", ondelete="CASCADE"), index=True),
    Column("right", String(16), nullable=False),
    Column("stream", String(64)),
    Column("stream_group", _NAME),
    _time("created_at"),
    Index("ix_grants_subject_kind", "subject_kind"),
    CheckConstraint(
        "(subject_kind = 'account' AND account_id IS NOT NULL AND group_id IS NULL)"
        " OR (subject_kind = 'group' AND group_id IS NOT NULL AND account_id IS NULL)"
        " OR (subject_kind = 'everybody' AND account_id IS NULL AND group_id IS NULL)",
        name="subject",
    ),
    CheckConstraint("stream IS NULL OR stream_group IS NULL", name="object"),
)
sessions = Table(
    "sessions",
    metadata,
    _id(),
    _account(),
    Column("digest", _DIGEST, nullable=False, unique=True),
    Column("address", String(64), nullable=False, server_default=""),
    Column("agent", _NAME, nullable=False, server_default=""),
    Column("factor", String(16), nullable=False, server_default="password"),
    _time("created_at"),
    _time("used_at"),
    Column("expires_at", Double, nullable=False, index=True),
)
tokens = Table(
    "tokens",
    metadata,
    _id(),
    _account(),
    Column("digest", _DIGEST, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("name", _NAME, nullable=False),
    Column("scopes", _NAME, nullable=False),
    Column("stream", String(64)),
    Column("video", String(32)),  # the only video that it opens
    _time("created_at"),
    _time("used_at", may_lack=True),
    Column("used_from", String(64), nullable=False, server_default=""),
    Column("expires_at", Double, index=True),
    # Of a shared page: the digest of its own secret, and the password's hash. `digest` is that of the media token behind it.
    Column("share_digest", _DIGEST, unique=True, index=True),
    Column("password_hash", Text),
)
# A secret in a link that is used once: an invitation, a reset of a password.
links = Table(
    "one_time_links",
    metadata,
    _id(),
    Column("digest", _DIGEST, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("account_id", _ID, ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
    Column("role", String(16)),
    Column("groups", Text, nullable=False, server_default="[]"),
    Column("created_by", _ID, ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
    _time("created_at"),
    Column("expires_at", Double, nullable=False, index=True),
)
# What waits for the second half of something: a login for its second factor, a passkey's challenge, a provider's answer.
challenges = Table(
    "challenges",
    metadata,
    _id(),
    Column("digest", _DIGEST, nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("account_id", _ID, ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
    Column("data", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column(
        "address", String(64), nullable=False, server_default="", index=True
    ),  # who asked, for a bound of each
    Column("expires_at", Double, nullable=False, index=True),
)
passkeys = Table(
    "passkeys",
    metadata,
    _id(),
    _account(),
    Column("credential_id", LargeBinary(1023), nullable=False, unique=True),
    Column("public_key", LargeBinary(2048), nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("transports", _NAME, nullable=False, server_default=""),
    Column("is_backed_up", Boolean, nullable=False, server_default=false()),
    Column(
        "rp_id", String(253), nullable=False, server_default=""
    ),  # the name of the server that it belongs to
    _time("created_at"),
    _time("used_at", may_lack=True),
)
totp = Table(
    "totp_secrets",
    metadata,
    _account(is_key=True),
    Column("secret", Text, nullable=False),
    _time("confirmed_at", may_lack=True),
    Column("last_counter", BigInteger, nullable=False, server_default="0"),  # a code counts once
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    _id(),
    _account(),
    Column("digest", _DIGEST, nullable=False),
    _time("used_at", may_lack=True),
)
identities = Table(
    "identities",
    metadata,
    _id(),
    _account(),
    Column("issuer", String(512), nullable=False),
    Column("subject", String(256), nullable=False),
    # The provider has made the account, so it decides its role; an account that was linked keeps its own.
    Column("made_account", Boolean, nullable=False, server_default=false()),
    Column("shown_name", _NAME, nullable=False, server_default=""),
    _time("created_at"),
    _time("used_at", may_lack=True),
    UniqueConstraint("issuer", "subject"),
)
curve_keys = Table(
    "curve_keys",
    metadata,
    Column("public_key", String(40), primary_key=True),
    _account(),
    Column("name", _NAME, nullable=False),
    Column("scopes", _NAME, nullable=False, server_default=""),  # empty: all
    _time("created_at"),
)
uids = Table(
    "uids",
    metadata,
    Column("uid", BigInteger, primary_key=True, autoincrement=False),
    _account(),
    _time("created_at"),
)
# Streams that were added by people. Without an owner they belong to the admins.
streams = Table(
    "streams",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", _ID, ForeignKey("accounts.id", ondelete="RESTRICT"), index=True),
    Column("spec", Text, nullable=False),  # JSON; how its secrets are sealed is the node's matter
    _time("created_at"),
    _time("changed_at"),
)
# Buckets that leak: how many failures of an address, of an account, of both together.
failures = Table(
    "login_failures",
    metadata,
    Column("bucket", String(64), primary_key=True),
    Column("level", Double, nullable=False),
    Column("changed_at", Double, nullable=False, index=True),
)
audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False, index=True),
    Column("account_id", _ID, index=True),  # of the one who acted; no key: the row outlives the account
    Column("who", _NAME, nullable=False),
    Column("address", String(64), nullable=False, server_default=""),
    Column("what", String(64), nullable=False, index=True),
    Column("target", _NAME, nullable=False, server_default=""),
    Column("result", _NAME, nullable=False),
)
