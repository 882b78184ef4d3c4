"""Telling a call that its asker has gone."""

from __future__ import annotations

import os
from contextlib import suppress


class Stop:
    """Ends the waiting of a call that runs on another thread: its surroundings watch `fd`."""

    def __init__(self) -> None:
        self.fd, self._end = os.pipe()

    def set(self) -> None:
        """Let the call stop where it waits."""
        with suppress(OSError):  # the call has ended by itself
            os.write(self._end, b".")

    def close(self) -> None:
        """Close both ends."""
        os.close(self.fd)
        os.close(self._end)
