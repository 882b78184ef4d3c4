"""What a session may do by its role: the verdicts of the fold, and the mark by which hooks see that there are limits.

The rights themselves are `policy/roles.py`; the rule `role` changes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.rules import record as rules
from gitcoord.domain.session import record as session
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import roles
from gitcoord.policy.glob import has_wildcard
from gitcoord.policy.layout import ROLES
from gitcoord.policy.scope import Scope, encoded, within
from gitcoord.policy.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.roles import Plain, Rights


def rights(state: State, role: str) -> Rights | None:
    """Return what the bearers of a role may do, None where it has no limits."""
    return roles.rights(role, rules.read(state).roles) if role else None


def of(state: State, session_id: SessionId) -> Rights | None:
    """Return what a session may do, None where it has no limits or is not alive."""
    living = session.read(state, session_id)
    return None if living is None else rights(state, living.bound)


def refusal(state: State, operation: Operation, right: Plain) -> Verdict | None:
    """Return the verdict on an operation that a role does not allow, None where it does: one of the plain rights."""
    found = of(state, operation.session)
    if found is None or found.allows(right):
        return None
    return Verdict("forbidden", {"role": found.role, "right": right})


def claim_refusal(state: State, session_id: SessionId, scopes: Iterable[Scope]) -> Verdict | None:
    """Return the verdict on a claim that a role does not allow, with the first such scope; None where it does."""
    found = of(state, session_id)
    if found is None:
        return None
    scope = beyond(found, scopes)
    if scope is None:
        return None
    return Verdict("forbidden", {"role": found.role, "right": "claim", "scope": scope.to_json()})


def beyond(found: Rights, scopes: Iterable[Scope]) -> Scope | None:
    """Return the first of the scopes that a role does not allow to claim, None where it allows all.

    A named resource may be claimed by whoever may claim anything.
    """
    globs = found.globs("claim")
    return next((scope for scope in scopes if not _allowed(globs, scope)), None)


def _allowed(globs: list[str], scope: Scope) -> bool:
    if scope.kind == "name":
        return bool(globs)
    return any(_is_within(scope, text) for text in globs)


def _is_within(scope: Scope, text: str) -> bool:
    """Whether a scope is surely in what a glob of a role is about. `src/**` is the directory `src`."""
    if text == roles.ALL:
        return True
    whole = text.removesuffix("/**")
    if whole != text and not has_wildcard(encoded(whole)):
        return within(scope, Scope("directory", whole))
    name = whole.removeprefix("**/")
    if whole != text and name != whole and scope.kind == "directory" and not has_wildcard(encoded(name)):
        return f"/{folded(name)}/" in f"/{folded(scope.text)}/"
    return within(scope, Scope("glob", text))


def mark(state: State, living: Session) -> None:
    """Let the state say that a session has limits, where it has."""
    found = rights(state, living.bound)
    path = f"{ROLES}/{living.id}"
    if found is not None and found.limits_paths:
        state.write(path, living.bound.encode("utf-8", "surrogateescape"))
    elif state.has(path):
        state.remove(path)


def unmark(state: State, session_id: SessionId) -> None:
    """Take the mark of a session away."""
    if state.has(ROLES) and state.has(f"{ROLES}/{session_id}"):
        state.remove(f"{ROLES}/{session_id}")


def mark_all(state: State, role: str) -> None:
    """Mark the bearers of a role whose rights have changed."""
    for living in session.every(state):
        if living.bound == role:
            mark(state, living)
