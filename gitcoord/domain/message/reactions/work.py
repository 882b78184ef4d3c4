"""Who is told of tasks that were asked for, of barriers, of writes to shared state, and of what was merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.message import record as message
from gitcoord.domain.message.notification import announce, letter, post, to
from gitcoord.domain.message.record import LONGEST_SUBJECT, Letter
from gitcoord.domain.reaction import Reaction
from gitcoord.domain.session import record as session
from gitcoord.domain.task.facts import Answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.barrier.facts import Complete
    from gitcoord.domain.commit.integration import Landed
    from gitcoord.domain.history.facts import Arrived
    from gitcoord.domain.radar.facts import Collides
    from gitcoord.domain.state.facts import Asks
    from gitcoord.domain.task.facts import CalledOff, Needs, Requested
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Draft, Event
    from gitcoord.ledger.state import State


def _ask(workspace: Workspace, _: State, asked: Requested) -> list[Draft]:
    """Ask for a task in words, too."""
    said = Letter(asked.title, asked.body, "request", priority=asked.priority, about=(asked.task,))
    return [message.draft(asked.to, said, workspace.clock.now())]


def _announce_statements(workspace: Workspace, _: object, events: Sequence[Event]) -> None:
    """Let the readers of this clone hear of the messages that were recorded at their next command."""
    announce(workspace, events)


def _tell_who_asked(workspace: Workspace, answered: Answered, _: Sequence[Event]) -> None:
    """Tell the session that asked for a task that it is over, and how."""
    task = answered.task
    asker = session.read(answered.state, task.by)
    if asker is not None:
        subject = f"{task.status}: {task.title}"[:LONGEST_SUBJECT]
        said = Letter(subject, answered.words, "answer", about=(task.id,))
        post(workspace, answered.session, [(to(asker), said)])


def _tell_of_cancel(workspace: Workspace, over: Answered | CalledOff, events: Sequence[Event]) -> None:
    """Tell the session that asked for a task, or those who were asked and had not taken it, that it is cancelled."""
    if isinstance(over, Answered):
        _tell_who_asked(workspace, over, events)
        return
    task = over.task
    said = Letter(f"cancelled: {task.title}"[:LONGEST_SUBJECT], over.words, "answer", about=(task.id,))
    post(workspace, over.session, [(message.address_in(task.to), said)])


def _tell_who_is_needed(workspace: Workspace, needs: Needs, _: Sequence[Event]) -> None:
    """Tell those whom a task needs that it waits, and for what."""
    task = needs.task
    said = letter("needed", f"{task.title} waits for {task.waiting_for}", needs.words, about=[task.id])
    post(workspace, needs.session, [(to(reader), said) for reader in needs.readers])


def _tell_who_arrived(workspace: Workspace, complete: Complete, _: Sequence[Event]) -> None:
    """Tell the others who arrived at a barrier, and the session that made it, that it is complete."""
    barrier = complete.barrier
    names = dict.fromkeys([*(arrival.session for arrival in barrier.arrivals), barrier.by])
    readers = [session.read(complete.state, name) for name in names if name != complete.session]
    task = f"; task {barrier.task[:8]} is ready" if barrier.task else ""
    said = letter("barrier", f"all have arrived at {barrier.name}{task}")
    post(workspace, complete.session, [(to(reader), said) for reader in readers if reader is not None])


def _ask_for_acknowledgement(workspace: Workspace, _: State, asks: Asks) -> list[Draft]:
    """Tell the readers of a write, who are to acknowledge it; the messages go to the hub with it."""
    subject = f"acknowledge what was written: {asks.subject}"[:LONGEST_SUBJECT]
    said = Letter(subject, asks.body, "state", wants_ack=True, ttl=asks.seconds, about=(asks.write,))
    now = workspace.clock.now()
    return [message.draft(to(reader), said, now, name) for reader, name in asks.readers]


def _tell_whose_branch_is_behind(workspace: Workspace, merged: Landed, _: Sequence[Event]) -> None:
    told = [(to(reader), letter("landed", subject, about=[merged.commit])) for reader, subject in merged.readers]
    post(workspace, merged.session, told)


def _tell_whose_work_collides(workspace: Workspace, collides: Collides, _: Sequence[Event]) -> None:
    body = "You are told only once."
    told = [(to(one.session), letter("conflict", one.sentence, body, about=[one.about])) for one in collides.concerned]
    post(workspace, collides.session, told)


def _announce_arrived(workspace: Workspace, arrived: Arrived, events: Sequence[Event]) -> None:
    announce(workspace, events, called=arrived.called)


REACTIONS = (
    Reaction("task-add", drafts=_ask, follow=_announce_statements),
    Reaction("task-update", follow=_tell_who_is_needed),
    Reaction("task-again", follow=_tell_who_asked),
    Reaction("task-done", follow=_tell_who_asked),
    Reaction("task-fail", follow=_tell_who_asked),
    Reaction("task-decline", follow=_tell_who_asked),
    Reaction("task-cancel", follow=_tell_of_cancel),
    Reaction("barrier-arrive", follow=_tell_who_arrived),
    Reaction("state", drafts=_ask_for_acknowledgement, follow=_announce_statements),
    Reaction("landed", follow=_tell_whose_branch_is_behind),
    Reaction("collision", follow=_tell_whose_work_collides),
    Reaction("message", follow=_announce_arrived),
)
