"""Which session runs this hook."""

from __future__ import annotations

import os

from gitcoord.guard.clone import Clone
from gitcoord.guard.liveness import Liveness
from gitcoord.guard.sessions import Sessions
from gitcoord.kernel import process
from gitcoord.policy import identity
from gitcoord.policy import origin as origins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.reader import Reader
    from gitcoord.guard.sessions import Session
    from gitcoord.hook.context import Context
    from gitcoord.policy.origin import Origin, Surroundings

_VARIABLE = "GIT_COORD_SESSION"


class Committer:
    """Whoever runs this hook, looked up when first asked for. All of it may raise `Unreadable`."""

    __slots__ = ("_context", "_me", "_seen", "clone", "sessions")

    def __init__(self, context: Context, reader: Reader) -> None:
        self._context = context
        self.clone = Clone(context.coord_dir)
        liveness = Liveness(self.clone.id, self.clone.recorded, context.now, context.skew)
        self.sessions = Sessions(reader, liveness)
        self._seen: tuple[Surroundings, Origin] | None = None
        self._me: tuple[Session | None] | None = None

    @property
    def me(self) -> Session | None:
        """The session that runs this hook, None where no session does."""
        if self._me is None:
            said = self._context.environ.get(_VARIABLE, "")
            self._me = (self._named(said) if said else self._find(),)
        return self._me[0]

    @property
    def named(self) -> str:
        """How the environment names the session that runs this hook, where that alone decides; '' otherwise."""
        said = self._context.environ.get(_VARIABLE, "")
        if not said or self.me is None:
            return ""
        bearers = [entry.session for entry in self.clone.entries() if entry.name == said]
        return said if said == self.me.id or bearers == [self.me.id] else ""

    def mine(self) -> tuple[str, ...]:
        """Ids of the session that runs this hook and of its ancestors; empty where no session does."""
        return (self.me.id, *self.me.ancestors) if self.me else ()

    @property
    def seen(self) -> tuple[Surroundings, Origin]:
        """What can be seen of where this hook comes from, and what that says."""
        if self._seen is None:
            self._seen = origin_of(self._context)
        return self._seen

    @property
    def prefix(self) -> str:
        """The directory below the top in which git was called, '' for the top."""
        return self._context.environ.get("GIT_PREFIX", "")

    def typed_by_person(self) -> bool:
        """Whether a person may have typed this: no agent is known to be behind it."""
        return origins.typed_by_person(self.seen[1])

    def is_plain_person(self) -> bool:
        """Whether a person may have typed this who never started a session, nor says to be one."""
        return self.me is None and not self._context.environ.get(_VARIABLE) and self.typed_by_person()

    def is_own(self, holder: Session) -> bool:
        """Whether a person runs this hook, and the holder is another session of their own."""
        if self._context.environ.get(_VARIABLE) or self.seen[1].kind != "person":
            return False
        return self.clone.is_of_user(holder, os.getuid())

    def _named(self, said: str) -> Session | None:
        """The session of this id or name; who names nobody alive is nobody, and not whoever is found otherwise."""
        found = self.sessions.get(said)
        if found is not None:
            return found if self.clone.has(found) else None
        named = (self.sessions.get(entry.session) for entry in self.clone.entries() if entry.name == said)
        bearers = [found for found in named if found is not None]
        living = [found for found in bearers if not self.sessions.liveness.evidence(found, None)] or bearers
        return living[0] if len(living) == 1 else None

    def _find(self) -> Session | None:
        entries = [entry for entry in self.clone.entries() if self.sessions.lives(entry.session)]
        if not entries:
            return None
        looked_up = identity.find(entries, *self.seen, for_reading=True, alive=self._may_live)
        return self.sessions.get(looked_up[0]) if looked_up else None

    def _may_live(self, name: str) -> bool:
        session = self.sessions.get(name)
        return session is not None and not self.sessions.liveness.evidence(session, None)


def origin_of(context: Context) -> tuple[Surroundings, Origin]:
    """Return what can be seen of where this hook comes from, and what that says."""

    def said() -> dict[str, str]:
        pattern = "^(" + "|".join(process.SETTINGS).replace(".", "\\.") + ")$"
        _, out, _ = context.git.ask("config", "-z", "--get-regexp", pattern)
        pairs = (entry.decode(errors="replace").partition("\n") for entry in out.split(b"\0"))
        return {key: value for key, _, value in pairs}  # the last one counts

    return process.around(context.environ, os.getpid(), os.getuid(), context.git_dir, said)
