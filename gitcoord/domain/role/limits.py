"""What a role does not allow, as commands say it: with who may instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.domain.role import record
from gitcoord.domain.rules import record as rules
from gitcoord.domain.session import record as session
from gitcoord.errors.remedy import Remedy
from gitcoord.policy import roles
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import Scope, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitcoord.domain.session.record import Session
    from gitcoord.errors import Forbidden
    from gitcoord.guard.rights import Beyond
    from gitcoord.ledger.state import State
    from gitcoord.policy.roles import Plain, Rights

SEE = Remedy("see the rights: {}", "rules role")

WORDS = {
    "send": "send no messages",
    "halt": "halt nobody",
    "override": "override nobody's claim",
    "land": "land nothing",
    "manage": "change no rules, roles and teams",
}
"""What a role without one of the plain rights may do, as it is told."""

NAMED = 2
"""Sessions that are named as those who may."""


def check(state: State, me: Session, right: Plain) -> None:
    """Raise `Forbidden` where the role of a session does not allow this."""
    found = record.rights(state, me.bound)
    if found is not None and not found.allows(right):
        raise refusal(state, {"role": found.role, "right": right})


def check_claim(state: State, me: Session, scopes: Iterable[Scope]) -> None:
    """Raise `Forbidden` where the role of a session does not allow to claim one of the scopes."""
    verdict = record.claim_refusal(state, me.id, scopes)
    if verdict is not None:
        raise refusal(state, verdict.detail)


def refusal(state: State, detail: dict[str, Any]) -> Forbidden:
    """Return the error for an operation that was refused because of a role, from the verdict's details."""
    role, right = str(detail.get("role", "")), str(detail.get("right", ""))
    if right == "claim":
        scope = Scope.from_json(detail["scope"])
        found = record.rights(state, role)
        allowed = printable(roles.told("claim", found.globs("claim") if found is not None else ()))
        what = f"not claim {text_of([scope])}: it may {allowed}"
        who = may(state, lambda rights: record.beyond(rights, [scope]) is None)
    elif right == roles.TASKS:
        what = "not take tasks of this type"
        who = ""
    else:
        what = WORDS.get(right, "not do this")
        who = may(state, lambda rights: rights.allows(right))  # type: ignore[arg-type] # one of the plain rights
    return errors.rules.RoleForbids(printable(role), what, who)


def of_paths(state: State, beyond: Beyond) -> str:
    """Say which paths a role does not allow to change, and who may instead."""
    more = f" (and {len(beyond.paths) - 1} more)" if len(beyond.paths) > 1 else ""
    what = f"role {printable(beyond.role)} may not {beyond.right} {printable(beyond.paths[0])}{more}"
    what += f": it may {printable(roles.told(beyond.right, beyond.allowed))}"
    who = may(state, lambda rights: all(rights.allows_path(beyond.right, path) for path in beyond.paths))
    return f"{what}{f'; {who}' if who else ''}"


def may(state: State, allows: Callable[[Rights], bool]) -> str:
    """Say who may instead: living bearers of roles, else living sessions without limits, else the roles."""
    able = [name for name in (*roles.BUILT_IN, *sorted(rules.read(state).roles)) if _allowed(state, name, allows)]
    living = list(session.every(state))
    bearers = [one for one in living if one.role and one.role in able]
    instead = bearers or [one for one in living if record.rights(state, one.bound) is None]
    if instead:
        named = sorted(instead, key=lambda one: (-one.last, one.id))[:NAMED]
        return (
            " and ".join(printable(one.name) + (f" ({printable(one.role)})" if one.role else "") for one in named)
            + " may"
        )
    return f"roles that may: {', '.join(map(printable, dict.fromkeys(able)))}" if able else ""


def _allowed(state: State, role: str, allows: Callable[[Rights], bool]) -> bool:
    found = record.rights(state, role)
    return found is not None and allows(found)
