"""What the board says of tasks: what somebody is asked to do, and what waits for somebody."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import finding
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record
from gitcoord.domain.task.apply import choice
from gitcoord.errors.remedy import Remedy
from gitcoord.policy import duration
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

MOST = 50
"""Tasks of each part of the index that are looked at: the board stays quick, whatever there is."""

SOON = 10 * 60
"""Seconds before the end of an attempt from which on it ends soon."""


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """Requests to this session, tasks that wait for something, and own ones whose time is nearly over."""
    now = workspace.clock.now()
    if me is not None:
        yield from _requests(state, me, now)
        yield from _due(state, me, now)
    for name in islice(record.listed(state, "running"), MOST):
        task = record.read(state, name)
        if task is not None and task.status == "waiting":
            yield _waiting(state, me, task, now)


def _requests(state: State, me: Session, now: int) -> Iterator[Attention]:
    """Tasks that are ready and for this session by its id, name, role or capabilities."""
    for name in islice(record.listed(state, "ready"), MOST):
        task = record.read(state, name)
        if task is None or not task.to or choice.refusal(state, record.criteria(task), me):
            continue
        who = printable(session.called(state, task.by))
        what = f"{who} asks for {printable(task.asked or 'this')}: {printable(task.title)}"
        text = f"{what} ({duration.show(now - task.made)} ago)"
        yield finding("asked", text, Remedy("{}", f"task take {task.id[:8]}"), mine=True, sessions=[task.by])


def _due(state: State, me: Session, now: int) -> Iterator[Attention]:
    for task in record.held_by(state, me.id):
        if task.due is not None and task.status == "running" and task.due - now < SOON:
            left = f"ends in {duration.show(task.due - now)}" if task.due > now else "is over"
            text = f"the time for your task {printable(task.title)} {left}"
            yield finding("due", text, Remedy("{}", f"task done {task.id[:8]}"), mine=True, sessions=[me.id])


def _waiting(state: State, me: Session | None, task: Task, now: int) -> Attention:
    who = printable(session.called(state, task.holder))
    since = duration.show(max(0, now - task.updated))
    text = f"task {printable(task.title)} of {who} has been waiting {since} for {printable(task.waiting_for)}"
    asked = me is not None and me.id == task.by != task.holder
    hint = Remedy("{}", f"send {task.holder} SUBJECT") if asked else ""
    return finding("task-waiting", text, hint, mine=asked, sessions=[task.holder])
