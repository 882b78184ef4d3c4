"""Whose command it is: an agent's, a person's, or that of a program that nobody knows.

Everything is passed in: the processes above the command (nearest first) and its environment. Light: the guard uses it.

The rule is: in doubt apart, never together. An agent is known by its process, or by what it says in the environment.
A person is known by an interactive shell or by a tool that only people use. A program that is neither, and runs
commands without a terminal, may be an agent: it is on its own. "The session leader" says little: Node's `detached`,
`setsid -w bash -c`, a terminal per command and one-shots in tmux all make `bash -c` one, some with a terminal.
"""

from __future__ import annotations

from gitcoord.policy import agents, program, tools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal, Protocol

    Kind = Literal["agent", "sandboxed", "program", "person", "unknown"]

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
        def attended(self) -> bool:
            """Whether it reads from a terminal and writes to one."""

        @property
        def argv(self) -> list[str]:
            """Its command line."""


class Surroundings:
    """What a command can see of where it runs.

    `ancestors` are the processes above it, nearest first, and `own` its own process; `boot` and `namespace` say where
    they were read; `enclosed` whether this pid namespace is not the machine's own, so that processes outside of it
    cannot be seen. `uid` is the number of the user, `worktree` the git directory of this worktree. `more` gives the
    programs that the user calls agents, and those that the user calls people's tools.
    """

    __slots__ = ("_more", "ancestors", "boot", "enclosed", "environ", "namespace", "own", "uid", "worktree")

    def __init__(
        self,
        ancestors: Sequence[Ancestor],
        environ: Mapping[str, str],
        *,
        own: Ancestor | None = None,
        boot: str = "",
        namespace: str = "",
        enclosed: bool = False,
        uid: int = 0,
        worktree: str = "",
        more: Callable[[], tuple[frozenset[str], frozenset[str]]] | None = None,
    ) -> None:
        self.ancestors = ancestors
        self.environ = environ
        self.own = own
        self.boot = boot
        self.namespace = namespace
        self.enclosed = enclosed
        self.uid = uid
        self.worktree = worktree
        self._more: tuple[frozenset[str], frozenset[str]] | Callable[[], tuple[frozenset[str], frozenset[str]]]
        self._more = more or (frozenset(), frozenset())

    @property
    def more(self) -> tuple[frozenset[str], frozenset[str]]:
        """More names of agents, and of people's tools; asked for once, and only where a program is not known."""
        if callable(self._more):
            self._more = self._more()
        return self._more


class Origin:
    """Where a command comes from.

    `kind` is "agent" (its process is `process`), "sandboxed" (an agent that the environment names and whose process
    cannot be seen from here), "program" (nobody knows it, and it runs commands without a terminal; `process` is it),
    "person" (`process` is the shell of the terminal, where there is one) or "unknown".
    `agent` is the agent's name, `key` its own name for its session as `VARIABLE=value`, `root` the key of the session
    that it is a child thread of. `reach` are the ancestors whose sessions may be the command's.
    """

    __slots__ = ("agent", "key", "kind", "process", "reach", "root")

    def __init__(
        self,
        kind: Kind,
        reach: Sequence[Ancestor],
        process: Ancestor | None = None,
        *,
        agent: str = "",
        key: str = "",
        root: str = "",
    ) -> None:
        self.kind = kind
        self.reach = reach
        self.process = process
        self.agent = agent
        self.key = key
        self.root = root

    def __repr__(self) -> str:
        return f"<origin {self.kind} {self.process!r} {self.agent} {self.key}>"

    @property
    def is_agent(self) -> bool:
        """Whether an agent is known to be behind it, by its process or by the environment."""
        return bool(self.agent)

    @property
    def has_threads(self) -> bool:
        """Whether the agent's process may have several conversations, each a session of its own."""
        return self.agent in agents.THREADED


def of(around: Surroundings) -> Origin:
    """Return whose command it is that runs in these surroundings."""
    place, agent = _visible_agent(around)
    if agent is not None:
        key, root = agents.key_of(agent, around.environ), agents.root_of(agent, around.environ)
        reach = around.ancestors[: place + 1]
        return Origin("agent", reach, around.ancestors[place], agent=agent.name, key=key, root=root)
    walk = _Walk(around)
    named = _named(around, walk)
    if named is not None:
        agent, key = named
        if key and _cannot_be_seen(around, walk):
            root = agents.root_of(agent, around.environ) if " " not in key else ""
            return Origin("sandboxed", around.ancestors, agent=agent.name, key=key, root=root)
        return _unseen(walk, agent.name)
    generic = agents.generic(around.environ)
    if generic:
        return _unseen(walk, generic)
    return _plain(around, walk)


def typed_by_person(origin: Origin) -> bool:
    """Whether a person may have typed this: no agent is known to be behind it."""
    return not origin.is_agent


def _plain(around: Surroundings, walk: _Walk) -> Origin:
    """Return the origin where nothing in the environment speaks of an agent."""
    if walk.program is not None:
        return Origin("program", walk.below_barrier(), walk.program)
    if walk.script is not None and not walk.tool:
        return Origin("program", walk.below_barrier(), walk.script)
    if walk.prompt is not None or walk.tool:
        return Origin("person", around.ancestors, walk.prompt)
    if walk.job is not None:
        return Origin("program", walk.through_end(), walk.job)
    if walk.sandbox or (around.enclosed and not around.ancestors):
        return Origin("unknown", around.ancestors)
    if around.enclosed:
        first = around.ancestors[-1]
        if first.pid == 1 and program.is_shell(first.argv):  # all that this container runs
            return Origin("program", around.ancestors, first)
        return Origin("unknown", around.ancestors)
    return Origin("person", around.ancestors)


def _unseen(walk: _Walk, agent: str) -> Origin:
    """Return the origin where an agent speaks in the environment that is not to be found among the processes."""
    found = walk.program or walk.outer or walk.script or walk.prompt or walk.job
    reach = walk.through_end() if found in (walk.prompt, walk.job) else walk.below_barrier()
    return Origin("program" if found is not None else "unknown", reach, found, agent=agent)


def _cannot_be_seen(around: Surroundings, walk: _Walk) -> bool:
    """Whether an agent may be behind this that has no process to be seen: in a sandbox, or inside an editor.

    A variable that a terminal's server or a detached program inherited is not believed.
    """
    if not around.ancestors:
        return True
    if around.enclosed:
        return not walk.server
    return walk.editor


def _named(around: Surroundings, walk: _Walk) -> tuple[agents.Agent, str] | None:
    """Return the agent that the environment names, and the key of its session, '' where it says none."""
    found = agents.named_by(around.environ)
    if not found:
        return None
    if len(found) > 1 and walk.sandbox:
        found = [item for item in found if item[0].name == walk.sandbox] or found
    keys = [key for _, key in found if key]
    agent = next((agent for agent, key in found if key), found[0][0])
    # Of two the one that started the other cannot be told: together they are a third one's name.
    return agent, " ".join(keys)


def _visible_agent(around: Surroundings) -> tuple[int, agents.Agent | None]:
    """Return where the nearest agent's process stands, and which agent it is."""
    ancestors = around.ancestors
    windows = {around.environ.get(agent.window, ""): agent for agent in agents.AGENTS if agent.window}
    for place, ancestor in enumerate(ancestors):
        if agents.is_above_windows(ancestor.name, ancestor.argv):
            continue
        agent = agents.agent_of(ancestor.name, ancestor.argv, _more_agents(around, ancestor))
        if agent is not None and not _is_subshell(ancestors, place):
            return place, agent
        # A number that comes from outside of a sandbox may be that of a passing shell inside of it.
        window = windows.get(str(ancestor.pid))
        if window is not None and not program.is_shell(ancestor.argv) and not _is_nobodys(ancestor):
            return place, window
    return -1, None


def _is_nobodys(ancestor: Ancestor) -> bool:
    """Whether it is everybody's, or passing: never one worker's own process."""
    name, argv = ancestor.name, ancestor.argv
    return ancestor.pid == 1 or tools.is_everybodys(name, argv) or tools.is_passing(name, argv)


def _more_agents(around: Surroundings, ancestor: Ancestor) -> frozenset[str]:
    """Return the names that the user calls agents, where this process is not well known anyway."""
    bare = program.is_shell(ancestor.argv) and not program.script(ancestor.argv)
    return frozenset() if bare or _is_nobodys(ancestor) else around.more[0]


class _Walk:
    """One walk upwards from a command.

    `program` is the nearest program that nobody knows and that runs commands without a terminal, `outer` the nearest
    one whatever its terminal, `script` the nearest such shell that runs a script, `prompt` the shell that somebody
    types into, `job` the connection without a terminal, or the job of a scheduler, that the command is part of. `tool`
    says whether people's tools are on the way, `editor` whether one of them is an editor, `server` whether the walk
    ended at a server of terminals, `sandbox` is the name of the agent whose sandbox encloses it ("?" where that is not
    known, '' where there is none).
    """

    __slots__ = (
        "_around",
        "_end",
        "editor",
        "job",
        "outer",
        "program",
        "prompt",
        "sandbox",
        "script",
        "server",
        "tool",
    )

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self.program: Ancestor | None = None
        self.outer: Ancestor | None = None
        self.script: Ancestor | None = None
        self.prompt: Ancestor | None = None
        self.job: Ancestor | None = None
        self.tool = self.editor = self.server = False
        self.sandbox = ""
        self._end = len(around.ancestors)
        for place, ancestor in enumerate(around.ancestors):
            if self._ends(place, ancestor):
                self._end = place
                break

    def below_barrier(self) -> Sequence[Ancestor]:
        """Return the ancestors below the shell or the tool of a person, and below everybody's."""
        return self._around.ancestors[: self._end]

    def through_end(self) -> Sequence[Ancestor]:
        """Return the same with the process at which the walk ended, such as the shell that somebody types into."""
        return self._around.ancestors[: self._end + 1]

    def _ends(self, place: int, ancestor: Ancestor) -> bool:
        """Whether the walk ends at this process; notes what it says."""
        name, argv = ancestor.name, ancestor.argv
        if _is_prompt(ancestor):
            self.prompt = ancestor
            return not self._is_driven(place)
        if tools.is_everybodys(name, argv) or agents.is_above_windows(name, argv):
            self.sandbox = agents.sandbox_of(argv) or ("?" if tools.is_sandbox(name, argv) else "")
            self.server = not self.sandbox and ancestor.pid != 1
            self.job = self._job(place, ancestor)
            return True
        if ancestor.pid == 1:
            return True
        if self._is_hook(place):
            # Git runs it, without a terminal: what counts is who runs git.
            self.program = self.outer = self.script = None
            return False
        if tools.is_passing(name, argv) or _is_subshell(self._around.ancestors, place):
            return False
        below = self._around.ancestors[place - 1] if place else self._around.own
        attended = below is not None and below.attended
        if program.is_shell(argv):
            self.script = self.script or (None if attended else ancestor)
            return False
        if tools.is_peoples(name, argv, self._around.more[1]):
            self.tool, self.editor = True, tools.is_editor(name, argv)
            return True
        self.outer = self.outer or ancestor
        self.program = self.program or (None if attended else ancestor)
        return False

    def _job(self, place: int, ancestor: Ancestor) -> Ancestor | None:
        """Return what a server runs for somebody who has no terminal here; None where that does not say more."""
        below = self._around.ancestors[place - 1] if place else self._around.own
        if below is not None and below.terminal:
            return None
        if tools.is_connection(ancestor.name, ancestor.argv):
            return ancestor
        scheduled = tools.is_scheduler(ancestor.name, ancestor.argv)
        return self._around.ancestors[max(0, place - 1)] if scheduled else None

    def _is_hook(self, place: int) -> bool:
        """Whether it is a Git hook, with the git that runs it above it."""
        ancestors = self._around.ancestors
        if place + 1 >= len(ancestors):
            return False
        above = ancestors[place + 1]
        names = program.names(ancestors[place].name, ancestors[place].argv)
        return "git" in program.names(above.name, above.argv) and not names.isdisjoint(tools.HOOKS)

    def _is_driven(self, place: int) -> bool:
        """Whether a program that has a terminal itself made the one that this shell leads: it may type into it."""
        ancestors = self._around.ancestors
        for above in range(place + 1, len(ancestors)):
            ancestor = ancestors[above]
            name, argv = ancestor.name, ancestor.argv
            if tools.is_passing(name, argv) and not program.is_shell(argv):
                continue
            known = program.is_shell(argv) or tools.is_everybodys(name, argv) or tools.is_peoples(name, argv)
            if known or ancestor.pid == 1 or not ancestor.terminal:
                return False
            self.program = self.program or ancestor
            self.prompt = None
            return True
        return False


def _is_prompt(ancestor: Ancestor) -> bool:
    """Whether it is a shell that somebody types into: interactive or login, and leader of its terminal."""
    if not ancestor.leader or not ancestor.terminal:
        return False
    return program.is_shell(ancestor.argv) and not program.script(ancestor.argv)


def _is_subshell(ancestors: Sequence[Ancestor], place: int) -> bool:
    """Whether it is a fork of the shell above it: `( ... )` looks like its script and ends before it does."""
    if place + 1 >= len(ancestors):
        return False
    argv = ancestors[place].argv
    return program.is_shell(argv) and argv == ancestors[place + 1].argv
