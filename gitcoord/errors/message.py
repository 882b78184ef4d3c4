"""What keeps a message from being sent or read, one class a case. Names are harmless to show already."""

from __future__ import annotations

from gitcoord.errors import NotFound, NotMine, Unreadable, Usage
from gitcoord.errors.remedy import Remedy


class NotAText(Usage):
    """A body that would be far larger in the ledger than it is."""

    def __init__(self) -> None:
        super().__init__("a body with so many control characters is not a text", "attach it as a file: --attach FILE")


class ReservedType(Usage):
    """A type that only gitcoord's own messages have."""

    def __init__(self, name: str) -> None:
        hint = Remedy("choose another word; to acknowledge: {}", "ack ID")
        super().__init__(f"only gitcoord itself sends messages of the type {name}", hint)


class TooMuchAttached(Usage):
    """A file that makes a message larger than `most`."""

    def __init__(self, path: object, most: str) -> None:
        super().__init__(
            f"a message has at most {most} with its files, and {path} is too much",
            "commit what is large, and send its commit id",
        )


class NamesNobody(Usage):
    """An address whose word is missing; `example` is a whole one."""

    def __init__(self, to: str, example: str) -> None:
        super().__init__(f"{to!r} names nobody", f"say which: {example}")


class ReaderOver(NotFound):
    """A session that is over, and its name where it had another one than its id."""

    def __init__(self, session: str, name: str = "") -> None:
        hint = f"whoever bears its name next gets what is sent to {name!r}" if name else ""
        super().__init__(f"session {session} is over", hint)


class NotToYou(NotMine):
    """A message that was sent to somebody else."""

    def __init__(self, message: str, to: str) -> None:
        super().__init__(f"message {message} was sent to {to}, not to you")


class NotMarked(Unreadable):
    """A directory that cannot be written to, so that nothing counts as read."""

    def __init__(self, path: object, why: object) -> None:
        hint = Remedy("read them all the same: {}", "inbox --peek")
        super().__init__(f"cannot mark messages as read: {path}: {why}", hint)
