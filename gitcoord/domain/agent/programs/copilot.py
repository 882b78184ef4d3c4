"""Copilot CLI: hooks in a file of our own below `hooks/`, the MCP server in `mcp-config.json`.

Formats as of November 2026, with Copilot CLI 1.0.102: `copilot help permissions`, docs.github.com/copilot (hooks
reference, CLI configuration directory). `COPILOT_HOME` moves all of it. Copilot refuses a tool whose hook fails in
whatever way, so the line never fails. Permissions can be given on the command line, or one by one as they are asked
for; there is no file for all repositories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.agent import permissions
from gitcoord.domain.agent.merge import Entry, Plan
from gitcoord.domain.agent.parts import PATIENCE, Json, Program, Where, ours

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = (
    *("sessionStart", "userPromptSubmitted", "preToolUse", "postToolUse", "permissionRequest"),
    *("subagentStart", "subagentStop", "agentStop", "sessionEnd"),
)
"""The events that have a hook."""

OURS = ours(("mcpServers",))

FRAME = (Entry((), 1, "version"),)
"""What a file of hooks has to have besides."""


def home(where: Where) -> Path:
    """Return the user's directory of Copilot CLI."""
    return where.directory("COPILOT_HOME", ".copilot")


def hooks(where: Where) -> tuple[Entry, ...]:
    """Return the hooks."""
    return tuple(
        Entry(("hooks", event), {"type": "command", "bash": where.line(event), "timeoutSec": PATIENCE})
        for event in EVENTS
    )


def server(where: Where) -> dict[str, object]:
    """Return how the MCP server is started."""
    return {"type": "local", "command": where.server[0], "args": list(where.server[1:]), "tools": ["*"]}


def files(where: Where) -> tuple[Json, ...]:
    """Return the files."""
    base = home(where)
    hooked = where.top / ".github" / "hooks" if where.project else base / "hooks"
    servers = where.top / ".github" / "mcp.json" if where.project else base / "mcp-config.json"
    return (
        Json(hooked / "gitcoord.json", Plan(hooks(where), OURS, FRAME)),
        Json(servers, Plan((Entry(("mcpServers",), server(where), permissions.SERVER),), OURS)),
    )


def _notes(_: Where) -> tuple[str, ...]:
    return (
        "Copilot keeps permissions for each directory: it asks about git coord until a person answers once for all, or"
        " it is started with --allow-tool 'shell(git coord)' --allow-tool coord. That allows what other agents ask"
        " about, too: halt, retire, uninit, run, and the tools halt and team",
    )


PROGRAM = Program("copilot", "Copilot CLI", home, files, "start the windows of Copilot CLI anew", _notes)
