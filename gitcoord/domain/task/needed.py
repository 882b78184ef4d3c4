"""Whom a task needs that waits for an answer, or for a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitcoord.domain.session import record as session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State


def needs(task: Task, holder: Session | None, one: Session) -> bool:
    """Whether a task that waits is for this session to think of.

    That is the session that added it, those that what it waits for names (by id, name, role, team or user), a parent of
    its holder, and the person for whom its holder, an agent, works. Its holder is none of them.
    """
    if one.id == task.holder:
        return False
    if one.id == task.by or _is_named(one, task.waiting_for):
        return True
    return holder is not None and (holder.related(one.id) or _works_for(holder, one))


def needed(state: State, task: Task) -> Iterator[Session]:
    """Return the living sessions that a task needs."""
    holder = session.read(state, task.holder)
    return (one for one in session.every(state) if needs(task, holder, one))


def _works_for(holder: Session, person: Session) -> bool:
    return bool(holder.agent) and not person.agent and bool(person.user) and person.user == holder.user


def _is_named(one: Session, text: str) -> bool:
    words = (one.id, one.name, f"role:{one.role}" if one.role else "", *(f"team:{team}" for team in one.teams))
    names = (*words, "" if one.agent else one.user)
    return any(re.search(rf"(?<![\w:-]){re.escape(name)}(?![\w:-])", text, re.IGNORECASE) for name in names if name)
