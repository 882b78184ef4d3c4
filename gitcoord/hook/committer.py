"""Which session runs this hook."""

from __future__ import annotations

import os

from gitcoord.kernel import process
from gitcoord.policy import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.sessions import Session, Sessions
    from gitcoord.hook.context import Context
    from gitcoord.kernel import roster


class Committer:
    """Whoever runs this hook, looked up when first asked for. All of it may raise `Unreadable`."""

    __slots__ = ("_ancestors", "_context", "_me", "sessions")

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self._context = context
        self.sessions = sessions
        self._ancestors: list[process.Process] | None = None
        self._me: tuple[Session | None] | None = None

    @property
    def me(self) -> Session | None:
        """The session that runs this hook, None where no session does."""
        if self._me is None:
            self._me = (self._find(),)
        return self._me[0]

    def mine(self) -> tuple[str, ...]:
        """Ids of the session that runs this hook and of its ancestors; empty where no session does."""
        return (self.me.id, *self.me.ancestors) if self.me else ()

    @property
    def ancestors(self) -> list[process.Process]:
        """The processes above this hook."""
        if self._ancestors is None:
            self._ancestors = process.ancestors(os.getpid())
        return self._ancestors

    def typed_by_person(self) -> bool:
        """Whether no agent is among the processes above this hook."""
        return identity.person(self.ancestors)

    def _find(self) -> Session | None:
        said = self._context.environ.get("GIT_COORD_SESSION", "")
        if said:
            found = self.sessions.get(said)
            if found is not None:
                return found
            named = (self.sessions.get(entry.session) for entry in self.sessions.entries if entry.name == said)
            bearers = [found for found in named if found is not None]
            if len(bearers) == 1:
                return bearers[0]
        entries = self.sessions.entries
        if not entries:
            return None
        looked_up = identity.find(
            entries,
            self.ancestors,
            self._context.environ,
            self._context.git_dir,
            boot=process.boot(),
            namespace=process.namespace(),
            for_reading=True,
            alive=self._may_live,
        )
        return self.sessions.get(looked_up[0]) if looked_up else None

    def _may_live(self, entry: roster.Entry) -> bool:
        session = self.sessions.get(entry.session)
        return session is not None and not self.sessions.evidence(session, None)
