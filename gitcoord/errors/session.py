"""What keeps somebody from acting as a session, or a session from being ended, one class a case.

`name` and `session` are the name of a session and its id, harmless to show already.
"""

from __future__ import annotations

from gitcoord.errors import NotFound, Refused, Unreadable, Usage
from gitcoord.errors.listing import see
from gitcoord.errors.remedy import Remedy, step

_BEGIN_HERE = Remedy("start one here: {}", "start")


class ReservedName(Usage):
    """A name that means somebody else, such as everybody."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no session can be called {name!r}: the word means somebody else", "choose another name")


class LeaseTooLong(Usage):
    """A lease that is longer than leases are."""

    def __init__(self, most: str) -> None:
        super().__init__(f"a lease lasts at most {most}")


class NoSession(NotFound):
    """Nobody asks who is a session."""

    def __init__(self) -> None:
        hint = Remedy("the first claim starts one, or: {}; to act as another: --session ID", "start NAME")
        super().__init__("this is not a session yet", hint)


class SessionOver(NotFound):
    """A session that has ended, in this way."""

    def __init__(self, session: str, how: str = "") -> None:
        super().__init__(f"session {session} is over{how and f' ({how})'}", Remedy("start a new one with: {}", "start"))


class NeverWas(NotFound):
    """A name, or an id, that no session ever had; `near` is the name of one that is almost called so."""

    def __init__(self, name: str, near: str = "") -> None:
        super().__init__(f"there never was a session {name}", f"did you mean {near}?" if near else see("session"))


class NamedByVariable(NotFound):
    """A variable of the environment names a session that cannot be acted as."""

    def __init__(self, error: NotFound, variable: str) -> None:
        hint = Remedy(f"to be yourself again: unset {variable}; to start a new one: {variable}= {{}}", "start")
        super().__init__(f"{error.message}, and {variable} names it", hint)


class OfAnotherClone(NotFound):
    """A session that only another clone acts as."""

    def __init__(self, name: str, session: str) -> None:
        super().__init__(f"session {name} ({session}) is of another clone, and only that one acts as it", _BEGIN_HERE)


class GoesOnElsewhere(NotFound):
    """A session that goes on in a copy of this clone."""

    def __init__(self, name: str, session: str) -> None:
        super().__init__(f"session {name} ({session}) goes on in another clone, a copy of this one", _BEGIN_HERE)


class LogElsewhere(Unreadable):
    """A session whose log a copy of this clone writes: nothing is written to it here."""

    def __init__(self, session: str) -> None:
        message = f"session {session} goes on in another clone, a copy of this one: nothing was recorded"
        super().__init__(message, _BEGIN_HERE)


class MayLive(Refused):
    """A session that may be alive for all that this clone can know, and `why`; `until` says when it may be ended."""

    def __init__(self, name: str, why: str = "", until: str = "") -> None:
        hint = until or Remedy("see what it does: {}", "sessions")
        super().__init__(f"{name} may be alive{why and f': {why}'}", hint)


class TwoProcesses(Refused):
    """A session that may be alive was to be resumed."""

    def __init__(self, name: str, session: str) -> None:
        super().__init__(
            f"{name} ({session}) may be alive: two processes cannot be one session",
            Remedy("act as it with --session, or start one of your own", "start"),
        )


class EndsItself(Refused):
    """A session was to retire itself."""

    def __init__(self) -> None:
        super().__init__("that is this session itself", Remedy("end it with: {}", "end"))


class AlreadyYou(Refused):
    """A session that goes on was to get another name, role or work; `single`: it cannot have another beside it.

    `over` is the session with whose work it was to go on, '' for none.
    """

    def __init__(self, name: str, session: str, *, single: bool, over: str = "") -> None:
        another = Remedy("start another session under another name: {}", "start NAME")
        alone = Remedy("go on as that one; see what it holds: {}", "whoami")
        if over:
            steps = step("adopt", over), "end", step("start", "--resume", over)
            alone = Remedy("take its work up: {}, or be that one instead: {}, then {}", *steps)
        super().__init__(
            f"you are {name} ({session}) already; its name, role and work cannot be changed",
            alone if single else another,
        )
