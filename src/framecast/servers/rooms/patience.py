"""How long a client that has sent too much has to wait: it is refused here until then, without asking the database. Pure; the clock is given."""

from __future__ import annotations

from framecast.errors import WouldBlock

# Not longer, because a moderator may have changed meanwhile what the client may do.
LONGEST_S = 1.0


class Patience:
    """That of one client."""

    def __init__(self) -> None:
        self._until = 0.0
        self._over = 0.0
        self._words = ""

    def note(self, error: WouldBlock, now: float) -> None:
        """Note that the client was refused; the error says how long it has to wait, if that is known."""
        wait_s = error.fields.get("wait_s")
        if isinstance(wait_s, int | float):
            self._over = now + wait_s
            self._until, self._words = now + min(wait_s, LONGEST_S), str(error)

    def check(self, now: float) -> None:
        """Check that the wait is over.

        Raises:
            WouldBlock: it is not; the field `wait_s` says how long it still is.
        """
        if now < self._until:
            raise WouldBlock(self._words, wait_s=round(self._over - now, 3))
