"""What happened to tasks, as the nouns that react to it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from gitcoord.domain.message.record import Address
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Requested:
    """A session asks another one for a task (its id): a title, a body and a priority, as messages have them."""

    to: Address
    task: str
    title: str
    body: str
    priority: str


@dataclass(frozen=True, slots=True)
class Needs:
    """A task of a session (its id) began to wait for something that is for these sessions to think of."""

    session: SessionId
    task: Task
    words: str
    readers: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A session (its id) ended a task that another one had asked for; `words` say how.

    `state` is the one after that.
    """

    session: SessionId
    task: Task
    words: str
    state: State


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A session (its id) cancelled a task that was asked for and that nobody had taken; `words` say why."""

    session: SessionId
    task: Task
    words: str
