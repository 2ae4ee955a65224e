"""The file object that FFmpeg reads an uploaded file through: it stops when the check has used its computing time.

A file that makes a demuxer read for ever ends here, whatever else it does; loops without reading end at the limit of the process. One thread.
"""

from __future__ import annotations

import signal
import time
from typing import BinaryIO

from framecast.processing.outcome import Refused

# Of the time that is left to the process. The rest is for the pictures that have been read then.
_SHARE = 0.7
_USUAL_S = 1.0


class BoundedReader:
    """Reads `file` until this process has used most of the computing time that it has left; a process without a limit has a second."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        left, _ = signal.getitimer(signal.ITIMER_PROF)
        self._begun = time.process_time()
        self._until = self._begun + (left * _SHARE or _USUAL_S)

    @property
    def is_spent(self) -> bool:
        """True if nothing is read any more."""
        return time.process_time() > self._until

    @property
    def is_half_spent(self) -> bool:
        """True if half of the time is used: what is only useful is left out."""
        return time.process_time() > (self._begun + self._until) / 2

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the file.

        Raises:
            Refused: the time is used up.
        """
        if self.is_spent:
            raise Refused(
                "the description of this file takes too long to read, because it is damaged or unusually large: copy it into a new file, "
                "for example with 'ffmpeg -i FILE -c copy new.mp4', and upload that"
            )
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file and return it."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file."""
        return self._file.tell()
