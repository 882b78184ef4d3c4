"""Which session an agent's event belongs to, and which others live beside it."""

from __future__ import annotations

from gitcoord import errors
from gitcoord.hook.context import Context
from gitcoord.kernel import coordfile, git, roster

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.guard.reader import Reader
    from gitcoord.guard.sessions import Session
    from gitcoord.hook.agent.event import Event
    from gitcoord.hook.committer import Committer

VARIABLE = "GIT_COORD_SESSION"

KEYS = {
    "claude-code": "CLAUDE_CODE_SESSION_ID",
    "codex": "CODEX_THREAD_ID",
    "cursor": "CURSOR_CONVERSATION_ID",
    "gemini": "GEMINI_SESSION_ID",
    "copilot": "COPILOT_AGENT_SESSION_ID",
    "opencode": "OPENCODE_SESSION_ID",
}
"""The variable in which each agent's commands have the id of its session, as far as they have it."""

CHILD = "CODEX_THREAD_ID", "CLAUDE_CODE_AGENT_ID"
"""The variables for the id of a subagent: where its commands see it themselves, and where nothing but its hooks do."""

_LONGEST_KEY = 200


def key_of(event: Event) -> str:
    """Return the agent's own name for the session of an event, `VARIABLE=value`; '' where it does not say."""
    variable = KEYS[event.program]
    if event.child:
        variable = CHILD[0] if event.agent == "codex" else CHILD[1]
    value = event.child or event.session
    return f"{variable}={value}" if value and len(value) <= _LONGEST_KEY and value.isprintable() else ""


def environment(event: Event, environ: Mapping[str, str], coord_dir: str) -> dict[str, str]:
    """Return the environment that the agent's commands have, as far as it says which session they belong to.

    A session that the environment names counts where that can be this one: a variable that was inherited from another
    agent lies. Raises `Unreadable`.
    """
    env = git.scrubbed(dict(environ))
    if event.session:
        env[KEYS[event.program]] = event.child if event.agent == "codex" and event.child else event.session
        if event.agent == "codex":
            env["CODEX_SESSION_ID"] = event.session
    said, key = env.pop(VARIABLE, ""), key_of(event)
    entries = roster.read(f"{coord_dir}/{coordfile.ROSTER}")
    if event.child and event.agent != "codex":
        named = [entry for entry in entries if entry.key == key]
    else:
        named = [entry for entry in entries if said in (entry.session, entry.name) and _may_be(entry, key)]
        bearers = [entry for entry in entries if key and entry.key == key]
        if not named and all(entry.kind == "sandboxed" for entry in bearers):
            named = bearers  # no process of the agent was seen when it was started: it is known by the key alone
    if named:
        env[VARIABLE] = named[-1].session
    return env


def _may_be(entry: roster.Entry, key: str) -> bool:
    return entry.key == key if entry.key or entry.kind in ("agent", "sandboxed") else True


class Window:
    """The session of an event's agent; looked up when first asked for. All of it may raise `Unreadable`."""

    __slots__ = ("_committer", "_reader", "context")

    def __init__(self, context: Context, reader: Reader) -> None:
        self.context = context
        self._reader = reader
        self._committer: Committer | None = None

    @property
    def committer(self) -> Committer:
        """Whoever acts, as the guard knows it; loaded where a claim is met."""
        if self._committer is None:
            from gitcoord.hook.committer import Committer

            self._committer = Committer(self.context, self._reader)
        return self._committer

    @property
    def me(self) -> Session | None:
        """The session, None where none was started."""
        return self.committer.me

    @property
    def pid(self) -> int:
        """The number of the agent's process, 0 where it cannot be seen."""
        process = self.committer.seen[1].process
        return process.pid if process is not None and self.committer.seen[1].kind == "agent" else 0

    def others(self, worktree: str = "") -> list[str]:
        """Return the ids of the living sessions of other windows of this clone; of one worktree where it is named.

        A subagent, the session that it is a child of, and other children of that one are one window.
        """
        mine = self._family(self.me.id) if self.me else set()
        found: list[str] = []
        for entry in self.committer.clone.entries():
            if entry.session in mine or (worktree and entry.worktree != worktree):
                continue
            session = self.committer.sessions.get(entry.session)
            if session is not None and not self.committer.sessions.liveness.evidence(session, None):
                found.append(entry.session)
        return found

    def is_of_us(self, session: str) -> bool:
        """Whether a session is of this window, too: a subagent's, or that of a subagent's parent."""
        return self.me is not None and session in self._family(self.me.id)

    def _family(self, session: str) -> set[str]:
        parents: dict[str, str] = {entry.session: entry.parent for entry in self.committer.clone.entries()}

        def root(of: str) -> str:
            seen: set[str] = set()
            while (above := parents.get(of)) and above not in seen:
                seen.add(of)
                of = above
            return of

        top = root(session)
        return {session, *(known for known in parents if root(known) == top)}


def open_context(common_dir: str, environ: dict[str, str]) -> Context:
    """Return the context of a hook that an agent runs. Raises `Unreadable`."""
    return Context(common_dir, _store(common_dir, environ), environ)


def _store(common_dir: str, environ: dict[str, str]) -> str:
    """Return the repository with the ledger, relative to the common directory; '' where it is that one.

    `init` writes it into the repository's own configuration: where that does not speak of it nothing is asked.
    """
    from gitcoord.kernel import file

    try:
        if b"store" not in file.read(common_dir + "/config").lower():
            return ""
    except OSError as error:
        raise errors.storage.CannotAccess("read the configuration of", common_dir, error.strerror) from None
    _, out, _ = git.Git(environ, git_dir=common_dir).ask("config", "--get", "coord.store")
    value = out.decode(errors="surrogateescape").removesuffix("\n")
    return {"separate": "coord/store.git", "repo": ""}.get(value, value)
