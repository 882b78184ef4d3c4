"""Whether a claim still counts: its deadline, and the lease and process of the session that holds it."""

from __future__ import annotations

from gitcoord.kernel import process
from gitcoord.policy import guard, identity, lease

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from gitcoord.kernel import roster

    class Leased(Protocol):
        """A session as the ledger has it. `last` and `lease` are seconds."""

        @property
        def id(self) -> str:
            """Its id."""

        @property
        def clone(self) -> str:
            """The clone that it works in."""

        @property
        def last(self) -> int:
            """When its last operation was recorded."""

        @property
        def lease(self) -> int:
            """For how long it counts as alive from then on."""


class Liveness:
    """What this clone knows of the life of sessions.

    `clone` tells this clone's id ('' where it has none), `recorded` the roster's entry of a session, `skew` how many
    seconds the clocks of two clones may be apart; each is asked when it matters. `now` is in seconds. `where` is what
    `process.here` said, asked when it is not given.
    """

    __slots__ = ("_clone", "_now", "_recorded", "_skew", "_where")

    def __init__(
        self,
        clone: Callable[[], str],
        recorded: Callable[[str], roster.Entry | None],
        now: Callable[[], int],
        skew: Callable[[], int],
        where: tuple[str, str] | None = None,
    ) -> None:
        self._clone = clone
        self._recorded = recorded
        self._now = now
        self._skew = skew
        self._where = where

    @property
    def now(self) -> int:
        """The time, in seconds."""
        return self._now()

    def evidence(self, session: Leased, until: int | None) -> str:
        """Return why a claim of `session` with the deadline `until` does not count: 'deadline', 'process' or 'lease'.

        Returns '' while it counts. Without a deadline (None) it is the session that is asked about.
        """
        clone = self._clone()
        if clone and session.clone == clone:
            agent, state = self._process_of(session.id)
            return guard.stale(until, session.last, session.lease, self.now, skew=0, agent=agent, process=state)
        found = self._abroad(session, until, lease.SKEW)
        # The setting can only make the tolerance wider: it is looked up where it can change the answer.
        return self._abroad(session, until, self._skew()) if found else ""

    def agent_lives(self, session: Leased) -> bool:
        """Return whether the agent's process of a session of this clone is known to live."""
        return session.clone == self._clone() and self._process_of(session.id) == (True, "alive")

    def _abroad(self, session: Leased, until: int | None, skew: int) -> str:
        return guard.stale(until, session.last, session.lease, self.now, skew=skew, agent=False, process="unknown")

    def _process_of(self, session: str) -> tuple[bool, str]:
        """Whether the recorded process is an agent's, or named as the session's own, and its state."""
        entry = self._recorded(session)
        if entry is None or entry.kind not in identity.RECORDED:
            return False, "unknown"
        return entry.kind in identity.AGENTS, process.state_of(entry.mark, self._where)
