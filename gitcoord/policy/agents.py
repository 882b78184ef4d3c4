"""The coding agents that are known by their processes, and how a command line names its program.

To teach gitcoord another agent, add a line to `AGENTS`. Light: the guard uses it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Agent:
    """A kind of coding agent.

    `variables` hold its own session's id for the commands it runs; `programs` are the names its process goes
    by.
    """

    __slots__ = ("name", "programs", "variables")

    def __init__(self, name: str, variables: tuple[str, ...], programs: tuple[str, ...]) -> None:
        self.name = name
        self.variables = variables
        self.programs = programs

    def __repr__(self) -> str:
        return f"<agent {self.name}>"


AGENTS = (
    Agent("claude", ("CLAUDE_CODE_SESSION_ID",), ("claude",)),
    Agent("codex", ("CODEX_THREAD_ID",), ("codex",)),
    Agent("gemini", ("GEMINI_SESSION_ID",), ("gemini",)),
    # Not "cursor": that is the editor, in whose terminals people work.
    Agent("cursor", ("CURSOR_CONVERSATION_ID",), ("cursor-agent",)),
    Agent("copilot", ("COPILOT_AGENT_SESSION_ID",), ("copilot",)),
    Agent("opencode", (), ("opencode",)),
    Agent("aider", (), ("aider",)),
)

# An agent's program under another name, for one command: Codex starts itself like this as a sandbox.
_ERRANDS = frozenset({"codex-linux-sandbox"})

SHELLS = frozenset(
    {"sh", "bash", "rbash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "yash", "fish", "nu", "tcsh", "csh"}
)
_JAVASCRIPT = frozenset({"node", "nodejs", "bun", "deno"})
_PYTHON = frozenset({"python", "pypy"})
_SUFFIXES = (".js", ".mjs", ".cjs", ".py")

TEXT = "-c"
"""What `script` says of an interpreter that was given its program as text."""

# Options whose value is the next argument.
_SHELL_VALUES = frozenset({"--rcfile", "--init-file", "--init-command", "--emulate"})
_SHELL_TEXTS = ("--command", "--commands")
_JAVASCRIPT_VALUES = frozenset(
    {"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--config"}
)
_JAVASCRIPT_TEXTS = ("-e", "-p", "-pe", "--eval", "--print")


def agent_of(name: str, argv: Sequence[str]) -> Agent | None:
    """The agent whose process this is, by the kernel's name for it and its command line; None for any other.

    Looks at `name`, at the program started, and, where that is an interpreter, at the script it runs.
    """
    started = base(argv[0]) if argv else ""
    if started in _ERRANDS:
        return None
    names = (name, started, _stem(base(script(argv))))
    for agent in AGENTS:
        for program in agent.programs:
            if program in names:
                return agent
    return None


def base(path: str) -> str:
    """The last component of a path, without the dash that marks a login shell."""
    return path.rpartition("/")[2].removeprefix("-")


def is_shell(argv: Sequence[str]) -> bool:
    """Whether this command line started a shell."""
    return bool(argv) and _interpreter(argv[0]) in SHELLS


def script(argv: Sequence[str]) -> str:
    """What an interpreter was started to run: a path, or Python's module name.

    `TEXT` where the program is on the command line or comes in through standard input; empty where there is
    nothing to run (an interactive shell) or the program is no interpreter.
    """
    if not argv:
        return ""
    program = _interpreter(argv[0])
    if program in SHELLS:
        return _shell_script(argv[1:], fish=program == "fish")
    if program in _PYTHON:
        return _python_script(argv[1:])
    if program in _JAVASCRIPT:
        return _javascript_script(argv[1:])
    return ""


def _interpreter(path: str) -> str:
    """The name of a program without its version: bash for -bash, python for /usr/bin/python3.11."""
    name = base(path)
    return name if name in SHELLS else name.rstrip("0123456789.").rstrip("-")


def _stem(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)]
    return name


def _shell_script(arguments: Sequence[str], *, fish: bool) -> str:
    """As `script`; terminals of editors start `bash --init-file FILE`, which is interactive."""
    skip = False
    for place, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument in ("-", "--"):
            return arguments[place + 1] if place + 1 < len(arguments) else ""
        elif argument.startswith("--"):
            if argument.partition("=")[0] in _SHELL_TEXTS:
                return TEXT
            skip = argument in _SHELL_VALUES
        elif argument.startswith(("-", "+")):
            if argument[0] == "-" and ("c" in argument or "s" in argument):
                return TEXT
            skip = argument[-1] in "oO" or (fish and argument == "-C")
        else:
            return argument
    return ""


def _python_script(arguments: Sequence[str]) -> str:
    """As `script`; short options may stand together, and -c and -m end them (`-Im NAME`, `-Ic TEXT`)."""
    skip = False
    for place, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument == "-":
            return TEXT
        elif argument.startswith("--"):
            skip = argument == "--check-hash-based-pycs"
        elif argument.startswith("-"):
            for at, letter in enumerate(argument[1:], 2):
                value = argument[at:]
                if letter == "c":
                    return TEXT
                if letter == "m":
                    return value or (arguments[place + 1] if place + 1 < len(arguments) else "")
                if letter in "WX":
                    skip = not value
                    break
        else:
            return argument
    return ""


def _javascript_script(arguments: Sequence[str]) -> str:
    """As `script`, for node, bun and deno."""
    skip = False
    for place, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument == "--":
            return arguments[place + 1] if place + 1 < len(arguments) else ""
        elif argument == "-" or argument.partition("=")[0] in _JAVASCRIPT_TEXTS:
            return TEXT
        elif argument.startswith("-"):
            skip = argument in _JAVASCRIPT_VALUES
        elif argument != "run":  # bun run SCRIPT, deno run SCRIPT
            return argument
    return ""
