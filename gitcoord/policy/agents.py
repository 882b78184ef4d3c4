"""The coding agents that are known, by their processes and by what they say in the environment.

To teach gitcoord another agent, add a line to `AGENTS`; a user names one in `coord.agents`. Light: the guard uses it.
"""

from __future__ import annotations

from gitcoord.policy import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Agent:
    """A kind of coding agent.

    `variables` hold its own session's id for the commands it runs; `programs` are the names its process goes by;
    `marks` are other variables that only this agent sets; `root` holds the session that a child thread belongs to;
    `window` holds the number of its process.
    """

    __slots__ = ("marks", "name", "programs", "root", "variables", "window")

    def __init__(
        self,
        name: str,
        programs: tuple[str, ...],
        variables: tuple[str, ...] = (),
        *,
        marks: tuple[str, ...] = (),
        root: str = "",
        window: str = "",
    ) -> None:
        self.name = name
        self.programs = programs
        self.variables = variables
        self.marks = marks
        self.root = root
        self.window = window

    def __repr__(self) -> str:
        return f"<agent {self.name}>"


_CODEX = ("CODEX_CI", "CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED")

AGENTS = (
    Agent("claude", ("claude",), ("CLAUDE_CODE_SESSION_ID",), marks=("CLAUDECODE",), window="CLAUDE_PID"),
    Agent("codex", ("codex",), ("CODEX_THREAD_ID",), marks=_CODEX, root="CODEX_SESSION_ID"),
    Agent("gemini", ("gemini",), ("GEMINI_SESSION_ID",), marks=("GEMINI_CLI",)),
    # Not the program "cursor": that is the editor, in whose terminals people work.
    Agent("cursor", ("cursor-agent",), ("CURSOR_CONVERSATION_ID",), marks=("CURSOR_AGENT",)),
    Agent("copilot", ("copilot",), ("COPILOT_AGENT_SESSION_ID",), marks=("COPILOT_CLI",)),
    # Its plugin alone tells a command its conversation; one process has several of them.
    Agent(
        "opencode",
        ("opencode",),
        ("OPENCODE_SESSION_ID",),
        marks=("OPENCODE",),
        root="OPENCODE_ROOT_SESSION_ID",
    ),
    Agent("aider", ("aider",)),
)

THREADED = frozenset(agent.name for agent in AGENTS if agent.root)
"""Those of whom one process has several conversations, each a session of its own."""

GENERIC = ("AI_AGENT", "AGENT")
"""Variables by which an agent that is in no table may say that it is one."""

# An agent's program under another name, for one command: Codex starts itself like this as a sandbox.
_SANDBOXES = {"codex-linux-sandbox": "codex"}

# Claude Code's own processes that are above several windows, or hold a terminal for one: never a window themselves.
_NO_WINDOW = frozenset({"daemon", "bg-pty-host", "--bg-pty-host"})


def agent_of(name: str, argv: Sequence[str], more: Collection[str] = ()) -> Agent | None:
    """Return the agent whose process this is, by the kernel's name for it and its command line; None for any other.

    `more` are names of programs that the user calls agents.
    """
    if sandbox_of(argv) or is_above_windows(name, argv):
        return None
    names = program.names(name, argv)
    for agent in AGENTS:
        if not names.isdisjoint(agent.programs) or (agent.name == "claude" and _is_native_claude(argv)):
            return agent
    for other in more:
        if other in names:
            return Agent(other, (other,))
    return None


def is_above_windows(name: str, argv: Sequence[str]) -> bool:
    """Whether this is a process of Claude Code that is nobody's window: its daemon, or the host of a terminal."""
    if not argv or not (_is_native_claude(argv) or "claude" in program.names(name, argv)):
        return False
    return not _NO_WINDOW.isdisjoint((*argv[0].split(" ")[1:2], *argv[1:2]))


def sandbox_of(argv: Sequence[str]) -> str:
    """Return the name of the agent whose sandbox this process is; '' for any other."""
    return _SANDBOXES.get(program.base(argv[0]) if argv else "", "")


def named_by(environ: Mapping[str, str]) -> list[tuple[Agent, str]]:
    """Return the agents that the environment names, each with `VARIABLE=value` of its session, or ''."""
    found = []
    for agent in AGENTS:
        key = key_of(agent, environ)
        if key or any(environ.get(mark) for mark in agent.marks):
            found.append((agent, key))
    return found


def key_of(agent: Agent, environ: Mapping[str, str]) -> str:
    """Return the agent's own name for its session, `VARIABLE=value`; '' where the environment does not say."""
    for variable in agent.variables:
        value = environ.get(variable, "")
        if value:
            return f"{variable}={value}"
    return ""


def root_of(agent: Agent, environ: Mapping[str, str]) -> str:
    """Return the key of the session that this one is a child thread of; '' where it is none."""
    root, own = environ.get(agent.root, "") if agent.root else "", key_of(agent, environ)
    key = f"{agent.variables[0]}={root}" if root and own else ""
    return "" if key == own else key


def generic(environ: Mapping[str, str]) -> str:
    """Return what an agent that is in no table calls itself; '' where the environment does not speak of one."""
    for variable in GENERIC:
        value = environ.get(variable, "")
        if value:
            word = value.partition("_")[0].partition("/")[0].strip().lower()
            plain = word.replace("-", "")
            return word[:30] if plain.isascii() and plain.isalnum() and not plain.isdigit() else "agent"
    return ""


def _is_native_claude(argv: Sequence[str]) -> bool:
    """Whether the program is `.../claude/versions/2.1.332`: the native installation, whose file is its version."""
    parts = argv[0].split("/")[-3:] if argv else []
    return parts[:2] == ["claude", "versions"] and parts[-1].replace(".", "").isdigit()
