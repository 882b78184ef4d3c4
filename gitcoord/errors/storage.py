"""Files and state that cannot be read or written, one class a case (`Unreadable` and others, status 3). Light."""

from __future__ import annotations

from gitcoord.errors import Busy, Offline, Unreadable
from gitcoord.errors.remedy import Remedy


class CannotAccess(Unreadable):
    """The system refuses to `verb` a path: `why` is what it says."""

    def __init__(self, verb: str, path: object, why: object, hint: str = "") -> None:
        super().__init__(f"cannot {verb} {path}: {why}", hint)


class NothingRecorded(Unreadable):
    """An operation was not recorded, and nothing was changed."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(f"nothing was recorded: {why}", hint)


class LedgerDamaged(Unreadable):
    """The ledger holds what no ledger should hold."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the ledger is damaged: {what}", Remedy("{} says what is wrong and how to mend it", "doctor"))


class StateDamaged(Unreadable):
    """A file of the ledger's state cannot be read as it should be."""

    def __init__(self, path: str, how: str = "is damaged") -> None:
        super().__init__(f"{path} of the ledger's state {how}", Remedy("{}", "doctor"))


class NotALedger(Unreadable):
    """A ref names something that is not a ledger."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"{ref} names something that is not a ledger", Remedy("{} brings it back", "init"))


class Newer(Unreadable):
    """A file was written by a newer gitcoord."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} was written by a newer gitcoord", "upgrade gitcoord")


class NotSetUp(Unreadable):
    """A repository where gitcoord was not set up."""

    def __init__(self, what: object) -> None:
        super().__init__(f"{what} is not set up for gitcoord", Remedy("set it up with: {}", "init"))


class BadLog(Unreadable):
    """A commit that should be an event of a session's log, and is not; `how` says what is wrong."""

    def __init__(self, oid: str, how: str) -> None:
        super().__init__(f"commit {oid} is not an event: {how}")


class BadSequence(Unreadable):
    """A sequencing commit that breaks a bound of the schema."""

    def __init__(self, how: str) -> None:
        super().__init__(f"a sequencing commit {how}")


class IndexLocked(Busy):
    """Another git holds the index of a worktree."""

    def __init__(self, lock: object, hint: str = "") -> None:
        super().__init__(f"another git holds the index: {lock} is there", hint)


class NoAnswer(Offline):
    """The hub does not answer; `said` is what git said of it."""

    def __init__(self, hub: str, said: str, hint: str = "try again later") -> None:
        super().__init__(f"the hub {hub} does not answer: {said or 'no reason given'}", hint)
