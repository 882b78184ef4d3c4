"""Every error that gitcoord raises on purpose.

::

    CoordError
    ├── Usage            2  the request makes no sense as it stands
    ├── Refused          1  coordination says no
    │   ├── Held            somebody else claims it, or is first in line
    │   ├── Deadlock        waiting would close a circle
    │   ├── Stale           somebody else wrote in between
    │   ├── Exists          the name is given already
    │   ├── Halted          a halt stops it
    │   ├── Unanswered      not everybody who was asked has answered in time
    │   ├── NotMine         the thing belongs to another session
    │   ├── NotFound        there is no such thing
    │   ├── Empty           nothing is there to take
    │   ├── Forbidden       it is not for this session
    │   ├── Pending         it has to wait for something else
    │   ├── Ended           it is over
    │   ├── Conflicting     it conflicts with what it is to be merged with
    │   ├── Failed          its test failed
    │   └── Quota           there are too many already
    └── CannotTell       3  the answer is not known
        ├── NoRepository    not inside a usable git repository
        ├── Unreadable      the state, or a file of ours, cannot be read or written
        │   ├── TooLarge        an object is larger than the schema allows
        │   ├── DamagedRef      a ref has a file that names nothing
        │   ├── DamagedFile     a database of ours cannot be used as it is
        │   ├── DamagedId       the file with the clone's id cannot be read
        │   ├── HalfMoved       some refs of a transaction moved and some did not
        │   ├── Forked          a log does not continue what was merged of it
        │   ├── Elsewhere       the hub's name leads to another place than was recorded
        │   ├── Stranger        the hub holds the ledger of another repository
        │   ├── Withheld        the hub sends its ledger alone
        │   └── Lost            no ledger has an operation that was recorded
        ├── NotRun          a test could not run
        ├── Moved           a ref was not at the value that was expected
        ├── Pruned          an object that a ref was to name is gone
        ├── Died            the git that moved refs died half way
        ├── Offline         the hub does not answer
        ├── NotDelivered    the hub answers, and does not have everything
        ├── Busy            another writer held the lock for too long
        └── GitFailed       the git program failed in a way nobody foresaw
    Caught                  no user reads it: whoever calls always catches it
    ├── Malformed           a payload is not what its kind asks for
    ├── OutOfOrder          an event is not the next one of its session
    ├── NotPlain            a command line is left to typer
    └── CommandRefused      a command that a request of the orchestration API asks was refused
    Stopped                 whoever asked has gone

The cases are classes of their own: those that occur with many nouns in `usage`, `refusal`, `storage` and `scope`, those
of one noun in the module named like it. A module of cases is loaded with the room that imports it; a room that each
command loads says `errors.scope.Outside(...)` instead, which loads the module when the case occurs.

An error takes data and builds its own message and hint. ``reason`` is the word that programs read (docs/reference.md);
``status`` is the exit status of the command line.
"""

from __future__ import annotations

from gitcoord.errors.remedy import Remedy, quote, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from gitcoord.errors import agent as agent
    from gitcoord.errors import barrier as barrier
    from gitcoord.errors import claim as claim
    from gitcoord.errors import cli as cli
    from gitcoord.errors import commit as commit
    from gitcoord.errors import context as context
    from gitcoord.errors import halt as halt
    from gitcoord.errors import handoff as handoff
    from gitcoord.errors import hub as hub
    from gitcoord.errors import landing as landing
    from gitcoord.errors import message as message
    from gitcoord.errors import place as place
    from gitcoord.errors import refusal as refusal
    from gitcoord.errors import rules as rules
    from gitcoord.errors import scope as scope
    from gitcoord.errors import session as session
    from gitcoord.errors import snapshot as snapshot
    from gitcoord.errors import state as state
    from gitcoord.errors import storage as storage
    from gitcoord.errors import task as task
    from gitcoord.errors import usage as usage
    from gitcoord.errors import web as web
    from gitcoord.errors import workflow as workflow


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


class Conflicting(Refused):
    """It conflicts with what it is to be merged with."""

    reason = "conflict"


class Failed(Refused):
    """Its test failed."""

    reason = "failed"


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


class DamagedRef(Unreadable):
    """A ref has a file that names nothing."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is damaged", Remedy("{} mends it", "init"))


class DamagedFile(Unreadable):
    """A database of ours cannot be used as it is. `at_fault`: the file itself, not who opened it."""

    def __init__(self, path: object, error: Exception, *, at_fault: bool) -> None:
        super().__init__(f"cannot read {path}: {error}", "run it again: the file is made anew")
        self.path_is_at_fault = at_fault


class DamagedId(Unreadable):
    """The file with the clone's id cannot be read: a power cut may have left it empty or full of NUL bytes."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is damaged", Remedy("{} makes it anew", "init"))


class HalfMoved(Unreadable):
    """Some refs of a transaction moved and some did not: the next writer of this clone sequences what stands there."""

    def __init__(self, error: CoordError) -> None:
        super().__init__(
            "what becomes of it is not known: it was written, and the ledger could not be moved: "
            + error.message.removeprefix("nothing was recorded: "),
            Remedy("the next command that writes puts it in force: {}", "log --since 1h"),
        )


class Forked(Unreadable):
    """A log does not continue what the ledger merged of it: a restored disk, or a copied machine."""

    def __init__(self, session: str) -> None:
        super().__init__(f"the log of {session} does not continue what the ledger merged of it")


class Elsewhere(Unreadable):
    """The hub's name leads to another address, or our ledger is another one, than a person said."""


class Stranger(Unreadable):
    """The hub's ledger begins with another commit than ours: nothing is adopted unasked."""

    def __init__(self, hub: str) -> None:
        super().__init__(
            f"{hub} holds the ledger of another repository, or one that was begun anew; nothing was adopted",
            Remedy("to sequence ours on it: git config --unset coord.hub, then {}", step("init --hub", hub)),
        )


class Withheld(Unreadable):
    """The hub sends its ledger and not what stands beside it: `refs` dangle there, as far as that is known."""

    def __init__(self, hub: str, refs: Collection[str], shown: list[str], said: str = "") -> None:
        """`shown` are some of the refs as they may be shown; `said` is what was said where none is known."""
        if refs:
            more = f" (and {len(refs) - len(shown)} more)" if len(refs) > len(shown) else ""
            why = f"it has lost what {', '.join(shown)} names{more}"
            hint = "in the hub's repository: " + "; ".join(f"git update-ref -d {quote(ref)}" for ref in refs)
        else:
            why, hint = f"it sends its ledger and nothing beside it: {said}", Remedy("{} tries again", "sync")
        super().__init__(f"not in agreement with {hub}: {why}", hint)
        self.refs = list(refs)


class Lost(Unreadable):
    """Neither ledger has an operation that was recorded, for its log forked: it may yet get in."""

    def __init__(self, session: str) -> None:
        super().__init__(
            f"what becomes of it is not known: the log of {session} forked from what the hub merged of it",
            "run it again: what is missing is appended once more, and counts once",
        )


class NotRun(CannotTell):
    """A test could not run, or took too long: it says nothing of what was tested."""

    reason = "not_run"


class Moved(CannotTell):
    """A ref was not at the value that was expected, in git's words; nothing was changed."""

    reason = "stale"

    def __init__(self, said: str) -> None:
        super().__init__(f"a coordination ref moved meanwhile: {said}")


class Pruned(CannotTell):
    """An object that a ref was to name was taken away by a prune, in git's words; nothing was changed."""

    def __init__(self, said: str) -> None:
        super().__init__(f"nothing was recorded: {said}")


class Died(CannotTell):
    """The git that moved refs died half way: whether they moved is not known, and its lock files may be there."""

    def __init__(self) -> None:
        hint = "the next command finishes or forgets what was begun"
        super().__init__("git update-ref ended without a word", hint)


class Offline(CannotTell):
    """The hub does not answer, and nothing less would do."""

    reason = "offline"


class NotDelivered(CannotTell):
    """The hub answers, and something that was sent did not get there."""

    reason = "undelivered"


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


class Caught(Exception):
    """Base of the errors that no user reads: whoever calls always catches them."""


class Malformed(Caught):
    """A payload is not what its kind asks for: the operation is refused as malformed, with these words."""


class OutOfOrder(Caught):
    """An event is not the next one of its session, which is at event `position`."""

    def __init__(self, session: str, number: int, position: int) -> None:
        super().__init__(f"event {number} of {session} does not follow {position}")


class Stopped(BaseException):
    """Whoever asked has gone. What was begun is put in order on the way out, as at an interrupt."""


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Load a module of cases: one of them occurs."""
        if name.startswith("_"):
            raise AttributeError(name)
        from importlib import import_module

        try:
            return import_module(f"{__name__}.{name}")
        except ModuleNotFoundError:
            raise AttributeError(name) from None
