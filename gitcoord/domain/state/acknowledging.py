"""Let the sessions that a write concerns acknowledge it, and say which of them did not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from gitcoord.dataclass import dataclass
from gitcoord.domain import reaction
from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.command import option
from gitcoord.domain.history import feed
from gitcoord.domain.message import request
from gitcoord.domain.session import identity
from gitcoord.domain.session import record as session
from gitcoord.domain.state.facts import Asks
from gitcoord.errors.usage import GoesWith, Oneself
from gitcoord.policy import duration
from gitcoord.policy.ids import EventId
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.event import Draft, Event
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State

PATIENCE = 120
"""Seconds for which acknowledgements are waited for where nothing is said."""

ACK_BY = option(
    "--ack-by", metavar="ID", help="Tell this session, and wait until it has acknowledged; may be repeated."
)
WAIT = option("--wait", metavar="D", help="With --ack-by: wait at most so long; 2m without it.")


class Asking(Protocol):
    """A request that may want acknowledgements."""

    @property
    def ack_by(self) -> list[str]:
        """Ids or names of the sessions that are to acknowledge."""

    @property
    def wait(self) -> str:
        """How long they are waited for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a session said to a write: `acknowledged` is when, None where it has not.

    `status` is 'active' or 'gone'.
    """

    session: str
    name: str
    status: str
    acknowledged: Moment | None


class Round:
    """The sessions that are to acknowledge a write, and the messages that tell them. Raises `Usage`, `NotFound`."""

    def __init__(self, call: Call, asked: Asking, me: Session) -> None:
        self._workspace, self._me = call.workspace, me
        if asked.wait and not asked.ack_by:
            raise GoesWith("--wait", "--ack-by ID", example="state set SCOPE KEY JSON --ack-by ID --wait 2m")
        self._seconds = duration.parse(asked.wait) if asked.wait else PATIENCE
        workspace = call.workspace
        found = workspace.surely(lambda state: [identity.named(workspace, state, text) for text in asked.ack_by])
        self._readers = {item.id: item for item in found}
        if me.id in self._readers:
            raise Oneself()
        self._messages = {item: EventId(call.workspace.ids.hexadecimal(EventId.DIGITS)) for item in self._readers}

    def drafts(self, state: State, written: Draft) -> list[Draft]:
        """Return the messages that tell the readers of a write: they go to the hub with it."""
        return reaction.drafts(self._workspace, state, "state", self._asks(written))

    def announce(self, done: Done) -> None:
        """Let the readers of this clone hear of it at their next command."""
        told = [item.event for item in done.outcomes if item.verdict is None]
        reaction.follow(self._workspace, "state", self._asks(done.outcomes[0].event), told)

    def _asks(self, written: Draft | Event) -> Asks:
        readers = [(reader, self._messages[reader.id]) for reader in self._readers.values()]
        return Asks(readers, written.id, written.subject, written.body, self._seconds)

    def wait(self) -> list[Answer]:
        """Wait until all have acknowledged who live, at most so long; return what became of each."""
        workspace, until = self._workspace, time.monotonic() + self._seconds
        due = time.monotonic() + HUB_EVERY
        with workspace.listening() as rung:
            answers = self._answers()
            while any(item.acknowledged is None and item.status != "gone" for item in answers):
                now = time.monotonic()
                if now >= until:
                    break
                rung(max(0.0, min(until, due) - now))
                if time.monotonic() >= min(due, until):  # the hub is asked before the answer is no
                    workspace.agreement.listen()
                    renew_if_due(workspace, self._me.id)
                    due = time.monotonic() + HUB_EVERY
                answers = self._answers()
        return answers

    def _answers(self) -> list[Answer]:
        workspace = self._workspace
        with feed.opened(workspace) as chronicle:
            state = workspace.ledger.state()
            found = []
            for reader in self._readers.values():
                said = request.acknowledged(chronicle, self._messages[reader.id], reader.id)
                when = None if said is None else Moment(said)
                found.append(Answer(reader.id, reader.name, self._status(state, reader), when))
        return found

    def _status(self, state: State, reader: Session) -> str:
        now = session.read(state, reader.id)
        return "gone" if now is None or self._workspace.gone(now) else "active"


def missing(answers: list[Answer]) -> str:
    """Name the sessions that have not acknowledged, '' where all have."""
    return ", ".join(
        printable(item.name) + (" (gone)" if item.status == "gone" else "")
        for item in answers
        if item.acknowledged is None
    )
