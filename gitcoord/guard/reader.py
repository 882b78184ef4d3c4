"""What the judge reads: the ledger's state at one moment, through `git cat-file` (`snapshot`) or in memory.

For type checkers only: nothing imports it at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.guard.judge import Verdict
    from gitcoord.guard.sessions import Sessions


class Directory(Protocol):
    """A directory of the state. Every method raises `Unreadable` where the state is damaged."""

    def names(self) -> Iterable[str]:
        """The names of all entries."""

    def has(self, name: str) -> bool:
        """Whether it has an entry of this name."""

    def inner(self, name: str) -> Directory | None:
        """The directory of this name, None where there is none."""

    def content(self, name: str) -> bytes | None:
        """The content of the file of this name, None where there is none."""


class Reader(Protocol):
    """The state. Every method raises `Unreadable` where it is damaged."""

    def has(self, name: str) -> bool:
        """Whether the top directory has an entry of this name."""

    def directory(self, path: str) -> Directory:
        """The directory at `path`, an empty one where there is none."""

    def record(self, path: str) -> dict[str, object] | None:
        """The JSON object in the file at `path`, None where there is none."""


class Occasion(Protocol):
    """A change that is judged: what the judge asks of its caller, and only when it has to know."""

    def sessions(self) -> Sessions:
        """The sessions, and what is known here of their life."""

    def mine(self) -> Collection[str]:
        """Ids of the session that makes the change and of its ancestors; empty where no session makes it."""

    def by_person(self) -> bool:
        """Whether a person may make the change who never started a session, nor says to be one."""

    def existing(self) -> Collection[str]:
        """Those of the changed paths that were there before."""

    def permit(self, found: Verdict) -> None:
        """Take from a verdict what a pick or a squash under way takes in from those who may change it."""

    def exempt(self, paths: list[str]) -> Collection[str]:
        """Those of the paths that `.gitattributes` takes out of the guard's sight."""
