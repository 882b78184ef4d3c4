"""Who may ask: two tokens in files of the coord directory, one for everything and one for reading.

A token is read anew for each request: whoever deletes the file shuts everybody out at once.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from gitcoord.errors.storage import CannotAccess
from gitcoord.kernel import coordfile, mark

if TYPE_CHECKING:
    from pathlib import Path

Rights = Literal["all", "read"]

DIRECTORY = coordfile.SERVE
"""The directory of the coord directory with what the server keeps."""

FILES: dict[Rights, str] = {"all": "token", "read": "token-read"}

BYTES = 32

WAY_IN = "open.html"
"""The page that leads a browser to the board."""

_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>git-coord</title>
<meta http-equiv="refresh" content="0; url={0}">
<a href="{0}">Open the board</a>
"""


class Tokens:
    """The tokens of one repository."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / DIRECTORY

    def path(self, rights: Rights) -> Path:
        """Return the file of a token."""
        return self._directory / FILES[rights]

    def make(self) -> None:
        """Make the tokens that are missing, and anew those that others could read. Raises `Unreadable`."""
        try:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            for rights in FILES:
                _make(self.path(rights))
        except OSError as error:
            raise CannotAccess("write", error.filename, error.strerror) from error

    def read(self, rights: Rights) -> str:
        """Return a token; '' where its file is gone or damaged."""
        found = mark.word(self.path(rights))
        return found if len(found) == 2 * BYTES else ""

    def way_in(self, address: str) -> Path:
        """Write the page that leads a browser to the board at `address`, and return its file.

        The address of the sign-in has the token, and everybody on this machine can read what a program is started with.
        """
        goal = f"{address}/sign-in#{self.read('all')}"
        path = self._directory / WAY_IN
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(_PAGE.format(goal))
        return path

    def cookie_name(self) -> str:
        """Return the name of the cookie: cookies do not tell ports apart, so each repository has a name of its own."""
        return f"coord-{hashlib.sha256(str(self._directory).encode()).hexdigest()[:12]}"

    def cookie(self, rights: Rights) -> str:
        """Return what a browser is given for a token: nothing is kept of it here, and the token does not follow."""
        token = self.read(rights)
        return hmac.new(token.encode(), b"cookie of gitcoord", "sha256").hexdigest() if token else ""

    def of_token(self, said: str) -> Rights | None:
        """Return what the bearer of a token may do, None for nothing; in constant time."""
        return self._of(said, {rights: self.read(rights) for rights in FILES})

    def of_cookie(self, said: str) -> Rights | None:
        """Return what the bearer of a cookie may do, None for nothing; in constant time."""
        return self._of(said, {rights: self.cookie(rights) for rights in FILES})

    def _of(self, said: str, known: dict[Rights, str]) -> Rights | None:
        found: Rights | None = None
        for rights, secret in known.items():
            if secret and hmac.compare_digest(said.encode("utf-8", "surrogateescape"), secret.encode()):
                found = found or rights
        return found


def _make(path: Path) -> None:
    """Make a token where there is none that is sound and private; of two servers that do so, one wins."""
    with suppress(FileNotFoundError):
        if path.stat().st_mode & 0o077 or len(mark.word(path)) != 2 * BYTES:
            path.unlink()
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "w") as file:
            file.write(secrets.token_hex(BYTES) + "\n")
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
