"""What a session does when it hears of a halt: it is told at its next command, and that it was told goes on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import checkout
from gitcoord.domain.claim import record as claim
from gitcoord.domain.halt import concern, record
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record as tasks
from gitcoord.domain.wording import few, plural
from gitcoord.errors.halt import ENDING
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitcoord.domain.halt.record import Halt
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

NAMED = 10
"""Of what a session holds, so much is named in its answer."""

MOST_SAID = limits.DID - 3
"""Of the tasks that an answer gives back, so many are named."""


def answer(workspace: Workspace, state: State, me: Session) -> list[str]:
    """Return a sentence for each halt that concerns a session, and record its answer where it has given none.

    Whoever called the halt knows of it and answers nothing.
    """
    halts = [halt for halt in record.standing(state, workspace.clock.now()) if concern.concerns(state, halt, me)]
    unheard = [halt for halt in halts if halt.by != me.id and not record.has_answered(state, halt.id, me.id)]
    if unheard:
        given, did = given_back(state, me, [halt for halt in unheard if halt.auto])
        did += _kept(workspace, state, me, {draft.data["grant"] for draft in given})
        did += _saved(workspace, state, me, unheard)
        drafts = [
            Draft("halt-answer", f"heard of the halt by {printable(halt.name)}", {"halt": halt.id, "did": did})
            for halt in unheard
        ]
        workspace.record(me.id, *given, *drafts, here=workspace.agreement.status == "offline")
    return [f"{concern.sentence(halt)}; {ENDING}" for halt in halts]


def given_back(state: State, me: Session, halts: Collection[Halt]) -> tuple[list[Draft], list[str]]:
    """Return the drafts that give back the running tasks that these halts stop, and a sentence for each."""
    running = [task for task in tasks.held_by(state, me.id) if task.status == "running"]
    held = [task for task in running if any(concern.stops_task(halt, me, task) for halt in halts)]
    drafts = [
        Draft(
            "task-return", f"return task {item.id[:8]} ({printable(item.title)})", {"id": item.id, "grant": item.grant}
        )
        for item in held
    ]
    said = [f"gave back task {item.id[:8]} ({printable(item.title)})"[: limits.TEXT] for item in held[:MOST_SAID]]
    more = len(held) - len(said)
    return drafts, [*said, f"gave back {plural(more, 'more task')}"] if more else said


def _kept(workspace: Workspace, state: State, me: Session, returned: Collection[str]) -> list[str]:
    """Say what a session goes on holding, when the tasks of these grants are returned with the scopes they need."""
    kept = [item for item in claim.of(state, me.id) if item.id not in returned]
    held = [checkout.shown(workspace, scope) for item in kept for scope in item.scopes]
    return [f"keeps its claims: {few(held, NAMED)}"[: limits.TEXT]] if held else []


def _saved(workspace: Workspace, state: State, me: Session, halts: list[Halt]) -> list[str]:
    """Keep the uncommitted work of a session where `halt --auto` was called in another clone, which could not.

    Returns a sentence of it.
    """
    if all(_is_called_here(workspace, state, halt) for halt in halts if halt.auto):
        return []
    from gitcoord.domain.snapshot import keeping

    work = keeping.own(workspace, me, me.worktree, "halt")
    if work.is_missing:
        return [f"could not keep its uncommitted work: {work.why}"[: limits.TEXT]]
    return [f"keeps its uncommitted work as snapshot {work.kept.id[:12]}"] if work.kept is not None else []


def _is_called_here(workspace: Workspace, state: State, halt: Halt) -> bool:
    caller = session.read(state, halt.by)
    return caller is not None and workspace.is_ours(caller)
