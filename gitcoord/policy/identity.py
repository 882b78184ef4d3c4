"""Which session a command belongs to, and whose process a new session belongs to.

Everything is passed in: where the command comes from (`policy.origin`), the clone's roster. Light: the guard uses it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal, Protocol

    from gitcoord.policy.origin import Ancestor, Origin, Surroundings

    Kind = Literal["agent", "sandboxed", "shell", "pid", "person", "weak", "none"]
    How = Literal["variable", "process", "person", "worktree"]

    class Listed(Protocol):
        """A line of the roster (`gitcoord.kernel.roster.Entry`)."""

        @property
        def session(self) -> str:
            """The session's id."""

        @property
        def parent(self) -> str:
            """The id of the session it is a child of, or empty."""

        @property
        def kind(self) -> str:
            """How its process was found."""

        @property
        def pid(self) -> int:
            """The number of its process, or 0."""

        @property
        def start(self) -> str:
            """When that was started."""

        @property
        def boot(self) -> str:
            """In which run of the kernel."""

        @property
        def namespace(self) -> str:
            """In which pid namespace."""

        @property
        def key(self) -> str:
            """The agent's own name for its session, `VARIABLE=value`, or empty."""

        @property
        def uid(self) -> int:
            """The number of the user who started it."""

        @property
        def worktree(self) -> str:
            """The git directory of the worktree it is bound to."""


RECORDED = ("agent", "shell", "pid")
"""The kinds of anchor whose process stands for the session: when it dies, the session is gone."""

AGENTS = ("agent", "pid")
"""Those of them whose process also keeps the session alive."""


UNKNOWN_USER = -1
"""The number of the user of an entry in which none stands."""


class Anchor:
    """Whose process a new session belongs to.

    `kind` is "agent", "sandboxed" (an agent whose process cannot be seen: found by its key), "shell", "pid" (named by
    the user), "person" (no process: found by the user), "weak" (a program that nobody knows: good for finding the
    session again from the same worktree, says nothing about its life) or "none"; `process` the ancestor, or None;
    `agent` the agent's name, or empty; `key` the agent's own name for its session as `VARIABLE=value`, or empty.
    """

    __slots__ = ("agent", "key", "kind", "process")

    def __init__(self, kind: Kind, process: Ancestor | None = None, agent: str = "", key: str = "") -> None:
        self.kind = kind
        self.process = process
        self.agent = agent
        self.key = key

    def __repr__(self) -> str:
        return f"<anchor {self.kind} {self.process!r}>"


def anchor(origin: Origin, *, named: bool) -> Anchor:
    """Return whose process a session belongs to that a command of this origin starts.

    A person's session is the user's in this clone; one that was `named` belongs to the shell it was started in.
    """
    if origin.kind == "agent":
        return Anchor("agent", origin.process, origin.agent, origin.key)
    if origin.kind == "sandboxed":
        return Anchor("sandboxed", None, origin.agent, origin.key)
    if origin.kind == "program":
        kind: Kind = "agent" if origin.is_agent else "weak"
        return Anchor(kind, origin.process, origin.agent)
    if origin.kind == "person" and not named:
        return Anchor("person")
    if origin.process is not None:
        return Anchor("shell", origin.process)
    return Anchor("none", None, origin.agent)


def find(
    entries: Sequence[Listed],
    around: Surroundings,
    origin: Origin,
    *,
    for_reading: bool,
    alive: Callable[[str], bool],
) -> tuple[str, How] | None:
    """Return the session of a command of this origin, and how it was found; None where it has none.

    `alive` is asked, only `for_reading`, whether the session of this id, bound to this worktree, may be alive.
    `--session` and GIT_COORD_SESSION come first and are the caller's.
    """
    search = _Search(entries, around, origin)
    found = search.by_key(origin.key) if origin.key else ""
    if found:
        return found, "variable"
    if origin.root:
        # A child thread is not its root; while it has no session, what it reads and commits is the root's.
        found = search.by_key(origin.root) or search.by_process() if for_reading else ""
        return (found, "variable") if found else None
    found = search.by_process() if origin.kind != "sandboxed" else search.by_named_process()
    if found:
        return found, "process"
    if origin.kind == "person":
        found = own(entries, around)
        if found:
            return found, "person"
    if not for_reading or origin.is_agent or origin.kind == "unknown":
        return None
    found = search.by_worktree(alive)
    return (found, "worktree") if found else None


def own(entries: Sequence[Listed], around: Surroundings) -> str:
    """Return the person's own session in this clone, '' where there is none."""
    for entry in reversed(entries):
        if entry.kind == "person" and entry.uid == around.uid:
            return entry.session
    return ""


def root_session(entries: Sequence[Listed], around: Surroundings, origin: Origin) -> str:
    """Return the session that the command, one of a child thread, is a child of; '' where there is none yet."""
    search = _Search(entries, around, origin)
    return search.by_key(origin.root) or ("" if origin.kind == "sandboxed" else search.by_process())


class _Search:
    """The roster, asked for the session of one command; every answer is an id, or ''."""

    __slots__ = ("_around", "_by_id", "_entries", "_origin")

    def __init__(self, entries: Sequence[Listed], around: Surroundings, origin: Origin) -> None:
        self._entries = entries
        self._around = around
        self._origin = origin
        self._by_id = {entry.session: entry for entry in entries}

    def by_key(self, key: str) -> str:
        """The agent's session of this name."""
        for entry in reversed(self._entries):
            if entry.key == key and self._is_keys_own(entry) and not self._hides(entry, same_key=True):
                return entry.session
        return ""

    def by_process(self) -> str:
        """The session that the nearest ancestor started."""
        for process in self._origin.reach:
            for entry in reversed(self._entries):
                if not entry.pid or not self._runs_in(entry, process) or self._hides(entry):
                    continue
                if self._is_of_other_thread(entry) or self._is_of_other_user(entry):
                    continue
                if entry.kind in RECORDED or entry.worktree == self._around.worktree:
                    return entry.session
        return ""

    def _is_of_other_user(self, entry: Listed) -> bool:
        """Whether another user started a session that is not an agent's: a program or a shell may run as several."""
        return entry.kind not in AGENTS and entry.uid not in (UNKNOWN_USER, self._around.uid)

    def _is_of_other_thread(self, entry: Listed) -> bool:
        """Whether an entry in the command's process is another conversation's: one process of its agent has several."""
        return bool(self._origin.key and entry.key not in ("", self._origin.key) and self._origin.has_threads)

    def by_named_process(self) -> str:
        """The session for which an ancestor was named by hand."""
        for process in self._origin.reach:
            for entry in reversed(self._entries):
                if entry.kind == "pid" and self._runs_in(entry, process):
                    return entry.session
        return ""

    def by_worktree(self, alive: Callable[[str], bool]) -> str:
        """The one session of this user that lives and is bound to this worktree, unless it is somebody's own."""
        here = (self._around.worktree, self._around.uid)
        bound = [entry for entry in self._entries if (entry.worktree, entry.uid) == here and alive(entry.session)]
        if len(bound) != 1:
            return ""
        only = bound[0]
        own = only.kind in ("person", "sandboxed") or (only.pid and not self._is_in_reach(only))
        return "" if own else only.session

    def _is_keys_own(self, entry: Listed) -> bool:
        """Whether an entry that bears the key is the command's: two windows may share a key, and it is inherited."""
        inside = entry.namespace == self._around.namespace and entry.boot == self._around.boot
        if self._origin.kind == "agent":
            if entry.kind == "agent":
                return self._is_in_reach(entry)
            return entry.kind == "sandboxed" and not inside
        if self._origin.kind != "sandboxed":
            return False
        if entry.kind == "agent":
            return not inside  # here its process would be seen
        lies = any(other.kind == "agent" and self._is_here(other, entry.key) for other in self._entries)
        return entry.kind == "sandboxed" and (inside or not lies)

    def _is_here(self, entry: Listed, key: str) -> bool:
        here = entry.namespace == self._around.namespace and entry.boot == self._around.boot
        return here and entry.key == key

    def _runs_in(self, entry: Listed, process: Ancestor) -> bool:
        here = (process.pid, process.start, self._around.boot, self._around.namespace)
        return _process(entry) == here

    def _is_in_reach(self, entry: Listed) -> bool:
        return any(self._runs_in(entry, process) for process in self._origin.reach)

    def _hides(self, entry: Listed, *, same_key: bool = False) -> bool:
        """Whether it is a child in its parent's process, where a plain command is the parent's."""
        parent = self._by_id.get(entry.parent) if entry.parent else None
        if parent is None or parent is entry or _process(parent) != _process(entry):
            return False
        return parent.key == entry.key if same_key else True


def _process(entry: Listed) -> tuple[int, str, str, str]:
    return entry.pid, entry.start, entry.boot, entry.namespace
