"""How a task ends if it does not succeed: the file is refused, which is final; everything else is `Broken` and may be tried again."""

from __future__ import annotations

from framecast.errors import Invalid


class Refused(Invalid):
    """The file is not accepted. The message is one sentence for its owner: what was found, what is accepted, what to do."""
