"""Gemini CLI: hooks and the MCP server in `settings.json`, permissions in `policies/`.

Formats as of November 2026, with Gemini CLI 0.61 and its own documents (hooks/reference, reference/policy-engine,
tools/mcp-server). Timeouts are milliseconds. Each hook costs Gemini some 150 ms, so there are few. Policies of a
workspace are switched off in Gemini, so a project gets none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord.domain.agent import permissions
from gitcoord.domain.agent.merge import Entry, Plan
from gitcoord.domain.agent.parts import Json, Own, Program, Where, groups, ours

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = {
    "SessionStart": "",
    "BeforeAgent": "",
    "BeforeTool": "write_file|replace|run_shell_command",
    "AfterTool": "write_file|replace|run_shell_command|read_file",
    "Notification": "",
    "AfterAgent": "",
    "SessionEnd": "",
}
"""The events that have a hook, each with the tools that it is for."""

OURS = ours(("mcpServers",))


def home(where: Where) -> Path:
    """Return the directory of Gemini CLI."""
    return (where.top if where.project else where.home) / ".gemini"


def policies() -> str:
    """Return the policies about `git coord`."""
    prefixes = ",\n  ".join(json.dumps(line) for line in permissions.lines())
    tools = json.dumps(list(permissions.TOOLS))
    asked = "|".join(f"{command}\\b.*\\s{option}" for command, option in permissions.ASKED)
    return f"""# git-coord wrote this file; it goes with: git coord agent uninstall gemini
[[rule]]
toolName = "run_shell_command"
commandPrefix = [
  {prefixes}
]
decision = "allow"
priority = 200

[[rule]]
toolName = "run_shell_command"
commandRegex = 'git coord ({asked})'
decision = "ask_user"
priority = 300

[[rule]]
mcpName = "{permissions.SERVER}"
toolName = {tools}
decision = "allow"
priority = 200
"""


def hooks(where: Where) -> tuple[Entry, ...]:
    """Return the hooks."""
    return groups(where, EVENTS, unit=1000, name="git-coord")


def files(where: Where) -> tuple[Json | Own, ...]:
    """Return the files."""
    base = home(where)
    server = {"command": where.server[0], "args": list(where.server[1:])}
    entries = (Entry(("mcpServers",), server, permissions.SERVER), *hooks(where))
    settings = Json(base / "settings.json", Plan(entries, OURS))
    return (settings,) if where.project else (settings, Own(base / "policies" / "gitcoord.toml", policies()))


def _notes(where: Where) -> tuple[str, ...]:
    if not where.project:
        return ()
    return ("Gemini reads no policies from a repository: it asks about git coord, or install for the user as well",)


PROGRAM = Program("gemini", "Gemini CLI", home, files, "start the windows of Gemini CLI anew that are open now", _notes)
