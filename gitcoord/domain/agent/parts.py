"""The files that belong to an agent's configuration, and how our parts in them are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.dataclass import dataclass
from gitcoord.domain.agent.merge import Entry, Plan
from gitcoord.domain.agent.permissions import SERVER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MARKS = ("gitcoord/hook/agent/", "git-coord agent hook ", "git coord agent hook ")
"""What only a hook line of ours has in it."""

PATIENCE = 30
"""Seconds after which an agent may end a hook; ours end themselves earlier."""


@dataclass(frozen=True, slots=True)
class Where:
    """For whom something is installed: for the user in `home`, or for all who work below `top`.

    `line` gives the shell line of a hook for an event. `server` is the command that starts the MCP server.
    """

    environ: Mapping[str, str]
    home: Path
    top: Path
    project: bool
    line: Callable[[str], str]
    server: tuple[str, ...]

    def directory(self, variable: str, below_home: str) -> Path:
        """Return the user's directory of an agent: what the variable names, or what it is by default."""
        named = self.environ.get(variable, "")
        return Path(named) if named else self.home / below_home

    @property
    def config_home(self) -> Path:
        """The directory for configuration of the desktop's rules."""
        named = self.environ.get("XDG_CONFIG_HOME", "")
        return Path(named) if named.startswith("/") else self.home / ".config"


class Json(NamedTuple):
    """A JSON file, shared with others."""

    path: Path
    plan: Plan


class Toml(NamedTuple):
    """A TOML file, shared with others, that gets a table. `header` is its name."""

    path: Path
    header: str
    body: str


class Own(NamedTuple):
    """A file that is ours alone."""

    path: Path
    text: str


Part = Json | Toml | Own
"""A file of an agent that holds something of ours."""


class Program(NamedTuple):
    """An agent's program.

    `files` are its files that hold something of ours; `used` is the directory that it makes when it is first used;
    `restart` says which windows learn of a change, and how; `notes` what a person has to know or do besides.
    """

    name: str
    title: str
    used: Callable[[Where], Path]
    files: Callable[[Where], tuple[Part, ...]]
    restart: str
    notes: Callable[[Where], tuple[str, ...]] = lambda _: ()


def groups(
    where: Where, events: Mapping[str, str], *, unit: int = 1, name: str = "", short: Mapping[str, int] | None = None
) -> tuple[Entry, ...]:
    """Return the hooks of agents that know groups with a matcher; `events` gives each event its matcher, '' for all.

    `unit` is a second in the agent's own unit of time; `short` has the seconds of events that get fewer than others.
    """
    found = []
    for event, matcher in events.items():
        patience = (short or {}).get(event, PATIENCE)
        hook: dict[str, Any] = {"type": "command", "command": where.line(event), "timeout": patience * unit}
        if name:
            hook = {"name": name, **hook}
        group = {"matcher": matcher} if matcher else {}
        found.append(Entry(("hooks", event), {**group, "hooks": [hook]}))
    return tuple(found)


def is_hook(value: Any) -> bool:
    """Whether this is a hook of ours, or a group that has no others."""
    if not isinstance(value, dict):
        return False
    inner = value.get("hooks")
    if isinstance(inner, list):
        return bool(inner) and all(is_hook(hook) for hook in inner)
    line = value.get("command") or value.get("bash")
    return isinstance(line, str) and any(mark in line for mark in MARKS)


def is_server(value: Any) -> bool:
    """Whether this starts our MCP server, however that was written."""
    if not isinstance(value, dict):
        return False
    command, arguments = value.get("command"), value.get("args", [])
    words = [
        *(command if isinstance(command, list) else [command]),
        *(arguments if isinstance(arguments, list) else []),
    ]
    if not all(isinstance(word, str) for word in words) or len(words) < 2 or words[-1] != "mcp":
        return False
    return words[-2] in ("coord", "gitcoord") or words[-2].rpartition("/")[2] == "git-coord"


def ours(
    servers: tuple[str, ...] = (), allowed: Mapping[tuple[str, ...], frozenset[str]] | None = None
) -> Callable[[tuple[str, ...], Any], bool]:
    """Return what tells our values in a file that has hooks, servers at this path, and permissions at these."""

    def tell(path: tuple[str, ...], value: Any) -> bool:
        if path[:1] == ("hooks",):
            return is_hook(value)
        if servers and path == (*servers, SERVER):
            return is_server(value)
        if allowed and isinstance(value, str):
            return value in allowed.get(path, ()) or (path[-1] in allowed.get(path[:-1], ()) and value in VERDICTS)
        return False

    return tell


VERDICTS = ("allow", "ask")
"""What OpenCode says of a pattern."""
