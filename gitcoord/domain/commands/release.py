"""Give up what a session holds, and say what was done."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.domain import checkout, claim, notice, notification, session
from gitcoord.domain.commands.start import branch
from gitcoord.errors import NotFound, NotMine
from gitcoord.ledger.event import Draft
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import Scope, text_of, within

if TYPE_CHECKING:
    from gitcoord.domain.claim import Claim
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Given:
    """A scope that was given up, and the token it had."""

    scope: str
    token: int


@dataclass(frozen=True, slots=True)
class Released:
    """What was given up."""

    session: str
    released: list[Given]


def release(workspace: Workspace, me: Session, scopes: tuple[Scope, ...], note: str, *, everything: bool) -> Released:
    """Give up these scopes, or everything.

    Raises `NotMine` where another session holds one of them (or took it over: who and when), `NotFound` where nobody
    does.
    """
    given: list[Given] = []
    freed: list[Scope] = []

    def decide(state: State) -> list[Draft]:
        chosen = (
            [(item, item.scopes) for item in claim.of(state, me.id)]
            if everything
            else select(workspace, state, me, scopes)
        )
        given.clear()
        freed[:] = [scope for _, part in chosen for scope in part]
        if not chosen:
            return []
        given.extend(Given(checkout.shown(workspace, scope), item.token) for item, part in chosen for scope in part)
        payload = {
            "claims": claim.named((item.id, part) for item, part in chosen),
            "branch": branch(workspace),
            "head": checkout.head(workspace),
        }
        return [Draft("release", f"release {text_of(freed)}", payload, note)]

    done = workspace.transact(me.id, decide)
    for outcome in done.outcomes:
        if outcome.verdict is not None and not outcome.verdict.accepted:
            raise NotMine(f"the release was refused: {outcome.verdict.reason}")
    notification.released(workspace, done.state, me, tuple(freed), note)
    return Released(me.id, given)


def select(
    workspace: Workspace, state: State, me: Session, scopes: tuple[Scope, ...]
) -> list[tuple[Claim, tuple[Scope, ...]]]:
    """The own claims, or parts of them, on these scopes: each exactly, or all that lies within it."""
    mine = claim.of(state, me.id)
    chosen: dict[str, tuple[Claim, list[Scope]]] = {}
    for scope in scopes:
        parts = [(item, own) for item in mine for own in item.scopes if own == _meant(scope, mine)]
        parts = parts or [(item, own) for item in mine for own in item.scopes if within(own, scope)]
        if not parts:
            raise _not_held(workspace, state, me, mine, scope)
        for item, own in parts:
            _, part = chosen.setdefault(item.id, (item, []))
            if own not in part:
                part.append(own)
    return [(item, tuple(part)) for item, part in chosen.values()]


def _meant(scope: Scope, mine: list[Claim]) -> Scope:
    """The own scope that was typed: a file `a[1]` that is gone reads as a glob, but is held as a path."""
    held = {own for item in mine for own in item.scopes}
    if scope not in held and scope.kind == "glob" and Scope("path", scope.text) in held:
        return Scope("path", scope.text)
    return scope


def _not_held(workspace: Workspace, state: State, me: Session, mine: list[Claim], scope: Scope) -> NotMine | NotFound:
    text = printable(checkout.shown(workspace, scope))
    wider = next((own for item in mine for own in item.scopes if within(scope, own)), None)
    if wider is not None:
        way, held = shlex.quote(checkout.typed(workspace, wider)), printable(checkout.shown(workspace, wider))
        return NotMine(
            f"{text} is not a claim of its own: you hold {held}, which it lies in",
            f"git coord release {'-- ' if way.startswith('-') else ''}{way}",
        )
    for _, item in reversed(notice.to(state, me.id)):
        if any(scope == Scope.from_json(lost) for lost in item.get("scopes", ())):
            taker = session.read(state, item["by"])
            who = printable(taker.name) if taker is not None else item["by"]
            return NotMine(f"{text} is no longer yours: {who} took it over at {Moment(item['time']).clock()}")
    for standing in claim.overlapping(state, scope):
        holder = session.read(state, standing.session)
        if holder is not None:
            held = printable(checkout.shown(workspace, standing.scope))
            return NotMine(f"{held} is held by {printable(holder.name)} ({holder.id}), not by you")
    return NotFound(f"nobody holds {text}", "see what you hold with: git coord claims --mine")
