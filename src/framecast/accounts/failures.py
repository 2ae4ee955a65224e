"""Failed logins: buckets that leak, in the database, so that all servers count together.

One bucket is strict: that of an address and an account together. That of an account alone only slows the answers, because everybody can fill
it; that of an address alone is wide, and does not hold for an account that has signed in from there before. A login is counted before its
password is looked at, so that many at once are not one, and is taken back when it was right. Names that no account has count like others.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from framecast.model.host import bucket_of
from framecast.store.schema import failures, sessions

MAX_ROWS = 20_000
MOST_DELAY_S = 4.0
MOST_WAIT_S = 3600.0
_LOCK = 0x6C6F67696E  # of PostgreSQL's advisory locks


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many failures are free, and how many seconds forgive one."""

    free: int
    refill_s: float


PAIR = Bucket(5, 60.0)
ADDRESS = Bucket(50, 10.0)
ACCOUNT = Bucket(10, 30.0)
SECOND = Bucket(10, 60.0)  # codes of one account: only somebody who knows its password gets here


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a login is allowed: it must wait if `wait_s`, its answer is held back for `delay_s`. `keys` are the buckets that count it."""

    wait_s: float = 0.0
    delay_s: float = 0.0
    keys: tuple[str, ...] = ()


def reserve(
    connection: Connection, now: float, address: str, name_key: str, account: str | None
) -> Reservation:
    """Count a login by password as failed, unless it must wait."""
    _alone(connection)
    place = bucket_of(address)
    pair, alone, by_address = _key("pair", place, name_key), _key("account", name_key), _key("address", place)
    wait_s = _wait_s(connection, pair, PAIR, now)
    is_known = account is not None and _is_known(connection, account, address)
    if not is_known:
        wait_s = max(wait_s, _wait_s(connection, by_address, ADDRESS, now))
    if wait_s:
        return Reservation(wait_s)
    add(connection, pair, PAIR, now)
    add(connection, by_address, ADDRESS, now)
    above = add(connection, alone, ACCOUNT, now) - ACCOUNT.free
    _bound(connection)
    delay_s = 0.0 if is_known or above <= 0 else min(MOST_DELAY_S, 0.25 * 2 ** min(above, 10))
    return Reservation(0.0, delay_s, (pair, by_address, alone))


def release(connection: Connection, reservation: Reservation, *, was_right: bool) -> None:
    """Take a login back: it was right, or was not looked at."""
    _alone(connection)
    if was_right and reservation.keys:
        connection.execute(delete(failures).where(failures.c.bucket == reservation.keys[0]))
    connection.execute(
        update(failures).where(failures.c.bucket.in_(reservation.keys)).values(level=failures.c.level - 1)
    )


def reserve_second(connection: Connection, now: float, account: str) -> float:
    """Count a code as wrong; return for how long the account must wait, 0 if the code may be looked at."""
    _alone(connection)
    key = _key("second", account)
    wait_s = _wait_s(connection, key, SECOND, now)
    if not wait_s:
        add(connection, key, SECOND, now)
    return wait_s


def release_second(connection: Connection, account: str) -> None:
    """Forget the wrong codes of an account: one was right."""
    connection.execute(delete(failures).where(failures.c.bucket == _key("second", account)))


def _alone(connection: Connection) -> None:
    """Let one transaction count at a time: logins at once must not read the same level. In SQLite a transaction that writes is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def add(connection: Connection, key: str, bucket: Bucket, now: float) -> float:
    """Count one failure; return the level."""
    level = _level(connection, key, bucket, now) + 1
    changed = update(failures).where(failures.c.bucket == key).values(level=level, changed_at=now)
    if not connection.execute(changed).rowcount:
        connection.execute(insert(failures).values(bucket=key, level=level, changed_at=now))
    return level


def _wait_s(connection: Connection, key: str, bucket: Bucket, now: float) -> float:
    level = _level(connection, key, bucket, now)
    return 0.0 if level < bucket.free else min(MOST_WAIT_S, (level - bucket.free + 1) * bucket.refill_s)


def _level(connection: Connection, key: str, bucket: Bucket, now: float) -> float:
    found = connection.execute(select(failures).where(failures.c.bucket == key)).first()
    return (
        0.0 if found is None else max(0.0, found.level - max(0.0, now - found.changed_at) / bucket.refill_s)
    )


def _is_known(connection: Connection, account: str, address: str) -> bool:
    """Whether the account has a session from this address."""
    query = (
        select(sessions.c.id).where(sessions.c.account_id == account, sessions.c.address == address).limit(1)
    )
    return address != "" and connection.execute(query).first() is not None


def _bound(connection: Connection) -> None:
    """Forget the buckets that were filled longest ago if there are too many."""
    count = connection.execute(select(func.count()).select_from(failures)).scalar_one()
    if count > MAX_ROWS:
        oldest = select(failures.c.bucket).order_by(failures.c.changed_at).limit(count - MAX_ROWS * 9 // 10)
        connection.execute(delete(failures).where(failures.c.bucket.in_(oldest)))


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()
