"""What keeps shared state from being read or written, one class a case. Names are harmless to show already."""

from __future__ import annotations

from gitcoord.errors import Exists, NotFound, Quota, Stale, Unanswered, Usage
from gitcoord.errors.refusal import NoSuch
from gitcoord.errors.remedy import Remedy, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


EXAMPLE = '[{"op": "set", "key": "phase", "path": "/0", "value": 1}]'
"""A file of changes."""


class BadChanges(Usage):
    """A file of changes that cannot be read, and why."""

    def __init__(self, why: object) -> None:
        super().__init__(f"the changes cannot be read: {why}", f"write them like {EXAMPLE}")


class NotAValue(Usage):
    """A text that is not a JSON value, and why."""

    def __init__(self, text: str, why: object) -> None:
        super().__init__(f"{text} cannot be a value: {why}", "quote a text twice: '\"text\"'")


class NoKey(NoSuch):
    """A scope without this key."""

    def __init__(self, scope: str, key: str) -> None:
        super().__init__("key", key, f"in {scope}", Remedy("see: {}", step("state get", scope)))


class NoVersion(NoSuch):
    """A scope without this version: a number, or the name of a snapshot."""

    def __init__(self, scope: str, text: object, *, named: bool = False) -> None:
        hint = Remedy("see what there is: {}", step("state history", scope) + (" --named" if named else ""))
        super().__init__("snapshot" if named else "version", text, f"of {scope}", hint)


class NoPlace(NotFound):
    """A write to a place in a value that is not there, or to a list that is none."""

    def __init__(self, scope: str, key: str) -> None:
        message = f"nothing was written: {key} in {scope} is not a list, or has no such place"
        super().__init__(message, Remedy("see: {}", step("state get", scope, key)))


class WrittenSince(Stale):
    """A scope that has another version than the one that was seen."""

    def __init__(self, scope: str, version: int) -> None:
        hint = Remedy("read it again: {}", step("state get", scope))
        super().__init__(f"{scope} was written since: it is at version {version}", hint)


class NotYetWritten(Stale):
    """A version of a scope that is expected and that nobody has written."""

    def __init__(self, scope: str, expected: int, version: int) -> None:
        hint = Remedy("read it again: {}", step("state get", scope))
        super().__init__(f"{scope} has no version {expected}: it is at version {version}", hint)


class SnapshotStands(Exists):
    """The name of a snapshot that stands for another version."""

    def __init__(self, scope: str, version: object) -> None:
        hint = Remedy("see: {}", step("state history", scope, "--named"))
        super().__init__(f"that snapshot of {scope} stands already, for version {version}", hint)


class ValueTooLarge(Quota):
    """A value that would be larger than a value may be, or one of too many."""

    def __init__(self) -> None:
        super().__init__("nothing was written: the value would be larger than a value may be, or has too many others")


class NotAcknowledged(Unanswered):
    """A version that was written, and not acknowledged by all who were asked; `names` of those."""

    def __init__(self, scope: str, version: int, names: str, *, answer: Any) -> None:
        message = f"version {version} of {scope} was written, and not acknowledged by {names}"
        super().__init__(message, Remedy("see who is there: {}", "sessions"), answer=answer)
