"""Which session a command belongs to, and whose process a new session belongs to.

Everything is passed in: the command's ancestors (nearest first), its environment, the clone's roster. Light:
the guard uses it.

"The session leader" alone is often a passing shell: Node's `detached`, `setsid -w bash -c`, a terminal per
command and one-shots in tmux all make `bash -c` one, some with a terminal. So: the agent's process, by name;
else a shell that leads its session, has a terminal, and was started to be typed into; else nothing whose
death would say anything.
"""

from __future__ import annotations

from gitcoord.policy import agents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal, Protocol, TypeVar

    Kind = Literal["agent", "shell", "pid", "weak", "none"]
    How = Literal["variable", "process", "worktree"]

    class Ancestor(Protocol):
        """A process as `gitcoord.kernel.process` reads it."""

        @property
        def pid(self) -> int:
            """Its number."""

        @property
        def start(self) -> str:
            """When it was started."""

        @property
        def name(self) -> str:
            """What the kernel calls it."""

        @property
        def leader(self) -> bool:
            """Whether it leads its own session."""

        @property
        def terminal(self) -> bool:
            """Whether it has a controlling terminal."""

        @property
        def argv(self) -> list[str]:
            """Its command line."""

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
        def worktree(self) -> str:
            """The git directory of the worktree it is bound to."""

    E = TypeVar("E", bound=Listed)

RECORDED = ("agent", "shell", "pid")
"""The kinds of anchor whose process stands for the session: when it dies, the session is gone."""

# Everybody's ancestors: nothing at or above them belongs to one window. The kernel cuts names at 15 bytes.
_EVERYBODYS = frozenset(
    {
        *("init", "systemd", "launchd", "runit", "s6-svscan", "supervisord"),
        *("tini", "dumb-init", "catatonit", "docker-init", "dockerd", "containerd", "containerd-shim"),
        *("conmon", "runc", "crun", "podman", "bwrap"),
        *("sshd", "sshd-session", "dropbear", "mosh-server", "login", "cron", "crond", "CRON", "atd"),
        *("tmux", "tmux: server", "screen", "SCREEN", "zellij", "dtach", "abduco"),
        *("gnome-terminal-", "konsole", "kitty", "wezterm-gui", "ghostty", "xfce4-terminal", "terminator"),
        # Editors: a commit from one is a person's, whatever else runs in it.
        *("code", "code-insiders", "codium", "cursor", "windsurf", "zed", "zed-editor"),
        *("idea", "pycharm", "emacs"),
    }
)

# Programs that start one command and end with it.
_ERRANDS = frozenset(
    {
        *("git", "git-coord", "setsid", "time", "timeout", "flock", "xargs"),
        *("sudo", "doas", "su", "runuser", "script", "strace", "ltrace", "unshare", "direnv", "uv", "uvx"),
    }
)


class Anchor:
    """Whose process a new session belongs to.

    `kind` is "agent", "shell", "pid" (named by the user), "weak" (good for finding the session again from the
    same worktree, says nothing about its life) or "none"; `process` the ancestor, or None; `agent` the
    agent's name, or empty; `key` the agent's own name for its session as `VARIABLE=value`, or empty.
    """

    __slots__ = ("agent", "key", "kind", "process")

    def __init__(self, kind: Kind, process: Ancestor | None = None, agent: str = "", key: str = "") -> None:
        self.kind = kind
        self.process = process
        self.agent = agent
        self.key = key

    def __repr__(self) -> str:
        return f"<anchor {self.kind} {self.process!r}>"


def anchor(ancestors: Sequence[Ancestor], environ: Mapping[str, str]) -> Anchor:
    """Whose process a session belongs to that a command with these ancestors starts.

    The nearest agent; else the nearest shell that somebody types into; else, weakly, the nearest process that
    is neither passing nor everybody's; else none.
    """
    place, agent = _agent(ancestors)
    if agent is not None:
        return Anchor("agent", ancestors[place], agent.name, _key(agent, environ))
    weak: Ancestor | None = None
    for at, ancestor in enumerate(ancestors):
        if _is_prompt(ancestor):
            return Anchor("shell", ancestor)
        if ancestor.pid == 1 or _is_named(ancestor, _EVERYBODYS):
            break
        if weak is None and not _is_passing(ancestor) and not _is_subshell(ancestors, at):
            weak = ancestor
    return Anchor("weak", weak) if weak is not None else Anchor("none")


def find(
    entries: Sequence[E],
    ancestors: Sequence[Ancestor],
    environ: Mapping[str, str],
    worktree: str,
    *,
    boot: str,
    namespace: str,
    for_reading: bool,
    alive: Callable[[E], bool],
) -> tuple[str, How] | None:
    """The session of a command with these ancestors, and how it was found; None where it has none.

    `boot` and `namespace` say where the ancestors were read. `alive` is asked, only `for_reading`, whether a
    session bound to this worktree may still be alive. `--session` and GIT_COORD_SESSION come first and are
    the caller's.
    """
    place, agent = _agent(ancestors)
    # A person's session above an agent is not the agent's.
    reach = ancestors if agent is None else ancestors[: place + 1]
    by_id = {entry.session: entry for entry in entries}

    def runs_in(entry: E, process: Ancestor) -> bool:
        here = (process.pid, process.start, boot, namespace)
        return (entry.pid, entry.start, entry.boot, entry.namespace) == here

    def in_reach(entry: E) -> bool:
        return any(runs_in(entry, process) for process in reach)

    def hides(entry: E) -> bool:
        """Whether it is a child in its parent's process, where a plain command is the parent's."""
        parent = by_id.get(entry.parent) if entry.parent else None
        return parent is not None and parent is not entry and _process(parent) == _process(entry)

    key = _key(agent, environ) if agent is not None else ""
    newest_first = [entry for entry in reversed(entries) if entry.pid and not hides(entry)]
    if key:
        for entry in newest_first:
            if entry.kind == "agent" and entry.key == key and in_reach(entry):
                return entry.session, "variable"
    for process in reach:
        for entry in newest_first:
            if runs_in(entry, process) and (entry.kind in RECORDED or entry.worktree == worktree):
                return entry.session, "process"
    if not for_reading:
        return None
    bound = [entry for entry in entries if entry.worktree == worktree and alive(entry)]
    if len(bound) != 1:
        return None
    only = bound[0]
    if only.kind in RECORDED and not in_reach(only):
        return None
    return only.session, "worktree"


def person(ancestors: Sequence[Ancestor]) -> bool:
    """Whether a person typed this, as far as the processes tell: no agent is among the ancestors."""
    return _agent(ancestors)[1] is None


def _agent(ancestors: Sequence[Ancestor]) -> tuple[int, agents.Agent | None]:
    """Where the nearest agent's process stands, and which agent it is."""
    for place, ancestor in enumerate(ancestors):
        agent = agents.agent_of(ancestor.name, ancestor.argv)
        if agent is not None and not _is_subshell(ancestors, place):
            return place, agent
    return -1, None


def _key(agent: agents.Agent, environ: Mapping[str, str]) -> str:
    for variable in agent.variables:
        value = environ.get(variable, "")
        if value:
            return f"{variable}={value}"
    return ""


def _process(entry: Listed) -> tuple[int, str, str, str]:
    return entry.pid, entry.start, entry.boot, entry.namespace


def _is_prompt(ancestor: Ancestor) -> bool:
    """Whether it is a shell that somebody types into: interactive or login, and leader of its terminal."""
    if not ancestor.leader or not ancestor.terminal:
        return False
    return agents.is_shell(ancestor.argv) and not agents.script(ancestor.argv)


def _is_passing(ancestor: Ancestor) -> bool:
    """Whether it runs one command and ends with it: `sh -c`, git, ourselves, `timeout` and the like."""
    argv = ancestor.argv
    if agents.is_shell(argv):
        return agents.script(argv) == agents.TEXT
    script = agents.base(agents.script(argv))
    return _is_named(ancestor, _ERRANDS) or script == "git-coord" or script.partition(".")[0] == "gitcoord"


def _is_named(ancestor: Ancestor, names: frozenset[str]) -> bool:
    argv = ancestor.argv
    return ancestor.name in names or (bool(argv) and agents.base(argv[0]) in names)


def _is_subshell(ancestors: Sequence[Ancestor], place: int) -> bool:
    """Whether it is a fork of the shell above it: `( ... )` looks like its script and ends before it does."""
    if place + 1 >= len(ancestors):
        return False
    argv = ancestors[place].argv
    return agents.is_shell(argv) and argv == ancestors[place + 1].argv
