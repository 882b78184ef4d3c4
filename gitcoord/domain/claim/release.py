"""Give up what a session holds, and say what was done."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout, reaction
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim import undecided
from gitcoord.domain.claim.facts import Freed
from gitcoord.domain.notice import record as notice
from gitcoord.domain.session import record as session
from gitcoord.ledger.event import Draft
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import Scope, text_of, within
from gitcoord.policy.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.errors import NotFound, NotMine, Offline
    from gitcoord.ledger.state import State


Part = tuple["Claim", tuple[Scope, ...]]
"""Some scopes of a claim."""


@dataclass(frozen=True, slots=True)
class Given:
    """A scope that was given up, and the token it had: None where its claim was provisional."""

    scope: str
    token: int | None


@dataclass(frozen=True, slots=True)
class Released:
    """What was given up. Where it is not `confirmed`, it is held for other clones until the hub confirms the release.

    `unpushed` is how many commits that touch it no remote has yet.
    """

    session: str
    released: list[Given]
    confirmed: bool
    unpushed: int = 0


def release(workspace: Workspace, me: Session, scopes: tuple[Scope, ...], note: str, *, everything: bool) -> Released:
    """Give up these scopes, or everything.

    A claim that this clone alone believes taken over, or refused, is named too: the hub may see it otherwise. Raises
    `NotMine` where another session holds one of them (or took it over: who and when), `NotFound` where nobody
    does, `Offline` where a takeover waits for the hub's word.
    """
    given: list[Given] = []
    freed: list[Scope] = []
    doubtful: dict[tuple[str, tuple[Scope, ...]], Part] = {}
    lost: list[Scope] = []  # nothing but claims in doubt are on these

    def decide(state: State) -> list[Draft]:
        mine, unsure = claim.of(state, me.id), undecided.claims(workspace, state, me)
        lost[:] = [scope for scope in scopes if not _parts(mine, scope) and _parts(unsure, scope)]
        if everything:
            chosen, parts = [(item, item.scopes) for item in mine], [(item, item.scopes) for item in unsure]
        else:
            chosen = select(workspace, state, me, tuple(scope for scope in scopes if scope not in lost))
            parts = _grouped(part for scope in scopes for part in _parts(unsure, scope))
        given[:] = given_up(workspace, chosen)
        freed[:] = [scope for _, part in chosen for scope in part]
        doubtful.clear()
        doubtful.update(((part[0].id, part[1]), part) for part in parts)
        # Each of the latter by itself: a release that names something not held is refused whole.
        return [_draft(workspace, named, note) for named in (chosen, *([part] for part in parts)) if named]

    here = bool(scopes) and all(checkout.is_of_this_machine(workspace, scope) for scope in scopes)
    done = workspace.transact(me.id, decide, here=here)
    for outcome in done.outcomes:
        named = claim.parts_in(outcome.event.data, "claims") if outcome.event.kind == "release" else []
        part = doubtful.get(named[0]) if named else None
        if outcome.verdict is None or outcome.verdict.accepted:
            given += given_up(workspace, [part] if part else [], agreed=True)
        elif part is None:
            select(workspace, done.state, me, tuple(freed))  # names who took over meanwhile, and when
            raise errors.claim.ClaimRefused("release", outcome.verdict.reason)
        elif any(_parts([part[0]], scope) for scope in lost):
            raise _no_longer(workspace, done.state, me, part, confirmed=outcome.confirmed)
    if freed:
        reaction.follow(workspace, "release", Freed(done.state, me, tuple(freed), note))
    return Released(me.id, given, done.confirmed, checkout.unpushed(workspace, freed))


def given_up(workspace: Workspace, parts: Iterable[Part], *, agreed: bool = False) -> list[Given]:
    """Parts of claims that are held, as the answer names them. `agreed`: the hub has them, whatever we believe."""
    found = []
    for item, part in parts:
        token = item.token if agreed else workspace.token(item)
        found += [Given(checkout.shown(workspace, scope), token) for scope in part]
    return found


def _draft(workspace: Workspace, parts: list[Part], note: str) -> Draft:
    payload = {
        "claims": claim.named((item.id, part) for item, part in parts),
        "branch": checkout.branch(workspace),
        "head": checkout.head(workspace),
    }
    return Draft("release", f"release {text_of(scope for _, part in parts for scope in part)}", payload, note)


def _no_longer(workspace: Workspace, state: State, me: Session, part: Part, *, confirmed: bool) -> NotMine | Offline:
    """The error for a claim that was taken over, or lost to another, for all that is known."""
    text = ", ".join(printable(checkout.shown(workspace, scope)) for scope in part[1])
    taken = notice.about(state, me.id, part[0].id)
    how = _taker(state, taken) if taken is not None else _winner(state, me, part)
    if confirmed:
        return errors.claim.NotYours(text, how, ever=taken is not None)
    return errors.claim.MaybeNotYours(text, how)


def _winner(state: State, me: Session, part: Part) -> str:
    """Say who holds what a claim of ours was refused for."""
    for _, standing in claim.in_the_way(state, me.id, part[1], shared=False):
        holder = session.read(state, standing.session)
        if holder is not None:
            return f"{printable(holder.name)} ({holder.id}) claimed it first"
    return "another session claimed it first"


def select(workspace: Workspace, state: State, me: Session, scopes: tuple[Scope, ...]) -> list[Part]:
    """The own claims, or parts of them, on these scopes: each exactly, or all that lies within it."""
    mine = claim.of(state, me.id)
    found: list[Part] = []
    for scope in scopes:
        parts = _parts(mine, scope)
        if not parts:
            raise _not_held(workspace, state, me, mine, scope)
        found += parts
    return _grouped(found)


def _parts(mine: list[Claim], scope: Scope) -> list[Part]:
    """What of these claims is meant by a scope: itself, however it was claimed, or all that lies within it."""
    held = [(item, own) for item in mine for own in item.scopes]
    meant = [(item, own) for item, own in held if own == scope] or [
        (item, own) for item, own in held if _names(scope, own)
    ]
    return [(item, (own,)) for item, own in meant or [(item, own) for item, own in held if within(own, scope)]]


def _grouped(parts: Iterable[Part]) -> list[Part]:
    """The same with each claim named once."""
    chosen: dict[str, tuple[Claim, dict[Scope, None]]] = {}
    for item, part in parts:
        chosen.setdefault(item.id, (item, {}))[1].update(dict.fromkeys(part))
    return [(item, tuple(part)) for item, part in chosen.values()]


def _names(scope: Scope, own: Scope) -> bool:
    """Whether the path of an own scope was typed, which may read as another kind by now."""
    return own.is_path and scope.kind != "name" and folded(own.text) == folded(scope.text)


def _not_held(workspace: Workspace, state: State, me: Session, mine: list[Claim], scope: Scope) -> NotMine | NotFound:
    text = printable(checkout.shown(workspace, scope))
    wider = next((own for item in mine for own in item.scopes if within(scope, own)), None)
    if wider is not None:
        way, held = shlex.quote(checkout.to_type(workspace, wider)), printable(checkout.shown(workspace, wider))
        return errors.claim.PartOfClaim(text, held, way)
    for _, item in reversed(notice.to(state, me.id)):
        if any(scope == Scope.from_json(lost) for lost in item.get("scopes", ())):
            return errors.claim.NotYours(text, _taker(state, item))
    for standing in claim.overlapping(state, scope):
        holder = session.read(state, standing.session)
        if holder is not None:
            held = printable(checkout.shown(workspace, standing.scope))
            return errors.claim.HeldByAnother(held, printable(holder.name), holder.id)
    return errors.claim.NobodyHolds(text)


def _taker(state: State, taken: dict[str, Any]) -> str:
    taker = session.read(state, taken["by"])
    who = printable(taker.name) if taker is not None else taken["by"]
    return f"{who} took it over at {Moment(taken['time']).clock()}"
