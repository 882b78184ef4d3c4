"""How a session begins, goes on under another id of its clone, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.halt import record as halt
from gitcoord.domain.role import record as role
from gitcoord.domain.session.record import LONGEST_LEASE, read, well_formed
from gitcoord.errors import Malformed
from gitcoord.ledger import position
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import reserved
from gitcoord.policy.ids import SessionId
from gitcoord.policy.lease import LEASE

if TYPE_CHECKING:
    from gitcoord.ledger.state import State


def apply_register(state: State, operation: Operation) -> Verdict:
    """A new session. A child is of its parent's clone and registers while the parent lives.

    A child without a role has the limits of its parent's. One that goes on with the work of a halted session is halted
    as well.
    """
    data = operation.data
    if not well_formed(operation.session):
        raise Malformed("the session id is not well formed")
    lease = fields.number(data, "lease", LEASE)
    if not 1 <= lease <= LONGEST_LEASE:
        raise Malformed("lease is out of range")
    clone = fields.text(data, "clone")
    ancestors: list[SessionId] = []
    inherited = ""
    parent = SessionId(fields.text(data, "parent", ""))
    if parent:
        above = read(state, parent)
        if above is None or above.clone != clone:
            return Verdict("parent", {"parent": parent})
        ancestors = [parent, *above.ancestors]
        inherited = above.bound
    record: dict[str, Any] = {
        "clone": clone,
        "lease": lease,
        "capabilities": fields.texts(data, "capabilities"),
        "since": operation.time,
        "last": operation.time,
        "ancestors": ancestors,
        "pid": fields.number(data, "pid", 0),
        "number": 0,
        "tip": "",
    }
    for key in ("name", "role", "work", "user", "host", "branch", "worktree", "agent", "terminal"):
        record[key] = fields.text(data, key, "")
    if reserved.is_name(record["name"]):
        raise Malformed("the name is a word of ours")
    if inherited and not record["role"]:
        record["inherits"] = inherited
    state.write_json(position.live_path(operation.session), record)
    begun = read(state, operation.session)
    if begun is not None and begun.bound:
        role.mark(state, begun)
    halt.inherit(state, operation.session, data.get("resumes"), operation.time)
    _inherit_teams(state, operation.session, data.get("resumes"))
    return Verdict()


def _inherit_teams(state: State, heir: SessionId, resumed: object) -> None:
    """Let a session take the place of the one whose work it goes on with in its teams."""
    if resumed and state.has("teams"):
        from gitcoord.domain.team import apply as team  # few sessions do: only those load it

        team.inherit(state, heir, resumed)


def move(state: State, operation: Operation) -> Verdict | None:
    """Let a session go on under another id of its clone, where the operation says so; why not, if it may not.

    `from` is the id that it has: of two copies of a clone the first one moves it.
    """
    clone = fields.text(operation.data, "clone", "")
    if not clone:
        return None
    path = position.live_path(operation.session)
    record = state.json(path)
    if record is None or record["clone"] != fields.text(operation.data, "from"):
        return Verdict("moved")
    state.write_json(path, {**record, "clone": clone})
    return None


def finish(state: State, session: SessionId, how: str, operation: Operation) -> None:
    """Take a session out of the living; its claims must be freed already."""
    before = position.read(state, session)
    state.remove(position.live_directory(session))
    role.unmark(state, session)
    line = {"how": how, "time": operation.time, "number": before.number, "tip": before.tip}
    if operation.session != session:
        line["by"] = operation.session
    state.write_json(position.ended_path(session), line)
