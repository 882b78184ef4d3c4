"""Operations that are tried on the state before they are recorded: what would be refused is not recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.kinds import KINDS
from gitcoord.errors import Malformed
from gitcoord.errors.usage import NotRecordable
from gitcoord.kernel.refs import ABSENT
from gitcoord.ledger.event import STATEMENTS, Event
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.ledger.state import State
from gitcoord.policy.ids import NO_OBJECT, EventId, SessionId

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.workspace import Workspace
    from gitcoord.errors import CoordError
    from gitcoord.ledger.event import Draft
    from gitcoord.ledger.ledger import Done


class Trial:
    """A state on which operations are tried; nothing of it is ever written."""

    def __init__(self, workspace: Workspace, state: State, me: SessionId) -> None:
        self.state = State(workspace.ledger.store.objects, state.tree)
        self._workspace = workspace
        self._me = me
        self._count = 0

    def of(self, draft: Draft) -> Verdict:
        """Return the verdict that an operation would have now. Raises `Usage` where it is malformed."""
        self._count += 1
        now = self._workspace.clock.now()
        name = EventId(draft.id or f"{self._count:0{EventId.DIGITS}x}")
        event = Event(draft.kind, self._me, 0, name, now, draft.subject, draft.body, draft.data, ABSENT, NO_OBJECT)
        try:
            return KINDS[draft.kind](self.state, Operation(1 << 38, event, now))
        except Malformed as error:
            raise NotRecordable(error) from error


def record_all(
    workspace: Workspace,
    me: SessionId,
    make: Callable[[State], list[Draft]],
    refuse: Callable[[State, Verdict], CoordError],
) -> Done:
    """Record the operations that `make` says in view of the state, unless one of them would be refused.

    Raises what `refuse` returns, also where one was refused after it was recorded.
    """

    def decide(state: State) -> list[Draft]:
        drafts, trial = make(state), Trial(workspace, state, me)
        for draft in drafts:
            if draft.kind not in STATEMENTS:
                verdict = trial.of(draft)
                if not verdict.accepted:
                    raise refuse(state, verdict)
        return drafts

    done = workspace.transact(me, decide)
    for outcome in done.outcomes:
        if outcome.refused and outcome.verdict is not None:
            raise refuse(done.state, outcome.verdict)
    return done


def record_one(
    workspace: Workspace,
    me: SessionId,
    make: Callable[[State], Draft],
    refuse: Callable[[State, Verdict], CoordError],
) -> Done:
    """Record one operation, as `record_all` does."""
    return record_all(workspace, me, lambda state: [make(state)], refuse)
