"""Which session a command belongs to, and starting one where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import session
from gitcoord.errors import NotFound, Usage
from gitcoord.kernel import process, roster
from gitcoord.ledger import position
from gitcoord.policy import identity

if TYPE_CHECKING:
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def named(state: State, text: str) -> Session:
    """The live session with this id or name. Raises `NotFound`, or `Usage` where two bear the name."""
    found = session.read(state, text) if session.well_formed(text) else None
    if found is not None:
        return found
    bearers = [item for item in session.every(state) if item.name == text]
    if len(bearers) == 1:
        return bearers[0]
    if bearers:
        ids = ", ".join(item.id for item in bearers)
        raise Usage(f"{len(bearers)} live sessions are called {text}: {ids}", "say which by its id")
    past = session.ended(state, text) if session.well_formed(text) else None
    if past is not None:
        raise NotFound(f"session {text} is over ({past['how']})", "start a new one with: git coord start")
    raise NotFound(f"there is no live session {text}", "see who is there with: git coord sessions")


def find(workspace: Workspace, state: State, option: str, *, for_reading: bool) -> Session | None:
    """The session of this command, or None where it has none.

    In this order: `option`; GIT_COORD_SESSION; the agent's own session variable; the nearest ancestor process that
    started one; only `for_reading`, the one that is bound to this worktree. Raises `NotFound` where a session was
    named that is not alive.
    """
    wanted = option or workspace.place.environ.get("GIT_COORD_SESSION", "")
    if wanted:
        return named(state, wanted)
    entries = [entry for entry in roster.read(workspace.here) if state.has(position.live_path(entry.session))]
    if not entries:
        return None
    found = identity.find(
        entries,
        process.ancestors(workspace.caller.pid),
        workspace.place.environ,
        workspace.place.git_dir,
        boot=process.boot(),
        namespace=process.namespace(),
        for_reading=for_reading,
        alive=lambda entry: process.state_of(entry.mark) != "dead",
    )
    return session.read(state, found[0]) if found is not None else None
