"""The access log: what was read or done through the server, one JSON object a line, kept in this clone."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitcoord.interfaces.http.tokens import DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path

MOST = 8 << 20
"""Bytes after which the log begins anew; the one before it is kept."""

LONGEST = 512
"""Characters of a path that are written down."""


class AccessLog:
    """The log of one repository. Several servers may write to it: each line is one write."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / DIRECTORY / "access.log"

    def write(
        self, rights: str, session: str, method: str, path: str, status: int, seconds: float, phase: str = ""
    ) -> None:
        """Add a line; `phase` is `begin` or `end` of what has a line for each.

        A disk that is full, or a repository that is gone, stops nobody.
        """
        said = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "rights": rights,
            "session": session[:LONGEST],
            "method": method,
            "path": path[:LONGEST],
            "status": status,
            "ms": round(seconds * 1000, 1),
        } | ({"phase": phase} if phase else {})
        with suppress(OSError):
            self._rotate()
            fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, json.dumps(said).encode() + b"\n")
            finally:
                os.close(fd)

    def _rotate(self) -> None:
        with suppress(FileNotFoundError):
            if self._path.stat().st_size > MOST:
                self._path.replace(self._path.with_name("access.log.old"))
