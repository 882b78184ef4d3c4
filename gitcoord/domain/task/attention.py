"""What the board says of tasks: what somebody is asked to do, and what waits for somebody."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import finding
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record
from gitcoord.domain.task.apply import choice
from gitcoord.domain.task.needed import needs
from gitcoord.domain.task.takers import is_for_nobody
from gitcoord.errors.remedy import Remedy
from gitcoord.policy import duration
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

MOST = 50
"""So many requests, and tasks that wait, are told one by one: those that need this session come first."""

LOOKED_AT = 200
"""Of all that is asked for, so much is looked at for what this session asked and nobody may take."""

SOON = 10 * 60
"""Seconds before the end of an attempt from which on it ends soon."""


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """Requests to this session and own ones for nobody, tasks that wait, and own ones whose time is nearly over."""
    now = workspace.clock.now()
    if me is not None:
        yield from _requests(state, me, now)
        yield from _untaken(workspace, state, me)
        yield from _due(state, me, now)
    yield from _waiting(workspace, state, me, now)


def _requests(state: State, me: Session, now: int) -> Iterator[Attention]:
    """Tasks that are ready and for this session by its id, name, role or capabilities."""
    mine = []
    for path in record.entries(state, "asked"):
        task = None if choice.refusal(state, state.json(path) or {}, me) else record.read(state, record.id_in(path))
        if task is not None and task.from_time <= now:
            mine.append(task)
    for task in mine[:MOST]:
        who = printable(session.called(state, task.by))
        what = f"{who} asks for {printable(task.asked or 'this')}: {printable(task.title)}"
        text = f"{what} ({duration.show(now - task.made)} ago)"
        yield finding("asked", text, Remedy("{}", f"task take {task.id[:8]}"), mine=True, sessions=[task.by])
    yield from _more(len(mine), "asked", "tasks for you", Remedy("{}", f"task list --for {me.id}"), mine=True)


def _untaken(workspace: Workspace, state: State, me: Session) -> Iterator[Attention]:
    """What this session asked for, where no session lives that may take it: nobody would say so otherwise."""
    for path in islice(record.entries(state, "asked"), LOOKED_AT):
        task = record.read(state, record.id_in(path))
        if task is not None and task.by == me.id and task.asked and is_for_nobody(workspace, state, task):
            text = f"no session lives that may take what you asked for: {printable(task.title)}"
            yield finding("untaken", text, Remedy("to take it back: {}", f"task cancel {task.id[:8]}"), mine=True)


def _due(state: State, me: Session, now: int) -> Iterator[Attention]:
    for task in record.held_by(state, me.id):
        if task.due is not None and task.status == "running" and task.due - now < SOON:
            left = f"ends in {duration.show(task.due - now)}" if task.due > now else "is over"
            text = f"the time for your task {printable(task.title)} {left}"
            yield finding("due", text, Remedy("{}", f"task done {task.id[:8]}"), mine=True, sessions=[me.id])


def _waiting(workspace: Workspace, state: State, me: Session | None, now: int) -> Iterator[Attention]:
    """Tasks that wait; one whose holder is gone is not offered again before the holder is retired, which is said."""
    waiting = [task for name in record.listed(state, "waiting") if (task := record.read(state, name)) is not None]
    holders = {name: session.read(state, name) for name in {task.holder for task in waiting}}
    mine = {task.id for task in waiting if me is not None and needs(task, holders[task.holder], me)}
    waiting.sort(key=lambda task: task.id not in mine)
    gone = {name for name, holder in holders.items() if holder is not None and workspace.gone(holder)}
    for task in waiting[:MOST]:
        who = printable(session.called(state, task.holder)) + (", who is gone," if task.holder in gone else "")
        since = duration.show(max(0, now - task.updated))
        text = f"task {printable(task.title)} of {who} has been waiting {since} for {printable(task.waiting_for)}"
        hint = Remedy("{}", f"send {task.holder} SUBJECT") if task.id in mine else ""
        if task.holder in gone:
            hint = Remedy("to offer it to others: {}", f"retire {task.holder}")
        yield finding("task-waiting", text, hint, mine=task.id in mine, sessions=[task.holder])
    hint = Remedy("{}", "task list --status waiting")
    yield from _more(len(waiting), "task-waiting", "tasks that wait", hint, mine=len(mine) > MOST)


def _more(count: int, what: str, words: str, hint: str, *, mine: bool) -> Iterator[Attention]:
    if count > MOST:
        yield finding(what, f"there are {count - MOST} more {words}", hint, mine=mine)
