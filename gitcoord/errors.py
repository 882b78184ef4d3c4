"""Every error that gitcoord raises on purpose.

::

    CoordError
    ├── Usage            2  the request makes no sense as it stands
    ├── Refused          1  coordination says no
    │   ├── Held            somebody else claims it, or is first in line
    │   ├── Deadlock        waiting would close a circle
    │   ├── Stale           somebody else wrote in between
    │   ├── Halted          a halt stops it
    │   ├── Unanswered      not everybody who was asked has answered in time
    │   ├── NotMine         the thing belongs to another session
    │   ├── NotFound        there is no such thing
    │   ├── Empty           nothing is there to take
    │   ├── Forbidden       it is not for this session
    │   ├── Pending         it has to wait for something else
    │   ├── Ended           it is over
    │   └── Quota           there are too many already
    └── CannotTell       3  the answer is not known
        ├── NoRepository    not inside a usable git repository
        ├── Unreadable      the state, or a file of ours, cannot be read or written
        │   └── TooLarge        an object is larger than the schema allows
        ├── Offline         the hub does not answer
        ├── NotDelivered    the hub answers, and does not have everything
        ├── NotCommitted    git, or a hook, ended a commit with a status of its own
        ├── Busy            another writer held the lock for too long
        └── GitFailed       the git program failed in a way nobody foresaw

An error takes data and builds its own message and hint. ``reason`` is the word that programs read (docs/reference.md);
``status`` is the exit status of the command line.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Remedy(str):
    """A hint that names commands: `steps` are those that help, each with the fields of its request.

    The command line shows the text; where a caller types no commands, the steps say what to ask.
    """

    steps: tuple[tuple[str, dict[str, object]], ...]

    def __new__(cls, text: str, *steps: tuple[str, dict[str, object]]) -> Remedy:
        """Make a hint of its text and its steps."""
        self = super().__new__(cls, text)
        self.steps = steps
        return self


class CoordError(Exception):
    """Base of all errors that a user is meant to read."""

    status = 3
    reason = "unreadable"

    def __init__(self, message: str, hint: str = "", *, answer: Any = None) -> None:
        """`answer` is the record that goes with it, where a command has one."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.answer = answer


class Usage(CoordError):
    """The request makes no sense as it stands."""

    status = 2
    reason = "usage"


class Refused(CoordError):
    """Coordination says no; nothing was changed."""

    status = 1
    reason = "held"


class Held(Refused):
    """Another session claims what was asked for, or stands first in line for it."""


class Deadlock(Refused):
    """Waiting would close a circle of waiting sessions."""


class Halted(Refused):
    """Somebody halted the work."""

    reason = "halted"


class Unanswered(Refused):
    """Not everybody who was asked has answered in time; what was recorded stays."""

    reason = "unanswered"


class NotMine(Refused):
    """The thing named belongs to another session."""

    reason = "not_mine"


class NotFound(Refused):
    """There is no such session, claim or other thing."""

    reason = "not_found"


class Empty(Refused):
    """Nothing is there to take."""

    reason = "empty"


class Forbidden(Refused):
    """It is not for this session."""

    reason = "forbidden"


class Pending(Refused):
    """It has to wait for something else."""

    reason = "pending"


class Ended(Refused):
    """It is over."""

    reason = "ended"


class Stale(Refused):
    """Somebody else wrote in between."""

    reason = "stale"


class Exists(Refused):
    """The name is given already."""

    reason = "exists"


class Quota(Refused):
    """There are too many already."""

    reason = "quota"


class CannotTell(CoordError):
    """The answer is not known, and is not guessed."""

    status = 3
    reason = "unreadable"


class NoRepository(CannotTell):
    """Not inside a git repository that gitcoord can use."""


class Unreadable(CannotTell):
    """The state or a file of ours cannot be read or written."""


class TooLarge(Unreadable):
    """An object of the coordination state is larger than the schema allows; nothing of it was inflated."""

    def __init__(self, what: str, size: int, most: int) -> None:
        super().__init__(f"{what} has {size} bytes, and {most} are allowed")


class Offline(CannotTell):
    """The hub does not answer, and nothing less would do."""

    reason = "offline"


class NotDelivered(CannotTell):
    """The hub answers, and something that was sent did not get there."""

    reason = "undelivered"


class NotCommitted(CannotTell):
    """`git commit` ended with a status of its own; git, or a hook, has said why."""

    reason = "git"

    def __init__(self, git_status: int, *, answer: Any) -> None:
        super().__init__(f"nothing was committed: git commit ended with status {git_status}", answer=answer)
        self.status = {1: 1, 129: 2, 130: 130}.get(git_status, CannotTell.status)


class Busy(CannotTell):
    """Another writer held the lock for longer than the limit."""


class GitFailed(CannotTell):
    """The git program failed; carries what was run and what it said."""

    def __init__(self, args: list[str], status: int, stderr: str) -> None:
        said = stderr.strip().splitlines()
        shown = " ".join(args[:3])
        super().__init__(f"git {shown} failed with status {status}" + (f": {said[-1]}" if said else ""))
        self.git_status = status
        self.stderr = stderr


class Stopped(BaseException):
    """Nobody waits for the answer any longer. What was begun is put in order on the way out, as at an interrupt."""
