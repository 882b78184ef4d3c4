"""Whether what was done on a scope is in HEAD: free is not fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import checkout
from gitcoord.domain.records import Unfresh
from gitcoord.domain.release_point import record as release_point

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope


def unfresh(workspace: Workspace, state: State, holder: SessionId, scopes: Iterable[Scope]) -> list[Unfresh]:
    """Return the scopes of a session that are free but not fresh: what their last holder committed is not in HEAD."""
    found = []
    known: dict[str, bool] = {}
    for scope in scopes:
        for item in release_point.overlapping(state, scope):
            commit = item["head"]
            if item["session"] != holder and commit not in known:
                known[commit] = checkout.has_commit(workspace, commit)
                if not known[commit]:
                    found.append(Unfresh(checkout.shown(workspace, scope), commit, item["branch"], item["session"]))
    return found
