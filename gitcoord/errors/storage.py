"""Files and state that cannot be read or written, one class a case (`Unreadable` and others, status 3). Light."""

from __future__ import annotations

import errno

from gitcoord.errors import Busy, Offline, Unreadable
from gitcoord.errors.remedy import Remedy


class CannotAccess(Unreadable):
    """The system refuses to `verb` a path: `why` is what it says."""

    def __init__(self, verb: str, path: object, why: object, hint: str = "") -> None:
        super().__init__(f"cannot {verb} {path}: {why}", hint)


class IdUnread(CannotAccess):
    """The file with the clone's id, where it was looked for in passing."""

    def __init__(self, path: object, why: object) -> None:
        super().__init__("read", path, why, Remedy("{}", "doctor"))


class RecordUnread(CannotAccess):
    """The record of what `init` changed."""

    def __init__(self, path: object, why: object) -> None:
        hint = Remedy("delete it and run {}, which finds its hooks by their text", "init")
        super().__init__("read", path, why, hint)


class SetupForbidden(CannotAccess):
    """A file that `init` has to write."""

    def __init__(self, path: object, why: object) -> None:
        super().__init__("write", path, why, Remedy("a sandbox may forbid it: run {} outside of it", "init"))


class OutOfPlace(CannotAccess):
    """A file of the coordination state that cannot be read or written, met where nobody foresaw it."""

    def __init__(self, path: object, why: object) -> None:
        hint = Remedy("{} names what is damaged, {} mends it", "doctor", "init")
        super().__init__("read or write", path, why, hint)


class SystemRefused(Unreadable):
    """The system refused to read or write, met where nobody foresaw it: what was begun may be done.

    `path` is the file, None where it is not known: the program's own output, perhaps.
    """

    def __init__(self, path: object, why: object) -> None:
        where = f" {path}" if path else ""
        hint = Remedy("the command may have taken effect: see {}", "log")
        super().__init__(f"cannot read or write{where}: {why}", hint)


_MISPLACED = (errno.EISDIR, errno.ENOTDIR, errno.ELOOP)
_REFUSED = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ESTALE, errno.ENOLCK),
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM),
)


def is_misplaced(error: OSError) -> bool:
    """Whether something else stands in a file's place, not: the system does not let us read the file just now.

    Only the former is damage that may be put right: what could not be read may be sound, or another user's.
    """
    return error.errno in _MISPLACED


def of_system(error: OSError) -> Unreadable | None:
    """Return the case of what the system said where nobody foresaw it; None for what must be a bug of ours."""
    if is_misplaced(error) and "/coord/" in str(error.filename):
        return OutOfPlace(error.filename, error.strerror)
    if error.errno in _REFUSED:
        return SystemRefused(error.filename, error.strerror)
    return None


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


class LedgerGone(Unreadable):
    """The ledger of a repository that is set up is not there."""

    def __init__(self) -> None:
        super().__init__("the ledger of this repository is gone", Remedy("{} brings it back", "init"))


class OtherSchema(Unreadable):
    """A ledger that this program may read, and must not extend."""

    def __init__(self, schema: object, known: int) -> None:
        message = f"the ledger has schema {schema}, this gitcoord knows {known}: it reads, and records nothing"
        super().__init__(message, "upgrade gitcoord")


class TooManyEvents(Unreadable):
    """A log that is further ahead of the ledger than is read at once."""

    def __init__(self, session: str, most: int) -> None:
        super().__init__(f"the log of {session} has more than {most} events to merge")


class WrongKind(Unreadable):
    """An object of another kind than it should be."""

    def __init__(self, oid: str, found: str, kind: str) -> None:
        super().__init__(f"object {oid} is a {found} where a {kind} should be")


class MalformedObject(Unreadable):
    """An object of the coordination state (commit, tree) that breaks git's own form."""

    def __init__(self, kind: str, oid: str = "") -> None:
        super().__init__(f"{kind} {oid} of the coordination state is malformed".replace("  ", " "))


class ObjectDamaged(Unreadable):
    """An object that cannot be read."""

    def __init__(self, oid: str) -> None:
        hint = Remedy("{} names what it holds", "doctor --full")
        super().__init__(f"object {oid} of the coordination state is missing or damaged", hint)


class GitEnded(Unreadable):
    """A git that was to answer ended without a word."""

    def __init__(self, command: str) -> None:
        hint = Remedy("{} says what is wrong and how to mend it", "doctor")
        super().__init__(f"git {command} ended without an answer", hint)


class KeepsLock(Unreadable):
    """A lock file that another program keeps, in git's words."""

    def __init__(self, said: str) -> None:
        hint = "if no program uses it, delete that .lock file"
        super().__init__(f"another program keeps a lock: {said}", hint)


class StoreGone(Unreadable):
    """The repository in which the ledger was kept is not there."""

    def __init__(self, path: object) -> None:
        super().__init__(f"the store {path} is gone", Remedy("{} makes it anew, or put it back", "init"))


class CopiedClone(Unreadable):
    """A clone that bears the id of the one that it was copied from."""

    def __init__(self, directory: object) -> None:
        hint = Remedy("give this one an id of its own: {}", "init")
        super().__init__(f"{directory} was copied from another clone, and bears its id", hint)


class LockHeld(Busy):
    """Another process of gitcoord has done something alone for so many seconds; `pid` is '' where it is not known."""

    def __init__(self, pid: str, done: str, seconds: float) -> None:
        message = f"another gitcoord process (pid {pid or 'unknown'}) has {done} for {seconds:.0f} seconds"
        super().__init__(message, f"look at it with: ps -p {pid}" if pid else "")


class DatabaseBusy(Busy):
    """Another process has been writing a database of ours for so many seconds."""

    def __init__(self, path: object, seconds: float) -> None:
        super().__init__(f"another process has been writing {path} for {seconds:.0f} seconds")


class HistoryUnread(Busy):
    """The history of this clone, of so many operations, has not been read yet, and the caller does not wait for it."""

    def __init__(self, operations: int) -> None:
        message = f"the history here is read for the first time: {operations} operations"
        super().__init__(message, "ask again in a moment")


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


class NotAgreed(Offline):
    """There was no agreement with a hub that answers, or that was not asked."""

    def __init__(self, hub: str, said: str) -> None:
        super().__init__(f"no agreement with the hub {hub} yet: {said}", "try again later")


class NoAnswer(Offline):
    """The hub does not answer; `said` is what git said of it."""

    def __init__(self, hub: str, said: str, hint: str = "try again later") -> None:
        super().__init__(f"the hub {hub} does not answer: {said or 'no reason given'}", hint)
