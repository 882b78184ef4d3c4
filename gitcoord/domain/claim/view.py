"""Answers about claims, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.columns import WIDEST, table
from gitcoord.domain.wording import PROVISIONAL, plural, provisional, until
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitcoord.domain.claim.acquire import Answer
    from gitcoord.domain.claim.check import Checked
    from gitcoord.domain.claim.renew import Renewed
    from gitcoord.domain.records import Conflict, Granted, Holding, Unfresh
    from gitcoord.policy.scope import Scope


def lasting(held: Holding, now: int) -> str:
    """`until 10:30 (24 min)`; of a claim whose time has passed, why it still holds and from when it can be taken."""
    if not held.kept:
        return until(held.held_until, now)
    if held.kept == "clone" and held.takeover_from is not None:
        when = held.takeover_from.clock(seconds=True)
        return f"{until(held.held_until, now)}; its process ended in another clone: it can be taken over from {when} on"
    if held.kept == "ahead" and held.takeover_from is not None:
        when = held.takeover_from.clock(seconds=True)
        return f"its holder's clock is or was ahead; without a sign of the holder it can be taken over from {when} on"
    ended = f"its time ended at {held.held_until.clock()}"
    if held.kept == "process":
        return f"{ended}, but its agent's process still runs"
    why = "its holder may come back (coord.grace)" if held.kept == "grace" else "clocks may differ (coord.clockSkew)"
    when = f" until {held.takeover_from.clock(seconds=True)}" if held.takeover_from is not None else ""
    return f"{ended}; nobody can take it over{when}: {why}"


def holder(held: Holding) -> str:
    """Who holds it, for one line: name, account, branch."""
    branch = f", branch {printable(held.branch)}" if held.branch else ""
    return f"{printable(held.called)} ({printable(held.user)}@{printable(held.host)}{branch})"


def conflict(item: Conflict, now: int) -> str:
    """Why a scope was refused."""
    held = item.held
    scope = printable(item.scope)
    if held.status == "waiting":
        return f"{scope} is free, but {holder(held)} has been waiting for it since {held.since.clock()}"
    other = f", who claims {printable(held.scope)}" if held.scope != item.scope else ""
    work = f": {printable(held.work)}" if held.work else ""
    idle = f", {held.status}" if held.status != "active" else ""
    times = f"since {held.since.clock()}, {lasting(held, now)}{idle}"
    return f"{scope} is held by {holder(held)}{other}{work}; {times}"


def scope(item: Granted) -> str:
    """A scope as it was claimed: a directory with the slash by which it is known."""
    slash = "/" if item.kind == "directory" and item.scope != ROOT else ""
    return printable(item.scope) + slash


def absent(scopes: Iterable[Scope]) -> list[str]:
    """What to say of claimed paths at which nothing is yet."""
    told = []
    for item in scopes:
        path = printable(item.text)
        if item.kind == "file":
            told.append(f"{path} does not exist yet: claimed as a file (a directory to be is written {path}/)")
        else:
            told.append(f"{path}/ does not exist yet: claimed as a directory")
    return told


def won(answer: Answer, now: int) -> Iterable[str]:
    """A claim that was granted."""
    scopes = ", ".join(scope(item) for item in answer.claims)
    held = until(answer.held_until, now) if answer.held_until else ""
    files = f", {plural(answer.files, 'file')}" if answer.files > 1 else ""
    token = f"token {answer.token}" if answer.confirmed else PROVISIONAL
    yield f"claimed {scopes} {held}, {token}{files}"
    yield from came_with(answer.took_over, answer.stale, now)


def came_with(took_over: Iterable[Holding], stale: Iterable[Unfresh], now: int) -> Iterable[str]:
    """What was taken over with scopes that were granted, and what of them is not in HEAD, a line each."""
    for taken in took_over:
        late = taken.status != "gone" and taken.held_until <= now
        why = f"its time ended at {taken.held_until.clock()}" if late else taken.status
        yield f"took over {printable(taken.scope)} from {holder(taken)}, {why}"
    for old in stale:
        yield (
            f"{printable(old.scope)}: {old.commit[:12]} on {printable(old.branch)} by {printable(old.session)} "
            "is not in your HEAD; merge or rebase before you edit"
        )


def renewed(answer: Renewed, now: int) -> Iterable[str]:
    """Until when a session lasts, and what it holds, a line each."""
    yield f"{answer.session} {until(answer.held_until, now)}{provisional(confirmed=answer.confirmed)}"
    for item in answer.claims:
        yield f"{printable(item.scope)} {until(item.held_until, now)}"


def listed(items: Sequence[Holding], now: int, me: str) -> Iterable[str]:
    """A table of claims; `me` is the session that reads it."""
    rows = [
        (
            printable(item.scope) + (" (shared)" if item.shared else ""),
            printable(item.called) + (" (me)" if item.session == me else ""),
            item.status,
            until(item.held_until, now, kept=item.kept),
            printable(item.work),
        )
        for item in items
    ]
    yield from table(("SCOPE", "HELD BY", "STATUS", "UNTIL", "WORK"), rows, most=WIDEST)


def checked(answer: Checked, now: int) -> Iterable[str]:
    """What is in the way of a change, a line each."""
    if answer.halted:
        yield answer.halted
        return
    if answer.forbidden:
        yield answer.forbidden
    for item in answer.conflicts:
        commit = getattr(item, "commit", "")
        yield (f"commit {commit[:10]}: " if commit else "") + conflict(item, now)
    for path in answer.unclaimed:
        yield f"{printable(path)} is not claimed, and the rules of this repository require a claim first"
    if answer.lenient:
        yield "the rules let a person commit it all the same, with a warning"
    if not answer.conflicts and not answer.unclaimed and not answer.forbidden:
        yield f"{plural(answer.paths, 'path')}: free or yours" if answer.paths else "nothing to check"
