"""The accounts of the node as a server sees them: on threads of their own, behind a cache of the credentials that were shown.

Made only if the node has a database; the module of accounts is imported with the first use. `known` and the cache belong to the event
loop and do no I/O; `call` and `identify` wait for a thread. What is known counts for `LOOK_S` after a look at the change number of the
database: so a credential that was ended opens nothing any more after that, also if the notice of the change was lost.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from framecast.servers.access.credential import (
    Credential,
    LinkToken,
    LocalUser,
    ProxyName,
    PublicKey,
    SessionCookie,
    ShownToken,
)
from framecast.servers.access.crew import Crew
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.access.refusal import Reason, Refusal

if TYPE_CHECKING:
    from framecast.accounts import Accounts, Identity

T = TypeVar("T")
Outcome = Principal | Refusal

LOOK_S = 0.5
# A credential in use is looked for again after this long, so that the database knows when and from where it was used last.
USED_S = 60.0
MAX_KNOWN = 4096  # credentials whose principals are remembered, and as many that were refused
_THREADS = 3
# Sign-ins have threads of their own: as many as passwords are computed at once, and the same bound (AT_ONCE and MAX_WAITING of `accounts.passwords`).
_SIGN_IN_THREADS, _MOST_SIGN_INS = 2, 18
# No secret of the accounts is longer: other texts need no look into the database.
_MAX_CHARS = 256
# The credentials whose use the database notes.
_WITH_USE = (ShownToken, LinkToken, SessionCookie)
_KINDS: Mapping[str, Kind] = {
    "session": Kind.SESSION,
    "media": Kind.MEDIA,
    "key": Kind.KEY,
    "proxy": Kind.PROXY,
    "uid": Kind.USER,
}


class People:
    """The accounts in `database`, an URL of SQLAlchemy.

    `on_changed` is called on the loop after each change, with the cache empty; `announce` after each change by `call`.
    """

    def __init__(
        self, database: str, announce: Callable[[], None] = lambda: None, now: Callable[[], float] = time.time
    ) -> None:
        self.on_changed: Callable[[], None] = lambda: None
        self._announce = announce
        self._database = database
        self._now = now
        self._accounts: Accounts | None = None
        self._opening = threading.Lock()
        # Passwords take long; who somebody is must not wait behind them.
        self._work = Crew("accounts", _THREADS)
        self._looks = Crew("identities", 1)
        self._sign_ins = Crew("sign-ins", _SIGN_IN_THREADS, _MOST_SIGN_INS)
        self._admitted: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()  # and when it was asked
        self._refused: OrderedDict[bytes, Refusal] = OrderedDict()
        self._number: int | None = None  # the change number for which the cache is right
        self._looked_at = float("-inf")

    async def call(self, work: Callable[[Accounts], T], *, is_sign_in: bool = False) -> T:
        """Return what `work` returns; it gets the accounts on another thread, and may block there.

        With `is_sign_in` it computes a password for a client that is not known yet: a storm of these has threads and a bound of its own.
        A change that it makes counts on this server when this returns, and other servers get a notice of it.

        Raises:
            WouldBlock: too much waits already. FramecastError: the database cannot be opened, or what `work` raises.
        """

        def run() -> tuple[int, T, int]:
            accounts = self._open()
            before = accounts.change_number()
            return before, work(accounts), accounts.change_number()

        before, result, after = await (self._sign_ins if is_sign_in else self._work).run(run)
        self._note(after)
        if after != before:
            self._announce()
        return result

    def known(self, credential: Credential) -> Outcome | None:
        """Return who shows a credential, or why it opens nothing; None if only `identify` can say. No I/O."""
        key = _key(credential)
        if key is None:
            return _refusal(credential)
        if time.monotonic() - self._looked_at > LOOK_S:
            return None
        found = self._admitted.get(key)
        if found is None:
            return self._refused.get(key)
        principal, asked_at = found
        if isinstance(credential, _WITH_USE) and time.monotonic() - asked_at > USED_S:
            return None
        self._admitted.move_to_end(key)
        return self._in_time(principal)

    async def identify(self, credential: Credential, address: str = "") -> Outcome:
        """Return who shows a credential, or why it opens nothing. `address` is from where, for the last use of a token.

        Raises:
            WouldBlock: too many ask at once. FramecastError: the database cannot be read.
        """
        key = _key(credential)
        if key is None:
            return _refusal(credential)
        number, found = await self._looks.run(lambda: self._identify(credential, address))
        self._note(number)
        if found is None:
            refusal = self._refused[key] = _refusal(credential)
            _bound(self._refused)
            return refusal
        principal = _principal(credential, found)
        self._admitted[key] = principal, time.monotonic()
        _bound(self._admitted)
        return self._in_time(principal)

    async def look(self) -> None:
        """Read the change number; if it is another one, the cache is emptied and `on_changed` is called.

        Raises:
            FramecastError: the database cannot be read.
        """
        self._note(await self._looks.run(lambda: self._open().change_number()))

    def has_expired(self, principal: Principal) -> bool:
        """Return whether the credential of a principal has expired meanwhile."""
        return principal.expires_at is not None and principal.expires_at <= self._now()

    def close(self) -> None:
        """Take no more work. Idempotent."""
        self._work.close()
        self._sign_ins.close()
        self._looks.close()

    # --- on the loop

    def _note(self, number: int) -> None:
        is_other = self._number is not None and number != self._number
        self._number, self._looked_at = number, time.monotonic()
        if is_other:
            self._admitted.clear()
            self._refused.clear()
            self.on_changed()

    def _in_time(self, found: Principal) -> Outcome:
        return _refusal(found.credential) if self.has_expired(found) else found

    # --- on a thread

    def _open(self) -> Accounts:
        with self._opening:
            if self._accounts is None:
                # Here, because a node without accounts does without the libraries of this module.
                accounts: Accounts = import_module("framecast.accounts").open_accounts(self._database)
                self._accounts = accounts
            return self._accounts

    def _identify(self, credential: Credential, address: str) -> tuple[int, Identity | None]:
        """The change number is read first: what changes in between is noticed by the next look."""
        accounts = self._open()
        number = accounts.change_number()
        if isinstance(credential, PublicKey):
            return number, accounts.key_owner(credential.raw)
        if isinstance(credential, ProxyName):
            return number, accounts.person_named(credential.name)
        if isinstance(credential, LocalUser):
            return number, accounts.uid_owner(credential.uid)
        return number, accounts.identify(_text(credential), address)


def _text(credential: Credential) -> str:
    """Return the secret that a client shows, '' if no account can have it."""
    if isinstance(credential, (ShownToken, LinkToken)):
        return credential.text
    return credential.value if isinstance(credential, SessionCookie) else ""


def _key(credential: Credential) -> bytes | None:
    """Return by what a credential is remembered, None for one that no account can have."""
    if isinstance(credential, PublicKey):
        return credential.raw
    if isinstance(credential, ProxyName):
        name = credential.name.encode(errors="replace")
        return hashlib.sha256(b"name\0" + name).digest() if 0 < len(name) <= _MAX_CHARS else None
    if isinstance(credential, LocalUser):
        return hashlib.sha256(b"uid\0%d" % credential.uid).digest()
    text = _text(credential)
    if not 0 < len(text) <= _MAX_CHARS or not text.isascii():
        return None
    return hashlib.sha256(text.encode()).digest()


def _refusal(credential: Credential) -> Refusal:
    if isinstance(credential, PublicKey):
        return Refusal(Reason.UNKNOWN_KEY)
    if isinstance(credential, ProxyName):
        return Refusal(Reason.UNKNOWN_NAME)
    if isinstance(credential, SessionCookie):
        return Refusal(Reason.UNKNOWN_SESSION)
    if isinstance(credential, LocalUser):
        return Refusal(Reason.UNKNOWN_USER)
    return Refusal(Reason.WRONG_TOKEN if _text(credential) else Reason.NO_CREDENTIAL)


def _principal(credential: Credential, found: Identity) -> Principal:
    return Principal(
        _KINDS.get(found.kind, Kind.TOKEN),
        found.credential,
        account=found.account,
        name=found.name,
        rights=found.rights,
        expires_at=found.expires_at,
        credential=credential,
    )


def _bound(cache: OrderedDict[bytes, T]) -> None:
    while len(cache) > MAX_KNOWN:
        cache.popitem(last=False)
