"""All commands: what each is for, without loading any. Those of the nouns say so themselves (`domain.NOUNS`)."""

from __future__ import annotations

from typing import NamedTuple

from gitcoord import __version__
from gitcoord.domain import NOUNS
from gitcoord.domain.command import Field, option


class Command(NamedTuple):
    """A command: its module here, what it does in one line, and examples of it as they follow `git coord`.

    `module` is '' for a command of a noun, and for the word that several commands of a noun begin with.
    """

    module: str
    summary: str
    examples: tuple[str, ...]


SHAPED = {"status": "status"}
"""Commands of nouns whose answers the terminal makes pages of: its modules, by the names of the commands."""

OWN = {
    "commit": Command(
        "commit",
        "Commit the staged changes of this session, and no others.",
        (
            "commit -m 'login: new'",
            "commit -F message.txt",
        ),
    ),
    "watch": Command(
        "watch",
        "Show what happens, as it happens.",
        (
            "watch --kind claim --kind release",
            "watch --topic 'shop.#' --json",
        ),
    ),
    "demo": Command(
        "demo",
        "Show how it works in a throw-away repository.",
        (
            "demo",
            "demo /tmp/story",
        ),
    ),
    "hook": Command(
        "hook",
        "Run a hook; called by the hook shims and by pre-commit.",
        (
            "hook pre-commit",
            "hook pre-push origin URL",
        ),
    ),
    "completion": Command(
        "completion",
        "Print the completion of commands and options for a shell.",
        (
            "completion bash",
            "completion fish",
        ),
    ),
    "mcp": Command(
        "mcp",
        "Serve coding agents over MCP, on standard input and output.",
        (
            "mcp",
            "mcp --session alice-1a2b3c4d",
        ),
    ),
    "serve": Command(
        "serve",
        "Serve programs on this machine over HTTP, and people the board as a page.",
        (
            "serve --open",
            "serve --socket /run/user/1000/shop.sock",
        ),
    ),
    "help": Command(
        "help",
        "Explain a command, or list all of them.",
        (
            "help claim",
            "help -a",
        ),
    ),
}

"""What is only for a terminal, or serves other programs: all else is a command of a noun."""

ALIASES = {
    "lock": "claim",
    "reserve": "claim",
    "unlock": "release",
    "locks": "claims",
    "uninstall": "uninit",
}

COMMON = (
    Field("json", bool, option("--json", help="Print one JSON object."), False),
    Field("session", str, option("--session", metavar="ID", help="Act as this session."), ""),
    Field("directory", str, option("-C", metavar="DIR", help="Run as if started there."), ""),
    Field("quiet", bool, option("-q", "--quiet", help="Print only the result."), False),
)
"""The options that stand before or after every command; the fields are those of `Invocation`."""

FIRST = ("init", "claim", "release", "status", "send", "inbox", "commit", "doctor")
"""What most people need."""


_NOUN_OF = {word: noun for noun, has in NOUNS.items() for word in has.commands.split()}

WORDS = (*OWN, *_NOUN_OF)
"""The first words of all commands."""


def noun_of(word: str) -> str:
    """Return the noun whose commands begin with this word; '' for a command of the command line's own."""
    return _NOUN_OF.get(word, "")


def listed() -> dict[str, Command]:
    """All commands, and the words that several begin with. Loads of each noun what it says of itself."""
    from gitcoord.domain import registry

    found = dict(OWN)
    for noun in dict.fromkeys(_NOUN_OF.values()):
        said = registry.summaries(noun)
        found |= {name: Command("", summary.text, summary.examples) for name, summary in said.items()}
    return found


def names() -> list[str]:
    """The full names of all commands."""
    known = listed()
    return [name for name in known if not any(other.startswith(f"{name} ") for other in known)]


def overview(names: tuple[str, ...]) -> str:
    """The commands of these names, a line each."""
    known = listed()
    width = max(len(name) for name in names)
    lines = ["usage: git coord COMMAND [--json] [--session ID] [-C DIR] [-q] ...", ""]
    lines += [f"  {name:<{width}}  {known[name].summary}" for name in names]
    lines += ["", "git coord help COMMAND explains a command, git coord help -a lists all of them.", ""]
    return "\n".join(lines)


def version() -> str:
    """What `--version` says."""
    return f"git-coord {__version__}"
