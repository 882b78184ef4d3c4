"""Which session a command belongs to, and what a session is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain.session import record as session
from gitcoord.errors import NotFound
from gitcoord.kernel import process, roster
from gitcoord.policy import identity
from gitcoord.policy.ids import SessionId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.origin import Origin, Surroundings

VARIABLE = "GIT_COORD_SESSION"


@dataclass(frozen=True, slots=True)
class Asker:
    """Where a command comes from, as this clone sees it."""

    around: Surroundings
    origin: Origin


def asker(workspace: Workspace) -> Asker:
    """Return where this command comes from."""
    place, caller = workspace.place, workspace.caller
    said = {key: place.setting(key) for key in process.SETTINGS}
    return Asker(*process.around(place.environ, caller.pid, caller.uid, place.git_dir, lambda: said))


def named(workspace: Workspace, state: State, text: str) -> Session:
    """Return the live session with this id or name; of several with the name, the one that is not gone.

    Raises `NotFound`, or `Usage` where two of them may be alive.
    """
    found = session.read(state, text) if session.well_formed(text) else None
    if found is not None:
        return found
    bearers = [item for item in session.every(state) if item.name == text]
    living = [item for item in bearers if not workspace.gone(item)] or bearers
    if len(living) == 1:
        return living[0]
    if living:
        raise errors.usage.AmbiguousName(printable(text), [item.id for item in living])
    past = session.ended(state, text) if session.well_formed(text) else None
    if past is not None:
        raise errors.session.SessionOver(text, past["how"])
    raise errors.refusal.NoSuch("live session", printable(text))


def find(
    workspace: Workspace, state: State, option: str, *, for_reading: bool, asking: Asker | None = None
) -> Session | None:
    """Return the session of this command, or None where it has none.

    In this order: `option`; GIT_COORD_SESSION; the agent's own session variable; the nearest ancestor process that
    started one; the person's own; only `for_reading`, the one that is bound to this worktree. Raises `NotFound` where a
    session was named that is not alive.
    """
    if option:
        return _own(workspace, named(workspace, state, option))
    wanted = workspace.place.environ.get(VARIABLE, "")
    if wanted:
        return _named_by_environment(workspace, state, wanted)
    entries = here(workspace, state)
    if not entries:
        return None
    asking = asking or asker(workspace)

    def alive(name: str) -> bool:
        known = session.read(state, SessionId(name))
        return known is not None and not workspace.gone(known)

    found = identity.find(entries, asking.around, asking.origin, for_reading=for_reading, alive=alive)
    return session.read(state, SessionId(found[0])) if found is not None else None


def _named_by_environment(workspace: Workspace, state: State, wanted: str) -> Session:
    try:
        return _own(workspace, named(workspace, state, wanted))
    except NotFound as error:
        raise errors.session.NamedByVariable(error, VARIABLE) from error


def _own(workspace: Workspace, found: Session) -> Session:
    """Return the session where it is of this clone: two clones that write one log would fork it."""
    if workspace.is_ours(found):
        return found
    raise errors.session.OfAnotherClone(printable(found.name), found.id)


def here(workspace: Workspace, state: State) -> list[roster.Entry]:
    """Return the sessions of this clone that live by the ledger, the first started first.

    One that a copy of this clone moved to itself is none of them.
    """
    known = ((entry, session.read(state, entry.session)) for entry in roster.read(workspace.here))
    return [entry for entry, living in known if living is not None and workspace.is_ours(living)]


def free_name(workspace: Workspace, state: State, wanted: str, longest: int) -> str:
    """Return a name for a session that nobody named: `wanted`, or with -2 and so on where a living one bears it."""
    taken = {item.name for item in _alike(state, wanted[:longest]) if not workspace.gone(item)}
    name, number = wanted[:longest], 1
    while name in taken:
        number += 1
        name = f"{wanted[: longest - len(str(number)) - 1]}-{number}"
    return name


def _alike(state: State, name: str) -> Iterable[Session]:
    """Yield the live sessions whose names may begin like this one: an id is made of the name."""
    prefix = session.slug(name)[:30]
    for known in session.live_ids(state):
        if known.startswith(prefix):
            found = session.read(state, known)
            if found is not None:
                yield found


def is_own(workspace: Workspace, other: Session, asking: Asker) -> bool:
    """Whether a person asks, and this is another session of the same user in this clone that is not an agent's."""
    if asking.origin.is_agent or asking.origin.kind != "person" or other.agent or not workspace.is_ours(other):
        return False
    entry = workspace.recorded(other.id)
    return entry is not None and entry.uid == workspace.caller.uid
