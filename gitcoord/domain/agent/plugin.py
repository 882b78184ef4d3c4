"""A directory from which agents load hooks, MCP server and a skill as a plugin, the same for everybody.

It is made from the tables from which `agent install` writes, so it is never behind them; a team commits or publishes
it. It names no path of this machine, so `git-coord` has to be on the path of whoever loads it. A plugin can give no
permissions in any of these agents.

Formats as of November 2026, loaded with Claude Code 2.1.332, Codex 0.171, Copilot CLI 1.0.102, Gemini CLI 0.61. One
directory serves three agents: each finds its own manifest first, and the manifest names the hooks, since each agent's
hooks say in their line for whom they are. Nothing stands in `hooks/hooks.json`, which all three would load.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import gitcoord
from gitcoord.dataclass import dataclass, replace
from gitcoord.domain.agent import instructions, permissions, writing
from gitcoord.domain.agent.merge import Plan, put_in
from gitcoord.domain.agent.parts import Where
from gitcoord.domain.agent.programs import claude_code, codex, copilot, gemini
from gitcoord.domain.command import Argument, Command
from gitcoord.errors import CoordError
from gitcoord.errors.usage import NotEmpty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.agent.merge import Entry
    from gitcoord.domain.call import Call

NAME = "gitcoord"
_TEXT = "Claims, messages and guards for sessions that work in one git repository at the same time."
_SERVER = ("git-coord", "mcp")
_MARKETPLACE = ".claude-plugin/marketplace.json"


@dataclass(frozen=True, slots=True)
class Make:
    """Make a plugin directory for Claude Code, Codex and Copilot CLI, and an extension for Gemini CLI."""

    directory: Annotated[str, Argument("DIR", "Where; it is made, or one that was made before is brought up to date.")]


@dataclass(frozen=True, slots=True)
class Made:
    """The directory, its files, and commands that load it, by agent."""

    directory: str
    files: list[str]
    load: dict[str, str]


def make(call: Call, request: Make) -> Made:
    """Write the directory. Raises `Usage` where something else stands there, and `Unreadable`."""
    where = (Path(call.directory or ".") / Path(request.directory).expanduser()).absolute()
    if where.exists() and not where.is_dir():
        raise NotEmpty(where)
    if where.is_dir() and any(where.iterdir()) and not _is_ours(where):
        raise NotEmpty(where)
    found = files(Where({}, Path("/"), Path("/"), True, str, _SERVER), call)
    for name, text in found.items():
        now = writing.read(where / name)
        if now != text:
            writing.replace(where / name, text, expected=now, mode=0o644)
    market, plugin, extension = (shlex.quote(str(path)) for path in (where, where / NAME, where / "gemini"))
    load = {
        "claude-code": f"claude --plugin-dir {plugin}",
        "codex": f"codex plugin marketplace add {market} && codex plugin add {NAME}@{NAME}",
        "copilot": f"copilot plugin marketplace add {market} && copilot plugin install {NAME}@{NAME}",
        "gemini": f"gemini extensions install {extension}",
    }
    return Made(str(where), sorted(found), load)


def _is_ours(where: Path) -> bool:
    """Whether a directory was made here, and is no other marketplace: that one's list would be replaced."""
    try:
        said = json.loads(writing.read(where / _MARKETPLACE) or "")
    except (CoordError, ValueError):
        return False
    return isinstance(said, dict) and said.get("name") == NAME


def files(where: Where, call: Call) -> dict[str, str]:
    """Return the texts of all files, by their names below the directory."""

    def lines_of(agent: str) -> Where:
        return replace(where, line=lambda event: call.around.hook_line(agent, event, True))

    about = {"name": NAME, "version": gitcoord.__version__, "description": _TEXT, "author": {"name": NAME}}
    server = {"command": _SERVER[0], "args": list(_SERVER[1:])}
    claude = {**about, "hooks": "./hooks/claude-code.json"}
    listed = {**about, "hooks": "./hooks/codex.json", "skills": "./skills/", "mcpServers": "./.mcp.json"}
    copied = {**about, "hooks": "hooks/copilot.json", "skills": "skills/", "mcpServers": ".mcp.json"}
    extension = {**about, "mcpServers": {permissions.SERVER: server}, "contextFileName": "GEMINI.md"}
    plugin = {
        ".claude-plugin/plugin.json": _json(claude),
        ".codex-plugin/plugin.json": _json(listed),
        ".plugin/plugin.json": _json(copied),
        ".mcp.json": _json({"mcpServers": {permissions.SERVER: server}}),
        "hooks/claude-code.json": _hooks(claude_code.hooks(lines_of("claude-code"))),
        "hooks/codex.json": _hooks(codex.hooks(lines_of("codex"))),
        "hooks/copilot.json": _hooks((*copilot.FRAME, *copilot.hooks(lines_of("copilot")))),
        f"skills/{instructions.SKILL}/SKILL.md": instructions.skill(),
    }
    entry = {"name": NAME, "description": _TEXT}
    local = {"source": {"source": "local", "path": f"./{NAME}"}}
    policy = {"policy": {"installation": "AVAILABLE", "authentication": "ON_INSTALL"}, "category": "Coding"}
    return {
        **{f"{NAME}/{name}": text for name, text in plugin.items()},
        _MARKETPLACE: _json(
            {
                "name": NAME,
                "description": _TEXT,
                "owner": {"name": NAME},
                "plugins": [{**entry, "source": f"./{NAME}"}],
            },
        ),
        ".agents/plugins/marketplace.json": _json({"name": NAME, "plugins": [{**entry, **local, **policy}]}),
        "gemini/gemini-extension.json": _json(extension),
        "gemini/hooks/hooks.json": _hooks(gemini.hooks(lines_of("gemini"))),
        "gemini/GEMINI.md": instructions.TEXT,
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _hooks(entries: tuple[Entry, ...]) -> str:
    return put_in(None, Plan(entries, lambda *_: True))


def _lines(_: Call, answer: Made) -> Iterator[str]:
    yield f"made {answer.directory}: {len(answer.files)} files; to load it:"
    yield from (f"  {command}" for command in answer.load.values())


COMMANDS = (Command("agent plugin", Make, make, _lines),)
